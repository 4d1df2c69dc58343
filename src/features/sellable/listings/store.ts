import { JOURNAL_CHANNEL } from '#platform/journal/store.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'

export const LISTING_STATES = ['idle', 'due', 'asked', 'refused', 'unknown'] as const
export type ListingState = (typeof LISTING_STATES)[number]

export type ListingKey = {
  readonly connection: string
  readonly stockSku: string
  readonly shopSku: string
}
export type Wished = ListingKey & {
  readonly wanted: number | null
  readonly told: number | null
  readonly state: ListingState
}

type KeyRow = { connection_id: string; stock_sku: string; shop_sku: string }
const keyOf = (row: KeyRow): ListingKey => ({
  connection: row.connection_id,
  stockSku: row.stock_sku,
  shopSku: row.shop_sku,
})

/** Null: all of them. */
export type Which = { readonly skus: readonly string[] | null; readonly channel: string | null }

/**
 * Locks these listings in order of their key, `limit` of them after one. What is read of the ledger after this is never older than
 * what another process has already told the same listing.
 */
export async function lockListings(
  tx: Sql,
  { skus, channel }: Which,
  after: ListingKey | null,
  limit: number,
): Promise<Wished[]> {
  const { connection, stockSku, shopSku } = after ?? { connection: '', stockSku: '', shopSku: '' }
  const rows = await tx<KeyRow & { wanted: number | null; told: number | null; state: ListingState }>`
    select connection_id, stock_sku, shop_sku, wanted, told, state from channel_listing
    where (${skus === null} or stock_sku = any(${textArray(skus ?? [])}::text[]))
      and (${channel === null} or connection_id = ${channel ?? ''})
      and (connection_id, stock_sku, shop_sku) > (${connection}, ${stockSku}, ${shopSku})
    order by connection_id, stock_sku, shop_sku limit ${limit} for update`
  return rows.map((row) => ({ ...keyOf(row), wanted: row.wanted, told: row.told, state: row.state }))
}

export async function nextGeneration(tx: Sql): Promise<bigint> {
  const [row] = await tx<{ generation: bigint }>`select nextval('channel_stock_generation') as generation`
  return row?.generation ?? 0n
}

export type Wish = ListingKey & { readonly wanted: number | null; readonly state: ListingState }

/** New wishes; one that is being sent goes on and is followed by the newer one. */
export async function writeWishes(
  tx: Sql,
  wishes: readonly Wish[],
  generation: bigint,
  now: Temporal.Instant,
): Promise<void> {
  if (wishes.length === 0) return
  await tx`
    update channel_listing l set wanted = w.wanted, state = w.state, wanted_at = ${now}, generation = ${generation},
      code = null, words = '', updated_at = ${now}
    from unnest(
      ${textArray(wishes.map((one) => one.connection))}::text[], ${textArray(wishes.map((one) => one.stockSku))}::text[],
      ${textArray(wishes.map((one) => one.shopSku))}::text[], ${int4Array(wishes.map((one) => one.wanted))}::int[],
      ${textArray(wishes.map((one) => one.state))}::text[]
    ) as w (connection_id, stock_sku, shop_sku, wanted, state)
    where l.connection_id = w.connection_id and l.stock_sku = w.stock_sku and l.shop_sku = w.shop_sku`
}

export type OpenIntent = {
  readonly id: bigint
  readonly connection: string
  readonly attempts: number
}

/** Intents of these connections that nobody carries out this moment. */
export async function lockWaitingIntents(
  tx: Sql,
  effect: string,
  connections: readonly string[],
): Promise<OpenIntent[]> {
  const rows = await tx<{ id: bigint; connection_id: string; attempts: number }>`
    select id, connection_id, attempts from outbox_intent
    where effect = ${effect} and state in ('pending', 'unknown') and connection_id = any(${textArray(connections)}::text[])
    order by id for update`
  return rows.map((row) => ({ id: row.id, connection: row.connection_id, attempts: row.attempts }))
}

export type Claimed = ListingKey & {
  readonly ids: Readonly<Record<string, string>>
  readonly quantity: number
  readonly generation: bigint
}

/**
 * Takes up to `limit` listings that are to be told something, for one intent and so long; those that go to nothing first, then the
 * oldest wishes. What another intent is asking is left to it as long as its time is not over, by the database's clock: a process whose
 * own is ahead would tell beside it, and the older figure could arrive last. Rows are locked in the order of their key, as those who
 * wish do; one that a wish holds this moment is waited for and not left out, since nobody else would take it.
 */
export async function claimListings(
  sql: Sql,
  given: { readonly connection: string; readonly by: bigint; readonly limit: number },
  now: Temporal.Instant,
  lasts: Temporal.Duration,
): Promise<Claimed[]> {
  const rows = await sql<KeyRow & { ids: Record<string, string>; wanted: number; generation: bigint }>`
    with due as (
      select connection_id, stock_sku, shop_sku from channel_listing
      where connection_id = ${given.connection} and wanted is not null
        and (state in ('due', 'unknown') or (state = 'asked' and asked_until <= clock_timestamp()))
      order by (wanted <> 0), wanted_at, stock_sku, shop_sku limit ${given.limit}
    ), locked as (
      select l.connection_id, l.stock_sku, l.shop_sku from channel_listing l join due using (connection_id, stock_sku, shop_sku)
      where l.wanted is not null and (l.state in ('due', 'unknown') or (l.state = 'asked' and l.asked_until <= clock_timestamp()))
      order by l.connection_id, l.stock_sku, l.shop_sku for update of l
    )
    update channel_listing l set state = 'asked', asked_by = ${given.by},
      asked_until = clock_timestamp() + make_interval(secs => ${lasts.total('seconds')}), updated_at = ${now}
    from locked where l.connection_id = locked.connection_id and l.stock_sku = locked.stock_sku and l.shop_sku = locked.shop_sku
    returning l.connection_id, l.stock_sku, l.shop_sku, l.ids, l.wanted, l.generation`
  return rows
    .map((row) => ({ ...keyOf(row), ids: row.ids, quantity: row.wanted, generation: row.generation }))
    .sort((a, b) => Number(a.quantity !== 0) - Number(b.quantity !== 0) || (a.stockSku < b.stockSku ? -1 : 1))
}

/** What became of one asked listing. `held`: nothing was sent. */
export type Ending = {
  readonly listing: Claimed
  readonly outcome: 'told' | 'refused' | 'unknown' | 'held'
  readonly code: string | null
  readonly words: string
}

/**
 * Writes what became of the asked ones. A listing that was wished anew meanwhile is due again, unless the newer wish is what it was
 * told just now. After an unknown outcome nobody knows what the channel has, so `told` is nothing.
 */
export async function writeEndings(
  tx: Sql,
  endings: readonly Ending[],
  by: bigint,
  now: Temporal.Instant,
): Promise<void> {
  if (endings.length === 0) return
  const listings = endings.map((ending) => ending.listing)
  await tx`
    with e as (
      select * from unnest(
        ${textArray(listings.map((one) => one.connection))}::text[], ${textArray(listings.map((one) => one.stockSku))}::text[],
        ${textArray(listings.map((one) => one.shopSku))}::text[], ${int4Array(listings.map((one) => one.quantity))}::int[],
        ${int8Array(listings.map((one) => one.generation))}::bigint[], ${textArray(endings.map((one) => one.outcome))}::text[],
        ${textArray(endings.map((one) => one.code))}::text[], ${textArray(endings.map((one) => one.words.slice(0, 300)))}::text[]
      ) as given (connection_id, stock_sku, shop_sku, quantity, generation, outcome, code, words)
    ), locked as (
      select l.connection_id, l.stock_sku, l.shop_sku from channel_listing l join e using (connection_id, stock_sku, shop_sku)
      order by l.connection_id, l.stock_sku, l.shop_sku for update of l
    )
    update channel_listing l set
      told = case e.outcome when 'told' then e.quantity when 'unknown' then null else l.told end,
      told_at = case when e.outcome = 'told' then ${now} else l.told_at end,
      state = case
        when l.wanted is null then 'idle'
        when e.outcome = 'told' then case when l.wanted = e.quantity then 'idle' else 'due' end
        when l.generation <> e.generation or e.outcome = 'held' then 'due'
        else e.outcome end,
      code = e.code, words = e.words, asked_by = null, asked_until = null, updated_at = ${now}
    from e join locked using (connection_id, stock_sku, shop_sku)
    where l.connection_id = e.connection_id and l.stock_sku = e.stock_sku and l.shop_sku = e.shop_sku and l.asked_by = ${by}`
}

export async function saveIds(
  sql: Sql,
  connection: string,
  found: readonly { readonly shopSku: string; readonly ids: Readonly<Record<string, string>> }[],
): Promise<void> {
  await sql`
    update channel_listing l set ids = f.ids::jsonb from unnest(
      ${textArray(found.map((one) => one.shopSku))}::text[], ${textArray(found.map((one) => JSON.stringify(one.ids)))}::text[]
    ) as f (shop_sku, ids)
    where l.connection_id = ${connection} and l.shop_sku = f.shop_sku`
}

/** Adds a listing or gives it other ids; false where the shop SKU belongs to another stock SKU already. */
export async function saveListing(
  tx: Sql,
  { connection, stockSku, shopSku }: ListingKey,
  ids: Readonly<Record<string, string>>,
  now: Temporal.Instant,
): Promise<boolean> {
  const rows = await tx`
    insert into channel_listing (connection_id, stock_sku, shop_sku, ids, updated_at)
    values (${connection}, ${stockSku}, ${shopSku}, ${json(ids)}::jsonb, ${now})
    on conflict (connection_id, shop_sku) do update set ids = excluded.ids, told = null, updated_at = ${now}
      where channel_listing.stock_sku = excluded.stock_sku
    returning 1`
  return rows.length > 0
}

export async function deleteListing(
  tx: Sql,
  { connection, shopSku }: Omit<ListingKey, 'stockSku'>,
): Promise<string | null> {
  const [row] = await tx<{ stock_sku: string }>`
    delete from channel_listing where connection_id = ${connection} and shop_sku = ${shopSku} returning stock_sku`
  return row?.stock_sku ?? null
}

/**
 * Makes a listing of everything that the SKU mapping, or an order line since `since`, ties to a stock SKU in these channels; answers
 * the stock SKUs of the new ones.
 */
export async function collectListings(
  tx: Sql,
  connections: readonly string[],
  since: Temporal.Instant | null,
  now: Temporal.Instant,
): Promise<string[]> {
  const rows = await tx<{ stock_sku: string }>`
    with known as (
      select connection_id, shop_sku, stock_sku from sku_mapping where connection_id = any(${textArray(connections)}::text[])
    ), sold as (
      select distinct l.connection_id, l.shop_sku, l.stock_sku from order_line l join sales_order o on o.id = l.order_id
      where ${since !== null} and l.connection_id = any(${textArray(connections)}::text[]) and l.stock_sku is not null
        and l.shop_sku <> '' and o.created_at >= ${since ?? now}
        and not exists (select 1 from known k where k.connection_id = l.connection_id and k.shop_sku = l.shop_sku)
    )
    insert into channel_listing (connection_id, stock_sku, shop_sku, updated_at)
    select connection_id, min(stock_sku), shop_sku, ${now} from (select * from known union select * from sold) found
    group by connection_id, shop_sku
    on conflict (connection_id, shop_sku) do nothing returning stock_sku`
  return [...new Set(rows.map((row) => row.stock_sku))]
}

/** Makes refused and unknown ones due (all of a connection, or these shop SKUs of it); answers how many. */
export async function retryListings(
  tx: Sql,
  connection: string,
  shopSkus: readonly string[] | null,
  generation: bigint,
  now: Temporal.Instant,
): Promise<number> {
  const rows = await tx`
    update channel_listing set state = 'due', generation = ${generation}, code = null, words = '', updated_at = ${now}
    where connection_id = ${connection} and state in ('refused', 'unknown', 'due') and wanted is not null
      and (${shopSkus === null} or shop_sku = any(${textArray(shopSkus ?? [])}::text[]))
    returning 1`
  return rows.length
}

export type ListingFilter = {
  readonly connection: string | null
  readonly state: ListingState | null
  /** Part of either code. */
  readonly search: string
}
export type ListingRow = ListingKey & {
  readonly ids: Readonly<Record<string, string>>
  readonly wanted: number | null
  readonly wantedAt: Temporal.Instant | null
  readonly told: number | null
  readonly toldAt: Temporal.Instant | null
  readonly state: ListingState
  readonly code: string | null
  readonly words: string
  readonly updatedAt: Temporal.Instant
}

/** In order of stock SKU, channel and shop SKU. */
export async function readListings(
  sql: Sql,
  { connection, state, search }: ListingFilter,
  after: ListingKey | null,
  limit: number,
): Promise<ListingRow[]> {
  const like = `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
  const rows = await sql<
    KeyRow & {
      ids: Record<string, string>
      wanted: number | null
      wanted_at: Temporal.Instant | null
      told: number | null
      told_at: Temporal.Instant | null
      state: ListingState
      code: string | null
      words: string
      updated_at: Temporal.Instant
    }
  >`
    select * from channel_listing
    where (${connection === null} or connection_id = ${connection ?? ''}) and (${state === null} or state = ${state ?? ''})
      and (${search === ''} or stock_sku ilike ${like} or shop_sku ilike ${like})
      and (${after === null} or (stock_sku, connection_id, shop_sku) >
        (${after?.stockSku ?? ''}, ${after?.connection ?? ''}, ${after?.shopSku ?? ''}))
    order by stock_sku, connection_id, shop_sku limit ${limit}`
  return rows.map((row) => ({
    ...keyOf(row),
    ids: row.ids,
    wanted: row.wanted,
    wantedAt: row.wanted_at,
    told: row.told,
    toldAt: row.told_at,
    state: row.state,
    code: row.code,
    words: row.words,
    updatedAt: row.updated_at,
  }))
}

export type ChannelCount = {
  readonly connection: string
  readonly state: ListingState
  readonly count: number
}

/** How many listings of each channel stand how. */
export async function countListings(sql: Sql): Promise<ChannelCount[]> {
  const rows = await sql<{ connection_id: string; state: ListingState; count: bigint }>`
    select connection_id, state, count(*) as count from channel_listing group by 1, 2 order by 1, 2`
  return rows.map((row) => ({ connection: row.connection_id, state: row.state, count: Number(row.count) }))
}

export type Trouble = {
  readonly connection: string
  readonly count: number
  readonly oldest: Temporal.Instant
  readonly sample: readonly string[]
  /** Words of the newest of them. */
  readonly words: string
  readonly zeros: number
}

/** Per channel what stands in one of these states since before a time; `zeros`: of those that should show nothing. */
export async function readTroubles(
  sql: Sql,
  states: readonly ListingState[],
  before: Temporal.Instant,
): Promise<Trouble[]> {
  const rows = await sql<{
    connection_id: string
    count: bigint
    oldest: Temporal.Instant
    sample: string[]
    words: string
    zeros: bigint
  }>`
    select connection_id, count(*) as count, min(wanted_at) as oldest, count(*) filter (where wanted = 0) as zeros,
      to_jsonb((array_agg(stock_sku order by (wanted <> 0), wanted_at, stock_sku, shop_sku))[1:10]) as sample,
      coalesce((array_agg(words order by updated_at desc, stock_sku, shop_sku))[1], '') as words
    from channel_listing
    where state = any(${textArray(states)}::text[]) and wanted is not null and wanted_at < ${before}
    group by connection_id order by connection_id`
  return rows.map((row) => ({
    connection: row.connection_id,
    count: Number(row.count),
    oldest: row.oldest,
    sample: row.sample,
    words: row.words,
    zeros: Number(row.zeros),
  }))
}

/** Channels where something is due that was not touched since `before` and that no intent of this effect will tell. */
export async function readForgotten(sql: Sql, effect: string, before: Temporal.Instant): Promise<string[]> {
  const rows = await sql<{ connection_id: string }>`
    select connection_id from channel_listing l
    where wanted is not null and updated_at < ${before} and (state in ('due', 'unknown') or (state = 'asked' and asked_until <= clock_timestamp()))
      and not exists (select 1 from outbox_intent i where i.effect = ${effect} and i.connection_id = l.connection_id
        and i.state in ('pending', 'sending', 'unknown'))
    group by connection_id order by connection_id`
  return rows.map((row) => row.connection_id)
}

/** Whether this night's telling is still to be done; says so once. */
export async function beginRetell(tx: Sql, day: string, now: Temporal.Instant): Promise<boolean> {
  const rows = await tx`
    insert into channel_retell (day, at, listings) values (${day}::date, ${now}, 0) on conflict (day) do nothing returning 1`
  return rows.length > 0
}

export async function endRetell(tx: Sql, day: string, listings: number): Promise<void> {
  await tx`update channel_retell set listings = ${listings} where day = ${day}::date`
}

/** Once this transaction is committed, whoever carries out intents looks at once, in whichever process. */
export async function wakeOutbox(tx: Sql): Promise<void> {
  await tx`select pg_notify(${JOURNAL_CHANNEL}, '')`
}
