import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type CommandContext, progressBar } from './command.ts'
import type { HubClient } from './local-hub.ts'

const POLL_MS = 300

type Job = { state: string; progress: number; total: number | null; result: unknown; error: string | null }

/** Shows how far the job is until it ends; its result, or why there is none. */
export async function followImport(
  context: CommandContext,
  hub: HubClient,
  jobId: string,
): Promise<Result<unknown>> {
  const show = progressBar(context.io, 'import', () => performance.now())
  for (;;) {
    const answer = await askPatiently(context, hub, `/api/jobs/${jobId}`)
    if (!answer.ok) return answer
    const job = answer.value as Job
    show(Number(job.progress), job.total === null ? null : Number(job.total))
    if (job.state === 'done') return ok(job.result)
    if (job.state === 'failed') return refuse('cli.import_failed', job.error ?? 'the import failed')
    if (job.state === 'cancelled') return refuse('cli.import_cancelled', 'the import was cancelled')
    await sleep(POLL_MS)
  }
}

const PATIENCE_MS = 120_000

/** A hub that is restarted goes on with the import, so a missing answer is waited for. */
async function askPatiently({ io }: CommandContext, hub: HubClient, path: string): Promise<Result<unknown>> {
  for (let waited = 0; ; waited += 2_000) {
    try {
      return await hub.call('GET', path)
    } catch (error) {
      if (!(error instanceof Outage) || waited >= PATIENCE_MS) throw error
      if (waited === 0) io.err('the hub does not answer; waiting for it to come back')
      await sleep(2_000)
    }
  }
}

const WORDS: Readonly<Record<string, string>> = {
  rows: 'rows in the file',
  orders: 'orders',
  valid: 'rows that can be imported',
  errors: 'cells with errors',
  withheld: 'good rows kept out by a bad row of their order',
  created: 'orders new',
  changed: 'orders changed',
  unchanged: 'orders unchanged',
  flagged: 'times flagged: the clock does not say one moment',
}

/** The figures of a finished import, one a line. */
export function resultText(result: unknown): string {
  if (typeof result !== 'object' || result === null) return 'done'
  const figures = Object.entries(WORDS).flatMap(([name, words]) => {
    const value = (result as Record<string, unknown>)[name]
    return typeof value === 'number' ? [`${String(value).padStart(9)}  ${words}`] : []
  })
  const { statusUnknown } = result as { statusUnknown?: { code: string; orders: number }[] }
  const unknown = (statusUnknown ?? []).map(
    ({ code, orders }) =>
      `${String(orders).padStart(9)}  orders wait for a decision on ${code} (status mapping)`,
  )
  return [...figures, ...unknown].join('\n')
}
