import type { Random } from '#kernel/random.ts'

/** Milliseconds between tries while the hub cannot take a message. */
export type Pauses = { readonly first: number; readonly longest: number }

/**
 * One wait for all messages in hand while the way in refuses: they stay unacknowledged, the broker's prefetch stops the flow by
 * itself, and after each pause they are tried again together. Handing them back instead would have them come again at once,
 * and a quorum queue counts every return towards its delivery limit, after which it drops the message.
 */
export type Gate = {
  readonly opened: () => Promise<void>
  /** `retryAfterMs`: what the way in asked for. Answers the pause in milliseconds; null while one is running already. */
  readonly failed: (retryAfterMs: number | null) => number | null
  readonly worked: () => void
  readonly isShut: () => boolean
}

export function openGate(pauses: Pauses, random: Random, signal: AbortSignal): Gate {
  let failures = 0
  let shut: Promise<void> | null = null
  return {
    opened: async () => {
      while (shut !== null) await shut
    },
    failed: (retryAfterMs) => {
      if (shut !== null) return null
      const pause = Math.max(pauseMs(failures, pauses, random), Math.min(retryAfterMs ?? 0, pauses.longest))
      failures += 1
      shut = sleep(pause, signal).then(() => {
        shut = null
      })
      return pause
    },
    worked: () => {
      failures = 0
    },
    isShut: () => shut !== null || failures > 0,
  }
}

/** Doubles from the first pause up to the longest, then somewhere in its upper half, so that hubs do not come back in step. */
export function pauseMs(failures: number, { first, longest }: Pauses, random: Random): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures, 16))
  return full / 2 + (full / 2) * random.next()
}

/** Ends early when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', done)
    resolve()
  }
  const timer = setTimeout(done, ms)
  signal.addEventListener('abort', done, { once: true })
  if (signal.aborted) done()
  return promise
}
