import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '#kernel/random.ts'
import type { SimCarrier, SimChannel, SimOrder, SimScan } from '../platform.ts'
import type { Book, Course, Step } from './book.ts'
import type { Life } from './ledger.ts'

export type Town = {
  readonly shops: readonly SimChannel[]
  readonly station: SimCarrier
  readonly sf: SimCarrier
  readonly feeds: Readonly<Record<Course['feed'], SimCarrier>>
}

export const SCANS: readonly SimScan[] = ['picked_up', 'in_transit', 'out_for_delivery', 'delivered']
/** Carriers write their times to the second: two scans of a parcel in one would be told apart by nothing. */
const BETWEEN_SCANS_MS = 1_050
const LOOK_MS = 100
/** Some before their waybill, some while it is asked for, some when the parcel is on its way. */
const CANCELS_WITHIN_MS = 12_000

export function drawCourse(random: Random, byHub: boolean): Course {
  const roll = random.next()
  if (byHub)
    return {
      pays: roll >= 0.05,
      cancels: roll < 0.03 || roll >= 0.85,
      prints: false,
      bySf: false,
      feed: 'kdniao',
      scans: 0,
      completes: roll >= 0.7 && roll < 0.85,
      byHub,
      cancelAfterMs: Math.round(random.next() * CANCELS_WITHIN_MS),
    }
  return {
    pays: roll >= 0.06,
    cancels: roll < 0.03 || (roll >= 0.9 && roll < 0.95),
    prints: roll >= 0.06 && roll < 0.9,
    bySf: random.next() < 0.25,
    feed: random.next() < 0.5 ? 'kuaidi100' : 'kdniao',
    scans: Math.floor(random.next() * 5),
    completes: random.next() < 0.4,
  }
}

/**
 * Lives one order's life to its end, each step in the book once it was done. A life that a killed process left goes on with its
 * next step; a step that was done and not yet written is done again, as a platform would that lost its own memory of it.
 */
export async function live(
  deps: { readonly town: Town; readonly book: Book; readonly random: Random; readonly isOpen: () => boolean },
  life: Life,
): Promise<void> {
  const { town, book, random, isOpen } = deps
  const { orderNo, course } = life
  const channel = town.shops.find((shop) => shop.kind === life.kind)
  if (channel === undefined) return
  const step = async (name: Step, act: () => Promise<void>): Promise<void> => {
    if (life.done.has(name) || !isOpen()) return
    await sleep(50 + random.next() * 250)
    if (!isOpen()) return
    await act()
    life.done.add(name)
    book.write({ t: 'step', orderNo, step: name, trackingNo: life.trackingNo })
  }
  if (course.pays) await step('paid', () => channel.pay(orderNo))
  if (course.cancels && course.cancelAfterMs !== undefined && !life.done.has('cancelled'))
    await sleep(course.cancelAfterMs)
  if (course.cancels) await step('cancelled', () => channel.cancel(orderNo))
  if (course.cancels) return
  if (course.byHub === true) return await confirmOnceShipped()
  if (!course.prints) return
  await step('printed', async () => {
    life.trackingNo = (await (course.bySf ? town.sf : town.station).issue(orderNo)).trackingNo
  })
  const carrier = course.bySf ? town.sf : town.feeds[course.feed]
  for (const [i, scan] of SCANS.slice(0, course.scans).entries()) {
    if (!isOpen()) return
    await sleep(BETWEEN_SCANS_MS)
    await step(`scan-${i + 1}` as Step, () => carrier.scan(life.trackingNo ?? '', scan))
  }
  if (course.scans === SCANS.length) await confirmOnceShipped()

  /** A buyer can confirm only what his platform shows as shipped. */
  async function confirmOnceShipped(): Promise<void> {
    if (!course.completes) return
    while (!isAllShipped(channel?.orders.get(orderNo), course.byHub === true)) {
      if (!isOpen()) return
      await sleep(LOOK_MS)
    }
    await step('completed', async () => await channel?.complete(orderNo))
  }
}

type Packed = { readonly lines: readonly { readonly lineId: string; readonly quantity: number }[] }

/** The print station's orders are one parcel; those of the hub may be several, and each shop counts their pieces in a list of its own. */
function isAllShipped(order: SimOrder | undefined, inParcels: boolean): boolean {
  if (order === undefined || order.shipments.length === 0) return false
  if (!inParcels) return true
  const { parcels = [], fulfillments = [] } = order as SimOrder & {
    parcels?: Packed[]
    fulfillments?: Packed[]
  }
  const gone = [...parcels, ...fulfillments].flatMap((one) => one.lines)
  return order.lines.every(
    ({ lineId, quantity }) =>
      gone.filter((one) => one.lineId === lineId).reduce((sum, one) => sum + one.quantity, 0) >= quantity,
  )
}

/** Whether everything that this life was to bring has happened. */
export function isOver({ course, done }: Life): boolean {
  if (course.pays && !done.has('paid')) return false
  if (course.cancels) return done.has('cancelled')
  if (course.byHub === true) return !(course.completes && course.pays) || done.has('completed')
  if (!course.prints) return true
  if (!done.has('printed')) return false
  if (course.scans > 0 && !done.has(`scan-${course.scans}` as Step)) return false
  return !(course.completes && course.scans === SCANS.length) || done.has('completed')
}
