import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { type HubProcess, seedCallback, startHubProcess } from '#test-support/hub-process.ts'
import { adminKey } from '#test-support/trade.ts'
import { closedLoop } from '../../bench/lib/raw-client.ts'
import { SECRET_PUSH } from '../../bench/lib/sf-requests.ts'
import { SECRET } from '../../bench/lib/shopify-requests.ts'
import { SECRET_STATION } from '../../bench/lib/station-requests.ts'
import { type Load, openLives, startLoad, type Target } from './load.ts'
import { type Look, quantile, takeLook } from './sample.ts'
import { openSoakShop, type SoakShop } from './shop.ts'

export type SoakOptions = {
  readonly minutes: number
  /** Messages a second; null: half of what this machine was seen to do. */
  readonly perSecond: number | null
  /** The database may grow by so much; where the time would bring more, the rate is lowered for it. */
  readonly diskGb: number
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}
export type SoakRun = {
  readonly looks: readonly (readonly [seconds: number, look: Look])[]
  readonly seconds: number
  readonly maximum: number | null
  readonly perSecond: number
  readonly loweredForDisk: boolean
  readonly sent: number
  readonly acknowledged: number
  readonly orders: number
  readonly late: number
  readonly answered: number
  /** Orders whose whole way was told; and of all orders: those that the hub shows as delivered, and whose shop has its parcel. */
  readonly finished: number
  readonly delivered: number
  readonly reported: number
  readonly interrupted: boolean
  readonly failure: string | null
}

const LOOK_EVERY_MS = 15_000
/** Messages that warm the hub up and bring its budgets into being; those with which the maximum is found, and how long they may take. */
const WARMING = 4_000
const BURST = 16_000
const BURST_MOST_MS = 300_000
const SENDERS = 48

/** One whole hub, as it is started by hand, under an even load for as long as is asked. */
export async function runSoak(options: SoakOptions): Promise<SoakRun> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-soak-'))
  const server = await startPostgres({ dataDir: dir })
  const db = openDatabase({ url: server.url, connections: 3, applicationName: 'soak' })
  const shop = await openSoakShop()
  let hub: HubProcess | null = null
  try {
    // The hub makes its tables by its first start.
    const env = {
      PORT: '0',
      DATABASE_URL: server.url,
      DATA_DIR: join(dir, 'hub'),
      LOG_LEVEL: 'fatal',
      OUTBOX_CONCURRENCY: '16',
    }
    hub = await startHubProcess(env)
    const target = await seedWorld(db, hub, shop)
    return await soak(options, { db, hub, target, key: await adminKey(db), answered: shop.answered })
  } finally {
    const ended = hub?.end('SIGTERM')
    const late = setTimeout(() => hub?.child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(late)
    await shop.close()
    await db.end()
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function seedWorld(db: Database, hub: HubProcess, outside: SoakShop): Promise<Target> {
  const shop = await seedCallback(db, {
    id: 'soak-shop',
    kind: 'shopify',
    settings: {
      shopDomain: 'bench.myshopify.com',
      clientSecret: SECRET,
      accessToken: 'soak',
      apiBase: outside.url,
    },
  })
  const carrier = await seedCallback(db, {
    id: 'soak-sf',
    kind: 'sf',
    settings: {
      partner_id: 'SOAK',
      check_word: 'soak',
      api_url: outside.carrierUrl,
      push_header: 'x-push',
      push_header_value: SECRET_PUSH,
    },
  })
  const station = await seedCallback(db, {
    id: 'soak-station',
    kind: 'print-station',
    settings: { secret: SECRET_STATION },
  })
  return { port: Number(new URL(hub.url).port), shop, station, carrier }
}

type Stage = {
  readonly db: Database
  readonly hub: HubProcess
  readonly target: Target
  readonly key: string
  readonly answered: () => number
}

async function soak(options: SoakOptions, stage: Stage): Promise<SoakRun> {
  const { say, signal } = options
  const { db, hub, key, target } = stage
  const bursts = openBursts(target)
  await bursts.send(WARMING)
  await raiseBudgets(db, hub.url, key)
  await mapSkus(hub.url, key)
  await untilDone(db)
  const { maximum, bytes } = await findMaximum(db, bursts)
  say(
    `at most ${Math.round(maximum)} messages/s from receipt to the last call they bring, ${Math.round(bytes)} bytes each`,
  )
  const wanted = options.perSecond ?? maximum / 2
  const affordable = (options.diskGb * 1e9) / (bytes * options.minutes * 60)
  const perSecond = Math.max(1, Math.floor(Math.min(wanted, affordable)))
  say(`${perSecond} messages/s for ${options.minutes} minutes`)
  const load = startLoad(target, perSecond, bursts.orders())
  const looks: (readonly [number, Look])[] = []
  const begun = performance.now()
  const elapsed = (): number => (performance.now() - begun) / 1_000
  let failure: string | null = null
  try {
    while (elapsed() < options.minutes * 60 && !signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      const look = await takeLook({ db, hub: hub.url, key, latencies: load.takeLatencies })
      looks.push([Math.round(elapsed()), look])
      say(lineOf(elapsed(), look))
    }
  } catch (error) {
    // What was seen until then is the most interesting part.
    failure = error instanceof Error ? error.message : String(error)
  }
  await load.stop()
  try {
    if (failure === null && !signal.aborted) await untilDone(db)
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error)
  }
  return {
    ...endOf(load),
    ...(await endOfOrders(db)),
    finished: bursts.finished() + load.finished(),
    ...{ looks, maximum, perSecond, failure },
    seconds: Math.round(elapsed()),
    loweredForDisk: affordable < wanted,
    answered: stage.answered(),
    interrupted: signal.aborted,
  }
}

function endOf(load: Load): Pick<SoakRun, 'sent' | 'acknowledged' | 'orders' | 'late'> {
  const { sent, ok, orders, late } = load.counts()
  return { sent, acknowledged: ok, orders, late }
}

async function endOfOrders(db: Database): Promise<Pick<SoakRun, 'delivered' | 'reported'>> {
  const [row] = await db<{ delivered: bigint; reported: bigint }>`
    select count(*) filter (where status = 'delivered') as delivered, count(*) filter (where report = 'accepted') as reported from sales_order`
  return { delivered: Number(row?.delivered ?? 0n), reported: Number(row?.reported ?? 0n) }
}

/** The stub of a shop has no limit; with a real one's the reports would wait for hours, and that is not what is looked at. */
async function raiseBudgets(db: Database, url: string, key: string): Promise<void> {
  for (const { account } of await db<{ account: string }>`select account from rate_budget`)
    await put(`${url}/api/outward/accounts/${encodeURIComponent(account)}`, key, {
      perSecond: 5_000,
      burst: 10_000,
    })
}

/** What the load sells is known, as in a shop that has been connected for a while. */
async function mapSkus(url: string, key: string): Promise<void> {
  for (const shopSku of ['CUP-01', 'CUP-02'])
    await put(`${url}/api/skus/mapping`, key, { connectionId: '*', shopSku, stockSku: shopSku })
}

async function put(url: string, key: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}

type Bursts = {
  readonly orders: () => number
  readonly finished: () => number
  readonly send: (count: number) => Promise<void>
}

/** Messages as fast as they are taken. Time is made up, so that steps are due at once: nine messages of each order, in their order. */
function openBursts(target: Target): Bursts {
  const life = openLives(target, 0)
  let made = 0
  return {
    orders: life.orders,
    finished: life.finished,
    send: async (count) => {
      const requests = Array.from({ length: count }).flatMap(() => {
        made += 1
        return life.next(made * 400) ?? []
      })
      await closedLoop({ port: target.port, callers: SENDERS, requests })
    },
  }
}

/**
 * A burst through the whole pipeline, in the mix of the load: how many a second were read, followed up and told outside (more a second would
 * pile up somewhere, however soon their orders are seen), and what each left on the disk.
 */
async function findMaximum(db: Database, bursts: Bursts): Promise<{ maximum: number; bytes: number }> {
  const sizeOf = async (): Promise<number> =>
    Number((await db<{ size: bigint }>`select pg_database_size(current_database()) as size`)[0]?.size ?? 0n)
  const before = await sizeOf()
  const begun = performance.now()
  await bursts.send(BURST)
  await untilDone(db)
  const seconds = (performance.now() - begun) / 1_000
  return { maximum: BURST / seconds, bytes: Math.max(500, ((await sizeOf()) - before) / BURST) }
}

async function untilDone(db: Database): Promise<void> {
  const begun = performance.now()
  while (await hasWork(db)) {
    if (performance.now() - begun > BURST_MOST_MS)
      throw new Error(`what a burst brought was not done in ${BURST_MOST_MS / 1_000} s`)
    await sleep(50)
  }
}

/** A message not read yet, a change that a reader has not come to (they read by transaction, then by number), or a call that is due. */
async function hasWork(db: Database): Promise<boolean> {
  const [row] = await db<{ left: boolean }>`
    select exists (select from inbox_task where state = 'pending')
      or exists (select from outbox_intent where state in ('pending', 'sending', 'unknown') and not_before <= now())
      or exists (select from journal_reader where (last_xact, last_id) < (select j.xact, j.id from journal j order by 1 desc, 2 desc limit 1)) as left`
  return row?.left ?? false
}

function lineOf(seconds: number, look: Look): string {
  const mib = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`
  return [
    `${String(Math.round(seconds)).padStart(5)} s`,
    `rss ${mib(look.rss)}`,
    `heap ${mib(look.heap)}`,
    `handles ${look.handles}/${look.files}`,
    `loop p99 ${Math.round(look.loopP99)} ms`,
    `ack p99 ${Math.round(look.ackP99)} ms`,
    `backlog ${look.backlog}+${look.openIntents}`,
    `disk ${mib(look.disk)}`,
    `dead ${look.deadShare.toFixed(1)}%`,
    `queries ${Math.round(quantile(Object.values(look.queries), 1))} ms`,
  ].join('  ')
}
