import { createHmac } from 'node:crypto'
import type { DrillFault, FaultName } from '#app/drill-scenario.ts'
import { connectionId } from '#kernel/id.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { seedIncident } from './dhl-world.ts'
import { replayRecording } from './replay.ts'
import { publishWrongVersion } from './rules.ts'
import type { Sandbox } from './sandbox.ts'
import { WAREHOUSES } from './seed.ts'
import type { DrillWorld } from './world.ts'

/** What takes a fault back; null: it cannot be taken back from outside, the participant mends it in the hub. */
export type Undo = (() => Promise<void>) | null
export type FaultDeps = {
  readonly sandbox: Sandbox
  readonly world: DrillWorld
  /** Where files that a scenario names are looked for. */
  readonly filesDir: string
}
type Fault = (deps: FaultDeps, fault: DrillFault) => Promise<Undo>

const EVERYTHING = [
  'picked_up',
  'departed',
  'arrived',
  'customs_held',
  'customs_released',
  'out_for_delivery',
  'ready_for_pickup',
  'delivery_failed',
  'delivered',
] as const
/** Numbers of a refill: more than any drill uses. */
const REFILL = 100_000

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  'pushes.lost': async ({ world }, { shop = '' }) => {
    world.shops.get(shop)?.front.set('lost')
    return async () => world.shops.get(shop)?.front.set('open')
  },
  'pushes.certificate_expired': async ({ sandbox, world }) => {
    sandbox.tls?.show('expired')
    for (const front of world.fronts) front.set('refused')
    return async () => {
      sandbox.tls?.show('valid')
      for (const front of world.fronts) front.set('open')
    }
  },
  'api.failing': async ({ world }, { shop = '' }) => behave(world, shop, 'error_5xx'),
  'api.throttled': async ({ world }, { shop = '' }) => behave(world, shop, 'throttled'),
  'carrier.trouble': async ({ world }, { carrier = '', trouble }) => {
    const desk = world.book.desk(carrier)
    desk?.setTrouble((trouble ?? null) as never)
    return async () => desk?.setTrouble(null)
  },
  'carrier.numbers_gone': async ({ world }, { carrier = '' }) => {
    const accounts = world.book.desk(carrier)?.accounts() ?? []
    for (const account of accounts) account.left = 0
    return async () => {
      for (const account of accounts) account.left = REFILL
    }
  },
  'carrier.silent': async ({ world }, { carrier = '' }) => {
    const desk = world.book.desk(carrier)
    desk?.hold(EVERYTHING)
    return async () => desk?.release()
  },
  'station.new_code': async ({ world }, { code = '' }) => {
    world.renameEvents(code)
    return null
  },
  'shop.flood': async ({ world }, { shop = '', orders = 0, minutes = 1 }) => {
    world.flood(shop, orders, minutes)
    return null
  },
  'shop.poison': async ({ sandbox, world }, { orders = 0, minutes = 1 }) => {
    const stop = poison(sandbox, world, orders, minutes)
    return async () => stop()
  },
  'database.stopped': async ({ sandbox }) => {
    await sandbox.stopDatabase()
    return sandbox.startDatabase
  },
  'stock.rows_held': async ({ sandbox }) => holdRows(sandbox),
  'rules.wrong_version': async ({ sandbox }) => {
    await publishWrongVersion(sandbox.hub)
    return null
  },
  'dhl.time_cut': async ({ sandbox, world }) => await seedIncident(sandbox, world),
  'recording.replay': async ({ sandbox, filesDir }, { file = '' }) =>
    await replayRecording(sandbox, filesDir, file),
}

function behave(world: DrillWorld, shop: string, fault: 'error_5xx' | 'throttled'): Undo {
  const gate = world.shops.get(shop)?.gate
  gate?.behave(fault)
  return async () => gate?.behave('none')
}

/** Messages with a right signature that nobody can read: half an order, as after a broken release of an upstream. */
function poison(sandbox: Sandbox, world: DrillWorld, orders: number, minutes: number): () => void {
  const channel = world.shops.get('shopify')?.channel
  const { shopDomain = '', clientSecret = '' } = channel?.settings ?? {}
  const connection = connectionId('drill-shopify')
  let sent = 0
  const send = async (): Promise<void> => {
    sent += 1
    const body = `{"id":${900_000_000_000 + sent},"name":"#P${sent}","line_items":[{"sku":`
    const path = sandbox.hub.core.directory.byId(connection)
    if (path === null) return
    await fetch(`${world.shops.get('shopify')?.front.origin ?? ''}${await callbackPath(sandbox)}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'X-Shopify-Topic': 'orders/updated',
        'X-Shopify-Hmac-Sha256': createHmac('sha256', clientSecret).update(body).digest('base64'),
        'X-Shopify-Shop-Domain': shopDomain,
        'X-Shopify-API-Version': '2026-07',
        'X-Shopify-Webhook-Id': `poison-${sent}`,
        'X-Shopify-Event-Id': `poison-${sent}`,
        'X-Shopify-Triggered-At': sandbox.hub.core.clock.now().toString(),
      },
      body,
    }).catch(() => undefined)
  }
  const timer = setInterval(
    () => {
      if (sent >= orders) clearInterval(timer)
      else void send()
    },
    (minutes * 60_000) / orders,
  )
  return () => clearInterval(timer)
}

async function callbackPath({ sql }: Sandbox): Promise<string> {
  const { readCallbackToken } = await import('#features/connections/index.ts')
  return `/callback/${await readCallbackToken(sql, 'drill-shopify')}`
}

/** A report that was left open in a client of the database holds every level of the first warehouse. */
async function holdRows({ databaseUrl }: Sandbox): Promise<Undo> {
  const client = openDatabase({ url: databaseUrl, connections: 1, applicationName: 'monthly stock report' })
  const letGo = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = client
    .begin(async (tx) => {
      await tx`select sku from stock_level where warehouse = ${WAREHOUSES[0].code} order by sku for update`
      held.resolve()
      await letGo.promise
    })
    .catch(held.reject)
  await held.promise
  return async () => {
    letGo.resolve()
    await holding
    await client.end()
  }
}
