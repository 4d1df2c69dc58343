import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Audit } from './findings/decide-findings.ts'
import { sourceKind } from './setup/core/sources.ts'
import { checkOthers } from './setup/edit-feed.ts'
import { changeFeed, dropGap, type FeedRow, readCodes, readFeed } from './store.ts'

export type ChangeFeedDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly audit: Audit
}

/** Stops following; the position stays. Refused: `capture.feed_not_found`, `capture.not_live`. */
export async function pauseFeed(deps: ChangeFeedDeps, actor: Actor, id: bigint): Promise<Result<null>> {
  return await change(deps, actor, id, 'capture.feed_paused', async (tx, feed) => {
    if (feed.state !== 'live') return refuse('capture.not_live', `the feed is ${feed.state}`)
    await changeFeed(tx, id, { state: 'paused' }, actor.name, deps.clock.now())
    return ok(null)
  })
}

/** Follows again from where it stood. Refused: `capture.feed_not_found`, `capture.not_paused`, `capture.mode_conflict`. */
export async function resumeFeed(deps: ChangeFeedDeps, actor: Actor, id: bigint): Promise<Result<null>> {
  return await change(deps, actor, id, 'capture.feed_resumed', async (tx, feed) => {
    if (feed.state !== 'paused') return refuse('capture.not_paused', `the feed is ${feed.state}`)
    const warehouses = (await readCodes(tx, id)).map((one) => ({
      sourceCode: one.source_code,
      warehouse: one.warehouse,
    }))
    const beside = await checkOthers(tx, {
      id,
      source: feed.connection_id,
      mapping: feed.mapping,
      warehouses,
    })
    if (!beside.ok) return beside
    await changeFeed(tx, id, { state: 'live' }, actor.name, deps.clock.now())
    return ok(null)
  })
}

/** Reads the table anew. Refused: `capture.feed_not_found`, `capture.not_live`, `capture.no_table`. */
export async function resnapshotFeed(deps: ChangeFeedDeps, actor: Actor, id: bigint): Promise<Result<null>> {
  return await change(deps, actor, id, 'capture.snapshot_wanted', async (tx, feed) => {
    if (sourceKind(feed.connection_id) !== 'connection')
      return refuse('capture.no_table', 'what is pushed or uploaded has no table to read')
    if (feed.state !== 'live') return refuse('capture.not_live', `the feed is ${feed.state}`)
    await changeFeed(tx, id, { wantsSnapshot: true }, actor.name, deps.clock.now())
    return ok(null)
  })
}

/** A person has counted what was missed. Refused: `capture.feed_not_found`, `capture.no_gap`. */
export async function acknowledgeGap(deps: ChangeFeedDeps, actor: Actor, id: bigint): Promise<Result<null>> {
  return await change(deps, actor, id, 'capture.gap_seen', async (tx, feed) => {
    if (feed.gap_at === null) return refuse('capture.no_gap', 'nothing is known to be missing')
    await dropGap(tx, id)
    return ok(null)
  })
}

async function change(
  deps: ChangeFeedDeps,
  actor: Actor,
  id: bigint,
  action: string,
  write: (tx: Sql, feed: FeedRow) => Promise<Result<null>>,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const feed = await readFeed(tx, id)
    if (feed === null) return refuse('capture.feed_not_found', `there is no feed ${id}`)
    const written = await write(tx, feed)
    if (written.ok) await deps.audit(tx, { actor, action, subject: feed.name, detail: { feed: String(id) } })
    return written
  })
}
