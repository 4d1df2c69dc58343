import { put } from './morning-desk.ts'
import { buy, line, notCarriers, releaseIfHeld, type Stage, shopOf, wish } from './morning-stage.ts'

// What shops do seldom, in the first morning: a list that is refused and then has a second page, a review of an order's risk, money given
// back in part.

/** One more than a page of the list holds. */
const TWO_PAGES = 21

/** Nothing of them was pushed yet: the list is refused at first, and then they are found on both of its pages. */
export async function lists(stage: Stage): Promise<void> {
  const youzan = shopOf(stage, 'youzan')
  const isAsking = (piece: string): boolean => piece === 'poll demo-youzan'
  await stage.pass(5)
  await stage.work(isAsking)
  const placed: string[] = []
  for (let nth = 0; nth < TWO_PAGES; nth += 1)
    placed.push((await buy(youzan, wish(line('SIM-PLAIN')))).orderNo)
  await stage.pass(5)
  youzan.refuseLists?.(true)
  await stage.work(isAsking)
  youzan.refuseLists?.(false)
  await stage.pass(10)
  await stage.work(isAsking)
  await stage.work((piece) => piece === 'interpret')
  const { db } = stage.hub().core.database
  const known = await db<{
    order_no: string
  }>`select order_no from sales_order where connection_id = 'demo-youzan'`
  const missing = placed.filter((orderNo) => known.every((row) => row.order_no !== orderNo))
  if (missing.length > 0)
    stage.fail(`${missing.length} orders that the shop lists are unknown: ${missing[0]}`)
  await stage.deliver()
  await stage.work()
}

/** An order is paid and its platform looks into it: it stays until the platform says that all is well. */
export async function review(stage: Stage): Promise<void> {
  const pinduoduo = shopOf(stage, 'pinduoduo')
  const { orderNo } = await buy(pinduoduo, wish(line('SIM-PLAIN')))
  await pinduoduo.review?.(orderNo, true)
  await pinduoduo.pay(orderNo)
  await stage.pass(7)
  await stage.work()
  await releaseIfHeld(stage, { orderNo })
  await pinduoduo.review?.(orderNo, false)
  await stage.pass(7)
  await stage.work()
}

/** The gift of an order is not there: all else leaves, and the gift follows it. */
export async function giftToCome(stage: Stage): Promise<void> {
  const pinduoduo = shopOf(stage, 'pinduoduo')
  const { orderNo } = await buy(pinduoduo, wish(line('SIM-PLAIN', 1, 1_999n), line('SIM-TOY', 1, 0n)))
  await pinduoduo.pay(orderNo)
  await stage.pass(7)
  await stage.work()
  await releaseIfHeld(stage, { orderNo })
  const { db } = stage.hub().core.database
  const waiting = await db`
    select from plan_parcel p join order_key k on k.id = p.lead_id where k.order_no = ${orderNo} and p.waits and p.state = 'planned'`
  if (waiting.length === 0) return stage.fail(`no parcel of ${orderNo} waits for its gift`)
  await put(stage, 'SIM-TOY', 3, 0)
  await stage.work()
  await stage.pass(1)
  await stage.work()
}

/** One of two pieces was not worth its price: the order goes on. */
export async function partRefund(stage: Stage): Promise<void> {
  const shopify = shopOf(stage, 'shopify')
  const { orderNo } = await buy(shopify, wish(line('SIM-NORTH', 2)))
  await shopify.pay(orderNo)
  await stage.deliver()
  await stage.work(notCarriers)
  await stage.pass(1)
  await shopify.refundPart?.(orderNo)
  await stage.deliver()
  await stage.work(notCarriers)
  await stage.work()
}
