import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Result } from '#kernel/result.ts'
import type { Database } from '../postgres/database.ts'
import { beat, claimJob, endJob, type Job } from './store.ts'

/** Told by a handler as it goes; throws `JobCancelled` once a person cancelled the job. */
export type Progress = (done: number, total?: number) => Promise<void>
/** Does one kind of long work. It may be run again after a crash: it resumes by its own marks and is idempotent. */
export type JobHandler = (job: Job, progress: Progress) => Promise<Result<unknown>>

export class JobCancelled extends Error {
  constructor() {
    super('cancelled')
    this.name = 'JobCancelled'
  }
}

const SILENCE = Temporal.Duration.from({ seconds: 60 })
const MAX_ATTEMPTS = 5

export type JobRunner = { readonly wake: () => void; readonly stop: () => Promise<void> }

/** Runs queued jobs one at a time; a job whose process died is taken over after a minute of silence, five times at most. */
export function startJobs(
  deps: {
    db: Database
    clock: Clock
    handlers: Readonly<Record<string, JobHandler>>
    onError: (error: unknown) => void
  },
  idleMs: number,
): JobRunner {
  let stopping = false
  let wakeUp: (() => void) | null = null
  const nap = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, idleMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        const now = deps.clock.now()
        const job = await claimJob(deps.db, Object.keys(deps.handlers), now, now.subtract(SILENCE))
        if (job === null) await nap()
        else await run(deps, job, () => stopping)
      } catch (error) {
        deps.onError(error)
        await nap()
      }
    }
  }
  const done = loop()
  return {
    wake: () => wakeUp?.(),
    stop: async () => {
      stopping = true
      wakeUp?.()
      await done
    },
  }
}

async function run(deps: Parameters<typeof startJobs>[0], job: Job, stopping: () => boolean): Promise<void> {
  const handler = deps.handlers[job.kind]
  if (handler === undefined) return
  const progress: Progress = async (count, total) => {
    if (stopping())
      throw new Outage('job.interrupted', 'the hub is stopping; the job goes on when it is back')
    if (
      !(await beat(
        deps.db,
        job.id,
        BigInt(count),
        total === undefined ? null : BigInt(total),
        deps.clock.now(),
      ))
    )
      throw new JobCancelled()
  }
  try {
    const result = await handler(job, progress)
    const end = result.ok
      ? { state: 'done' as const, result: result.value, error: null }
      : {
          state: 'failed' as const,
          result: result.refusal.data ?? null,
          error: `${result.refusal.code}: ${result.refusal.detail}`,
        }
    await endJob(deps.db, job.id, end, deps.clock.now())
  } catch (error) {
    if (error instanceof JobCancelled) return
    const again = error instanceof Outage && error.retryable && job.attempts < MAX_ATTEMPTS
    if (!again) deps.onError(error)
    const words = error instanceof Error ? error.message : String(error)
    const notBefore = deps.clock
      .now()
      .add({ seconds: error instanceof Outage && error.code === 'job.interrupted' ? 0 : 10 * job.attempts })
    await endJob(
      deps.db,
      job.id,
      { state: again ? 'queued' : 'failed', result: null, error: words, notBefore },
      deps.clock.now(),
    )
  }
}
