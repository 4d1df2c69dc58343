import { PIECES_MOST, SKU_MOST } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { readDay, readInstant } from '#kernel/instant.ts'

export const ROWS_MOST = 5_000
export const TRANSFERS_MOST = 200

export const LIST_FIELDS = [
  'transfer',
  'from',
  'to',
  'sku',
  'quantity',
  'reason',
  'expectedAt',
  'order',
  'fromChannel',
  'toChannel',
] as const
export type ListField = (typeof LIST_FIELDS)[number]
const HEADS: Readonly<Record<ListField, readonly string[]>> = {
  transfer: ['transfer', 'group', '调拨单', '批次', '单据', '单号', '编号'],
  from: ['from', 'source', '调出仓', '调出仓库', '出库仓', '源仓', '发货仓'],
  to: ['to', 'destination', '调入仓', '调入仓库', '入库仓', '目的仓', '收货仓'],
  sku: ['sku', 'stock_sku', '库存sku', '商品编码', '货品编码', '商家编码'],
  quantity: ['quantity', 'qty', 'pieces', '数量', '调拨数量', '件数'],
  reason: ['reason', '原因', '调拨原因', '事由'],
  expectedAt: ['expected_at', 'expected', 'eta', '预计到货', '预计到货时间', '预计到达'],
  order: ['order', 'order_no', '订单', '订单号'],
  fromChannel: ['from_channel', '调出渠道', '转出渠道'],
  toChannel: ['to_channel', '调入渠道', '转入渠道'],
}
const NEEDED: readonly ListField[] = ['from', 'to', 'sku', 'quantity']

export type ListTable = {
  readonly header: readonly string[]
  readonly rows: readonly { readonly row: number; readonly cells: readonly string[] }[]
}
export type RowError = {
  /** As a spreadsheet counts: the heading is row 1. */
  readonly row: number
  readonly column: string
  readonly code: string
  readonly detail: string
}
export type ListedTransfer = {
  readonly name: string
  readonly row: number
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly expectedAt: Instant | null
  readonly orderId: bigint | null
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly fromChannel: string | null
    readonly toChannel: string | null
  }[]
}
/** What names in a file stand for. */
export type Known = {
  /** Code by code and by name. */
  readonly warehouses: ReadonlyMap<string, string>
  readonly channels: ReadonlyMap<string, string>
  readonly orders: ReadonlyMap<string, bigint>
  readonly zone: string
}

/** Which column holds what; -1: none. */
export function columnsOf(header: readonly string[]): Readonly<Record<ListField, number>> {
  const plain = header.map((cell) => cell.trim().toLowerCase().replaceAll(' ', '_'))
  return Object.fromEntries(
    LIST_FIELDS.map((field) => [field, plain.findIndex((cell) => HEADS[field].includes(cell))]),
  ) as Record<ListField, number>
}

/**
 * Transfers of a list: rows with the same name (or, without one, the same two warehouses) are lines of one transfer. Every fault is
 * named by row and column; a list with any is not taken at all.
 */
export function readList(
  table: ListTable,
  known: Known,
): { readonly transfers: readonly ListedTransfer[]; readonly errors: readonly RowError[] } {
  const at = columnsOf(table.header)
  const missing = NEEDED.filter((field) => at[field] === -1)
  if (missing.length > 0)
    return {
      transfers: [],
      errors: missing.map((field) =>
        fault(
          1,
          field,
          'transfer.column_missing',
          `no column is named ${HEADS[field].slice(0, 3).join(' or ')}`,
        ),
      ),
    }
  const errors: RowError[] = []
  const found = new Map<string, Group>()
  for (const { row, cells } of table.rows) {
    if (cells.every((cell) => cell.trim() === '')) continue
    const read = readRow(row, (field) => (cells[at[field]] ?? '').trim(), known)
    if (read.errors.length > 0) errors.push(...read.errors)
    else join(found, read.value, errors)
  }
  if (found.size > TRANSFERS_MOST)
    errors.push(
      fault(1, 'transfer', 'transfer.list_too_large', `at most ${TRANSFERS_MOST} transfers at a time`),
    )
  return { transfers: [...found.values()].map(({ seen: _seen, ...one }) => one), errors }
}

type Line = ListedTransfer['lines'][number]
type Group = Omit<ListedTransfer, 'lines'> & { readonly lines: Line[]; readonly seen: Set<string> }
type Row = Omit<ListedTransfer, 'lines'> & { readonly line: Line }

function readRow(
  row: number,
  cell: (field: ListField) => string,
  { warehouses, channels, orders, zone }: Known,
): { readonly value: Row; readonly errors: readonly RowError[] } {
  const errors: RowError[] = []
  const bad = (field: ListField, code: string, detail: string): void => {
    errors.push(fault(row, field, code, detail))
  }
  const place = (field: 'from' | 'to'): string => {
    const code = warehouses.get(cell(field))
    if (code === undefined)
      bad(field, 'transfer.unknown_warehouse', `"${cell(field)}" is no warehouse's code or name`)
    return code ?? ''
  }
  const channel = (field: 'fromChannel' | 'toChannel'): string | null => {
    if (cell(field) === '') return null
    const id = channels.get(cell(field))
    if (id === undefined)
      bad(field, 'transfer.unknown_channel', `"${cell(field)}" is no connection's id or name`)
    return id ?? null
  }
  const sku = cell('sku')
  if (sku === '' || sku.length > SKU_MOST)
    bad('sku', 'transfer.bad_cell', `a SKU has 1 to ${SKU_MOST} characters`)
  const quantity = /^\d{1,10}$/.test(cell('quantity')) ? Number(cell('quantity')) : 0
  if (quantity < 1 || quantity > PIECES_MOST)
    bad('quantity', 'transfer.bad_cell', `"${cell('quantity')}" is no whole number from 1 on`)
  const due = cell('expectedAt')
  const expectedAt = due === '' ? null : (readDay(due, zone, 1) ?? readInstant(due))
  if (due !== '' && expectedAt === null)
    bad('expectedAt', 'transfer.bad_cell', `"${due}" is no day (2026-01-25) and no time with offset`)
  const orderNo = cell('order')
  const orderId = orderNo === '' ? null : (orders.get(orderNo) ?? null)
  if (orderNo !== '' && orderId === null)
    bad('order', 'transfer.unknown_order', `"${orderNo}" is no order's number, or that of several`)
  const from = place('from')
  const to = place('to')
  const line = { sku, quantity, fromChannel: channel('fromChannel'), toChannel: channel('toChannel') }
  if (errors.length === 0 && from === to && (line.fromChannel === null || line.toChannel === null))
    bad('to', 'transfer.bad_lines', 'within one warehouse only quota moves; name both channels')
  const name = cell('transfer') === '' ? `${from} → ${to}` : cell('transfer')
  const reason = cell('reason') === '' ? 'import' : cell('reason').slice(0, 300)
  return { value: { name, row, from, to, reason, expectedAt, orderId, line }, errors }
}

function join(found: Map<string, Group>, { line, ...head }: Row, errors: RowError[]): void {
  const group = found.get(head.name)
  const key = JSON.stringify([line.sku, line.fromChannel, line.toChannel])
  if (group === undefined) {
    found.set(head.name, { ...head, lines: [line], seen: new Set([key]) })
    return
  }
  if (group.from !== head.from || group.to !== head.to) {
    const where = `row ${group.row} of the same transfer goes from ${group.from} to ${group.to}`
    errors.push(fault(head.row, 'transfer', 'transfer.rows_differ', where))
  } else if (group.seen.has(key))
    errors.push(fault(head.row, 'sku', 'transfer.row_twice', `${line.sku} is there already`))
  group.seen.add(key)
  group.lines.push(line)
}

function fault(row: number, column: ListField, code: string, detail: string): RowError {
  return { row, column, code, detail }
}
