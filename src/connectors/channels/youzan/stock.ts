import type { ChannelStock, ReportAnswer } from '#domain/connector.ts'
import { ok, type Refusal, type Result } from '#kernel/result.ts'
import { filledAt, type JsonObject, objectsAt } from '../../json.ts'

// How Youzan is told its stock: `youzan.item.quantity.update` 3.0.0 (item_id, sku_id where the item has several, quantity, type 0:
// the whole figure). Secondary sources, medium confidence; the chain stores' 4.0.0 with channels is not used.

type Ask = (
  method: string,
  version: string,
  params: Record<string, unknown>,
  effect: 'read' | 'write',
) => Promise<Result<JsonObject>>

const WHOLE_FIGURE = 0

export type FoundListing = { readonly shopSku: string; readonly ids: Readonly<Record<string, string>> }

/** Item and SKU by the merchant's code: first among SKUs, then among items without any. A code that stands twice is not found. */
export async function findListings(
  ask: Ask,
  shopSkus: readonly string[],
): Promise<Result<readonly FoundListing[]>> {
  const found: FoundListing[] = []
  for (const shopSku of shopSkus) {
    const skus = await ask('youzan.skus.custom.get', '3.0.0', { item_no: shopSku }, 'read')
    if (!skus.ok) return skus
    let rows = exact(objectsAt(skus.value, 'skus'), shopSku)
    if (rows.length === 0) {
      const items = await ask('youzan.items.custom.get', '3.0.0', { item_no: shopSku }, 'read')
      if (!items.ok) return items
      rows = exact(objectsAt(items.value, 'items'), shopSku)
    }
    const [row, ...more] = rows
    const itemId = filledAt(row, 'item_id')
    if (itemId === null || more.length > 0) continue
    const skuId = filledAt(row, 'sku_id')
    found.push({ shopSku, ids: skuId === null || skuId === '0' ? { itemId } : { itemId, skuId } })
  }
  return ok(found)
}

function exact(rows: readonly JsonObject[], code: string): readonly JsonObject[] {
  return rows.filter((row) => filledAt(row, 'item_no') === code)
}

export async function setStock(ask: Ask, levels: readonly ChannelStock[]): Promise<readonly ReportAnswer[]> {
  const answers: ReportAnswer[] = []
  for (const { ids, quantity } of levels) {
    if (ids.itemId === undefined) {
      answers.push(refusedBy({ code: 'youzan.ids_missing', detail: 'itemId is needed' }))
      continue
    }
    const sku = ids.skuId === undefined ? {} : { sku_id: ids.skuId }
    const params = { item_id: ids.itemId, ...sku, quantity, type: WHOLE_FIGURE }
    const answer = await ask('youzan.item.quantity.update', '3.0.0', params, 'write')
    answers.push(
      answer.ok ? { outcome: 'accepted', words: 'youzan.item.quantity.update' } : refusedBy(answer.refusal),
    )
  }
  return answers
}

function refusedBy(refusal: Refusal): ReportAnswer {
  return { outcome: 'refused', refusal }
}
