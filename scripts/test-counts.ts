// A reporter for node's runner that ends in one line of JSON: {counts, failures}.
import type { EventData } from 'node:test'

type Event =
  | { readonly type: 'test:fail'; readonly data: EventData.TestFail }
  | { readonly type: 'test:summary'; readonly data: EventData.TestSummary }
  | { readonly type: 'other' }

export default async function* countTests(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const failures: string[] = []
  let brokenSuites = 0
  let counts: EventData.TestSummary['counts'] | null = null
  for await (const event of events) {
    if (event.type === 'test:summary') counts = event.data.counts
    if (event.type !== 'test:fail') continue
    const { name, details } = event.data
    if ((details.error as Error & { failureType?: string }).failureType === 'subtestsFailed') continue
    failures.push(name)
    // A suite whose hook fails after its last test counts as no failed test.
    if (details.type === 'suite') brokenSuites += 1
  }
  if (counts !== null)
    yield JSON.stringify({ counts: { ...counts, failed: counts.failed + brokenSuites }, failures })
}
