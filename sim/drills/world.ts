import { randomUUID } from 'node:crypto'
import type { DrillText } from '#app/drill-scenario.ts'
import type { Hub } from '#app/main.ts'
import type { Settings } from '#domain/connector.ts'
import { seededRandom } from '#kernel/random.ts'
import { type CarrierBook, carrierBook } from '../carriers/book.ts'
import { type Gate, openGate } from '../chaos/gate.ts'
import { connectPlatform } from '../demo.ts'
import { NO_FAULTS, type SimCarrier, type SimChannel, type SimDeps, type SimPlatform } from '../platform.ts'
import { simDouyin } from '../platforms/douyin.ts'
import { simPinduoduo } from '../platforms/pinduoduo.ts'
import { simPrintStation } from '../platforms/print-station.ts'
import { simSf } from '../platforms/sf.ts'
import { simShopify } from '../platforms/shopify.ts'
import { HANGZHOU } from '../platforms/shopify-book.ts'
import { simYouzan } from '../platforms/youzan.ts'
import { simYto } from '../platforms/yto.ts'
import { simZto } from '../platforms/zto.ts'
import { type Front, openFront } from './front.ts'
import type { Sandbox } from './sandbox.ts'
import { seedGoods, seedMakers, seedPolls, WAREHOUSES } from './seed.ts'

// The world of one drill: shops whose buyers order and pay, carriers that number and carry, a print station. Every platform reaches the
// hub through a front of its own, the hub reaches each shop through a gate of its own; faults are switched there.

export type Shop = { readonly channel: SimChannel; readonly front: Front; readonly gate: Gate }
export type Printed = { readonly orderNo: string; readonly trackingNo: string; readonly at: Temporal.Instant }

export type DrillWorld = {
  readonly shops: ReadonlyMap<string, Shop>
  readonly book: CarrierBook
  readonly fronts: readonly Front[]
  readonly printed: readonly Printed[]
  /** Orders whose buyers truly have their goods, with the parcel that brought them, where a fault is about that. */
  readonly delivered: Map<string, string>
  /** Orders whose goods left a second time. */
  readonly sentAgain: Set<string>
  /** The print station calls its events so from now on; null: as it should. */
  readonly renameEvents: (name: string | null) => void
  /** Buyers come; none before. */
  readonly begin: () => void
  /** So many more orders within so many virtual minutes. */
  readonly flood: (shop: string, orders: number, minutes: number) => void
  readonly placed: () => number
  readonly stop: () => Promise<void>
}

/** A platform goes on trying for as long as any drill takes. */
const PATIENT = Array.from({ length: 500 }, () => 5 * 60_000)
const PUMP_MS = 5_000

const SHOPS: Readonly<Record<DrillText['world']['shops'][number], (deps: SimDeps) => Promise<SimChannel>>> = {
  shopify: (deps) => simShopify(deps, { retryMs: PATIENT, place: HANGZHOU }),
  youzan: (deps) => simYouzan(deps, { retryMs: PATIENT }),
  douyin: (deps) => simDouyin(deps, { retryMs: PATIENT }),
  pinduoduo: (deps) => simPinduoduo(deps),
}
export const SHOP_NAMES: Readonly<Record<string, string>> = {
  shopify: 'Shopify · 晨光海外店（演练）',
  youzan: '有赞 · 晨光小铺（演练）',
  douyin: '抖店 · 晨光直播间（演练）',
  pinduoduo: '拼多多 · 晨光家居（演练）',
}
const CARRIER_NAMES: Readonly<Record<string, string>> = {
  zto: '中通（演练）',
  yto: '圆通（演练）',
  sf: '顺丰（演练）',
}

export async function openWorld(
  { hub, call, tls }: Pick<Sandbox, 'hub' | 'call' | 'tls'>,
  drill: DrillText,
  seed: number,
): Promise<DrillWorld> {
  const { clock } = hub.core
  const random = seededRandom(seed)
  const faults = { ...NO_FAULTS, duplicate: 0.03, reorder: 0.03 }
  // One at a time a platform would itself be the neck of the bottle, at twenty times the speed.
  const deps: SimDeps = { clock, random, faults, pushesAtOnce: 32 }
  const book = carrierBook({ clock, random, pace: drill.world.pace ?? 12 })
  const fronts: Front[] = []
  const closers: (() => Promise<unknown>)[] = []
  const behind = async (platform: SimPlatform, name: string, settings: Settings): Promise<Front> => {
    const front = await openFront(() => hub.url, tls?.origin ?? null)
    fronts.push(front)
    closers.push(front.close, platform.close)
    const faced: SimPlatform = {
      ...platform,
      settings,
      pushTo: (url) => platform.pushTo(`${front.origin}${new URL(url).pathname}`),
    }
    await connectPlatform(hub, faced, `drill-${platform.kind}`, name)
    return front
  }

  await seedGoods(hub)
  const shops = new Map<string, Shop>()
  for (const kind of drill.world.shops) {
    const channel = await SHOPS[kind](deps)
    const target = originOf(channel.settings)
    const gate = await openGate({ port: 0, target, onCall: () => undefined })
    closers.push(gate.close)
    const front = await behind(channel, SHOP_NAMES[kind] ?? kind, throughGate(channel.settings, gate.origin))
    shops.set(kind, { channel, gate, front })
  }
  await seedPolls(
    hub,
    drill.world.shops.map((kind) => `drill-${kind}`),
    drill.world.poll_minutes ?? null,
  )
  await setAlarmDepth(call, drill.world)
  let eventName: string | null = null
  const station =
    drill.world.printed_by === 'station'
      ? await simPrintStation(deps, { retryMs: PATIENT, newName: () => eventName })
      : null
  if (station !== null) await behind(station, '华东仓打印站（演练）', station.settings)
  const makers = []
  for (const kind of drill.world.carriers) {
    const options = { retryMs: PATIENT }
    const carrier =
      kind === 'zto'
        ? await simZto(deps, book, options)
        : kind === 'yto'
          ? await simYto(deps, book, options)
          : await simSf(deps, { book, ...options, batchMs: 0 })
    await behind(carrier, CARRIER_NAMES[kind] ?? kind, carrier.settings)
    makers.push({ kind, account: carrier.account })
  }
  if (drill.world.printed_by !== 'station' && drill.world.printed_by !== 'nobody')
    await seedMakers(hub, makers)

  const life = lives({ hub, drill, shops, station, call, chance: random.next })
  const pump = setInterval(() => void book.pump(), PUMP_MS)
  closers.push(async () => clearInterval(pump))
  return {
    shops,
    book,
    fronts,
    printed: life.printed,
    delivered: new Map(),
    sentAgain: new Set(),
    renameEvents: (name) => {
      eventName = name
    },
    begin: life.begin,
    flood: life.flood,
    placed: life.placed,
    stop: async () => {
      life.stop()
      await Promise.allSettled(closers.map((close) => close()))
    },
  }
}

async function setAlarmDepth(
  call: Sandbox['call'],
  { alarm_depth: alarmDepth, shops }: DrillText['world'],
): Promise<void> {
  if (alarmDepth === undefined) return
  for (const kind of shops) await call('PUT', `/api/lanes/drill-${kind}`, { alarmDepth })
}

/** Buyers and the people at the print station. */
function lives(given: {
  readonly hub: Hub
  readonly drill: DrillText
  readonly shops: ReadonlyMap<string, Shop>
  readonly station: SimCarrier | null
  readonly call: Sandbox['call']
  readonly chance: () => number
}) {
  const { hub, drill, shops, station, chance } = given
  const printed: Printed[] = []
  const timers = new Set<NodeJS.Timeout>()
  let open = true
  let placed = 0
  const later = (minutes: number, work: () => Promise<void>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (open) void work().catch(() => undefined)
    }, minutes * 60_000)
    timers.add(timer)
  }
  const buy = async (shop: Shop): Promise<void> => {
    const { orderNo } = await shop.channel.place()
    placed += 1
    later(0.5 + chance(), async () => {
      await shop.channel.pay(orderNo)
      if (station !== null) later(2 + 2 * chance(), () => print(orderNo))
    })
  }
  const print = async (orderNo: string): Promise<void> => {
    const parcel = await station?.issue(orderNo)
    if (parcel !== undefined)
      printed.push({ orderNo, trackingNo: parcel.trackingNo, at: hub.core.clock.now() })
  }
  const list = [...shops.values()]
  let next = 0
  return {
    printed,
    placed: () => placed,
    begin: () => {
      const perMinute = drill.world.transfers ?? 0
      if (perMinute > 0)
        timers.add(setInterval(() => void instruct(given.call).catch(() => undefined), 60_000 / perMinute))
      if (drill.world.rate === 0) return
      const timer = setInterval(() => {
        const shop = list[next % list.length]
        next += 1
        if (open && shop !== undefined) void buy(shop).catch(() => undefined)
      }, 60_000 / drill.world.rate)
      timers.add(timer)
    },
    flood: (kind: string, orders: number, minutes: number) => {
      const shop = shops.get(kind)
      for (let i = 0; i < orders && shop !== undefined; i += 1) later((minutes * i) / orders, () => buy(shop))
    },
    stop: () => {
      open = false
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** Somebody moves goods from one warehouse to the other. */
async function instruct(call: Sandbox['call']): Promise<void> {
  await call('POST', '/api/transfers', {
    key: `drill-${randomUUID()}`,
    from: WAREHOUSES[0].code,
    to: WAREHOUSES[1].code,
    lines: [{ sku: 'PET-1001', quantity: 5 }],
    reason: '华南备货',
  })
}

const LOOPBACK = /^(https?):\/\/127\.0\.0\.1:\d+/

function originOf(settings: Settings): string {
  for (const value of Object.values(settings)) {
    const found = LOOPBACK.exec(value ?? '')
    if (found !== null) return found[0]
  }
  throw new Error('the simulated shop has no address')
}

/** The hub calls the gate, which calls the shop; a stream of messages goes there directly. */
function throughGate(settings: Settings, origin: string): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value?.replace(LOOPBACK, origin) ?? '']),
  )
}
