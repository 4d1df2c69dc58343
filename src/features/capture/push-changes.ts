import type { FeedChange } from '#domain/stock-feed.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database } from '#platform/postgres/database.ts'
import { applyChanges, type Source, type Told } from './apply-changes.ts'
import { reserveDoubts } from './findings/reserve-doubts.ts'
import { inTurn } from './retry.ts'
import { notePushed, readCodes, readFeedByName } from './store.ts'

export type PushDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly onLag?: (warehouse: string, changes: number, seconds: number | null) => void
}

/**
 * Takes changes that a warehouse's system sends by itself, all in one transaction and each answered by itself. The same change that also
 * comes by a feed has one effect. `feed`: its warehouse codes and rules count; null: the hub's own codes, and unknown SKUs are created.
 * Refused: `capture.feed_not_found`, `capture.feed_paused`.
 */
export async function pushChanges(
  deps: PushDeps,
  actor: Actor,
  feedName: string | null,
  changes: readonly FeedChange[],
): Promise<Result<readonly Told[]>> {
  const source = await sourceOf(deps.db, actor, feedName)
  if (!source.ok) return source
  const now = deps.clock.now()
  const applied = await inTurn(deps.db, async (tx) => {
    const done = await applyChanges(tx, source.value, { changes, faults: [] }, now)
    if (source.value.feedId !== null) await notePushed(tx, source.value.feedId, changes.length, now)
    return done
  })
  if (applied.hasDoubts) await reserveDoubts(deps.db, deps.clock.now())
  for (const [warehouse, n] of applied.byWarehouse) deps.onLag?.(warehouse, n, null)
  return ok(applied.told)
}

async function sourceOf(db: Database, actor: Actor, feedName: string | null): Promise<Result<Source>> {
  const base = { actor: `push:${actor.name}`, evidence: `http push by ${actor.name}` }
  if (feedName === null)
    return ok({ ...base, feedId: null, feed: 'push', codes: null, onUnknownSku: 'create' })
  const feed = await readFeedByName(db, feedName)
  if (feed === null) return refuse('capture.feed_not_found', `there is no feed "${feedName.slice(0, 80)}"`)
  if (feed.state !== 'live')
    return refuse(
      'capture.feed_paused',
      `feed "${feed.name}" is ${feed.state}; it takes nothing until it is live`,
    )
  const codes = new Map((await readCodes(db, feed.id)).map((one) => [one.source_code, one.warehouse]))
  return ok({ ...base, feedId: feed.id, feed: feed.name, codes, onUnknownSku: feed.on_unknown_sku })
}
