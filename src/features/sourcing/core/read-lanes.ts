import { parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Lane } from './lanes.ts'

export const LANE_FIELDS = [
  'warehouse',
  'province',
  'city',
  'hours',
  'firstKg',
  'furtherKg',
  'currency',
] as const
export type LaneField = (typeof LANE_FIELDS)[number]
/** More rows than 100 warehouses to every prefecture are no list of lanes. */
export const LANE_ROWS_MOST = 20_000

export type TypedLane = {
  readonly warehouse: string
  readonly province: string
  readonly city: string
  /** Whole hours as text, amounts in the major unit; empty: nobody knows. */
  readonly hours: string
  readonly firstKg: string
  readonly furtherKg: string
  readonly currency: string
}
/** Short names of a province and a city of it; null where there is none such. */
export type ReadPlace = (
  province: string,
  city: string,
) => { readonly province: string; readonly city: string } | null

/**
 * One lane as a person typed it. Refused: `sourcing.unknown_warehouse`, `sourcing.bad_place`, `sourcing.bad_hours`, `sourcing.bad_amount`,
 * `sourcing.bad_currency`, `sourcing.empty_lane`; data names the field.
 */
export function readLane(typed: TypedLane, codes: ReadonlySet<string>, readPlace: ReadPlace): Result<Lane> {
  const warehouse = typed.warehouse.trim()
  if (!codes.has(warehouse))
    return wrong(
      'sourcing.unknown_warehouse',
      'warehouse',
      `there is no warehouse "${warehouse.slice(0, 40)}"`,
    )
  const place = placeOf(typed, readPlace)
  if (place === null)
    return wrong(
      'sourcing.bad_place',
      'province',
      `"${typed.province.slice(0, 20)} ${typed.city.slice(0, 20)}" is no place in China, nor *`,
    )
  const currency = typed.currency.trim().toUpperCase() || 'CNY'
  if (!/^[A-Z]{3}$/.test(currency))
    return wrong('sourcing.bad_currency', 'currency', 'a currency has three letters: CNY')
  const hours = typed.hours.trim()
  if (hours !== '' && (!/^\d{1,4}$/.test(hours) || Number(hours) > 2_000))
    return wrong('sourcing.bad_hours', 'hours', 'hours are a whole number from 0 to 2,000')
  const first = amountOf(typed.firstKg, currency, 'firstKg')
  if (!first.ok) return first
  const further = amountOf(typed.furtherKg, currency, 'furtherKg')
  if (!further.ok) return further
  if (hours === '' && first.value === null)
    return wrong('sourcing.empty_lane', 'hours', 'neither hours nor an amount: such a row says nothing')
  return ok({
    warehouse,
    ...place,
    hours: hours === '' ? null : Number(hours),
    firstKgMinor: first.value,
    furtherKgMinor: further.value,
    currency,
  })
}

function placeOf({ province, city }: TypedLane, readPlace: ReadPlace): ReturnType<ReadPlace> {
  const everywhere = (text: string): boolean => ['', '*', '全国', '全部', '其他'].includes(text.trim())
  if (everywhere(province)) return everywhere(city) ? { province: '*', city: '*' } : null
  if (!everywhere(city)) return readPlace(province.trim(), city.trim())
  const place = readPlace(province.trim(), '')
  return place === null ? null : { province: place.province, city: '*' }
}

const AMOUNT_MOST = 100_000_000n

function amountOf(text: string, currency: string, field: LaneField): Result<bigint | null> {
  const bare = text.trim().replace(/^[¥￥]/, '')
  if (bare === '') return ok(null)
  const amount = parseMoney(bare, currency)
  if (!amount.ok || amount.value.minor < 0n || amount.value.minor > AMOUNT_MOST)
    return wrong(
      'sourcing.bad_amount',
      field,
      `"${bare.slice(0, 20)}" is no amount of ${currency} from 0 to 1,000,000`,
    )
  return ok(amount.value.minor)
}

function wrong(code: string, field: LaneField, detail: string) {
  return refuse(code, detail, { field })
}

const HEADS: Readonly<Record<LaneField, readonly string[]>> = {
  warehouse: ['warehouse', '仓库编码', '仓库', '仓库代码', '发货仓', 'code'],
  province: ['province', '省', '省份', '目的省', '收货省'],
  city: ['city', '市', '城市', '目的市', '收货市'],
  hours: ['hours', '时效', '小时', '送达小时', '时效小时'],
  firstKg: ['firstkg', '首重', '首重费用', '首公斤', 'first'],
  furtherKg: ['furtherkg', '续重', '续重费用', '续公斤', 'further'],
  currency: ['currency', '币种', '货币'],
}

export type LaneTable = {
  readonly header: readonly string[]
  readonly rows: readonly { readonly row: number; readonly cells: readonly string[] }[]
}
export type LaneError = {
  readonly row: number
  readonly column: string
  readonly code: string
  readonly detail: string
}
export type ReadLanes = {
  readonly lanes: readonly (Lane & { readonly row: number })[]
  readonly errors: readonly LaneError[]
}

/**
 * A list of lanes: every row as a lane, or what is wrong with it by row and column. Heads are recognised in Chinese and English. Refused:
 * `sourcing.no_rows`, `sourcing.list_too_large`, `sourcing.no_column` (no column of warehouses or provinces).
 */
export function readLaneTable(
  table: LaneTable,
  codes: ReadonlySet<string>,
  readPlace: ReadPlace,
): Result<ReadLanes> {
  if (table.rows.length === 0) return refuse('sourcing.no_rows', 'the list has no rows')
  if (table.rows.length > LANE_ROWS_MOST)
    return refuse('sourcing.list_too_large', `a list has at most ${LANE_ROWS_MOST} rows`)
  const at = columnsOf(table.header)
  if (at.warehouse < 0 || at.province < 0)
    return refuse(
      'sourcing.no_column',
      'the list needs a column of warehouses (仓库编码) and one of provinces (省份)',
    )
  const lanes: (Lane & { row: number })[] = []
  const errors: LaneError[] = []
  const seen = new Map<string, number>()
  for (const { row, cells } of table.rows) {
    const cell = (field: LaneField): string => (at[field] < 0 ? '' : (cells[at[field]] ?? ''))
    const typed = Object.fromEntries(LANE_FIELDS.map((field) => [field, cell(field)])) as Record<
      LaneField,
      string
    >
    const lane = readLane(typed, codes, readPlace)
    if (!lane.ok) {
      const { field } = lane.refusal.data as { readonly field: LaneField }
      errors.push({
        row,
        column: table.header[at[field]] ?? '',
        code: lane.refusal.code,
        detail: lane.refusal.detail,
      })
      continue
    }
    const key = `${lane.value.warehouse}\n${lane.value.province}\n${lane.value.city}`
    const before = seen.get(key)
    if (before !== undefined) {
      const column = table.header[at.province] ?? ''
      errors.push({ row, column, code: 'sourcing.lane_twice', detail: `row ${before} is the same lane` })
      continue
    }
    seen.set(key, row)
    lanes.push({ ...lane.value, row })
  }
  return ok({ lanes, errors })
}

function columnsOf(header: readonly string[]): Record<LaneField, number> {
  const folded = header.map((head) =>
    head
      .normalize('NFKC')
      .toLowerCase()
      .replace(/\(.*?\)/g, '')
      .replace(/[\s_\-*:/]+/g, ''),
  )
  const found = LANE_FIELDS.map((field) => [field, folded.findIndex((head) => HEADS[field].includes(head))])
  return Object.fromEntries(found) as Record<LaneField, number>
}
