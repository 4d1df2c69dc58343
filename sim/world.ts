import type { Clock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import type { CarrierBook } from './carriers/book.ts'
import type { SimCarrier, SimChannel, SimFaults, SimPlatform, SimScan } from './platform.ts'
import { isToBeAsked } from './platforms/channel-goods.ts'
import { simDouyin } from './platforms/douyin.ts'
import { simKdniao } from './platforms/kdniao.ts'
import { simKuaidi100 } from './platforms/kuaidi100.ts'
import { simPinduoduo } from './platforms/pinduoduo.ts'
import { simPrintStation } from './platforms/print-station.ts'
import { simSf } from './platforms/sf.ts'
import { simShopify } from './platforms/shopify.ts'
import { simYouzan } from './platforms/youzan.ts'

export type WorldOptions = {
  readonly clock: Clock
  readonly seed: number
  readonly faults: SimFaults
  /** Orders per minute over all shops. */
  readonly rate: number
  /** How many times faster than life parcels travel: a day takes 24 h / pace. */
  readonly pace: number
  /** With it the carriers make waybills by their interfaces, and their parcels travel by its plans. */
  readonly book?: CarrierBook
}

export type World = {
  readonly shops: readonly SimChannel[]
  readonly platforms: readonly SimPlatform[]
  /** Starts buyers, warehouse and couriers; each platform must know its callback by then. */
  readonly begin: () => void
  readonly counts: () => {
    readonly placed: number
    readonly paid: number
    readonly printed: number
    readonly delivered: number
    readonly cancelled: number
  }
  readonly stop: () => Promise<void>
}

type Life = { readonly channel: SimChannel; readonly orderNo: string }

// Of a hundred orders: how the people of the simulated world behave.
const SHARES = {
  neverPaid: 0.06,
  cancelledAfterPaying: 0.05,
  neverPrinted: 0.04,
  completedByBuyer: 0.5,
  byOwnSf: 0.25,
}
const STEPS: readonly { readonly scan: SimScan; readonly afterMinutes: number }[] = [
  { scan: 'picked_up', afterMinutes: 90 },
  { scan: 'in_transit', afterMinutes: 300 },
  { scan: 'in_transit', afterMinutes: 600 },
  { scan: 'out_for_delivery', afterMinutes: 240 },
  { scan: 'delivered', afterMinutes: 120 },
]

/** Five shops, two of which sell to the same people, a print station, 顺丰 and two aggregators: real servers with real signatures, all of it made up. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const random = seededRandom(options.seed)
  const deps = { clock: options.clock, random, faults: options.faults }
  const withBook = options.book === undefined ? {} : { book: options.book }
  const [shopify, outlet, youzan, pinduoduo, douyin] = await Promise.all([
    simShopify(deps),
    simShopify(deps, { domain: 'sim-outlet.myshopify.com' }),
    simYouzan(deps),
    simPinduoduo(deps),
    simDouyin(deps),
  ])
  const [station, sf, kuaidi100, kdniao] = await Promise.all([
    simPrintStation(deps),
    simSf(deps, withBook),
    simKuaidi100(deps, withBook),
    simKdniao(deps, withBook),
  ])
  const shops: readonly SimChannel[] = [pinduoduo, douyin, shopify, outlet, youzan]
  const counts = { placed: 0, paid: 0, printed: 0, delivered: 0, cancelled: 0 }
  const timers = new Set<NodeJS.Timeout>()
  let open = true

  /** Does something after so many minutes of the world's time, give or take half. */
  const later = (minutes: number, work: () => Promise<void>): void => {
    const ms = (minutes * 60_000 * (0.5 + random.next())) / options.pace
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (open) void work().catch(() => undefined)
    }, ms)
    timers.add(timer)
  }
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T

  const live = async (): Promise<void> => {
    const channel = pick(shops)
    const { orderNo } = await channel.place()
    counts.placed += 1
    if (random.next() >= SHARES.neverPaid) later(3, () => pay({ channel, orderNo }))
  }
  const pay = async (life: Life): Promise<void> => {
    await life.channel.pay(life.orderNo)
    counts.paid += 1
    const chance = random.next()
    if (chance < SHARES.cancelledAfterPaying) later(30, () => cancel(life))
    else if (chance >= SHARES.cancelledAfterPaying + SHARES.neverPrinted && !isToBeAsked(life.orderNo))
      later(60, () => print(life))
  }
  const cancel = async ({ channel, orderNo }: Life): Promise<void> => {
    await channel.cancel(orderNo)
    counts.cancelled += 1
  }
  const print = async (life: Life): Promise<void> => {
    // Somebody shipped it meanwhile, and the shop knows: the warehouse prints nothing.
    if ((life.channel.orders.get(life.orderNo)?.shipments.length ?? 0) > 0) return
    const bySf = random.next() < SHARES.byOwnSf
    const { trackingNo } = await (bySf ? sf : station).issue(life.orderNo)
    counts.printed += 1
    travel(life, bySf ? sf : pick([kuaidi100, kdniao]), trackingNo, 0)
  }
  const travel = (life: Life, carrier: SimCarrier, trackingNo: string, step: number): void => {
    const next = STEPS[step]
    if (next === undefined) {
      counts.delivered += 1
      if (random.next() < SHARES.completedByBuyer) later(600, () => life.channel.complete(life.orderNo))
      return
    }
    later(next.afterMinutes, async () => {
      await carrier.scan(trackingNo, next.scan)
      travel(life, carrier, trackingNo, step + 1)
    })
  }

  const platforms: readonly SimPlatform[] = [...shops, station, sf, kuaidi100, kdniao]
  let buyers: NodeJS.Timeout | undefined
  return {
    shops,
    platforms,
    counts: () => ({ ...counts }),
    begin: () => {
      // Several orders a tick where the rate is higher than timers are fine.
      const perTick = Math.max(1, Math.round(options.rate / 1_200))
      buyers = setInterval(
        () => {
          for (let i = 0; i < perTick; i += 1) void live().catch(() => undefined)
        },
        (60_000 * perTick) / options.rate,
      )
    },
    stop: async () => {
      open = false
      clearInterval(buyers)
      for (const timer of timers) clearTimeout(timer)
      await Promise.allSettled(platforms.map((platform) => platform.close()))
    },
  }
}
