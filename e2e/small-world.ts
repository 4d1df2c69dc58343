import { seededRandom } from '#kernel/random.ts'
import { connectPlatform } from '#sim/demo.ts'
import { NO_FAULTS, type SimChannel, type SimPlatform } from '#sim/platform.ts'
import { simPrintStation } from '#sim/platforms/print-station.ts'
import { simSf } from '#sim/platforms/sf.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { simYouzan } from '#sim/platforms/youzan.ts'
import { openWork, type RunningHub, until } from '#test-support/hub.ts'

/** The orders that every journey finds, by what became of them. */
export type SmallWorld = {
  /** Paid at Shopify, nothing printed. */
  readonly waiting: string
  /** Placed at 有赞, never paid. */
  readonly unpaid: string
  /** Paid, waybill printed, reported to Shopify. */
  readonly shipped: string
  readonly shippedTracking: string
  /** Its waybill came with a code that nobody has decided. */
  readonly undecided: string
  /** Picked up by the carrier, but the shop refuses our report for a wrong token: a drift, since it never heard of it. */
  readonly unreported: string
  readonly stop: () => Promise<void>
}

export const UNKNOWN_CODE = 'event:waybill.misplaced'
export const SHOP = '杯子店'
export const WRONG_SHOP = '密钥过期的店'
export const STATION = '打印站'
export const ODD_STATION = '新固件打印站'

/** Two shops and a warehouse through their real protocols, five orders, no chance: done when the hub has nothing left to do. */
export async function playSmallWorld(running: RunningHub): Promise<SmallWorld> {
  const { hub } = running
  const deps = { clock: hub.core.clock, random: seededRandom(7), faults: NO_FAULTS }
  const odd = { ...deps, faults: { ...NO_FAULTS, unknownCode: 1 } }
  const [shop, youzan, wrongShop, station, oddStation, sf] = await Promise.all([
    simShopify(deps),
    simYouzan(deps),
    simShopify({ ...deps, random: seededRandom(8) }),
    simPrintStation(deps),
    simPrintStation(odd),
    simSf(deps),
  ])
  const expired = { ...wrongShop, settings: { ...wrongShop.settings, accessToken: 'shpat_expired' } }
  const platforms: readonly (readonly [SimPlatform, string, string])[] = [
    [shop, 'cups', SHOP],
    [youzan, 'youzan', '有赞小铺'],
    [expired, 'expired', WRONG_SHOP],
    [station, 'station', STATION],
    [oddStation, 'odd-station', ODD_STATION],
    [sf, 'sf', '顺丰'],
  ]
  for (const [platform, id, name] of platforms) await connectPlatform(hub, platform, id, name)
  const settle = async (): Promise<void> => {
    await Promise.all(platforms.map(([platform]) => platform.settled()))
    await until(
      async () => (await openWork(running.database)).pending === 0,
      () => 'messages stay pending',
    )
  }

  const waiting = await paid(shop)
  const { orderNo: unpaid } = await youzan.place()
  const shipped = await paid(shop)
  const undecided = await paid(shop)
  const unreported = await paid(wrongShop)
  await settle()
  const { trackingNo } = await station.issue(shipped)
  const { trackingNo: unheard } = await sf.issue(unreported)
  await oddStation.issue(undecided)
  await settle()
  await until(
    async () => isReported(shop, shipped),
    () => 'the shipment was not reported',
  )
  await sf.scan(unheard, 'picked_up')
  await settle()
  return {
    waiting,
    unpaid,
    shipped,
    shippedTracking: trackingNo,
    undecided,
    unreported,
    stop: async () => {
      await Promise.allSettled(platforms.map(([platform]) => platform.close()))
    },
  }
}

async function paid(shop: SimChannel): Promise<string> {
  const { orderNo } = await shop.place()
  await shop.pay(orderNo)
  return orderNo
}

function isReported(shop: SimChannel, orderNo: string): boolean {
  return (shop.orders.get(orderNo)?.shipments.length ?? 0) > 0
}
