import { filledAt } from '#connectors/json.ts'
import type { ChannelStock, ReportAnswer } from '#domain/connector.ts'
import { ok, type Refusal, type Result } from '#kernel/result.ts'
import type { Api } from './api.ts'
import type { ApiCall } from './write.ts'

// How Douyin is told its stock: `sku.syncStock` (product_id, sku_id, stock_num, incremental false: the whole figure). Ids are found
// by `sku.detail` with the merchant's code. Goods taken off sale or banned are refused in the platform's words. Sources: its SDK.

export function syncStock(productId: string, skuId: string, quantity: number, requestId: string): ApiCall {
  return {
    method: 'sku.syncStock',
    params: {
      product_id: productId,
      sku_id: skuId,
      stock_num: quantity,
      incremental: false,
      idempotent_id: requestId,
    },
  }
}

export function skuDetail(code: string): ApiCall {
  return { method: 'sku.detail', params: { code } }
}

export type FoundListing = { readonly shopSku: string; readonly ids: Readonly<Record<string, string>> }

/** Sub codes of answers that speak of this one SKU; every other refusal concerns the whole shop. */
const OF_ONE_SKU = 'isv.business-failed'

/** Product and SKU by the merchant's code, asked one by one; a code that the platform does not know is left out. */
export async function findListings(
  api: Api,
  shopSkus: readonly string[],
): Promise<Result<readonly FoundListing[]>> {
  const found: FoundListing[] = []
  for (const shopSku of shopSkus) {
    const answer = await api.ask(skuDetail(shopSku))
    if (!answer.ok) {
      const subCode = (answer.refusal.data as { subCode?: string } | undefined)?.subCode ?? ''
      if (subCode.startsWith(OF_ONE_SKU)) continue
      return answer
    }
    const { data } = answer.value
    const [productId, skuId] = [
      filledAt(data, 'product_id_str') ?? filledAt(data, 'product_id'),
      filledAt(data, 'id'),
    ]
    if (filledAt(data, 'code') === shopSku && productId !== null && skuId !== null)
      found.push({ shopSku, ids: { productId, skuId } })
  }
  return ok(found)
}

export async function setStock(api: Api, levels: readonly ChannelStock[]): Promise<readonly ReportAnswer[]> {
  const answers: ReportAnswer[] = []
  for (const { ids, quantity, requestId } of levels) {
    if (ids.productId === undefined || ids.skuId === undefined) {
      answers.push(refusedBy({ code: 'douyin.ids_missing', detail: 'productId and skuId are needed' }))
      continue
    }
    const answer = await api.tell(syncStock(ids.productId, ids.skuId, quantity, requestId))
    answers.push(answer.ok ? { outcome: 'accepted', words: 'sku.syncStock' } : refusedBy(answer.refusal))
  }
  return answers
}

function refusedBy(refusal: Refusal): ReportAnswer {
  return { outcome: 'refused', refusal }
}
