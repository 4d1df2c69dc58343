import type { Instant } from '#kernel/clock.ts'

export type LagMinute = {
  readonly minute: Instant
  readonly warehouse: string
  readonly feedId: bigint
  readonly changes: number
  readonly lagSum: number
  readonly lagMost: number
}

/** Adds one batch's changes of a warehouse. A source whose clock is ahead tells no lag: it counts as none. Milliseconds. */
export function addLag(
  tally: Map<string, LagMinute>,
  one: { readonly feedId: bigint; readonly warehouse: string; readonly changes: number },
  committedAt: Instant | null,
  now: Instant,
): void {
  const lag = committedAt === null ? 0 : Math.max(0, Math.round(now.since(committedAt).total('milliseconds')))
  const most = Math.min(lag, 2_000_000_000)
  const minute = Temporal.Instant.fromEpochMilliseconds(Math.floor(now.epochMilliseconds / 60_000) * 60_000)
  const key = `${one.feedId}\n${one.warehouse}\n${minute.epochMilliseconds}`
  const before = tally.get(key)
  tally.set(key, {
    minute,
    warehouse: one.warehouse,
    feedId: one.feedId,
    changes: (before?.changes ?? 0) + one.changes,
    lagSum: (before?.lagSum ?? 0) + most * one.changes,
    lagMost: Math.max(before?.lagMost ?? 0, most),
  })
}
