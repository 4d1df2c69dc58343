import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { RuleCheck, RuleKind, RuleModel } from '#domain/rulebook.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type CheckApart = (kind: RuleKind, model: RuleModel) => Promise<Result<RuleCheck>>

/** A check ends by itself after about two seconds; one that does not is ended. */
const WITHIN_MS = 15_000
/** Checks that wait for the one under way; an editor asks for one after each pause of its user. */
const WAITING_MOST = 20
const MEMORY_MB = 512

/**
 * `checkModel` in a thread of its own, one at a time: the process goes on answering meanwhile. Refuses with `rulebook.checks_throttled` where
 * too many wait, `rulebook.check_too_large` where time or memory were not enough. Keeps no process alive by itself.
 */
export function openCheckApart(withinMs = WITHIN_MS): CheckApart {
  let worker: Worker | null = null
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const checkNext = async (kind: RuleKind, model: RuleModel): Promise<Result<RuleCheck>> => {
    const apart = worker ?? startWorker()
    worker = null
    const done = await checkOne(apart, kind, model, withinMs)
    // Kept for the next one: starting a thread takes longer than most checks.
    if (done.ok) worker = apart
    else await apart.terminate()
    return done
  }
  return async (kind, model) => {
    if (waiting >= WAITING_MOST)
      return refuse(
        'rulebook.checks_throttled',
        `${waiting} models are being checked; try again in a moment`,
        {
          retryAfterSeconds: 5,
        },
      )
    waiting += 1
    const turn = last.then(() => checkNext(kind, model))
    last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      waiting -= 1
    }
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./check-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
}

async function checkOne(
  worker: Worker,
  kind: RuleKind,
  model: RuleModel,
  withinMs: number,
): Promise<Result<RuleCheck>> {
  worker.ref()
  try {
    // Templates are the bulk of a kind, and no part of what a model may say.
    worker.postMessage({ kind: { ...kind, templates: [] }, model })
    const [check] = await once(worker, 'message', { signal: AbortSignal.timeout(withinMs) })
    return ok(check as RuleCheck)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ABORT_ERR') return tooLarge(`${withinMs} ms`)
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return tooLarge(`${MEMORY_MB} MB`)
    throw error
  } finally {
    worker.unref()
  }
}

function tooLarge(limit: string): Result<RuleCheck> {
  return refuse('rulebook.check_too_large', `the model is too large to be checked within ${limit}`)
}
