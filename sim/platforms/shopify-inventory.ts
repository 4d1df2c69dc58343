import type { StockBook } from './channel-goods.ts'
import { setInBook } from './channel-goods.ts'

export const LOCATION = 'gid://shopify/Location/68001'

type Line = {
  readonly inventoryItemId?: string
  readonly locationId?: string
  readonly quantity?: number
  readonly changeFromQuantity?: number | null
}
type Shop = { readonly goods: StockBook; readonly settled: Map<string, string>; readonly version: string }
type Inventory = { readonly data: unknown; readonly mutated: boolean }

const item = (id: string): string => `gid://shopify/InventoryItem/${id}`

/** Variants, locations and stock; null for every other operation. */
export function answerInventory(
  shop: Shop,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Inventory | null {
  if (query.includes('inventorySetQuantities('))
    return { data: setQuantities(shop, query, variables), mutated: true }
  if (query.includes('productVariants('))
    return { data: variants(shop.goods, String(variables.query ?? '')), mutated: false }
  if (query.includes('locations('))
    return {
      data: { locations: { nodes: [{ id: LOCATION, name: 'Main', isActive: true }] } },
      mutated: false,
    }
  return null
}

/** The search is by prefix and without case: an exact hit is the caller's business. */
function variants(goods: StockBook, search: string): unknown {
  const asked = [...search.matchAll(/sku:"([^"]*)"/g)].map((match) => (match[1] ?? '').toLowerCase())
  const found = [...goods.stock.keys()].filter((sku) =>
    asked.some((one) => sku.toLowerCase().startsWith(one)),
  )
  const nodes = found.map((sku) => ({
    id: `gid://shopify/ProductVariant/${goods.skuIdOf(sku)}`,
    sku,
    inventoryItem: { id: item(goods.skuIdOf(sku) ?? ''), tracked: true },
  }))
  return { productVariants: { pageInfo: { hasNextPage: false, endCursor: null }, nodes } }
}

/** A whole call or nothing; a key that was used already takes no effect again, and for something else it is refused. */
function setQuantities(shop: Shop, query: string, variables: Readonly<Record<string, unknown>>): unknown {
  const errors: { field: string[]; message: string; code: string }[] = []
  const fault = (field: string[], message: string, code: string): void =>
    void errors.push({ field, message, code })
  const answer = (): unknown => ({ inventorySetQuantities: { userErrors: errors } })
  const input = (variables.input ?? {}) as { name?: string; quantities?: readonly Line[] }
  const lines = input.quantities ?? []
  const key = query.includes('@idempotent(key:') ? String(variables.key ?? '') : ''
  const text = JSON.stringify(input)
  if (shop.version >= '2026-04' && key === '')
    fault([], 'An idempotency key is required', 'IDEMPOTENCY_KEY_REQUIRED')
  if (key !== '' && shop.settled.has(key)) {
    if (shop.settled.get(key) !== text)
      fault([], 'The key was used with other parameters', 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH')
    return answer()
  }
  if (input.name !== 'available') fault(['input', 'name'], 'The quantity name is invalid', 'INVALID_NAME')
  for (const [place, line] of lines.entries()) {
    const at = ['input', 'quantities', String(place)]
    const code = codeOf(shop.goods, line)
    if (shop.version >= '2026-04' && line.changeFromQuantity === undefined)
      fault([...at, 'changeFromQuantity'], 'changeFromQuantity must be given', 'INVALID')
    if (line.locationId !== LOCATION)
      fault([...at, 'locationId'], 'The specified location could not be found.', 'INVALID_LOCATION')
    else if (code === null)
      fault(
        [...at, 'inventoryItemId'],
        'The specified inventory item could not be found.',
        'INVALID_INVENTORY_ITEM',
      )
    else if (shop.goods.promoted.has(code))
      fault(
        [...at, 'inventoryItemId'],
        'The inventory item is not stocked at the location.',
        'ITEM_NOT_STOCKED_AT_LOCATION',
      )
  }
  if (errors.length > 0) return answer()
  for (const line of lines) setInBook(shop.goods, codeOf(shop.goods, line), line.quantity ?? -1)
  if (key !== '') shop.settled.set(key, text)
  return answer()
}

function codeOf(goods: StockBook, line: Line): string | null {
  return goods.codeOf((line.inventoryItemId ?? '').replace('gid://shopify/InventoryItem/', ''))
}
