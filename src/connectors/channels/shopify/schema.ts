import type { Refusal } from '#kernel/result.ts'
import {
  asObject,
  filledAt,
  flagAt,
  type JsonObject,
  type JsonValue,
  listAt,
  objectAt,
  objectsAt,
  textAt,
  valueAt,
  wholeAt,
} from '../../json.ts'
import { piecesAt } from '../../source.ts'

// What Shopify sends, tolerant of every absence. Webhooks carry the REST shape; our own GraphQL queries name their fields
// like it (`created_at: createdAt`), so that one reader serves both. Ids are the digits, whether REST or gid wrote them.

export type ShopMoney = { readonly text: string; readonly currency: string | null }

export type ShopShare = { readonly amount: ShopMoney; readonly application: number | null }
export type ShopLine = {
  readonly id: string
  readonly variantId: string | null
  readonly sku: string
  readonly title: string
  readonly variantTitle: string | null
  readonly quantity: number
  readonly currentQuantity: number | null
  /** Why the line's pieces cannot be told; the two numbers above mean nothing then. */
  readonly badQuantity: Refusal | null
  readonly price: ShopMoney | null
  readonly shares: readonly ShopShare[]
}
export type ShopFulfillment = {
  readonly id: string | null
  readonly status: string | null
  readonly shipmentStatus: string | null
  readonly company: string | null
  readonly numbers: readonly string[]
  readonly createdAt: string | null
  readonly updatedAt: string | null
  readonly deliveredAt: string | null
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
}
export type ShopRefund = {
  readonly id: string
  readonly createdAt: string | null
  readonly amounts: readonly ShopMoney[]
}
export type ShopApplication = { readonly label: string; readonly code: string | null }
export type ShopOrder = {
  readonly name: string
  readonly currency: string | null
  readonly createdAt: string | null
  readonly processedAt: string | null
  readonly updatedAt: string | null
  readonly cancelledAt: string | null
  readonly cancelReason: string | null
  readonly closedAt: string | null
  readonly financialStatus: string | null
  readonly fulfillmentStatus: string | null
  /** When money was last taken, where the payload lists transactions. */
  readonly paidAt: string | null
  readonly lines: readonly ShopLine[]
  /** False where the answer was cut and holds a part of the lines only. */
  readonly allLines: boolean
  readonly applications: readonly ShopApplication[]
  readonly shippingShares: readonly ShopShare[]
  readonly goods: ShopMoney | null
  readonly shipping: ShopMoney | null
  readonly shippingLines: readonly ShopMoney[]
  readonly discounts: ShopMoney | null
  readonly total: ShopMoney | null
  readonly address: JsonObject | null
  readonly note: string | null | undefined
  readonly customerId: string | null
  readonly fulfillments: readonly ShopFulfillment[]
  readonly refunds: readonly ShopRefund[]
}

/** The order in a payload, or null where it is none (another resource, or nothing with a name). */
export function parseOrder(value: JsonValue): ShopOrder | null {
  const body = asObject(value)
  const name = filledAt(body ?? undefined, 'name')?.replace(/^#/, '') ?? ''
  if (body === null || name === '') return null
  if (
    filledAt(body, 'order_id') !== null ||
    (filledAt(body, 'created_at') === null && !Object.hasOwn(body, 'line_items'))
  )
    return null
  return {
    name,
    currency: filledAt(body, 'currency'),
    createdAt: filledAt(body, 'created_at'),
    processedAt: filledAt(body, 'processed_at'),
    updatedAt: filledAt(body, 'updated_at'),
    cancelledAt: filledAt(body, 'cancelled_at'),
    cancelReason: filledAt(body, 'cancel_reason')?.toLowerCase() ?? null,
    closedAt: filledAt(body, 'closed_at'),
    financialStatus: filledAt(body, 'financial_status')?.toLowerCase() ?? null,
    fulfillmentStatus: restFulfillmentStatus(filledAt(body, 'fulfillment_status')),
    paidAt: lastPayment(body),
    lines: nodesAt(body, 'line_items').flatMap((line) => parseLine(line) ?? []),
    allLines: flagAt(body, 'line_items', 'pageInfo', 'hasNextPage') !== true,
    applications: nodesAt(body, 'discount_applications').map(parseApplication),
    shippingShares: nodesAt(body, 'shipping_lines').flatMap(parseShares),
    goods: moneyAt(body, 'total_line_items_price'),
    shipping: moneyAt(body, 'total_shipping_price'),
    shippingLines: nodesAt(body, 'shipping_lines').flatMap((line) => moneyAt(line, 'price') ?? []),
    discounts: moneyAt(body, 'total_discounts'),
    total: moneyAt(body, 'total_price'),
    address: objectAt(body, 'shipping_address'),
    note: Object.hasOwn(body, 'note') ? textAt(body, 'note') : undefined,
    customerId: idAt(body, 'customer', 'id'),
    fulfillments: nodesAt(body, 'fulfillments').map(parseFulfillment),
    refunds: nodesAt(body, 'refunds').flatMap((refund) => parseRefund(refund) ?? []),
  }
}

/** A fulfillment as an order lists it or as the `fulfillments/*` topics send it. */
export function parseFulfillment(body: JsonValue): ShopFulfillment {
  const listed = listAt(body, 'tracking_numbers').flatMap((number) =>
    typeof number === 'string' ? number : [],
  )
  const infos = objectsAt(body, 'tracking_info')
  const single = filledAt(body, 'tracking_number')
  const cut = flagAt(body, 'line_items', 'pageInfo', 'hasNextPage') === true
  const numbers = [
    ...listed,
    ...infos.flatMap((info) => filledAt(info, 'number') ?? []),
    ...(single === null ? [] : [single]),
  ]
  return {
    id: idAt(body, 'id'),
    status: filledAt(body, 'status')?.toLowerCase() ?? null,
    shipmentStatus: filledAt(body, 'shipment_status')?.toLowerCase() ?? null,
    company: filledAt(body, 'tracking_company') ?? filledAt(infos[0], 'company'),
    numbers: [...new Set(numbers.map((number) => number.trim()).filter((number) => number !== ''))],
    createdAt: filledAt(body, 'created_at'),
    updatedAt: filledAt(body, 'updated_at'),
    deliveredAt: filledAt(body, 'delivered_at'),
    lines: cut
      ? []
      : nodesAt(body, 'line_items').flatMap((line) => {
          const lineId = idAt(line, 'line_item', 'id') ?? idAt(line, 'id')
          const quantity = wholeAt(line, 'quantity')
          return lineId === null || quantity === null || quantity < 1 ? [] : { lineId, quantity }
        }),
  }
}

/** The digits of a REST id or of the gid that GraphQL uses. */
export function idAt(value: JsonValue | undefined, ...path: readonly string[]): string | null {
  const id = filledAt(value, ...path)
  return id === null ? null : (/^gid:\/\/shopify\/\w+\/(\d+)/.exec(id)?.[1] ?? id)
}

/** A list as REST writes it, or as GraphQL writes it inside `nodes`. */
export function nodesAt(value: JsonValue | undefined, ...path: readonly string[]): readonly JsonObject[] {
  const plain = objectsAt(value, ...path)
  return plain.length > 0 ? plain : objectsAt(value, ...path, 'nodes')
}

function parseLine(line: JsonObject): ShopLine | null {
  const id = idAt(line, 'id')
  if (id === null) return null
  const sold = piecesAt(line, 'quantity', 'shopify.bad_quantity')
  const current = piecesAt(line, 'current_quantity', 'shopify.bad_quantity')
  return {
    id,
    variantId: idAt(line, 'variant_id') ?? idAt(line, 'variant', 'id'),
    sku: filledAt(line, 'sku') ?? '',
    title: textAt(line, 'title') ?? '',
    variantTitle: filledAt(line, 'variant_title'),
    quantity: sold.ok ? (sold.value ?? 0) : 0,
    currentQuantity: current.ok ? current.value : null,
    badQuantity: !sold.ok ? sold.refusal : !current.ok ? current.refusal : null,
    price: moneyAt(line, 'price'),
    shares: parseShares(line),
  }
}

function parseShares(line: JsonObject): ShopShare[] {
  return objectsAt(line, 'discount_allocations').flatMap((share) => {
    const amount = moneyAt(share, 'amount')
    const application =
      wholeAt(share, 'discount_application_index') ?? wholeAt(share, 'discount_application', 'index')
    return amount === null ? [] : { amount, application }
  })
}

function parseApplication(application: JsonObject): ShopApplication {
  const code = filledAt(application, 'code')
  const label =
    code ??
    filledAt(application, 'title') ??
    filledAt(application, 'description') ??
    filledAt(application, 'type') ??
    ''
  return { label, code }
}

function parseRefund(refund: JsonObject): ShopRefund | null {
  const id = idAt(refund, 'id')
  if (id === null) return null
  const transactions = nodesAt(refund, 'transactions').filter((transaction) => {
    const status = filledAt(transaction, 'status')?.toLowerCase() ?? 'success'
    return filledAt(transaction, 'kind')?.toLowerCase() === 'refund' && status === 'success'
  })
  return {
    id,
    createdAt: filledAt(refund, 'created_at'),
    amounts: transactions.flatMap((transaction) => moneyAt(transaction, 'amount') ?? []),
  }
}

/** Shop currency first: `*_set.shop_money` where given, else the plain amount in the order's currency. */
export function moneyAt(value: JsonValue | undefined, field: string): ShopMoney | null {
  const set = objectAt(value, `${field}_set`, 'shop_money')
  const text = filledAt(set ?? undefined, 'amount') ?? filledAt(value, field)
  return text === null ? null : { text, currency: filledAt(set ?? undefined, 'currency_code') }
}

function lastPayment(body: JsonObject): string | null {
  const times = nodesAt(body, 'transactions')
    .filter((transaction) => ['sale', 'capture'].includes(filledAt(transaction, 'kind')?.toLowerCase() ?? ''))
    .filter((transaction) => filledAt(transaction, 'status')?.toLowerCase() === 'success')
    .flatMap(
      (transaction) => filledAt(transaction, 'processed_at') ?? filledAt(transaction, 'created_at') ?? [],
    )
  return times.sort().at(-1) ?? null
}

/** GraphQL's words for the same states; null in REST is `unfulfilled`. */
function restFulfillmentStatus(status: string | null): string | null {
  const lower = status?.toLowerCase() ?? null
  if (lower === 'unfulfilled') return null
  return lower === 'partially_fulfilled' ? 'partial' : lower
}

/** The numeric order id in payloads that only point at an order. */
export function pointedOrderId(body: JsonValue): string | null {
  return (
    idAt(body, 'order_id') ??
    idAt(body, 'order_edit', 'order_id') ??
    idAt(body, 'fulfillment_order', 'order_id') ??
    idAt(valueAt(body, 'order'), 'id')
  )
}
