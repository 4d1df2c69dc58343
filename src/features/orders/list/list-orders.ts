import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { NUMBERS_AT_MOST, type OrderQuestion, type Search, type Sort } from './core/filter.ts'
import {
  type OrderRow,
  type Place,
  readIdsByNumbers,
  readIdsByPrefix,
  readRows,
  readSpots,
  readTextWindow,
  type Spot,
  type Stretch,
} from './store.ts'

export type OrderPage = { readonly rows: readonly OrderRow[]; readonly next: string | null }

/**
 * One page of the list, `limit` rows at most. A page of a text search may hold fewer rows and still have a next one: it
 * looks through a bounded number of orders at a time. Refuses with `http.bad_cursor`.
 */
export async function listOrders(
  sql: Sql,
  question: OrderQuestion,
  page: { readonly cursor: string | null; readonly limit: number },
): Promise<Result<OrderPage>> {
  const { sort } = question
  const after = page.cursor === null ? ok(null) : decodePlace(sort, page.cursor)
  if (!after.ok) return after
  const found = await findSpots(sql, question, after.value, page.limit)
  const rows = await readRows(
    sql,
    found.spots.map((spot) => spot.id),
  )
  return ok({ rows, next: found.next === null ? null : encodePlace(sort, found.next) })
}

type Found = { readonly spots: readonly Spot[]; readonly next: Place | null }

async function findSpots(
  sql: Sql,
  question: OrderQuestion,
  after: Place | null,
  limit: number,
): Promise<Found> {
  const { search } = question
  if (search === null) return await findByFilter(sql, question, null, after, limit)
  const ids = await idsOf(sql, search)
  if (ids !== null) return await findByFilter(sql, question, ids, after, limit)
  return await findByText(sql, question, search.text, after, limit)
}

/** An order has one number, a parcel a few orders: more than this is not a search for numbers. */
const IDS_AT_MOST = 5 * NUMBERS_AT_MOST
const PREFIX_FROM = 4
/** More words than this were meant as numbers, even where none is known. */
const WORDS_AT_MOST = 5

/** Ids when the text names numbers; null when it is words to look for. */
async function idsOf(sql: Sql, { text, numbers }: Search): Promise<readonly bigint[] | null> {
  const exact = await readIdsByNumbers(sql, numbers, IDS_AT_MOST)
  if (exact.length > 0 || numbers.length > WORDS_AT_MOST) return exact
  const isNumberLike = numbers.length === 1 && text.length >= PREFIX_FROM && /^[\x21-\x7e]+$/.test(text)
  const begun = isNumberLike ? await readIdsByPrefix(sql, text, IDS_AT_MOST) : []
  return begun.length > 0 ? begun : null
}

async function findByFilter(
  sql: Sql,
  { filter, sort }: OrderQuestion,
  ids: readonly bigint[] | null,
  after: Place | null,
  limit: number,
): Promise<Found> {
  const byDeadline = isByDeadline(sort)
  const first = after?.part ?? (byDeadline ? 'dated' : 'undated')
  const read = (part: Place['part'], from: Place | null, count: number): Promise<Spot[]> =>
    readSpots(sql, { filter, sort, part, after: from, limit: count, ids })
  const spots = await read(first, after, limit + 1)
  const dated = first === 'dated' ? spots.length : 0
  // Without a ship-by there is no deadline to sort by; those orders follow, the newest first.
  if (first === 'dated' && spots.length <= limit && filter.overdueAt === null)
    spots.push(...(await read('undated', null, limit + 1 - spots.length)))
  return cut(spots, limit, dated, sort)
}

function cut(spots: readonly Spot[], limit: number, dated: number, sort: Sort): Found {
  const shown = spots.slice(0, limit)
  const last = shown.at(-1)
  if (spots.length <= limit || last === undefined) return { spots: shown, next: null }
  return { spots: shown, next: placeOf(last, shown.length <= dated ? 'dated' : 'undated', sort) }
}

/** Orders looked through per statement (about 30 ms), and statements per page. */
const WINDOW = 20_000
const WINDOWS_AT_MOST = 3

async function findByText(
  sql: Sql,
  { filter, sort }: OrderQuestion,
  text: string,
  start: Place | null,
  limit: number,
): Promise<Found> {
  const byTime: Sort = sort === 'sortAt' ? 'sortAt' : '-sortAt'
  const spots: Spot[] = []
  let after = start
  for (let window = 0; window < WINDOWS_AT_MOST; window += 1) {
    const wanted = limit + 1 - spots.length
    const stretch: Stretch = { filter, sort: byTime, part: 'undated', after, limit: wanted, ids: null }
    const { hits, end, scanned } = await readTextWindow(sql, stretch, text, WINDOW)
    spots.push(...hits)
    if (spots.length > limit) return cut(spots, limit, 0, byTime)
    if (end === null || scanned < WINDOW) return { spots, next: null }
    after = placeOf(end, 'undated', byTime)
  }
  return { spots, next: after }
}

function isByDeadline(sort: Sort): boolean {
  return sort === 'shipBy' || sort === '-shipBy'
}

function placeOf(spot: Spot, part: Place['part'], sort: Sort): Place {
  const at = part === 'dated' && isByDeadline(sort) ? spot.ship_by : spot.sort_at
  return { part, at: (at ?? spot.sort_at).toString(), id: spot.id }
}

function encodePlace(sort: Sort, { part, at, id }: Place): string {
  return encodeCursor(`orders:${sort}`, [part, at, id.toString()])
}

function decodePlace(sort: Sort, cursor: string): Result<Place> {
  const values = decodeCursor(`orders:${sort}`, cursor)
  if (!values.ok) return values
  const [part, at, id] = values.value
  return ok({ part: part === 'dated' ? 'dated' : 'undated', at: String(at), id: BigInt(String(id)) })
}
