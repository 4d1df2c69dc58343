import type { ShipmentReport } from '#domain/connector.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { filledAt, type JsonObject, wholeAt } from '../../json.ts'
import { companyOfCarrier } from './codes.ts'
import { idAt, nodesAt } from './schema.ts'

const MONEY = '{ shop_money: shopMoney { amount currency_code: currencyCode } }'

/**
 * An order under REST's field names, so that `parseOrder` reads webhooks and answers alike. Shopify counts every list at its
 * full length and refuses a query above 1,000 points: hence short lists, one order a query, and `pageInfo` to tell a cut one.
 */
const ORDER_FIELDS = `
  id name created_at: createdAt processed_at: processedAt updated_at: updatedAt cancelled_at: cancelledAt
  cancel_reason: cancelReason closed_at: closedAt currency: currencyCode
  financial_status: displayFinancialStatus fulfillment_status: displayFulfillmentStatus note
  total_price_set: totalPriceSet ${MONEY} total_discounts_set: totalDiscountsSet ${MONEY}
  total_shipping_price_set: totalShippingPriceSet ${MONEY}
  customer { id }
  shipping_address: shippingAddress { name phone country_code: countryCodeV2 province city address1 address2 zip }
  transactions(first: 10) { kind status processed_at: processedAt amount_set: amountSet ${MONEY} }
  line_items: lineItems(first: 40) { pageInfo { hasNextPage } nodes { id sku title variant_title: variantTitle quantity
    current_quantity: currentQuantity variant { id } price_set: originalUnitPriceSet ${MONEY}
    discount_allocations: discountAllocations { amount_set: allocatedAmountSet ${MONEY}
      discount_application: discountApplication { index } } } }
  discount_applications: discountApplications(first: 10) { nodes { index
    ... on DiscountCodeApplication { code } ... on ManualDiscountApplication { title }
    ... on AutomaticDiscountApplication { title } ... on ScriptDiscountApplication { title } } }
  fulfillments(first: 10) { id status shipment_status: displayStatus created_at: createdAt updated_at: updatedAt
    delivered_at: deliveredAt tracking_info: trackingInfo { number company }
    line_items: fulfillmentLineItems(first: 15) { pageInfo { hasNextPage } nodes { quantity line_item: lineItem { id } } } }
  refunds(first: 10) { id created_at: createdAt
    transactions(first: 5) { nodes { kind status amount_set: amountSet ${MONEY} } } }`

export const SHOP_QUERY = 'query { shop { name currencyCode } }'
/** Subscriptions that this application made through the API; those of its own configuration or of the admin pages are not told. */
export const WEBHOOKS_QUERY = `query ($first: Int!) {
  webhookSubscriptions(first: $first) { pageInfo { hasNextPage } nodes { topic uri } } }`
export const ORDER_BY_ID_QUERY = `query ($id: ID!) { order(id: $id) { ${ORDER_FIELDS} } }`
/** Only which orders: what they hold is asked one by one. */
export const ORDER_IDS_QUERY = `query ($query: String!, $first: Int!, $after: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor } nodes { id name } } }`
export const FULFILLMENT_ORDERS_QUERY = `query ($id: ID!) { order(id: $id) { id name cancelled_at: cancelledAt
  fulfillments(first: 20) { id status tracking_info: trackingInfo { number company } }
  fulfillment_orders: fulfillmentOrders(first: 10) { nodes { id status
    line_items: lineItems(first: 40) { nodes { id remaining_quantity: remainingQuantity line_item: lineItem { id } } } } } } }`
export const FULFILLMENT_CREATE = `mutation ($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status } userErrors { field message } } }`

/** Variants whose SKU is one of those asked; the search is no exact one. */
export const VARIANTS_QUERY = `query ($query: String!, $first: Int!, $after: String) {
  productVariants(first: $first, after: $after, query: $query) {
    pageInfo { hasNextPage endCursor } nodes { id sku inventoryItem { id tracked } } } }`
export const LOCATIONS_QUERY = 'query { locations(first: 3) { nodes { id name isActive } } }'
/** Versions from 2026-04 on demand an idempotency key, and `changeFromQuantity` in each line; before, an explicit opt-out. */
export const INVENTORY_SET_KEYED = `mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field message code } } }`
export const INVENTORY_SET = `mutation ($input: InventorySetQuantitiesInput!) {
  inventorySetQuantities(input: $input) { userErrors { field message code } } }`

/** The search term for SKUs. Quotes and backslashes cannot end a term. */
export function skuQuery(skus: readonly string[]): string {
  return skus.map((sku) => `sku:"${sku.replace(/["\\]/g, '')}"`).join(' OR ')
}

/** The search term for an order's name. Quotes and backslashes cannot end the term. */
export function nameQuery(orderNo: string): string {
  return `name:"${orderNo.replace(/["\\]/g, '')}"`
}

type PickedLine = { readonly id: string; readonly quantity: number }

/**
 * The fulfillment to create: what is still open of the order, or of the reported lines. Refused with
 * `shopify.nothing_to_fulfil` (all has left or the order is closed) or `shopify.more_than_open`.
 */
export function fulfillmentInput(order: JsonObject, report: ShipmentReport): Result<Record<string, unknown>> {
  const open = nodesAt(order, 'fulfillment_orders').filter((one) =>
    ['OPEN', 'IN_PROGRESS'].includes(filledAt(one, 'status') ?? ''),
  )
  const wanted = new Map(report.lines.map((line) => [line.lineId, line.quantity]))
  // Without line items Shopify takes a fulfillment order whole, however many lines it has.
  if (report.lines.length === 0) {
    const whole = open.flatMap((one) => filledAt(one, 'id') ?? []).map((id) => ({ fulfillmentOrderId: id }))
    return whole.length === 0 ? nothingLeft(report) : ok(inputOf(whole, report))
  }
  const groups: { fulfillmentOrderId: string; fulfillmentOrderLineItems: PickedLine[] }[] = []
  for (const fulfillmentOrder of open) {
    const picked: PickedLine[] = []
    for (const line of nodesAt(fulfillmentOrder, 'line_items')) {
      const id = filledAt(line, 'id')
      const remaining = wholeAt(line, 'remaining_quantity') ?? 0
      const lineId = idAt(line, 'line_item', 'id') ?? ''
      const quantity = Math.min(remaining, wanted.get(lineId) ?? 0)
      if (id === null || quantity < 1) continue
      picked.push({ id, quantity })
      wanted.set(lineId, (wanted.get(lineId) ?? 0) - quantity)
    }
    const fulfillmentOrderId = filledAt(fulfillmentOrder, 'id')
    if (picked.length > 0 && fulfillmentOrderId !== null)
      groups.push({ fulfillmentOrderId, fulfillmentOrderLineItems: picked })
  }
  if (groups.length === 0) return nothingLeft(report)
  if ([...wanted.values()].some((left) => left > 0))
    return refuse('shopify.more_than_open', `more pieces were reported than order ${report.orderNo} has open`)
  return ok(inputOf(groups, report))
}

function nothingLeft(report: ShipmentReport): Refused {
  return refuse('shopify.nothing_to_fulfil', `order ${report.orderNo} has nothing left to fulfil`)
}

function inputOf(groups: readonly unknown[], report: ShipmentReport): Record<string, unknown> {
  return {
    lineItemsByFulfillmentOrder: groups,
    trackingInfo: { number: report.trackingNo, company: companyOfCarrier(report.carrier) },
    notifyCustomer: false,
  }
}

/** Whether a fulfillment that was not cancelled carries the number. */
export function hasTracking(order: JsonObject, number: string): boolean {
  return nodesAt(order, 'fulfillments')
    .filter((one) => !['CANCELLED', 'ERROR', 'FAILURE'].includes(filledAt(one, 'status') ?? ''))
    .flatMap((one) => nodesAt(one, 'tracking_info'))
    .some((info) => sameNumber(filledAt(info, 'number') ?? '', number))
}

function sameNumber(a: string, b: string): boolean {
  const bare = (number: string): string => number.replace(/\s+/g, '').toUpperCase()
  return bare(a) === bare(b)
}
