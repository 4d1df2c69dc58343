// A reporter for node's runner that ends in one line of JSON: {counts, failures: [{file, name}]}.
import type { EventData } from 'node:test'

type Event =
  | { readonly type: 'test:fail'; readonly data: EventData.TestFail }
  | { readonly type: 'test:summary'; readonly data: EventData.TestSummary }
  | { readonly type: 'other' }

export default async function* countTests(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const failures: { readonly file: string; readonly name: string }[] = []
  let brokenSuites = 0
  let counts: EventData.TestSummary['counts'] | null = null
  for await (const event of events) {
    if (event.type === 'test:summary') counts = event.data.counts
    if (event.type !== 'test:fail') continue
    const { name, file = '', details } = event.data
    if ((details.error as Error & { failureType?: string }).failureType === 'subtestsFailed') continue
    // What fails before its first test is told under the file's own name.
    failures.push({ file: name.endsWith('.test.ts') ? name : file, name })
    // A suite whose hook fails after its last test counts as no failed test.
    if (details.type === 'suite') brokenSuites += 1
  }
  if (counts !== null)
    yield JSON.stringify({ counts: { ...counts, failed: counts.failed + brokenSuites }, failures })
}
