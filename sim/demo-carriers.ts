import type { Hub } from '#app/main.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import type { PostalContact } from '#domain/waybill.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { acceptFetched } from '#features/intake/index.ts'
import { type AccountInput, editAccount, editSender } from '#features/waybills/index.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import type { CarrierBook } from './carriers/book.ts'
import type { Course } from './carriers/course.ts'
import { seedDuplicates, stopLater } from './demo-reships.ts'
import { NO_FAULTS, type SimChannel, type SimPlatform } from './platform.ts'
import { simCainiao } from './platforms/cainiao.ts'
import { simDhl } from './platforms/dhl.ts'
import { simDouyinWaybill } from './platforms/douyin-waybill.ts'
import { simLogistics } from './platforms/logistics.ts'
import { simPartnerWarehouse } from './platforms/partner-warehouse.ts'
import { simPddWaybill } from './platforms/pdd-waybill.ts'
import { simYto } from './platforms/yto.ts'
import { simZto } from './platforms/zto.ts'

type Made = SimPlatform & { readonly account?: AccountInput['settings'] }

export type DemoCarriers = {
  readonly platforms: readonly Made[]
  /** Accounts, senders and the parcels that are in trouble already; once, on the first start over its data. */
  readonly seed: (shops: readonly SimChannel[]) => Promise<void>
  readonly stop: () => Promise<void>
}

export const CARRIER_NAMES: Readonly<Record<string, string>> = {
  'demo-zto': '中通开放平台（模拟）',
  'demo-yto': '圆通开放平台（模拟）',
  'demo-cainiao': '菜鸟电子面单（模拟）',
  'demo-pdd-waybill': '拼多多电子面单（模拟）',
  'demo-douyin-waybill': '抖音电子面单（模拟）',
  'demo-dhl': 'DHL（模拟）',
  'demo-logistics': '海外货代推送（模拟）',
  'demo-partner-warehouse': '法兰克福海外仓拦截（模拟）',
}

const PUMP_MS = 250
/** Below the alarm's 500, so that one pool is low from the first look. */
const LOW_STOCK = 320

/** Carriers that make waybills for the demo's hub; parcels travel by the book, by themselves. */
export async function startDemoCarriers(
  hub: Hub,
  book: CarrierBook,
  random: Random,
  /** Carriers that the world has already. */
  known: readonly SimPlatform[],
): Promise<DemoCarriers> {
  const deps = { clock: hub.core.clock, random, faults: NO_FAULTS }
  const platforms: readonly Made[] = await Promise.all([
    simZto(deps, book),
    simYto(deps, book, { stock: LOW_STOCK }),
    simCainiao(deps, book),
    simPddWaybill(deps, book),
    simDouyinWaybill(deps, book),
    simDhl(deps, { book }),
    simLogistics(deps, { book }),
    simPartnerWarehouse(deps, { courseMs: { returning: 60_000, back: 240_000 } }),
  ])
  book.desk('sf')?.refuseNext('goods_refused')
  // The key ran out: what is asked with it is refused by name, and its account stands aside.
  book.desk('kuaidi100')?.setTrouble('credential_expired')
  const stopped = new AbortController()
  let stopping = Promise.resolve()
  const timer = setInterval(() => void book.pump(), PUMP_MS)
  return {
    platforms,
    seed: async (shops) => {
      await seedAccounts(hub, [...platforms, ...known])
      await seedTrouble(hub, book, shops)
      const twice = await seedDuplicates(hub, book, shops)
      stopping = stopLater(hub, twice[0], stopped.signal)
    },
    stop: async () => {
      clearInterval(timer)
      stopped.abort()
      await stopping
      await Promise.allSettled(platforms.map((platform) => platform.close()))
    },
  }
}

type Line = readonly [
  kind: string,
  carrier: string,
  name: string,
  warehouses: readonly string[],
  priority: number,
]

const ACCOUNTS: readonly Line[] = [
  ['zto', 'ZTO', '中通·华东网点', ['EAST'], 10],
  ['kuaidi100', 'YUNDA', '快递100·韵达华南网点（授权已过期）', ['SOUTH'], 10],
  ['cainiao', 'STO', '菜鸟·申通华北网点', ['NORTH'], 10],
  ['yto', 'YTO', '圆通·华南网点（号段偏少）', ['SOUTH'], 20],
  ['sf', 'SF', '顺丰月结', ['EAST', 'SOUTH', 'NORTH'], 50],
  ['pdd-waybill', 'YTO', '拼多多电子面单·圆通', [], 90],
  ['douyin-waybill', 'ZTO', '抖音电子面单·中通', [], 91],
]

const SENDERS: readonly (readonly [code: string, province: string, city: string, district: string])[] = [
  ['EAST', '上海市', '上海市', '青浦区'],
  ['SOUTH', '广东省', '广州市', '白云区'],
  ['NORTH', '天津市', '天津市', '武清区'],
]

export async function seedAccounts({ core }: Hub, platforms: readonly Made[]): Promise<void> {
  const { database, directory, vault, clock } = core
  const by = { actor: SYSTEM.name, now: clock.now() }
  const deps = { find: directory.byId, vault }
  await database.db.begin(async (tx) => {
    for (const [code, province, city, district] of SENDERS) {
      const sender: PostalContact = {
        name: '晨光发货组',
        phone: '02155550100',
        company: '晨光家居',
        country: 'CN',
        province,
        city,
        district,
        address: '物流园 8 号库',
        postalCode: '',
      }
      demanded(await editSender(tx, code, sender, by))
    }
    for (const [kind, carrier, name, warehouses, priority] of ACCOUNTS) {
      const platform = platforms.find((one) => one.kind === kind)
      if (platform === undefined) continue
      const settings = platform.account ?? {}
      const input: AccountInput = {
        connectionId: `demo-${kind}`,
        carrier,
        name,
        service: null,
        settings,
        warehouses,
        priority,
        mode: 'auto',
        active: true,
      }
      demanded(await editAccount(tx, deps, null, input, by))
    }
  })
}

function demanded<T>(done: Result<T>): void {
  if (!done.ok) throw new Outage(done.refusal.code, done.refusal.detail, { retryable: false })
}

/** One parcel of everything that the watch finds, on its way since before the demo began, and three of DHL with times of every form. */
const TROUBLE: readonly (readonly [
  kind: string,
  carrier: string,
  account: string,
  course: Course,
  hoursAgo: number,
])[] = [
  ['logistics', 'ANE', 'FORWARDER', 'no_first_scan', 7],
  ['logistics', 'ANE', 'FORWARDER', 'stalled', 100],
  ['logistics', 'ANE', 'FORWARDER', 'customs_stuck', 80],
  ['logistics', 'ANE', 'FORWARDER', 'astray', 30],
  ['logistics', 'ANE', 'FORWARDER', 'refused_twice', 28],
  ['logistics', 'ANE', 'FORWARDER', 'coming_back', 40],
  ['logistics', 'ANE', 'FORWARDER', 'revoked_for_good', 50],
  ['logistics', 'ANE', 'FORWARDER', 'taken_back', 30],
  ['dhl', 'DHL', '', 'plain', 72],
  ['dhl', 'DHL', '', 'plain', 60],
  ['dhl', 'DHL', '', 'failed_once', 48],
]

async function seedTrouble({ core }: Hub, book: CarrierBook, shops: readonly SimChannel[]): Promise<void> {
  const { clock, intake, wakeWorkers } = core
  const shop = shops.find((one) => one.kind === 'shopify')
  if (shop === undefined) return
  for (const [kind, carrier, account, course, hoursAgo] of TROUBLE) {
    const desk = book.desk(kind)
    const { orderNo } = await shop.place()
    await shop.pay(orderNo)
    const at = clock.now().subtract({ hours: hoursAgo })
    const opened = account === '' ? (desk?.accounts()[0]?.account ?? '') : account
    const done = desk?.issue({ reference: `OLD-${orderNo}`, carrier, account: opened, course, at })
    if (done === undefined || !done.ok) continue
    const message = hubEventMessage(`demo:${orderNo}`, {
      event: 'waybill_issued',
      orders: [{ connection: 'demo-shopify', orderNo, lines: [] }],
      trackingNo: done.parcel.trackingNo,
      carrier,
      waybillId: null,
      at: at.toString(),
      batchNo: null,
      deviceId: null,
      words: '演示：开始之前已在途',
    })
    await acceptFetched(
      { intake, clock, onAccepted: wakeWorkers },
      connectionId(`demo-${kind}`),
      'api',
      message,
    )
  }
}
