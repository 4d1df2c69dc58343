import { isDeepStrictEqual } from 'node:util'
import { mappedColumns } from '#domain/read-feed-row.ts'
import type { FeedMapping } from '#domain/stock-feed.ts'
import { setFigures } from '#features/warehouses/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { zoneOf } from '#kernel/source-time-place.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { checkBeside } from './core/clash.ts'
import { checkMapping, checkWarehouses, emptyMapping, type FeedWarehouse } from './core/mapping.ts'
import { sourceKind } from './core/sources.ts'
import type { By, SetupDeps } from './deps.ts'
import {
  type FeedDraft,
  hashOf,
  insertDraft,
  lockDraft,
  lockNames,
  nameIsTaken,
  readBeside,
  removeDraft,
  saveFeedWarehouses,
  updateDraft,
  wantSnapshot,
} from './store.ts'

/** Most codes of one source. */
export const CODES_MOST = 500

/**
 * Begins a feed in the wizard. Refused: `capture.source_not_found`, `capture.source_unsuitable`, `capture.bad_name`,
 * `capture.name_exists`.
 */
export async function createFeed(
  deps: SetupDeps,
  by: By,
  typed: { readonly name: string; readonly source: string },
): Promise<Result<bigint>> {
  const known = await checkSource(deps, typed.source)
  if (!known.ok) return known
  return await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const name = await checkName(tx, typed.name, null)
    if (!name.ok) return name
    const mapping = emptyMapping(typed.source, deps.connections.byId(typed.source)?.zone ?? deps.zone())
    const id = await insertDraft(
      tx,
      { name: name.value, source: typed.source, mapping },
      by.name,
      deps.clock.now(),
    )
    await deps.audit(tx, {
      actor: by,
      action: 'capture.feed_created',
      subject: name.value,
      detail: { feed: String(id), source: typed.source },
    })
    return ok(id)
  })
}

async function checkSource({ connections }: SetupDeps, source: string): Promise<Result<null>> {
  if (sourceKind(source) !== 'connection') return ok(null)
  await connections.refresh()
  const entry = connections.byId(source)
  if (entry === null)
    return refuse('capture.source_not_found', `there is no connection "${source.slice(0, 60)}"`)
  return entry.connector.stockFeed === undefined
    ? refuse('capture.source_unsuitable', `${entry.connector.en} tells of no stock`)
    : ok(null)
}

export type FeedChanges = {
  readonly name?: string
  readonly mapping?: FeedMapping
  readonly warehouses?: readonly FeedWarehouse[]
  readonly onDrift?: FeedDraft['onDrift']
  readonly onUnknownSku?: FeedDraft['onUnknownSku']
}

/**
 * Changes a feed, also one that is live: it then reads its table anew under the new mapping. Refused: `capture.feed_not_found`, as
 * `checkMapping` and `checkWarehouses` (a live or paused one must stay whole), `capture.unknown_warehouse`, `capture.bad_zone`,
 * `capture.mode_conflict`.
 */
export async function changeFeed(
  deps: SetupDeps,
  by: By,
  id: bigint,
  change: FeedChanges,
): Promise<Result<null>> {
  const changed = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const before = await lockDraft(tx, id)
    if (before === null) return noFeed(id)
    const name = change.name === undefined ? ok(before.name) : await checkName(tx, change.name, id)
    if (!name.ok) return name
    const mapping = change.mapping === undefined ? ok(before.mapping) : cleanMapping(change.mapping)
    if (!mapping.ok) return mapping
    const list =
      change.warehouses === undefined ? ok(before.warehouses) : cleanWarehouses(deps, change.warehouses)
    if (!list.ok) return list
    const next = {
      ...before,
      name: name.value,
      mapping: mapping.value,
      onDrift: change.onDrift ?? before.onDrift,
      onUnknownSku: change.onUnknownSku ?? before.onUnknownSku,
    }
    const isRunning = before.state === 'live' || before.state === 'paused'
    const whole = isRunning ? checkWhole(next, list.value) : ok(null)
    if (!whole.ok) return whole
    const beside =
      before.state === 'live' ? await checkOthers(tx, { ...next, warehouses: list.value }) : ok(null)
    if (!beside.ok) return beside
    const isOther = hashOf(mapping.value) !== before.mappingHash
    const state = isOther && before.state === 'dry_run' ? 'draft' : before.state
    await updateDraft(tx, { ...next, state }, by.name, deps.clock.now())
    if (change.warehouses !== undefined) await saveFeedWarehouses(tx, id, list.value)
    if (isRunning) {
      if (!isDeepStrictEqual(byCode(before.warehouses), byCode(list.value))) await wantSnapshot(tx, id)
      const figures = await setFigures(deps, tx, by, homesOf(list.value), 'captured')
      if (!figures.ok) return figures
    }
    await deps.audit(tx, {
      actor: by,
      action: 'capture.feed_changed',
      subject: next.name,
      detail: { feed: String(id), ...change, state },
    })
    return ok(null)
  })
  if (changed.ok) await deps.warehouses.refresh()
  return changed
}

/**
 * From now on its figures are the ledger's. Its warehouses count by it in the same transaction. Refused: `capture.feed_not_found`,
 * `capture.dry_run_needed`, `capture.mode_conflict`, as `checkMapping` and `checkWarehouses`.
 */
export async function goLive(deps: SetupDeps, by: By, id: bigint): Promise<Result<null>> {
  const done = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const feed = await lockDraft(tx, id)
    if (feed === null) return noFeed(id)
    if (feed.state === 'live') return ok(null)
    const whole = checkWhole(feed, feed.warehouses)
    if (!whole.ok) return whole
    const beside = await checkOthers(tx, feed)
    if (!beside.ok) return beside
    if (feed.state === 'draft' && sourceKind(feed.source) === 'connection')
      return refuse('capture.dry_run_needed', 'try it first: a dry run reads everything and writes nothing')
    const figures = await setFigures(deps, tx, by, homesOf(feed.warehouses), 'captured')
    if (!figures.ok) return figures
    await updateDraft(tx, { ...feed, state: 'live' }, by.name, deps.clock.now())
    await deps.audit(tx, {
      actor: by,
      action: 'capture.feed_live',
      subject: feed.name,
      detail: { feed: String(id), table: feed.mapping.table, warehouses: homesOf(feed.warehouses) },
    })
    return ok(null)
  })
  if (done.ok) await deps.warehouses.refresh()
  return done
}

/** Two feeds of one warehouse must tell alike. Held against others that go live at this moment. */
export async function checkOthers(
  tx: Sql,
  { id, source, mapping, warehouses }: Pick<FeedDraft, 'id' | 'source' | 'mapping' | 'warehouses'>,
): Promise<Result<null>> {
  if (sourceKind(source) !== 'connection') return ok(null)
  await lockNames(tx)
  return checkBeside(mapping, await readBeside(tx, id, homesOf(warehouses)))
}

const byCode = (list: readonly FeedWarehouse[]): FeedWarehouse[] =>
  list.toSorted((a, b) => (a.sourceCode < b.sourceCode ? -1 : 1))

/** Removes a feed that never went live. Refused: `capture.feed_not_found`, `capture.live_conflict`. */
export async function dropFeed(deps: SetupDeps, by: By, id: bigint): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const feed = await lockDraft(tx, id)
    if (feed === null) return noFeed(id)
    if (feed.state === 'live' || feed.state === 'paused')
      return refuse('capture.live_conflict', 'a feed that was live keeps its record; pause it instead')
    await removeDraft(tx, id)
    await deps.audit(tx, {
      actor: by,
      action: 'capture.feed_removed',
      subject: feed.name,
      detail: { feed: String(id) },
    })
    return ok(null)
  })
}

/** Whether the feed could run as it is. */
export function checkWhole(
  feed: Pick<FeedDraft, 'mapping' | 'source'>,
  warehouses: readonly FeedWarehouse[],
): Result<null> {
  const mapped = checkMapping(feed.mapping, sourceKind(feed.source))
  return mapped.ok ? checkWarehouses(feed.mapping, warehouses) : mapped
}

function homesOf(list: readonly FeedWarehouse[]): string[] {
  return [...new Set(list.map((one) => one.warehouse))].sort()
}

/** Columns without the blanks that people type; an empty one is none. */
export function cleanMapping(mapping: FeedMapping): Result<FeedMapping> {
  const zone = zoneOf(mapping.zone)
  if (zone === null)
    return refuse(
      'capture.bad_zone',
      `"${mapping.zone.slice(0, 60)}" is not a time zone such as Asia/Shanghai`,
    )
  const orNull = (column: string | null): string | null =>
    column === null || column.trim() === '' ? null : column
  const levels = mapping.mode === 'levels'
  const clean: FeedMapping = {
    mode: mapping.mode,
    table: mapping.table.trim(),
    sku: mapping.sku,
    quantity: mapping.quantity,
    warehouse: orNull(mapping.warehouse),
    version: levels ? orNull(mapping.version) : null,
    id: levels ? null : orNull(mapping.id),
    reference: orNull(mapping.reference),
    zone,
  }
  const tooLong = [clean.table, ...mappedColumns(clean)].find((one) => one.length > 200)
  return tooLong === undefined
    ? ok(clean)
    : refuse('capture.mapping_incomplete', 'a name has at most 200 characters')
}

function cleanWarehouses(deps: SetupDeps, list: readonly FeedWarehouse[]): Result<readonly FeedWarehouse[]> {
  if (new Set(list.map((one) => one.sourceCode.trim())).size < list.length)
    return refuse('capture.source_code_twice', 'a code of the source belongs to one warehouse')
  const unknown = list.find((one) => deps.warehouses.byCode(one.warehouse) === null)
  if (unknown !== undefined)
    return refuse('capture.unknown_warehouse', `there is no warehouse "${unknown.warehouse.slice(0, 40)}"`)
  return ok(list.map((one) => ({ sourceCode: one.sourceCode.trim(), warehouse: one.warehouse })))
}

async function checkName(tx: Sql, typed: string, id: bigint | null): Promise<Result<string>> {
  const name = typed.trim()
  if (name === '' || name.length > 100) return refuse('capture.bad_name', 'a name has 1 to 100 characters')
  await lockNames(tx)
  const taken = await nameIsTaken(tx, name, id)
  return taken ? refuse('capture.name_exists', `there is already a feed "${name}"`) : ok(name)
}

export function noFeed(id: bigint) {
  return refuse('capture.feed_not_found', `there is no feed ${id}`)
}
