import type { Rules } from './intake-types.ts'
import type { Bilingual } from './types.ts'

/** Shapes of the file import. */
export type ImportColumn = { readonly column: string; readonly format?: string; readonly zone?: string }
export type ImportTemplate = {
  readonly id?: string
  readonly updatedAt?: string
  readonly name: string
  readonly target: 'orders'
  readonly zone: string
  readonly dateFormat: string
  readonly currency: string
  readonly columns: Readonly<Record<string, ImportColumn>>
  readonly statusMap: Rules
  readonly sheet?: string
  readonly headerRow?: number
  readonly delimiter?: string
  readonly encoding?: string
}
export type UploadedColumn = { readonly name: string; readonly samples: readonly string[] }
export type Uploaded = {
  readonly fileId: string
  readonly format: 'csv' | 'xlsx'
  readonly bytes: number
  readonly encoding: string | null
  readonly delimiter: string | null
  readonly headerRow: number
  readonly rows: number | null
  readonly columns: readonly UploadedColumn[]
  readonly suggestion: ImportTemplate
  readonly questions: readonly (Bilingual & { readonly code: string; readonly about: string })[]
}
export type ImportStarted = {
  readonly jobId: string
  readonly statuses: { readonly added: readonly string[]; readonly kept: readonly string[] }
}
export type ImportResult = {
  readonly dryRun: boolean
  readonly rows: number
  readonly orders: number
  readonly valid: number
  readonly errors: number
  readonly withheld: number
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  readonly flagged: number
  readonly statusUnknown: readonly { readonly code: string; readonly orders: number }[]
  readonly sample: readonly {
    readonly orderNo: string
    readonly rows: readonly number[]
    readonly change: 'created' | 'changed' | 'unchanged'
    readonly claims: readonly {
      readonly code: string
      readonly fact: string
      readonly raw: string
      readonly instant: string | null
    }[]
  }[]
}

export type FieldKind = 'id' | 'text' | 'status' | 'time' | 'money' | 'count' | 'currency'
/** Every field that a column can fill, in the groups in which the wizard offers them. */
export const IMPORT_FIELDS = {
  order: { order_no: 'id', status: 'status', buyer_note: 'text', seller_note: 'text' },
  times: {
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
  },
  parcel: { tracking_no: 'id', carrier: 'text' },
  lines: {
    line_id: 'id',
    sku: 'id',
    title: 'text',
    spec: 'text',
    quantity: 'count',
    unit_price: 'money',
    line_total: 'money',
  },
  amounts: {
    goods_total: 'money',
    shipping: 'money',
    discount: 'money',
    total: 'money',
    currency: 'currency',
  },
  people: {
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
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldKind>>>>
const KINDS: Readonly<Record<string, FieldKind>> = Object.assign({}, ...Object.values(IMPORT_FIELDS))

export function kindOfField(field: string): FieldKind {
  return KINDS[field] ?? 'text'
}
