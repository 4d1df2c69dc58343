import { filledAt, objectsAt } from '#connectors/json.ts'
import type { ChannelStock, ReportAnswer } from '#domain/connector.ts'
import { ok, type Refusal, type Result } from '#kernel/result.ts'
import { type Api, saysSuccess } from './api.ts'
import type { ApiCall } from './write.ts'

// How Pinduoduo is told its stock: `pdd.goods.quantity.update` (goods_id, sku_id, quantity, update_type 1: the whole figure). The
// platform refuses to lower the stock of goods in one of its promotions; that comes back in its words. Sources: its SDKs' comments.

const WHOLE_FIGURE = 1
const GOODS_A_PAGE = 100

export function quantityUpdate(goodsId: string, skuId: string, quantity: number): ApiCall {
  return {
    type: 'pdd.goods.quantity.update',
    params: { goods_id: goodsId, sku_id: skuId, quantity, update_type: WHOLE_FIGURE },
  }
}

export function goodsOf(outerId: string): ApiCall {
  return { type: 'pdd.goods.list.get', params: { outer_id: outerId, page: 1, page_size: GOODS_A_PAGE } }
}

export type FoundListing = { readonly shopSku: string; readonly ids: Readonly<Record<string, string>> }

/** Goods and SKU by the merchant's code, asked one by one. A code that stands twice is not found: nobody can say which is meant. */
export async function findListings(
  api: Api,
  shopSkus: readonly string[],
): Promise<Result<readonly FoundListing[]>> {
  const found: FoundListing[] = []
  for (const shopSku of shopSkus) {
    const answer = await api.ask(goodsOf(shopSku))
    if (!answer.ok) return answer
    const places = objectsAt(answer.value.response, 'goods_list').flatMap((goods) =>
      objectsAt(goods, 'sku_list').flatMap((sku) => {
        const [goodsId, skuId] = [filledAt(goods, 'goods_id'), filledAt(sku, 'sku_id')]
        const isMeant = filledAt(sku, 'outer_id') === shopSku && goodsId !== null && skuId !== null
        return isMeant ? [{ goodsId, skuId }] : []
      }),
    )
    const [ids, ...more] = places
    if (ids !== undefined && more.length === 0) found.push({ shopSku, ids })
  }
  return ok(found)
}

export async function setStock(api: Api, levels: readonly ChannelStock[]): Promise<readonly ReportAnswer[]> {
  const answers: ReportAnswer[] = []
  for (const { ids, quantity } of levels) {
    if (ids.goodsId === undefined || ids.skuId === undefined) {
      answers.push(refusedBy({ code: 'pinduoduo.ids_missing', detail: 'goodsId and skuId are needed' }))
      continue
    }
    const call = quantityUpdate(ids.goodsId, ids.skuId, quantity)
    const answer = await api.tell(call)
    if (!answer.ok) answers.push(refusedBy(answer.refusal))
    else if (saysSuccess(answer.value.response)) answers.push({ outcome: 'accepted', words: call.type })
    else
      answers.push(refusedBy({ code: 'pinduoduo.refused', detail: `${call.type}: answered without success` }))
  }
  return answers
}

function refusedBy(refusal: Refusal): ReportAnswer {
  return { outcome: 'refused', refusal }
}
