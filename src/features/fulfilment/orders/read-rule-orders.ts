import type { RuleOrder, RuleOrderLine, RuleOrders, ShipTo } from '#domain/rule-order.ts'
import { parseMoney } from '#kernel/money.ts'
import type { Sql } from '#platform/postgres/database.ts'
import {
  type GiftRow,
  idsBetween,
  idsByNumber,
  type LineJson,
  type OrderRow,
  type PartRow,
  type ProfileRow,
  readGifts,
  readOrderRows,
  readParts,
  readProfiles,
} from './store.ts'

/** Turns a place as a channel writes it into the one that rules and lanes are written in. */
export type NormaliseShipTo = (place: {
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly address: string
}) => ShipTo

const READ_MOST = 500

/** Orders as the rules see them, read through the given connection or transaction. */
export function openRuleOrders(sql: Sql, normalise: NormaliseShipTo): RuleOrders {
  const byIds = async (ids: readonly bigint[]): Promise<readonly RuleOrder[]> =>
    await readRuleOrders(sql, normalise, ids)
  return {
    byIds,
    byNumber: async (...orderNos) => {
      const ids = await idsByNumber(sql, orderNos)
      const orders: RuleOrder[] = []
      for (let at = 0; at < ids.length; at += READ_MOST)
        orders.push(...(await byIds(ids.slice(at, at + READ_MOST))))
      return orders
    },
    between: async (period) => await byIds(await idsBetween(sql, period)),
  }
}

/** `recipes`: what the bundles of an order are made of where it holds their parts already; today's recipes where it is not named. */
export async function readRuleOrders(
  sql: Sql,
  normalise: NormaliseShipTo,
  ids: readonly bigint[],
  recipes: ReadonlyMap<bigint, Recipes> = new Map(),
): Promise<readonly RuleOrder[]> {
  const rows = await readOrderRows(sql, ids)
  const sold = [...new Set(rows.flatMap((row) => Object.values(row.skus ?? {}).flatMap((sku) => sku ?? [])))]
  const today = await readParts(sql, sold)
  const gifts = await readGifts(sql, sold)
  const partsOf = rows.map((row) => {
    const own = recipes.get(row.id)
    return own === undefined ? today : new Map(Object.entries(own))
  })
  const parts = partsOf.flatMap((one) => [...one.values()].flat().map((part) => part.sku))
  const profiles = await readProfiles(sql, [...new Set([...sold, ...parts])])
  return rows.map((row, i) => orderOf(row, normalise, { parts: partsOf[i] ?? today, gifts, profiles }))
}

/** What bundles are made of, by their SKU. */
export type Recipes = Readonly<Record<string, readonly PartRow[]>>

type Goods = {
  readonly parts: ReadonlyMap<string, readonly PartRow[]>
  readonly gifts: ReadonlyMap<string, GiftRow>
  readonly profiles: ReadonlyMap<string, ProfileRow>
}

function orderOf(row: OrderRow, normalise: NormaliseShipTo, goods: Goods): RuleOrder {
  const skus = row.skus ?? {}
  const lines = (row.lines ?? []).map((line) => lineOf(line, skus[line.lineId] ?? null, goods))
  return {
    id: row.id,
    connection: row.connection_id,
    connectorKind: row.kind ?? '',
    orderNo: row.order_no,
    status: row.status,
    placedAt: row.placed_at,
    paidAt: row.paid_at,
    shipBy: row.ship_by,
    currency: row.currency ?? 'CNY',
    payableMinor: row.payable_minor ?? 0n,
    goodsMinor: minorOf(row.totals?.goods ?? null) ?? 0n,
    shippingMinor: minorOf(row.totals?.shipping ?? null) ?? 0n,
    discountMinor: minorOf(row.totals?.discount ?? null) ?? 0n,
    promotions: (row.totals?.discounts ?? []).map((one) => one.label),
    buyerId: row.buyer_id,
    earlierOrders: row.earlier === null ? null : Number(row.earlier),
    earlierSpentMinor: row.spent,
    to: normalise({
      country: row.country ?? '',
      province: row.province ?? '',
      city: row.city ?? '',
      district: row.district ?? '',
      address: '',
    }),
    recipientKey: row.recipient_key,
    buyerNote: row.buyer_note ?? '',
    sellerNote: row.seller_note ?? '',
    flag: row.flag,
    lines,
    gifts: lines.flatMap(({ sku }) => {
      const gift = sku === null ? undefined : goods.gifts.get(sku)
      return gift === undefined ? [] : [{ gift: gift.gift_sku, main: gift.main_sku, binding: gift.binding }]
    }),
  }
}

function lineOf(line: LineJson, sku: string | null, { parts, profiles }: Goods): RuleOrderLine {
  const of = sku === null ? undefined : parts.get(sku)
  const profile = sku === null ? undefined : profiles.get(sku)
  return {
    lineId: line.lineId,
    sku,
    shopSku: line.shopSku,
    title: line.title,
    quantity: line.quantity,
    unitPriceMinor: minorOf(line.unitPrice) ?? 0n,
    paidMinor: minorOf(line.paid),
    gift: line.gift,
    weightG: profile?.weight_g ?? null,
    volumeCm3: profile?.volume_cm3 ?? null,
    tags: profile?.tags ?? [],
    parts:
      of?.map((part) => ({
        sku: part.sku,
        quantity: part.quantity,
        weightG: profiles.get(part.sku)?.weight_g ?? null,
        volumeCm3: profiles.get(part.sku)?.volume_cm3 ?? null,
        tags: profiles.get(part.sku)?.tags ?? [],
      })) ?? null,
  }
}

/** The record was written by the hub itself: what does not read is a bug of the hub, and the figure counts as unknown. */
function minorOf(amount: { readonly currency: string; readonly amount: string } | null): bigint | null {
  if (amount === null) return null
  const read = parseMoney(amount.amount, amount.currency)
  return read.ok ? read.value.minor : null
}
