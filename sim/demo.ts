import type { Hub } from '#app/main.ts'
import { connectors } from '#connectors/index.ts'
import { addConnection, changeConnection, readCallbackToken } from '#features/connections/index.ts'
import { type AuditEvent, recordAudit, SYSTEM } from '#features/identity/index.ts'
import { mapSkus } from '#features/skus/index.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { carrierBook } from './carriers/book.ts'
import { CARRIER_NAMES, startDemoCarriers } from './demo-carriers.ts'
import { seedDemoGoods } from './demo-goods.ts'
import { seedDemoRules } from './demo-rules.ts'
import { seedDemoStock } from './demo-stock.ts'
import { startDemoWarehouses } from './demo-warehouses.ts'
import type { SimPlatform } from './platform.ts'
import { startWorld } from './world.ts'

export type DemoOptions = { readonly rate: number; readonly seed?: number }

const NAMES: Readonly<Record<string, string>> = {
  'demo-pinduoduo': '拼多多·晨光家居（模拟）',
  'demo-douyin': '抖店·晨光直播间（模拟）',
  'demo-shopify': 'Shopify · Morning Light (simulated)',
  'demo-shopify-2': 'Shopify · Morning Light Outlet (simulated)',
  'demo-youzan': '有赞·晨光小铺（模拟）',
  'demo-print-station': '华东仓打印站（模拟）',
  'demo-sf': '顺丰月结账号（模拟）',
  'demo-kuaidi100': '快递100 推送（模拟）',
  'demo-kdniao': '快递鸟 推送（模拟）',
  ...CARRIER_NAMES,
}

/** A day of the world in six minutes: an order placed now is on its way within a minute and delivered a few minutes later. */
const PACE = 240
const FAULTS = {
  duplicate: 0.05,
  delay: 0.1,
  delayMs: 2_000,
  reorder: 0.05,
  drop: 0,
  unknownCode: 0.004,
  forge: 0.002,
}

/**
 * What the warehouse calls the articles of all shops. The reading lamp and the oak tray are left out: their orders stand in
 * the queue of unmatched SKUs, for a newcomer to match.
 */
const STOCK_SKUS: Readonly<Record<string, string>> = {
  'CAT-LITTER-6L': 'PET-1001',
  'CAT-FOOD-2KG': 'PET-1002',
  'TEA-LJ-250': 'TEA-2001',
  'MUG-WHITE-350': 'CUP-3001',
  'SOCK-M-5': 'TEX-4001',
  'CUP-BLUE': 'CUP-3002',
  'LID-CORK': 'CUP-3101',
  'FILTER-100': 'CUP-3201',
  'CAKE-FROZEN-6': 'FRZ-5001',
  'POWER-20K': 'BAT-6001',
  'TEA-SET-3': 'SET-2101',
  'TEA-CLIP': 'TEA-2901',
}

/** Starts the simulated world beside a hub, connects every platform with it, and lets orders flow. */
export async function startDemo(
  hub: Hub,
  { rate, seed = 20_261_111 }: DemoOptions,
  out: (line: string) => void,
): Promise<{ stop: () => Promise<void> }> {
  const { directory, clock } = hub.core
  const random = seededRandom(seed)
  // A second start over the same data goes on with numbers that none of the first had.
  const firstSerial = Math.floor(clock.now().epochMilliseconds / 100) % 10_000_000_000
  const book = carrierBook({ clock, random, firstSerial, pace: PACE })
  const world = await startWorld({ clock, seed, faults: FAULTS, rate, pace: PACE, book })
  const carriers = await startDemoCarriers(hub, book, random, world.platforms)
  const first = world.platforms.every((platform) => directory.byId(`demo-${platform.kind}`) === null)
  if (first) {
    await mapArticles(hub)
    await seedDemoStock(hub)
    await seedDemoGoods(hub)
    await seedDemoRules(hub)
  }
  for (const [place, platform] of world.platforms.entries()) {
    const id = idOf(world.platforms, place)
    await connectPlatform(hub, platform, id, NAMES[id] ?? platform.kind)
  }
  for (const platform of carriers.platforms) {
    const id = `demo-${platform.kind}`
    await connectPlatform(hub, platform, id, NAMES[id] ?? platform.kind)
  }
  if (first) await carriers.seed(world.shops)
  world.begin()
  out('')
  out(
    'This is a SIMULATED world: five shops, a print station and a dozen carriers on this machine, with real protocols and',
  )
  out(
    `made-up orders (${rate} a minute; a day of theirs takes six minutes). Nothing leaves this machine. 以上订单均为模拟数据。`,
  )
  const warehouses = await startDemoWarehouses(
    (platform, id, name) => connectPlatform(hub, platform, id, name),
    seed,
    out,
  )
  return {
    stop: async () => {
      await carriers.stop()
      await world.stop()
      await warehouses?.close()
    },
  }
}

/** The second shop of a platform is `demo-shopify-2`. */
function idOf(platforms: readonly SimPlatform[], place: number): string {
  const kind = platforms[place]?.kind ?? ''
  const nth = platforms.slice(0, place + 1).filter((other) => other.kind === kind).length
  return nth === 1 ? `demo-${kind}` : `demo-${kind}-${nth}`
}

/** Once only: a second start over the same data leaves alone what a person has changed meanwhile. */
export async function mapArticles({ core }: Hub): Promise<void> {
  const { clock, database } = core
  const deps = {
    sql: database.db,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
  }
  const mappings = Object.entries(STOCK_SKUS).map(([shopSku, stockSku]) => ({
    connection: '*',
    shopSku,
    stockSku,
  }))
  await mapSkus(deps, mappings, SYSTEM)
}

/** Makes (or, on a second start over the same data, points anew) the hub's connection, and tells the platform its callback. */
export async function connectPlatform(
  { core, url }: Hub,
  platform: SimPlatform,
  id: string,
  name: string,
): Promise<void> {
  const { database, vault, directory, clock, random, callsFor } = core
  const deps = {
    db: database.db,
    vault,
    connectors,
    directory,
    clock,
    random,
    callsFor,
    allowLoopback: true,
  }
  const draft = { id, kind: platform.kind, name, settings: platform.settings }
  const done =
    directory.byId(id) === null
      ? await addConnection(deps, SYSTEM, draft)
      : await changeConnection(deps, SYSTEM, id, { settings: platform.settings })
  if (!done.ok)
    throw new Outage(done.refusal.code, `${platform.kind}: ${done.refusal.detail}`, { retryable: false })
  platform.pushTo(`${url}/callback/${await readCallbackToken(database.db, id)}`)
}
