import { jobHandlers } from '#app/jobs.ts'
import type { Hub } from '#app/main.ts'
import { assert } from '#kernel/assert.ts'
import type { Random } from '#kernel/random.ts'
import { seededRandom } from '#kernel/random.ts'
import { runJobOnce } from '#platform/jobs/runner.ts'
import { type CarrierBook, carrierBook } from '../carriers/book.ts'
import { connectPlatform, mapArticles } from '../demo.ts'
import { seedAccounts } from '../demo-carriers.ts'
import { seedDemoGoods } from '../demo-goods.ts'
import { seedDemoRules } from '../demo-rules.ts'
import { seedDemoStock } from '../demo-stock.ts'
import { NO_FAULTS, type SimChannel, type SimDeps, type SimFaults, type SimPlatform } from '../platform.ts'
import { simDouyin } from '../platforms/douyin.ts'
import { simDouyinWaybill } from '../platforms/douyin-waybill.ts'
import { simKuaidi100 } from '../platforms/kuaidi100.ts'
import { simPddWaybill } from '../platforms/pdd-waybill.ts'
import { simPinduoduo } from '../platforms/pinduoduo.ts'
import { simSf } from '../platforms/sf.ts'
import { simShopify } from '../platforms/shopify.ts'
import { simYouzan } from '../platforms/youzan.ts'
import { simYto } from '../platforms/yto.ts'
import { simZto } from '../platforms/zto.ts'
import type { SimHub } from './hub.ts'
import { OWN_FREIGHT } from './own-freight.ts'
import { type PostOffice, postOffice } from './post.ts'

// The world around the seeded hub: four shops whose buyers pay, cancel and confirm, carriers that number and tell, and everything that
// they push lies with the post office until it is due. Servers and signatures are the real ones; only time and chance are ours.

export type SimWorld = {
  readonly shops: readonly SimChannel[]
  readonly carriers: readonly SimPlatform[]
  readonly book: CarrierBook
  readonly post: PostOffice
  /** A buyer comes; answers what happened in words. */
  readonly order: () => Promise<string>
  /** What buyers had planned for until now, in the order of its times. */
  readonly live: () => Promise<readonly string[]>
  /** Somebody does this about so many minutes from now; answers what happened in words. */
  readonly later: (minutes: number, act: () => Promise<string>) => void
  /** When a buyer or a parcel does something next. */
  readonly nextAt: () => Temporal.Instant | null
  readonly setFaults: (faults: Partial<SimFaults>) => void
  readonly close: () => Promise<void>
}

type Clock = { now(): Temporal.Instant }
type Plan = { readonly due: Temporal.Instant; readonly serial: number; readonly act: () => Promise<string> }

/** Of one order: `givenUp` of those never paid, `edited` of those whose shop tells of it. */
const SHARES = { neverPaid: 0.08, givenUp: 0.5, edited: 0.9, cancelled: 0.25, confirmed: 0.4 }
/** A parcel's days become hours. */
const PACE = 24

export async function openWorld(clock: Clock, seed: number): Promise<SimWorld> {
  const random = seededRandom(seed)
  const book = carrierBook({ clock, random: seededRandom(seed + 1), pace: PACE })
  const asked = new Set(['shopify', 'pinduoduo', 'douyin', 'youzan', 'kuaidi100', 'sf'])
  const post = postOffice(clock, seededRandom(seed + 2), (from) => asked.has(from))
  const faults = { ...NO_FAULTS }
  const depsOf = (kind: string): SimDeps => ({
    clock,
    random,
    faults,
    post: (to, message) => post.accept(kind, to, message),
  })
  const shops: readonly SimChannel[] = [
    await simPinduoduo(depsOf('pinduoduo')),
    await simDouyin(depsOf('douyin')),
    await simShopify(depsOf('shopify')),
    await simYouzan(depsOf('youzan')),
  ]
  const carriers: readonly SimPlatform[] = [
    await simZto(depsOf('zto'), book),
    await simYto(depsOf('yto'), book),
    await simSf(depsOf('sf'), { book, batchMs: 0 }),
    await simKuaidi100(depsOf('kuaidi100'), { book }),
    await simPddWaybill(depsOf('pdd-waybill'), book),
    await simDouyinWaybill(depsOf('douyin-waybill'), book),
  ]
  const buyers = buyersOf(clock, random, shops)
  return {
    shops,
    carriers,
    book,
    post,
    order: buyers.order,
    later: buyers.later,
    live: async () => {
      const happened = await buyers.live()
      const told = book.pump()
      return told > 0 ? [...happened, `${told} scans`] : happened
    },
    nextAt: () => earlier(buyers.nextAt(), book.nextAt()),
    setFaults: (next) => Object.assign(faults, next),
    close: async () => {
      await Promise.allSettled([...shops, ...carriers].map((platform) => platform.close()))
    },
  }
}

/** Connects every platform with the hub, and gives it goods, stock, rules and carrier accounts, as an operator would on the first day. */
export async function seedHub(hub: SimHub, world: SimWorld): Promise<void> {
  const { core } = hub
  const whole: Hub = { core, url: 'http://hub.sim', stop: async () => undefined }
  const { db } = core.database
  await mapArticles(whole)
  await seedDemoStock(whole)
  await seedDemoGoods(whole)
  await emptyShelves(hub)
  const { clock } = core
  const handlers = jobHandlers(core)
  let isSeeding = true
  const jobs = (async () => {
    while (isSeeding) {
      await runJobOnce({ db, clock, handlers, onError: () => undefined })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  for (const platform of [...world.shops, ...world.carriers])
    await connectPlatform(whole, platform, `demo-${platform.kind}`, platform.kind)
  await seedAccounts(whole, world.carriers)
  try {
    await seedDemoRules(whole, [OWN_FREIGHT])
  } finally {
    isSeeding = false
    await jobs
  }
}

/** Shops sell more than there is: a few pieces of everything, so that it runs out within hours. */
async function emptyShelves({ core }: SimHub): Promise<void> {
  const levels = await core.database.db<{ sku: string; warehouse: string }>`
    select sku, warehouse from stock_level where physical > 0 order by sku, warehouse`
  const emptied = await core.stock.ask({
    do: 'adjust',
    key: 'sim:scarce',
    changes: levels.map(({ sku, warehouse }) => ({
      sku,
      warehouse,
      // Clips go with every tea; they are the first to run out, and their orders leave in two parcels.
      setPhysical:
        sku === 'TEA-2901' ? Math.floor(core.random.next() * 2) : 2 + Math.floor(core.random.next() * 10),
      setSafety: 1,
    })),
    cause: 'count',
    actor: 'sim',
    evidence: { source: 'the first day' },
  })
  assert(emptied.ok, 'SIM4', emptied.ok ? '' : emptied.refusal.detail)
}

type Buyers = Pick<SimWorld, 'order' | 'later' | 'live' | 'nextAt'>

function buyersOf(clock: Clock, random: Random, shops: readonly SimChannel[]): Buyers {
  let plans: Plan[] = []
  let serial = 0
  const later = (minutes: number, act: () => Promise<string>): void => {
    serial += 1
    const seconds = Math.ceil(minutes * 60 * (0.5 + random.next()))
    plans.push({ due: clock.now().add({ seconds }), serial, act })
  }
  const afterPaying = (shop: SimChannel, orderNo: string): void => {
    const chance = random.next()
    if (chance < SHARES.cancelled)
      later([2, 20, 120, 600][Math.floor(random.next() * 4)] ?? 20, async () => {
        if (shop.orders.get(orderNo)?.deliveredAt !== null)
          return `${shop.kind} ${orderNo} too late to cancel`
        await shop.cancel(orderNo)
        return `${shop.kind} ${orderNo} cancelled`
      })
    else if (chance < SHARES.cancelled + SHARES.confirmed)
      later(60 * 24, async () => {
        const order = shop.orders.get(orderNo)
        if (order === undefined || order.shipments.length === 0 || order.cancelledAt !== null)
          return `${shop.kind} ${orderNo} not received`
        await shop.complete(orderNo)
        return `${shop.kind} ${orderNo} confirmed`
      })
  }
  return {
    later,
    order: async () => {
      const shop = shops[Math.floor(random.next() * shops.length)] as SimChannel
      const { orderNo } = await shop.place()
      if (shop.edit !== undefined && random.next() < SHARES.edited)
        later([2, 30][Math.floor(random.next() * 2)] ?? 2, async () => {
          if (shop.orders.get(orderNo)?.cancelledAt !== null)
            return `${shop.kind} ${orderNo} too late to edit`
          await shop.edit?.(orderNo)
          return `${shop.kind} ${orderNo} edited`
        })
      if (random.next() >= SHARES.neverPaid)
        later(3, async () => {
          await shop.pay(orderNo)
          afterPaying(shop, orderNo)
          return `${shop.kind} ${orderNo} paid`
        })
      else if (random.next() < SHARES.givenUp)
        later(30, async () => {
          await shop.cancel(orderNo)
          return `${shop.kind} ${orderNo} given up`
        })
      return `${shop.kind} ${orderNo} placed`
    },
    live: async () => {
      const now = clock.now()
      const due = plans
        .filter((plan) => Temporal.Instant.compare(plan.due, now) <= 0)
        .toSorted((a, b) => Temporal.Instant.compare(a.due, b.due) || a.serial - b.serial)
      plans = plans.filter((plan) => !due.includes(plan))
      const words: string[] = []
      for (const plan of due) words.push(await plan.act())
      return words
    },
    nextAt: () => plans.reduce<Temporal.Instant | null>((first, { due }) => earlier(first, due), null),
  }
}

function earlier(a: Temporal.Instant | null, b: Temporal.Instant | null): Temporal.Instant | null {
  if (a === null || b === null) return a ?? b
  return Temporal.Instant.compare(a, b) <= 0 ? a : b
}
