import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Result } from '#kernel/result.ts'
import { openBell } from '../bell.ts'
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
/** Well within the silence, whatever the handler is busy with. */
const SIGN_OF_LIFE_MS = 15_000
const MAX_ATTEMPTS = 5

export type JobRunner = { readonly wake: () => void; readonly stop: () => Promise<void> }

/** Runs queued jobs one at a time; a job whose process died is taken over after a minute of silence, five times at most. */
export function startJobs(
  deps: {
    db: Database
    clock: Clock
    handlers: Readonly<Record<string, JobHandler>>
    /** Whose jobs these are: should that process end, the others need not wait for its silence. */
    owner?: string
    onError: (error: unknown) => void
  },
  idleMs: number,
): JobRunner {
  let stopping = false
  const bell = openBell(idleMs)
  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        if (!(await runJobOnce(deps, () => stopping))) await bell.rest()
      } catch (error) {
        deps.onError(error)
        await bell.rest()
      }
    }
  }
  const done = loop()
  return {
    wake: bell.ring,
    stop: async () => {
      stopping = true
      bell.ring()
      await done
    },
  }
}

/** Takes one queued job and does it; false where there is none. */
export async function runJobOnce(
  deps: Parameters<typeof startJobs>[0],
  stopping: () => boolean = () => false,
): Promise<boolean> {
  const now = deps.clock.now()
  const claim = { silentSince: now.subtract(SILENCE), maxAttempts: MAX_ATTEMPTS, owner: deps.owner ?? null }
  const job = await claimJob(deps.db, Object.keys(deps.handlers), now, claim)
  if (job !== null) await run(deps, job, stopping)
  return job !== null
}

async function run(deps: Parameters<typeof startJobs>[0], job: Job, stopping: () => boolean): Promise<void> {
  const handler = deps.handlers[job.kind]
  if (handler === undefined) return
  const progress: Progress = async (count, total) => {
    if (stopping()) throw new Outage(INTERRUPTED, 'the hub is stopping; the job goes on when it is back')
    const at = { progress: BigInt(count), total: total === undefined ? null : BigInt(total) }
    if (!(await beat(deps.db, job, at, deps.clock.now()))) throw new JobCancelled()
  }
  const alive = setInterval(() => {
    beat(deps.db, job, null, deps.clock.now()).catch(deps.onError)
  }, SIGN_OF_LIFE_MS)
  try {
    const result = await handler(job, progress)
    const end = result.ok
      ? { state: 'done' as const, result: result.value, error: null }
      : {
          state: 'failed' as const,
          result: result.refusal.data ?? null,
          error: `${result.refusal.code}: ${result.refusal.detail}`,
        }
    await endJob(deps.db, job, end, deps.clock.now())
  } catch (error) {
    if (!(error instanceof JobCancelled)) await endFailed(deps, job, error)
  } finally {
    clearInterval(alive)
  }
}

const INTERRUPTED = 'job.interrupted'

async function endFailed(deps: Parameters<typeof startJobs>[0], job: Job, error: unknown): Promise<void> {
  // A hub that is told to stop is no failure of the job, however often that happens.
  const interrupted = error instanceof Outage && error.code === INTERRUPTED
  const again = interrupted || (error instanceof Outage && error.retryable && job.attempts < MAX_ATTEMPTS)
  if (!again) deps.onError(error)
  const now = deps.clock.now()
  const end = {
    state: again ? ('queued' as const) : ('failed' as const),
    result: null,
    error: error instanceof Error ? error.message : String(error),
    notBefore: now.add({ seconds: interrupted ? 0 : 10 * job.attempts }),
    attempts: interrupted ? job.attempts - 1 : job.attempts,
  }
  await endJob(deps.db, job, end, now)
}
