import type { FactKind } from './fact.ts'

// What the import of a file and the connector that reads its messages agree on: which fields a column can fill, how a
// template says so, and what the stored message of one order looks like.

/** How the text of a cell is read. `id`: kept to the letter and never a number; `time`: an event of the order. */
export type FieldKind = 'id' | 'text' | 'status' | 'time' | 'money' | 'count' | 'currency'

/** Every field that a column can be mapped to. */
export const FILE_FIELDS = {
  order_no: 'id',
  status: 'status',
  placed: 'time',
  paid: 'time',
  handed_over: 'time',
  picked_up: 'time',
  delivered: 'time',
  completed: 'time',
  cancelled: 'time',
  ship_by: 'time',
  deliver_by: 'time',
  updated_at: 'time',
  tracking_no: 'id',
  carrier: 'text',
  line_id: 'id',
  sku: 'id',
  title: 'text',
  spec: 'text',
  quantity: 'count',
  unit_price: 'money',
  line_total: 'money',
  goods_total: 'money',
  shipping: 'money',
  discount: 'money',
  total: 'money',
  currency: 'currency',
  buyer_id: 'id',
  buyer_name: 'text',
  recipient_name: 'text',
  recipient_phone: 'id',
  country: 'text',
  province: 'text',
  city: 'text',
  district: 'text',
  address: 'text',
  postal_code: 'id',
  buyer_note: 'text',
  seller_note: 'text',
} as const satisfies Readonly<Record<string, FieldKind>>
export type FileField = keyof typeof FILE_FIELDS

export function isFileField(name: string): name is FileField {
  return Object.hasOwn(FILE_FIELDS, name)
}

/**
 * One mapped column. `format` of a time: LDML letters (`M/d/yyyy H:mm`), `iso`, `epoch` or `excel` (a bare serial number);
 * of an amount: `decimal`, `decimal_comma` or `minor`. `zone`: IANA name, where this column's differs from the file's.
 */
export type FileColumn = { readonly column: string; readonly format?: string; readonly zone?: string }

/** How the columns of a kind of file become orders. */
export type FileTemplate = {
  readonly name: string
  readonly target: 'orders'
  /** IANA zone of every time that carries no offset. */
  readonly zone: string
  /** Format of time columns that name none; empty: ISO and what can be read without one. */
  readonly dateFormat: string
  /** ISO 4217, for amounts without a currency column. */
  readonly currency: string
  readonly columns: Readonly<Partial<Record<FileField, FileColumn>>>
  /** Status as the file writes it -> fact; published as mapping rules of the connection when an import starts. */
  readonly statusMap: Readonly<Record<string, FactKind | 'none'>>
  readonly sheet?: string
  /** 1 is the first row; 0: the file has none, columns are then called `#1`, `#2`, … */
  readonly headerRow?: number
  readonly delimiter?: string
  readonly encoding?: string
}

/** Rows that one order may have. */
export const FILE_ROWS_MOST = 1_000
/** Longest cell that is read: what a spreadsheet can hold. */
export const FILE_CELL_MOST = 32_767

/** One row of an order as the file has it: mapped cells to the letter, with the row's number in the file (header: 1). */
export type FileRow = {
  readonly row: number
  readonly cells: Readonly<Partial<Record<FileField, string>>>
}

/** The stored message of one order. Holds how it has to be read, so that it means the same when it is replayed. */
export type FileOrder = {
  readonly orderNo: string
  readonly template: { readonly name: string; readonly version: string }
  readonly zone: string
  readonly dateFormat: string
  readonly currency: string
  readonly columns: Readonly<Partial<Record<FileField, FileColumn>>>
  /** When these rows were first brought to the hub, ISO 8601. */
  readonly uploadedAt: string
  readonly rows: readonly FileRow[]
}

/** What is wrong with one cell; `row` as in `FileRow`. */
export type FileProblem = {
  readonly row: number
  readonly column: string
  readonly value: string
  readonly code: string
  readonly message: string
}

export const FILE_TOPIC = 'order.rows'
export const STATUS_CODE = 'status:'
export const COLUMN_CODE = 'column:'
