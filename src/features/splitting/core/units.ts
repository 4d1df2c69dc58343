import type { Binding, PlanUnit } from '#domain/fulfilment.ts'
import type { RuleOrder, RuleOrderLine } from '#domain/rule-order.ts'
import { assert } from '#kernel/assert.ts'
import { apportion } from '#kernel/money.ts'

/**
 * An order as units, in order of their keys, and what binds them: bundle parts hard; gifts to the products that they come with, as the
 * gift rules say. A gift without a rule, or whose main product is not in the order, is bound softly to the dearest product; an order of
 * gifts alone binds nothing. Unit values of an order add up to what its lines cost.
 */
export function unitsOf(order: RuleOrder): {
  readonly units: readonly PlanUnit[]
  readonly bindings: readonly Binding[]
} {
  const byLine = order.lines
    .filter((line) => line.quantity > 0)
    .map((line) => ({ line, units: lineUnits(order.id, line) }))
  const units = byLine.flatMap((one) => one.units).sort((a, b) => compareText(a.key, b.key))
  const bundles = byLine
    .filter(({ line, units: parts }) => line.parts !== null && parts.length > 1)
    .map(({ units: parts }): Binding => {
      const keys = parts.map(({ key }) => key).sort(compareText)
      return { strength: 'hard', why: 'bundle', units: keys, node: null }
    })
  const bindings = [...bundles, ...giftBindings(order, byLine)].sort((a, b) =>
    compareText(a.units.join('\n'), b.units.join('\n')),
  )
  return { units, bindings }
}

function lineUnits(orderId: bigint, line: RuleOrderLine): PlanUnit[] {
  const value = line.paidMinor ?? line.unitPriceMinor * BigInt(line.quantity)
  const parts = line.parts === null || line.parts.length === 0 ? null : mergeParts(line.parts)
  const common = { orderId, lineId: line.lineId, title: line.title, gift: line.gift }
  if (parts === null) {
    const sku = line.sku ?? line.shopSku
    const { quantity, weightG, volumeCm3, tags } = line
    const key = keyOf(orderId, line.lineId, sku)
    return [
      {
        key,
        ...common,
        sku,
        quantity,
        bundle: null,
        perBundle: 1,
        weightG,
        volumeCm3,
        valueMinor: value,
        tags,
      },
    ]
  }
  const values = apportionSigned(
    value,
    parts.map((part) => BigInt(part.quantity)),
  )
  return parts.map((part, index) => ({
    key: keyOf(orderId, line.lineId, part.sku),
    ...common,
    sku: part.sku,
    quantity: part.quantity * line.quantity,
    bundle: line.lineId,
    perBundle: part.quantity,
    weightG: part.weightG,
    volumeCm3: part.volumeCm3,
    valueMinor: values[index] ?? 0n,
    // What holds for the bundle as it is sold holds for each part of it.
    tags: [...new Set([...line.tags, ...part.tags])].sort(),
  }))
}

type Part = NonNullable<RuleOrderLine['parts']>[number]

/** A SKU that a bundle names twice is one part. */
function mergeParts(parts: readonly Part[]): Part[] {
  const merged = new Map<string, Part>()
  for (const part of parts) {
    const seen = merged.get(part.sku)
    merged.set(part.sku, seen === undefined ? part : { ...seen, quantity: seen.quantity + part.quantity })
  }
  return [...merged.values()].sort((a, b) => compareText(a.sku, b.sku))
}

function keyOf(orderId: bigint, lineId: string, sku: string): string {
  return `${orderId}/${lineId}/${sku}`
}

function apportionSigned(total: bigint, weights: readonly bigint[]): bigint[] {
  const shares = apportion(total < 0n ? -total : total, weights)
  assert(shares.ok, 'SPLIT-1', 'shares without caps hold any amount')
  return total < 0n ? shares.value.map((share) => -share) : shares.value
}

type LineUnits = { readonly line: RuleOrderLine; readonly units: readonly PlanUnit[] }

function giftBindings(order: RuleOrder, byLine: readonly LineUnits[]): Binding[] {
  const sorted = [...byLine].sort((a, b) => compareText(firstKey(a), firstKey(b)))
  const mains = sorted.filter(({ line }) => !isGift(order, line))
  const gifts = sorted.filter(({ line }) => isGift(order, line))
  return gifts.flatMap(({ line, units }) => {
    // A rule may give something with a gift: then that gift is what this one belongs to, where nobody bought it.
    const mainOf = (sku: string): LineUnits | null =>
      largest(mains.filter((one) => isOf(one, sku))) ??
      largest(gifts.filter((one) => one.line !== line && isOf(one, sku)))
    const keys = units.map(({ key }) => key)
    const rules = order.gifts.filter(({ gift }) => isOf({ line, units }, gift))
    const bound = rules
      .map((rule) => ({ binding: rule.binding, main: mainOf(rule.main) }))
      .filter((one) => one.main !== null)
      .sort((a, b) => compareText(firstKey(a.main), firstKey(b.main)))
    if (bound.length > 0)
      return bound.map(({ binding, main }): Binding => {
        return { strength: binding, why: 'gift', units: [firstKey(main), ...keys], node: null }
      })
    const dearest = largest(mains)
    return dearest === null
      ? []
      : [{ strength: 'soft' as const, why: 'gift' as const, units: [firstKey(dearest), ...keys], node: null }]
  })
}

/** Flagged by the channel, or costing nothing while a rule names it: the same SKU that somebody paid for is a product. */
function isGift(order: RuleOrder, line: RuleOrderLine): boolean {
  if (line.gift) return true
  const paid = line.paidMinor ?? line.unitPriceMinor * BigInt(line.quantity)
  return paid === 0n && order.gifts.some(({ gift }) => gift === line.sku)
}

/** A rule may name what is sold (a bundle) or what lies in the warehouse (its part). */
function isOf({ line, units }: LineUnits, sku: string): boolean {
  return line.sku === sku || units.some((unit) => unit.sku === sku)
}

/** Of several lines of one product the one with the most to pay, then the most pieces. */
function largest(lines: readonly LineUnits[]): LineUnits | null {
  let best: LineUnits | null = null
  for (const one of lines) if (best === null || isLarger(one, best)) best = one
  return best
}
function isLarger(a: LineUnits, b: LineUnits): boolean {
  const [left, right] = [sumOfValues(a), sumOfValues(b)]
  return left === right ? a.line.quantity > b.line.quantity : left > right
}
function sumOfValues({ units }: LineUnits): bigint {
  return units.reduce((sum, unit) => sum + unit.valueMinor, 0n)
}

function firstKey(line: LineUnits | null): string {
  return line?.units[0]?.key ?? ''
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
