import type { ChannelStock, ReportAnswer, Settings } from '#domain/connector.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { sha256Hex } from '../../digest.ts'
import { filledAt, flagAt, type JsonObject, listAt, objectAt, objectsAt } from '../../json.ts'
import { nodesAt } from './schema.ts'
import { INVENTORY_SET, INVENTORY_SET_KEYED, LOCATIONS_QUERY, skuQuery, VARIANTS_QUERY } from './write.ts'

// How Shopify is told its stock. Reference: shopify.dev, inventorySetQuantities; from 2026-04 on with `@idempotent` and
// `changeFromQuantity`, of which an explicit null means "whatever it was": the hub is the source of truth.

type Ask = (
  query: string,
  variables: Record<string, unknown>,
  effect: 'read' | 'write',
) => Promise<Result<JsonObject>>

const SKUS_A_SEARCH = 25
const VARIANTS_A_PAGE = 50
const PAGES_MOST = 20
const KEYED_FROM = '2026-04'

export type FoundListing = { readonly shopSku: string; readonly ids: Readonly<Record<string, string>> }

/**
 * Inventory item and location of every variant with exactly this SKU; of several with the same SKU none, since nobody can say which
 * is meant. Refused with `shopify.location_needed` where the shop has several locations and the setting names none.
 */
export async function findListings(
  ask: Ask,
  settings: Settings,
  shopSkus: readonly string[],
): Promise<Result<readonly FoundListing[]>> {
  const location = await locationOf(ask, settings)
  if (!location.ok) return location
  const items = new Map<string, string[]>()
  for (let i = 0; i < shopSkus.length; i += SKUS_A_SEARCH) {
    const query = skuQuery(shopSkus.slice(i, i + SKUS_A_SEARCH))
    const found = await searchVariants(ask, query)
    if (!found.ok) return found
    for (const { sku, item } of found.value) items.set(sku, [...(items.get(sku) ?? []), item])
  }
  return ok(
    shopSkus.flatMap((shopSku): FoundListing[] => {
      const [item, ...more] = items.get(shopSku) ?? []
      if (item === undefined || more.length > 0) return []
      return [{ shopSku, ids: { inventoryItemId: item, locationId: location.value } }]
    }),
  )
}

async function searchVariants(
  ask: Ask,
  query: string,
): Promise<Result<readonly { readonly sku: string; readonly item: string }[]>> {
  const found: { sku: string; item: string }[] = []
  let after: string | null = null
  for (let page = 0; page < PAGES_MOST; page += 1) {
    const answer = await ask(VARIANTS_QUERY, { query, first: VARIANTS_A_PAGE, after }, 'read')
    if (!answer.ok) return answer
    for (const node of nodesAt(answer.value, 'productVariants')) {
      const [sku, item] = [filledAt(node, 'sku'), filledAt(node, 'inventoryItem', 'id')]
      if (sku !== null && item !== null) found.push({ sku, item })
    }
    if (flagAt(answer.value, 'productVariants', 'pageInfo', 'hasNextPage') !== true) return ok(found)
    after = filledAt(answer.value, 'productVariants', 'pageInfo', 'endCursor')
  }
  return refuse('shopify.too_many_variants', 'more variants share these SKUs than can be looked through')
}

async function locationOf(ask: Ask, settings: Settings): Promise<Result<string>> {
  const given = (settings.locationId ?? '').trim()
  if (given !== '') return ok(given.startsWith('gid://') ? given : `gid://shopify/Location/${given}`)
  const answer = await ask(LOCATIONS_QUERY, {}, 'read')
  if (!answer.ok) return answer
  const active = nodesAt(answer.value, 'locations').filter((node) => flagAt(node, 'isActive') !== false)
  const [only, ...more] = active.flatMap((node) => filledAt(node, 'id') ?? [])
  return only !== undefined && more.length === 0
    ? ok(only)
    : refuse(
        'shopify.location_needed',
        `the shop has ${active.length === 0 ? 'no active location' : 'several locations'}; name one in the connection`,
      )
}

/**
 * Sets what is available at a location, absolute. Shopify takes a whole call or nothing: where it names lines at fault, these are
 * refused in its words and the others are set by a second call.
 */
export async function setStock(
  ask: Ask,
  settings: Settings,
  levels: readonly ChannelStock[],
): Promise<readonly ReportAnswer[]> {
  const answers: (ReportAnswer | undefined)[] = levels.map(({ ids }) =>
    ids.inventoryItemId === undefined || ids.locationId === undefined
      ? refusedBy({ code: 'shopify.ids_missing', detail: 'inventoryItemId and locationId are needed' })
      : undefined,
  )
  const open = (): number[] => levels.flatMap((_, place) => (answers[place] === undefined ? [place] : []))
  for (let round = 0; round < 2 && open().length > 0; round += 1) {
    const places = open()
    const faults = await setOnce(
      ask,
      settings,
      places.map((place) => levels[place] as ChannelStock),
    )
    if (!faults.ok) return fill(answers, refusedBy(faults.refusal))
    if (faults.value.length === 0)
      return fill(answers, { outcome: 'accepted', words: 'inventorySetQuantities' })
    const general = faults.value.find((fault) => fault.line === null)
    if (general !== undefined) return fill(answers, refusedBy(general.refusal))
    for (const { line, refusal } of faults.value) {
      const place = places[line ?? -1]
      if (place !== undefined) answers[place] = refusedBy(refusal)
    }
  }
  return fill(answers, refusedBy({ code: 'shopify.user_error', detail: 'refused together with other lines' }))
}

type Fault = { readonly line: number | null; readonly refusal: Refusal }

async function setOnce(
  ask: Ask,
  settings: Settings,
  levels: readonly ChannelStock[],
): Promise<Result<readonly Fault[]>> {
  const isKeyed = (settings.apiVersion ?? '2026-07') >= KEYED_FROM
  const quantities = levels.map(({ ids, quantity }) => ({
    inventoryItemId: ids.inventoryItemId,
    locationId: ids.locationId,
    quantity,
    ...(isKeyed ? { changeFromQuantity: null } : {}),
  }))
  const input = {
    name: 'available',
    reason: 'correction',
    quantities,
    ...(isKeyed ? {} : { ignoreCompareQuantity: true }),
  }
  // The same wishes under the same key: a repetition after a lost answer is known to Shopify.
  const key = sha256Hex(levels.map((level) => `${level.requestId}:${level.quantity}`).join()).slice(0, 40)
  const answer = await ask(
    isKeyed ? INVENTORY_SET_KEYED : INVENTORY_SET,
    isKeyed ? { input, key } : { input },
    'write',
  )
  if (!answer.ok) return answer
  const payload = objectAt(answer.value, 'inventorySetQuantities') ?? {}
  return ok(objectsAt(payload, 'userErrors').map((error) => faultOf(error)))
}

/** `field` is a path: `input, quantities, 3, locationId` speaks of line 3. */
function faultOf(error: JsonObject): Fault {
  const path = listAt(error, 'field').map(String)
  const number = path[path.indexOf('quantities') + 1] ?? ''
  const words = `${filledAt(error, 'code') ?? ''} ${filledAt(error, 'message') ?? ''}`
  return {
    line: path.includes('quantities') && /^\d{1,4}$/.test(number) ? Number(number) : null,
    refusal: { code: 'shopify.user_error', detail: words.trim().slice(0, 300) },
  }
}

function fill(answers: readonly (ReportAnswer | undefined)[], rest: ReportAnswer): readonly ReportAnswer[] {
  return answers.map((answer) => answer ?? rest)
}

function refusedBy(refusal: Refusal): ReportAnswer {
  return { outcome: 'refused', refusal }
}
