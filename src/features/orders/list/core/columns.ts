/** A cell of an exported sheet. Text is always text, whatever it begins with. */
export type Cell = string | number | null

type Exported = {
  readonly orderNo: string
  readonly connection: { readonly name: string }
  readonly status: string
  readonly afterSale: string
  readonly report: string
  readonly placedAt: string | null
  readonly paidAt: string | null
  readonly shippedAt: string | null
  readonly deliveredAt: string | null
  readonly shipBy: string | null
  readonly payable: { readonly currency: string; readonly amount: string } | null
  readonly itemCount: number
  readonly parcelCount: number
  readonly unmatchedLines: number
  readonly driftCount: number
  readonly region: string | null
  readonly recipientMasked: string | null
  readonly buyerNote: string | null
  readonly sellerNote: string | null
  readonly firstTitle: string | null
  readonly trackingNos: readonly string[]
  readonly updatedAt: string
}
type Column = {
  readonly zh: string
  readonly en: string
  readonly width: number
  readonly cell: (row: Exported) => Cell
}

/** What can be exported, in the order of the console's table. */
export const COLUMNS = {
  orderNo: { zh: '订单号', en: 'Order no.', width: 26, cell: (row) => row.orderNo },
  connection: { zh: '店铺', en: 'Shop', width: 18, cell: (row) => row.connection.name },
  status: { zh: '状态', en: 'Status', width: 14, cell: (row) => row.status },
  afterSale: { zh: '售后', en: 'After-sale', width: 12, cell: (row) => row.afterSale },
  report: { zh: '回传', en: 'Report', width: 12, cell: (row) => row.report },
  placedAt: { zh: '下单时间', en: 'Placed', width: 20, cell: (row) => wallTime(row.placedAt) },
  paidAt: { zh: '付款时间', en: 'Paid', width: 20, cell: (row) => wallTime(row.paidAt) },
  shippedAt: { zh: '发货时间', en: 'Shipped', width: 20, cell: (row) => wallTime(row.shippedAt) },
  deliveredAt: { zh: '签收时间', en: 'Delivered', width: 20, cell: (row) => wallTime(row.deliveredAt) },
  shipBy: { zh: '承诺发货', en: 'Ship by', width: 20, cell: (row) => wallTime(row.shipBy) },
  currency: { zh: '币种', en: 'Currency', width: 8, cell: (row) => row.payable?.currency ?? null },
  payable: { zh: '应付', en: 'Payable', width: 12, cell: (row) => amountCell(row.payable?.amount) },
  itemCount: { zh: '件数', en: 'Items', width: 8, cell: (row) => row.itemCount },
  parcelCount: { zh: '包裹数', en: 'Parcels', width: 8, cell: (row) => row.parcelCount },
  trackingNos: { zh: '运单号', en: 'Tracking no.', width: 24, cell: (row) => row.trackingNos.join(' ') },
  firstTitle: { zh: '商品', en: 'Item', width: 36, cell: (row) => row.firstTitle },
  region: { zh: '地区', en: 'Region', width: 16, cell: (row) => row.region },
  recipientMasked: { zh: '收件人', en: 'Recipient', width: 24, cell: (row) => row.recipientMasked },
  buyerNote: { zh: '买家留言', en: 'Buyer note', width: 30, cell: (row) => row.buyerNote },
  sellerNote: { zh: '卖家备注', en: 'Seller note', width: 30, cell: (row) => row.sellerNote },
  unmatchedLines: { zh: '未匹配行', en: 'Unmatched lines', width: 10, cell: (row) => row.unmatchedLines },
  driftCount: { zh: '漂移', en: 'Drift', width: 8, cell: (row) => row.driftCount },
  updatedAt: { zh: '更新时间', en: 'Updated', width: 20, cell: (row) => wallTime(row.updatedAt) },
} as const satisfies Readonly<Record<string, Column>>
export type ColumnName = keyof typeof COLUMNS
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[]

export function isColumnName(name: string): name is ColumnName {
  return Object.hasOwn(COLUMNS, name)
}

/** `2026-01-25 09:07:33` on the hub's clock; what people sort and filter by in a sheet. */
function wallTime(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 19).replace('T', ' ')
}

/** A sheet's number is a double: up to 15 digits come back exactly, longer amounts stay text. */
function amountCell(amount: string | undefined): Cell {
  if (amount === undefined) return null
  return amount.replace(/\D/g, '').length <= 15 ? Number(amount) : amount
}
