import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Refusal } from '#kernel/result.ts'
import { openBell } from '../bell.ts'
import type { Database, Sql } from '../postgres/database.ts'
import { openRetryBudget } from './retry-budget.ts'
import { claimIntents, type Intent, settleIntent } from './store.ts'

/** How carrying out an intent ended. `moot`: there is nothing left to do, and why. */
export type EffectEnd =
  | { readonly state: 'done'; readonly words: string }
  | { readonly state: 'moot'; readonly refusal: Refusal }
  | { readonly state: 'refused'; readonly refusal: Refusal }

/**
 * Carries out one kind of intent. `record` is run in the transaction that settles the intent, for facts that the outcome
 * makes; an outage is recorded as unknown where the call may have taken effect.
 */
export type EffectHandler = {
  readonly perform: (intent: Intent) => Promise<EffectEnd>
  readonly record?: (
    tx: Sql,
    intent: Intent,
    end: EffectEnd | { state: 'unknown'; outage: Outage },
  ) => Promise<void>
}

/** Waits before attempts 2 to 9; after the last one the intent is dead and waits for a person. */
const RETRY_AFTER: readonly Temporal.Duration[] = [
  { seconds: 5 },
  { seconds: 30 },
  { minutes: 2 },
  { minutes: 10 },
  { minutes: 30 },
  { hours: 1 },
  { hours: 2 },
  { hours: 4 },
].map((duration) => Temporal.Duration.from(duration))
/** An intent that was held back is not looked at again sooner. */
const HELD_LEAST_MS = 500
const LEASE = Temporal.Duration.from({ seconds: 90 })

export type DispatcherDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly handlers: Readonly<Record<string, EffectHandler>>
  /** Connections whose intents wait: paused ones, and those whose breaker is open. */
  readonly paused: () => readonly string[]
  readonly concurrency: number
  /** Whose calls these are: should that process end, the others need not wait for the end of its leases. */
  readonly owner?: string
  readonly onSettled?: (effect: string, outcome: string) => void
  readonly onError: (error: unknown) => void
}

export type Dispatcher = {
  readonly wake: () => void
  readonly stop: () => Promise<void>
  readonly runOnce: () => Promise<number>
}

/**
 * Carries out due intents until stopped, at most `concurrency` at a time; looks for new ones on `wake` and every `idleMs`. One
 * connection never has all of them: from half of them on it waits, so that a platform that hangs does not hold up the others.
 * Further attempts of a connection are a tenth of its first ones, beyond a small stock.
 */
export function startDispatcher(deps: DispatcherDeps, idleMs: number): Dispatcher {
  let stopping = false
  const bell = openBell(idleMs)
  const { takeDue, running } = openTaking(deps, bell.ring)
  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        if ((await takeDue()) === 0) await bell.rest()
      } catch (error) {
        deps.onError(error)
        await bell.rest()
      }
    }
    await Promise.all(running)
  }
  const done = loop()
  return {
    wake: bell.ring,
    stop: async () => {
      stopping = true
      bell.ring()
      await done
    },
    runOnce: async () => {
      const taken = await takeDue()
      await Promise.all(running)
      return taken
    },
  }
}

/** Carries out what is due now, and no loop: answers how many intents were taken, once all of them ended. */
export function dispatchByHand(deps: DispatcherDeps): () => Promise<number> {
  const { takeDue, running } = openTaking(deps, () => undefined)
  return async () => {
    const taken = await takeDue()
    await Promise.all(running)
    return taken
  }
}

type Taking = { readonly takeDue: () => Promise<number>; readonly running: ReadonlySet<Promise<void>> }

function openTaking(deps: DispatcherDeps, onEnd: () => void): Taking {
  const running = new Set<Promise<void>>()
  /** Calls under way per connection. */
  const load = new Map<string, number>()
  const retries = openRetryBudget(deps.clock)
  const takeDue = async (): Promise<number> => {
    const free = deps.concurrency - running.size
    if (free <= 0) return 0
    const share = Math.max(1, Math.floor(deps.concurrency / 2))
    const busy = [...load].flatMap(([connection, calls]) => (calls >= share ? [connection] : []))
    const waiting = [...deps.paused(), ...busy]
    const most = Math.min(free, share)
    const owner = deps.owner ?? null
    const intents = await claimIntents(
      deps.db,
      deps.clock.now(),
      LEASE,
      most,
      waiting,
      retries.spent(),
      owner,
    )
    for (const intent of intents) {
      retries.noteAttempt(intent.connection, intent.attempts > 0)
      load.set(intent.connection, (load.get(intent.connection) ?? 0) + 1)
      const work = carryOut(deps, intent).then((wasHeld) => {
        if (wasHeld) retries.takeBack(intent.connection, intent.attempts > 0)
      }, deps.onError)
      running.add(work)
      void work.finally(() => {
        running.delete(work)
        const left = (load.get(intent.connection) ?? 1) - 1
        if (left > 0) load.set(intent.connection, left)
        else load.delete(intent.connection)
        onEnd()
      })
    }
    return intents.length
  }
  return { takeDue, running }
}

/** Answers whether it was held back, so that nothing was tried. */
async function carryOut(deps: DispatcherDeps, intent: Intent): Promise<boolean> {
  const handler = deps.handlers[intent.effect]
  if (handler === undefined) {
    await settleIntent(
      deps.db,
      intent.id,
      { state: 'dead', code: 'outbox.no_handler', detail: `no handler for ${intent.effect}` },
      deps.clock.now(),
    )
    return false
  }
  try {
    const end = await handler.perform(intent)
    await deps.db.begin(async (tx) => {
      await handler.record?.(tx, intent, end)
      const refusal = end.state === 'done' ? null : end.refusal
      await settleIntent(
        tx,
        intent.id,
        {
          state: end.state,
          code: refusal?.code ?? null,
          detail: refusal?.detail ?? (end.state === 'done' ? end.words : null),
        },
        deps.clock.now(),
      )
    })
    deps.onSettled?.(intent.effect, end.state)
    return false
  } catch (error) {
    return await settleFailure(deps, handler, intent, error)
  }
}

async function settleFailure(
  deps: DispatcherDeps,
  handler: EffectHandler,
  intent: Intent,
  error: unknown,
): Promise<boolean> {
  const outage =
    error instanceof Outage
      ? error
      : new Outage('outbox.handler_failed', error instanceof Error ? error.message : String(error), {
          unknown: true,
          cause: error,
        })
  if (!(error instanceof Outage)) deps.onError(error)
  if (isHeld(outage)) {
    await putBack(deps, intent, outage)
    return true
  }
  const wait = RETRY_AFTER[intent.attempts]
  const last = wait === undefined || !outage.retryable
  // Once in doubt it stays so until the other side has said yes or no: asking may fail as well.
  const state = last ? 'dead' : outage.unknown || intent.doubtful ? 'unknown' : 'pending'
  await deps.db.begin(async (tx) => {
    if (outage.unknown) await handler.record?.(tx, intent, { state: 'unknown', outage })
    await settleIntent(
      tx,
      intent.id,
      { state, code: outage.code, detail: outage.message, notBefore: nextAttempt(deps, outage, wait) },
      deps.clock.now(),
    )
  })
  deps.onSettled?.(intent.effect, state)
  return false
}

/** Kept back before anything was sent: by breaker or budget, or by its handler. */
function isHeld({ code, unknown, held }: Outage): boolean {
  return !unknown && (held || code === 'outward.breaker_open' || code === 'outward.rate_limited')
}

/** Nothing was sent, so no attempt was used, and the doubt stays what it was unless it was ended; due again when the way may be free. */
async function putBack(deps: DispatcherDeps, intent: Intent, outage: Outage): Promise<void> {
  const waitMs = Math.max(outage.retryAfterMs ?? 0, HELD_LEAST_MS) * (1 + deps.random.next() * 0.2)
  await settleIntent(
    deps.db,
    intent.id,
    {
      state: intent.doubtful && !outage.absent ? 'unknown' : 'pending',
      code: outage.code,
      detail: outage.message,
      notBefore: deps.clock.now().add({ milliseconds: Math.round(waitMs) }),
      attempts: intent.attempts,
    },
    deps.clock.now(),
  )
  deps.onSettled?.(intent.effect, 'held')
}

/** The list's wait with up to 20% added, never sooner than the other side asked for. */
function nextAttempt(deps: DispatcherDeps, outage: Outage, wait: Temporal.Duration | undefined): Instant {
  const listed = wait?.total('milliseconds') ?? 0
  const ms = Math.max(listed * (1 + deps.random.next() * 0.2), outage.retryAfterMs ?? 0)
  return deps.clock.now().add({ milliseconds: Math.round(ms) })
}
