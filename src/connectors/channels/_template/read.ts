import type { Claim, Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import type { OrderLine, OrderTotals } from '#domain/order.ts'
import { type OrderNo, orderNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { addMoney, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { readJson } from '../../json.ts'
import { NO_TIME, versionOf } from '../../source.ts'
import { parseOrder, type TemplateOrder } from './schema.ts'

/** IANA zone in which the platform writes times without offset. */
export const ZONE = 'Asia/Shanghai'

/** Pure. Says what the message claims, in the platform's own codes; which fact that is, the mapping decides. */
export function readTemplate(message: StoredMessage): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  const order = parseOrder(json.value)
  if (order === null) return refuse('template.no_order', 'the message holds no order')
  const number = orderNo(order.no)
  const lines = readLines(order)
  if (!lines.ok) return lines
  const totals = readTotals(order, lines.value)
  if (!totals.ok) return totals
  const version = versionOf(timeOf(order.updatedAt).instant)
  const parts = { lines: lines.value, ...(totals.value === null ? {} : { totals: totals.value }) }
  return ok({ claims: readClaims(order, number), content: [{ orderNo: number, version, parts }], fetch: [] })
}

/** Each claim with the happening's own time, so that every message that repeats it makes the same fact. */
function readClaims(order: TemplateOrder, number: OrderNo): Claim[] {
  const subject = { by: 'order', orderNo: number } as const
  const claims: Claim[] = []
  if (order.createdAt !== null)
    claims.push({ subject, code: 'created_at', at: timeOf(order.createdAt), detail: {} })
  if (order.status !== null)
    claims.push({ subject, code: `status:${order.status}`, at: timeOf(order.statusAt), detail: {} })
  return claims
}

function readLines(order: TemplateOrder): Result<OrderLine[]> {
  const lines: OrderLine[] = []
  for (const { id, sku, title, quantity, price } of order.lines) {
    const unitPrice = parseMoney(price, order.currency)
    if (!unitPrice.ok) return unitPrice
    const rest = { platformSkuId: null, spec: null, paid: null, gift: false }
    lines.push({ lineId: id, shopSku: sku, title, quantity, unitPrice: unitPrice.value, ...rest })
  }
  return ok(lines)
}

function readTotals(order: TemplateOrder, lines: readonly OrderLine[]): Result<OrderTotals | null> {
  if (order.total === null) return ok(null)
  const payable = parseMoney(order.total, order.currency)
  if (!payable.ok) return payable
  const zero = money(order.currency, 0n)
  const goods = lines.reduce(
    (sum, line) => addMoney(sum, money(order.currency, line.unitPrice.minor * BigInt(line.quantity))),
    zero,
  )
  return ok({ goods, shipping: zero, discount: zero, payable: payable.value, discounts: [] })
}

function timeOf(raw: string | null): SourceTime {
  return raw === null ? NO_TIME : readTime({ system: 'template', raw, context: { zone: ZONE } })
}
