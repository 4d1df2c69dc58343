import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Gift, Part } from './sellable.ts'

export const PARTS_MOST = 50
export const RATIO_MOST = 10_000

/** What is known already of the SKUs of a draft. */
export type KnownSets = {
  /** Which of them are bundles. */
  readonly bundles: ReadonlySet<string>
  /** Which of them are parts of a bundle. */
  readonly parts: ReadonlySet<string>
  /** Gift to its main product. */
  readonly gifts: ReadonlyMap<string, string>
}

/**
 * Whether a bundle may be so. Refused, in this order: `sellable.no_parts`, `sellable.too_many_parts`, `sellable.bad_quantity`,
 * `sellable.part_twice`, `sellable.bundle_of_itself`, `sellable.bundle_nested` (a part is a bundle, or this one is a part: bundles
 * of bundles are not kept, so there are no rings), `sellable.gift_is_bundle`.
 */
export function checkBundle(sku: string, parts: readonly Part[], known: KnownSets): Result<null> {
  if (parts.length === 0) return refuse('sellable.no_parts', 'a bundle has at least one part')
  if (parts.length > PARTS_MOST)
    return refuse('sellable.too_many_parts', `a bundle has at most ${PARTS_MOST} parts`)
  const odd = parts.find((part) => !isRatio(part.quantity))
  if (odd !== undefined)
    return refuse(
      'sellable.bad_quantity',
      `${odd.sku}: the quantity is a whole number from 1 to ${RATIO_MOST}`,
    )
  if (new Set(parts.map((part) => part.sku)).size < parts.length)
    return refuse('sellable.part_twice', 'a part is named twice; add its pieces up')
  if (parts.some((part) => part.sku === sku))
    return refuse('sellable.bundle_of_itself', `${sku} cannot be a part of itself`)
  const inner = parts.find((part) => known.bundles.has(part.sku))
  if (inner !== undefined)
    return refuse('sellable.bundle_nested', `${inner.sku} is a bundle itself; name its parts instead`)
  if (known.parts.has(sku))
    return refuse('sellable.bundle_nested', `${sku} is a part of another bundle and cannot become one`)
  if (known.gifts.has(sku))
    return refuse('sellable.gift_is_bundle', `${sku} is a gift; a gift is a single SKU`)
  return ok(null)
}

/**
 * Whether a gift may be so. Refused: `sellable.bad_quantity`, `sellable.gift_of_itself`, `sellable.gift_of_gift` (the main product
 * is a gift, or this one is a main product: so there are no rings), `sellable.gift_is_bundle`.
 */
export function checkGift(
  sku: string,
  gift: Pick<Gift, 'mainSku' | 'numerator' | 'denominator'>,
  known: KnownSets,
): Result<null> {
  if (!isRatio(gift.numerator) || !isRatio(gift.denominator))
    return refuse(
      'sellable.bad_quantity',
      `both sides of the ratio are whole numbers from 1 to ${RATIO_MOST}`,
    )
  if (gift.mainSku === sku) return refuse('sellable.gift_of_itself', `${sku} cannot follow itself`)
  if (known.gifts.has(gift.mainSku))
    return refuse(
      'sellable.gift_of_gift',
      `${gift.mainSku} is a gift itself; name the product that it follows`,
    )
  if ([...known.gifts].some(([other, main]) => main === sku && other !== sku))
    return refuse('sellable.gift_of_gift', `another gift follows ${sku}, so it cannot be a gift`)
  if (known.bundles.has(sku))
    return refuse('sellable.gift_is_bundle', `${sku} is a bundle; a gift is a single SKU`)
  return ok(null)
}

function isRatio(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 1 && count <= RATIO_MOST
}

export type BundleLine = {
  readonly sku: string
  readonly quantity: number
  readonly warehouse: string | null
}

/** Lines with every bundle replaced by its parts; pieces of one SKU and warehouse are added up, in the order they first appear. */
export function explode(
  lines: readonly BundleLine[],
  bundles: ReadonlyMap<string, readonly Part[]>,
): readonly BundleLine[] {
  const added = new Map<string, BundleLine>()
  for (const line of lines)
    for (const part of bundles.get(line.sku) ?? [{ sku: line.sku, quantity: 1 }]) {
      const key = `${part.sku}\n${line.warehouse ?? ''}`
      const quantity = (added.get(key)?.quantity ?? 0) + line.quantity * part.quantity
      added.set(key, { sku: part.sku, warehouse: line.warehouse, quantity })
    }
  return [...added.values()]
}
