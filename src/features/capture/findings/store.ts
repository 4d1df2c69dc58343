import type { StockPlace, Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'

export const FINDING_KINDS = [
  'drift',
  'conflict',
  'duplicate_row',
  'unknown_sku',
  'unknown_warehouse',
  'own_figures',
  'unreadable',
  'unseen_out',
  'negative',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]
export const FINDING_STATES = ['open', 'accepted', 'kept', 'gone'] as const
export type FindingState = (typeof FINDING_STATES)[number]

export type FindingRow = StockPlace & {
  readonly id: bigint
  readonly kind: FindingKind
  readonly feed_id: bigint | null
  readonly ledger: number | null
  readonly captured: number | null
  readonly evidence: Readonly<Record<string, unknown>>
  readonly hold_key: string | null
  readonly state: FindingState
  readonly opened_at: Instant
  readonly ended_at: Instant | null
  readonly ended_by: string | null
  readonly ended_words: string | null
  readonly settled_at: Instant | null
}

export type Found = StockPlace & {
  readonly kind: FindingKind
  readonly feedId: bigint | null
  readonly ledger: number | null
  readonly captured: number | null
  readonly evidence: Readonly<Record<string, unknown>>
}

/**
 * Opens findings, or brings those that rule their place up to date. One that was kept stays so while the difference is the same, and is
 * open again when it is another. Answers those that are open. The same place twice: the last counts.
 */
export async function openFindings(tx: Sql, found: readonly Found[], now: Instant): Promise<FindingRow[]> {
  if (found.length === 0) return []
  const sorted = [
    ...new Map(found.map((one) => [`${one.kind}\n${one.sku}\n${one.warehouse}`, one])).values(),
  ].sort((a, b) => compare(a.sku, b.sku) || compare(a.warehouse, b.warehouse) || compare(a.kind, b.kind))
  return await tx<FindingRow>`
    insert into stock_finding as f (kind, feed_id, sku, warehouse, ledger, captured, evidence, opened_at)
    select kind, feed_id, sku, warehouse, ledger, captured, evidence::jsonb, ${now}
    from unnest(${textArray(sorted.map((one) => one.kind))}::text[], ${int8Array(sorted.map((one) => one.feedId))}::bigint[],
      ${textArray(sorted.map((one) => one.sku))}::text[], ${textArray(sorted.map((one) => one.warehouse))}::text[],
      ${int8Array(sorted.map((one) => (one.ledger === null ? null : BigInt(one.ledger))))}::bigint[],
      ${int8Array(sorted.map((one) => (one.captured === null ? null : BigInt(one.captured))))}::bigint[],
      ${textArray(sorted.map((one) => JSON.stringify(one.evidence)))}::text[])
      as n (kind, feed_id, sku, warehouse, ledger, captured, evidence)
    on conflict (kind, sku, warehouse) where settled_at is null do update set feed_id = excluded.feed_id,
      ledger = excluded.ledger, captured = excluded.captured, evidence = f.evidence || excluded.evidence,
      opened_at = case when f.state = 'kept' and f.ledger - f.captured is distinct from excluded.ledger - excluded.captured
        then excluded.opened_at else f.opened_at end,
      state = case when f.state = 'kept' and f.ledger - f.captured is distinct from excluded.ledger - excluded.captured
        then 'open' else f.state end
    returning f.*`
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What rules these places at the moment, held until the transaction ends; in order of id. */
export async function holdRuling(
  tx: Sql,
  kinds: readonly FindingKind[],
  places: readonly StockPlace[],
): Promise<FindingRow[]> {
  if (places.length === 0) return []
  return await tx<FindingRow>`
    select f.* from stock_finding f
    where f.settled_at is null and f.kind = any(${textArray(kinds)}::text[]) and (f.sku, f.warehouse) in (
      select * from unnest(${textArray(places.map((one) => one.sku))}::text[],
        ${textArray(places.map((one) => one.warehouse))}::text[]))
    order by f.id for update`
}

/** Findings by id, held until the transaction ends. */
export async function holdFindings(tx: Sql, ids: readonly bigint[]): Promise<FindingRow[]> {
  return await tx<FindingRow>`
    select * from stock_finding where id = any(${int8Array(ids)}::bigint[]) order by id for update`
}

/** Ends findings. `kept` goes on ruling its place; everything else is settled. */
export async function endFindings(
  tx: Sql,
  ids: readonly bigint[],
  end: { readonly state: Exclude<FindingState, 'open'>; readonly by: string; readonly words: string },
  now: Instant,
): Promise<void> {
  if (ids.length === 0) return
  await tx`
    update stock_finding set state = case when state = 'kept' and ${end.state} = 'gone' then 'kept' else ${end.state} end,
      ended_at = case when state = 'kept' then ended_at else ${now}::timestamptz end,
      ended_by = case when state = 'kept' then ended_by else ${end.by} end,
      ended_words = case when state = 'kept' then ended_words else ${end.words} end,
      settled_at = case when ${end.state} = 'kept' then null else ${now}::timestamptz end
    where id = any(${int8Array(ids)}::bigint[])`
}

/** Brings the figures of a finding up to the source's newest word. */
export async function followFinding(
  tx: Sql,
  id: bigint,
  one: { readonly ledger: number; readonly captured: number; readonly evidence: Record<string, unknown> },
  now: Instant,
): Promise<void> {
  await tx`
    update stock_finding set
      state = case when state = 'kept' and ledger - captured is distinct from ${one.ledger}::int - ${one.captured}::int
        then 'open' else state end,
      opened_at = case when state = 'kept' and ledger - captured is distinct from ${one.ledger}::int - ${one.captured}::int
        then ${now}::timestamptz else opened_at end,
      ledger = ${one.ledger}, captured = ${one.captured}, evidence = evidence || ${json(one.evidence)}::jsonb
    where id = ${id}`
}

/** Settles what these places' newest figures have put right; answers how many. */
export async function healPlaces(
  tx: Sql,
  kinds: readonly FindingKind[],
  places: readonly StockPlace[],
  words: string,
  now: Instant,
): Promise<bigint[]> {
  const ruling = await holdRuling(tx, kinds, places)
  const ids = ruling.map((one) => one.id)
  await endFindings(tx, ids, { state: 'gone', by: 'hub', words }, now)
  return ids
}

export type FindingHold = Taken & { readonly finding: bigint; readonly key: string }

/** What is set aside for findings that are ended or open: open pieces per hold. */
export async function readFindingHolds(tx: Sql, ids: readonly bigint[]): Promise<FindingHold[]> {
  return await tx<FindingHold>`
    select h.owner::bigint as finding, h.key, l.sku, l.warehouse, l.open as quantity
    from stock_hold h join stock_hold_line l on l.hold_id = h.id
    where h.owner_kind = 'finding' and h.state = 'held' and l.open > 0
      and h.owner = any(${textArray(ids.map(String))}::text[]) order by h.id`
}

/** How many holds were ever made for a finding, so that the next has a key of its own. */
export async function countHolds(tx: Sql, id: bigint): Promise<number> {
  const [row] = await tx<{ n: number }>`
    select count(*)::int as n from stock_hold where owner_kind = 'finding' and owner = ${String(id)}`
  return row?.n ?? 0
}

export async function setHoldKeys(
  tx: Sql,
  keys: readonly { readonly id: bigint; readonly key: string }[],
): Promise<void> {
  if (keys.length === 0) return
  await tx`
    update stock_finding f set hold_key = n.key
    from unnest(${int8Array(keys.map((one) => one.id))}::bigint[], ${textArray(keys.map((one) => one.key))}::text[]) as n (id, key)
    where f.id = n.id`
}

/** Differences whose pieces set aside are not what is in doubt, and settled ones that still hold some. */
export async function readUnbalanced(sql: Sql, most: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    with held as (
      select h.owner::bigint as id, sum(l.open)::int as pieces
      from stock_hold h join stock_hold_line l on l.hold_id = h.id
      where h.owner_kind = 'finding' and h.state = 'held' and l.open > 0 group by 1
    ), wanted as (
      select f.id, greatest(0, l.physical - greatest(0, f.captured)) as pieces, l.available
      from stock_finding f join stock_level l on l.sku = f.sku and l.warehouse = f.warehouse
      where f.settled_at is null and f.state = 'open' and f.kind in ('drift', 'conflict', 'duplicate_row') and f.captured is not null
    )
    select coalesce(w.id, h.id) as id from wanted w full join held h on h.id = w.id
    where coalesce(h.pieces, 0) > coalesce(w.pieces, 0)
      or (coalesce(w.pieces, 0) > coalesce(h.pieces, 0) and w.available > 0)
    order by 1 limit ${most}`
  return rows.map((row) => row.id)
}

export type FindingFilter = {
  readonly state: FindingState | null
  readonly kind: FindingKind | null
  readonly warehouse: string | null
  readonly sku: string | null
  readonly feed: bigint | null
}

/** Newest first, below a place in that order. */
export async function readFindings(
  sql: Sql,
  filter: FindingFilter,
  after: { readonly openedAt: Instant; readonly id: bigint } | null,
  limit: number,
): Promise<FindingRow[]> {
  return await sql<FindingRow>`
    select * from stock_finding
    where (${filter.state}::text is null or state = ${filter.state})
      and (${filter.kind}::text is null or kind = ${filter.kind})
      and (${filter.warehouse}::text is null or warehouse = ${filter.warehouse})
      and (${filter.sku}::text is null or starts_with(lower(sku), lower(${filter.sku})))
      and (${filter.feed}::bigint is null or feed_id = ${filter.feed})
      and (${after?.id ?? null}::bigint is null or (opened_at, id) < (${after?.openedAt ?? null}::timestamptz, ${after?.id ?? null}::bigint))
    order by opened_at desc, id desc limit ${limit}`
}

/** Open ones of each kind. */
export async function countOpen(
  sql: Sql,
): Promise<
  { readonly kind: FindingKind; readonly warehouse: string; readonly n: number; readonly since: Instant }[]
> {
  return await sql`
    select kind, warehouse, count(*)::int as n, min(opened_at) as since from stock_finding
    where state = 'open' group by kind, warehouse order by kind, warehouse`
}

// What a sweep finds and what it finds gone.

/** Captured places where more than so much left by the hub's knowledge before `before`, and the source still does not count it down. */
export async function readUnseen(
  sql: Sql,
  before: Instant,
): Promise<
  (StockPlace & {
    readonly physical: number
    readonly source_quantity: number | null
    readonly unseen: number
  })[]
> {
  return await sql`
    select l.sku, l.warehouse, l.physical, l.source_quantity, (l.unseen_out - coalesce(young.pieces, 0))::int as unseen
    from stock_level l join warehouse w on w.code = l.warehouse and w.figures = 'captured'
    left join lateral (
      select sum(-m.physical) as pieces from stock_movement m
      where m.sku = l.sku and m.warehouse = l.warehouse and m.at >= ${before} and m.hold_id is not null and m.physical < 0
    ) young on true
    where l.unseen_out > coalesce(young.pieces, 0)
    order by l.sku, l.warehouse limit 5000`
}

export async function readNegative(
  sql: Sql,
): Promise<(StockPlace & { readonly physical: number; readonly source_quantity: number | null })[]> {
  return await sql`
    select l.sku, l.warehouse, l.physical, l.source_quantity
    from stock_level l join warehouse w on w.code = l.warehouse and w.figures = 'captured'
    where l.physical < 0 or l.source_quantity < 0 order by l.sku, l.warehouse limit 5000`
}

/** Settles findings of a kind at places that are not among these any more. */
export async function settleOthers(
  tx: Sql,
  kind: FindingKind,
  still: readonly StockPlace[],
  now: Instant,
): Promise<void> {
  await tx`
    update stock_finding set state = case when state = 'kept' then 'kept' else 'gone' end,
      ended_at = coalesce(ended_at, ${now}), ended_by = coalesce(ended_by, 'hub'),
      ended_words = coalesce(ended_words, 'the cause is gone'), settled_at = ${now}
    where kind = ${kind} and settled_at is null and (sku, warehouse) not in (
      select * from unnest(${textArray(still.map((one) => one.sku))}::text[],
        ${textArray(still.map((one) => one.warehouse))}::text[]))`
}

/** Differences that came to agree by another way: a count in the hub, a movement. */
export async function readAgreed(sql: Sql): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select f.id from stock_finding f join stock_level l on l.sku = f.sku and l.warehouse = f.warehouse
    where f.settled_at is null and f.kind in ('drift', 'conflict')
      and f.captured between l.physical and l.physical + l.unseen_out order by f.id limit 2000`
  return rows.map((row) => row.id)
}

/** Unknown names that are known by now, with the feed that must read its table again. */
export async function readKnownNow(
  sql: Sql,
): Promise<{ readonly id: bigint; readonly feed_id: bigint | null }[]> {
  return await sql`
    select f.id, f.feed_id from stock_finding f
    where f.settled_at is null and (
      (f.kind = 'unknown_warehouse' and exists (
        select 1 from stock_feed_warehouse w where w.feed_id = f.feed_id and w.source_code = f.warehouse))
      or (f.kind = 'unknown_warehouse' and f.feed_id is null and exists (select 1 from warehouse w where w.code = f.warehouse))
      or (f.kind = 'unknown_sku' and exists (
        select 1 from stock_level l where l.sku = f.sku and l.warehouse = f.warehouse))
      or (f.kind = 'unknown_sku' and exists (select 1 from sku_mapping m where m.stock_sku = f.sku))
      or (f.kind = 'own_figures' and exists (
        select 1 from warehouse w where w.code = f.warehouse and w.figures = 'captured')))
    order by f.id limit 2000`
}

/** How many findings rule these places. */
export async function countRuling(tx: Sql, places: readonly StockPlace[]): Promise<number> {
  const [row] = await tx<{ n: number }>`
    select count(*)::int as n from stock_finding f where f.settled_at is null and (f.sku, f.warehouse) in (
      select * from unnest(${textArray(places.map((one) => one.sku))}::text[],
        ${textArray(places.map((one) => one.warehouse))}::text[]))`
  return row?.n ?? 0
}

export async function countOpenByFeed(sql: Sql): Promise<ReadonlyMap<bigint, number>> {
  const rows = await sql<{ feed_id: bigint; n: number }>`
    select feed_id, count(*)::int as n from stock_finding where state = 'open' and feed_id is not null group by feed_id`
  return new Map(rows.map((row) => [row.feed_id, row.n]))
}
