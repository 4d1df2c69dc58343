import type { SimOrder } from '../platform.ts'
import { NO_OUTSIDE_FAULTS } from './crash.ts'
import { desk, deskAgain, setUp, transfers, tryOn } from './morning-desk.ts'
import { dying } from './morning-readers.ts'
import { giftToCome, lists, partRefund, review } from './morning-shops.ts'
import {
  buy,
  call,
  change,
  HERE,
  line,
  must,
  notCalls,
  notCarriers,
  type Stage,
  shopOf,
  wish,
} from './morning-stage.ts'
import { unheardOf } from './morning-words.ts'

// The first morning of every life: a shop with a shelf of its own, where what chance seldom brings is done once. Nothing fails that the
// scene does not ask for. The promises are looked at after every act, as after every step.

const QUIET = NO_OUTSIDE_FAULTS
const ON_TIME = { duplicate: 0, delay: 0, delayMinutes: 0, lost: 0, drop: 0, forge: 0 }

/** Whom the morning's orders are of, by what becomes of them. */
const WISHES = {
  givenUp: wish(line('SIM-PLAIN')),
  apart: wish(line('SIM-CELL'), line('SIM-PLAIN')),
  heavy: wish(line('SIM-HEAVY', 3, 3_334n)),
  bundle: wish(line('SIM-SET', 1, 1_000n)),
  held: wish(line('SIM-PLAIN')),
  arranged: wish(line('SIM-PLAIN', 3, 3_333n)),
  moved: wish(line('SIM-PLAIN')),
  renounced: wish(line('SIM-PLAIN')),
  tooLate: wish(line('SIM-NORTH')),
  lateCancel: wish(line('SIM-PLAIN')),
  exact: wish(line('SIM-PLAIN', 1, 9_900n)),
  north: wish(line('SIM-NORTH')),
} as const
type Name = keyof typeof WISHES
type Orders = Readonly<Record<Name | 'refunded', SimOrder>>

export async function morning(stage: Stage): Promise<void> {
  stage.world.post.setFaults(ON_TIME)
  stage.outside(QUIET)
  const acts = [setUp, desk, deskAgain, transfers]
  for (const act of acts) {
    await act(stage)
    if (stage.isOver()) return
  }
  const orders = await sell(stage)
  if (stage.isOver()) return
  for (const act of [
    plan,
    answers,
    ship,
    afterwards,
    letters,
    unheardOf,
    lists,
    review,
    giftToCome,
    partRefund,
    dying,
  ]) {
    await act(stage, orders)
    if (stage.isOver()) return
  }
}

async function sell(stage: Stage): Promise<Orders> {
  const shop = shopOf(stage, 'youzan')
  const made: Partial<Record<Name, SimOrder>> = {}
  for (const name of Object.keys(WISHES) as Name[]) {
    const order = await buy(shop, WISHES[name])
    made[name] = order
    if (name !== 'givenUp') await shop.pay(order.orderNo)
  }
  const gift = await buy(
    shopOf(stage, 'pinduoduo'),
    wish(line('SIM-PLAIN', 1, 1_999n), line('SIM-GIFT', 1, 0n)),
  )
  await shopOf(stage, 'pinduoduo').pay(gift.orderNo)
  const refunded = await buy(shopOf(stage, 'shopify'), wish(line('SIM-NORTH')))
  await shopOf(stage, 'shopify').pay(refunded.orderNo)
  await shop.cancel(made.givenUp?.orderNo ?? '')
  await stage.deliver()
  await stage.work(notCarriers)
  return { ...made, refunded } as Orders
}

/** One is held, one is arranged by hand, one gets another address, and a trial goes on with all that come: before any waybill is wanted. */
async function plan(stage: Stage, { held, arranged, moved }: Orders): Promise<void> {
  await change(stage, held, { do: 'hold' })
  await tryOn(stage, 10_000)
  await arrange(stage, arranged)
  await shopOf(stage, 'youzan').edit?.(moved.orderNo)
  await stage.deliver()
  await stage.pass(1)
  await stage.work(notCarriers)
}

async function arrange(stage: Stage, order: SimOrder): Promise<void> {
  const pieces = await stage.hub().core.database.db<{ unit: string }>`
    select c.unit from plan_piece c join order_key k on k.id = c.order_id where k.order_no = ${order.orderNo} order by 1`
  const [piece] = pieces
  if (piece === undefined) return stage.fail(`${order.orderNo} has no plan`)
  const parcels = [1, 2].map((quantity) => ({ pieces: [{ unit: piece.unit, quantity }], warehouse: HERE }))
  await change(stage, order, { do: 'arrange', parcels })
}

/** One order ends before its waybill is asked for. Of the others every answer is lost, and then the carriers take no more of those accounts: are the numbers there? */
async function answers(stage: Stage, { lateCancel, north }: Orders): Promise<void> {
  const { world } = stage
  await stage.work(notCalls)
  await stage.pass(1)
  await willComeBack(stage, north)
  await shopOf(stage, 'youzan').cancel(lateCancel.orderNo)
  await stage.deliver()
  await stage.work((piece) => piece === 'interpret' || piece === 'follow order-stock')
  const before = new Set(world.book.parcels())
  await stage.pass(1)
  stage.outside({ ...QUIET, answerLost: 1 })
  for (let times = 0; times < 30; times += 1) await stage.once('dispatch')
  stage.outside(QUIET)
  const accounts = world.book
    .parcels()
    .filter((parcel) => !before.has(parcel))
    .flatMap(
      ({ kind, account }) =>
        world.book
          .desk(kind)
          ?.accounts()
          .filter((one) => one.account === account) ?? [],
    )
    .filter(({ carrier }) => carrier !== 'SF')
  if (accounts.length === 0) return stage.fail('no carrier was asked for a number')
  for (const account of accounts) account.trouble = 'account_blocked'
  await stage.pass(10)
  await stage.work((piece) => piece === 'dispatch')
  for (const account of accounts) account.trouble = null
  await stage.work((piece) => piece === 'follow order-stock' || piece === 'follow waybills')
}

const BY_NEXT_DAY = 20 * 60

/** Nobody takes its parcel: it is at its sender's again before the life ends, and then the money is given back. */
async function willComeBack(stage: Stage, { orderNo }: SimOrder): Promise<void> {
  const rows = await stage.hub().core.database.db<{ reference: string }>`
    select w.reference from waybill w join order_key k on w.order_ids @> array[k.id] where k.order_no = ${orderNo} order by 1`
  if (rows.length === 0) return stage.fail(`${orderNo} wants no waybill`)
  for (const { reference } of rows) stage.world.book.desk('sf')?.nextCourse(reference, 'returned')
  stage.world.later(BY_NEXT_DAY, async () => {
    await shopOf(stage, 'youzan').cancel(orderNo)
    return `youzan ${orderNo} given back`
  })
}

/** Waybills come; one order's money is given back before its shop is told, the shop is paused for a while, and one of an order's two waybills is cancelled meanwhile. */
async function ship(stage: Stage, { refunded, held, apart }: Orders): Promise<void> {
  const isDispatch = (piece: string): boolean => piece === 'dispatch'
  const isReading = (piece: string): boolean => piece === 'interpret'
  await call(stage, 'POST', '/api/waybills/retry', {})
  await stage.pass(1)
  await stage.work(isDispatch)
  await stage.work(isReading)
  await stage.work(notCalls)
  await shopOf(stage, 'shopify').cancel(refunded.orderNo)
  await stage.deliver()
  await stage.pass(1)
  await stage.work(isReading)
  await must(stage, 200, 'PATCH', '/api/connections/demo-youzan', { paused: true })
  await stage.pass(1)
  await stage.work(isDispatch)
  await cancelWaybill(stage, apart)
  await stage.work()
  await must(stage, 200, 'PATCH', '/api/connections/demo-youzan', { paused: false })
  stage.outside({ ...QUIET, answerLost: 1 })
  for (let times = 0; times < 6; times += 1) await stage.once('dispatch')
  stage.outside(QUIET)
  // A look alone; then it is tried again before the shop's own word of it is read.
  await stage.work(() => false)
  await stage.pass(5)
  await stage.work(isDispatch)
  await stage.work(isReading)
  await stage.work()
  await change(stage, held, { do: 'release' })
  await stage.pass(5)
  await stage.work()
}

/** A waybill is cancelled in time, and one when its parcel has left and nobody has said so yet. */
async function afterwards(stage: Stage, { renounced, tooLate }: Orders): Promise<void> {
  await cancelWaybill(stage, renounced)
  await stage.work()
  stage.world.post.setFaults({ ...ON_TIME, delay: 1, delayMinutes: 200 })
  await stage.pass(90)
  await stage.world.live()
  stage.world.post.setFaults(ON_TIME)
  await cancelWaybill(stage, tooLate)
  await stage.work((piece) => piece === 'dispatch')
  await stage.work()
}

async function cancelWaybill(stage: Stage, order: SimOrder): Promise<void> {
  const [row] = await stage.hub().core.database.db<{ id: bigint }>`
    select w.id from waybill w join order_key k on w.order_ids @> array[k.id] where k.order_no = ${order.orderNo} and w.state = 'issued' order by 1`
  if (row === undefined) return
  await must(stage, 200, 'POST', `/api/waybills/${row.id}/cancel`, { reason: 'the first morning' })
}

/** Letters that overtake each other: what was written first arrives last. */
async function letters(stage: Stage): Promise<void> {
  const { post } = stage.world
  const youzan = shopOf(stage, 'youzan')
  const shopify = shopOf(stage, 'shopify')
  const third = await buy(shopify)
  await shopify.pay(third.orderNo)
  await stage.deliver()
  await stage.work(notCarriers)
  post.setFaults({ ...ON_TIME, delay: 1, delayMinutes: 60, forge: 1 })
  const [first, second] = [await buy(youzan), await buy(shopify)]
  post.setFaults(ON_TIME)
  await stage.pass(1)
  await youzan.edit?.(first.orderNo)
  await shopify.edit?.(second.orderNo)
  await shopify.handOver?.(third.orderNo)
  await stage.deliver()
  await stage.work(notCarriers)
  await stage.pass(60)
  await stage.deliver()
  await stage.work(notCarriers)
  await stage.work()
}
