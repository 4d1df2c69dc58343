import type { Clock } from '#kernel/clock.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { retellDay } from './core/retell-time.ts'
import {
  beginRetell,
  collectListings,
  endRetell,
  type ListingKey,
  nextGeneration,
  readForgotten,
  readTroubles,
  type Trouble,
} from './listings/store.ts'
import { askFor, SET_STOCK, wishFor, wishForPage } from './make-wishes.ts'
import { readPolicies } from './store.ts'

export type WatchDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  readonly zone: () => string
  readonly nameOf: (connection: string) => string
  readonly isPaused: (connection: string) => boolean
  /** A wish that a channel was not told after so many minutes is an alarm; 1 or more. */
  readonly behindMinutes: number
  /** When every channel is told everything again; null: never. */
  readonly retellAt: { readonly hour: number; readonly minute: number } | null
}

const FORGOTTEN_AFTER = Temporal.Duration.from({ seconds: 60 })

/** What a missed message, a dead intent, a changed switch or a platform of its own mind would leave wrong. */
export function sellableSweeps(deps: WatchDeps): readonly Sweep[] {
  return [
    { name: 'sellable-compare', everyMs: 60_000, run: () => compareAll(deps) },
    { name: 'sellable-forgotten', everyMs: 15_000, run: () => askForForgotten(deps) },
    { name: 'sellable-alarms', everyMs: 15_000, run: () => watchListings(deps) },
    { name: 'sellable-retell', everyMs: 60_000, run: () => retellAll(deps) },
  ]
}

/** New SKUs of the mapping become listings of channels that are told; then every listing is compared with the ledger, page by page. */
export async function compareAll({ db, clock }: WatchDeps): Promise<void> {
  await db.begin(async (tx) => {
    const policies = await readPolicies(tx, null)
    const told = policies.filter((policy) => policy.active && policy.push)
    const channels = [...new Set(told.map((policy) => policy.connection))]
    if (channels.length > 0)
      await wishFor(tx, await collectListings(tx, channels, null, clock.now()), clock.now())
  })
  await pageThrough({ db, clock }, false)
}

/** Wishes whose intent was given up or dropped get another one. */
export async function askForForgotten({ db, clock }: Pick<WatchDeps, 'db' | 'clock'>): Promise<void> {
  const now = clock.now()
  await db.begin(async (tx) => {
    const channels = await readForgotten(tx, SET_STOCK, now.subtract(FORGOTTEN_AFTER))
    if (channels.length > 0) await askFor(tx, channels, await nextGeneration(tx), now)
  })
}

/** Once a night, at the hub's own time: what a channel changed by itself is put right without anybody having seen it. */
export async function retellAll(deps: WatchDeps): Promise<void> {
  const { db, clock, retellAt } = deps
  if (retellAt === null) return
  const local = clock.now().toZonedDateTimeISO(deps.zone())
  const day = retellDay(
    { hour: local.hour, minute: local.minute, day: local.toPlainDate().toString() },
    retellAt,
  )
  if (day === null || !(await db.begin((tx) => beginRetell(tx, day, clock.now())))) return
  const listings = await pageThrough(deps, true)
  await endRetell(db, day, listings)
}

async function pageThrough({ db, clock }: Pick<WatchDeps, 'db' | 'clock'>, again: boolean): Promise<number> {
  let after: ListingKey | null = null
  let wished = 0
  do {
    const from: ListingKey | null = after
    const page: Awaited<ReturnType<typeof wishForPage>> = await db.begin((tx) =>
      wishForPage(tx, from, again, clock.now()),
    )
    wished += page.wished
    after = page.next
  } while (after !== null)
  return wished
}

/** `sellable.push_refused` and `sellable.push_behind`, one alarm a channel; a paused channel waits on purpose. */
export async function watchListings(deps: WatchDeps): Promise<void> {
  const { db, clock, alarms, isPaused, behindMinutes } = deps
  const now = clock.now()
  const refused = await readTroubles(db, ['refused'], now)
  await alarms.settle(
    'sellable.push_refused',
    refused.map((trouble) => refusedSignal(deps, trouble)),
  )
  const behind = await readTroubles(db, ['due', 'asked', 'unknown'], now.subtract({ minutes: behindMinutes }))
  await alarms.settle(
    'sellable.push_behind',
    behind.filter((one) => !isPaused(one.connection)).map((trouble) => behindSignal(deps, trouble)),
  )
}

function refusedSignal({ nameOf }: WatchDeps, trouble: Trouble): AlarmSignal {
  const name = nameOf(trouble.connection)
  const words = trouble.words.slice(0, 120)
  return {
    rule: 'sellable.push_refused',
    subject: trouble.connection,
    severity: trouble.zeros > 0 ? 'critical' : 'warning',
    words: {
      zh: `${name} 拒绝了 ${trouble.count} 个商品的库存更新${trouble.zeros > 0 ? `，其中 ${trouble.zeros} 个应为 0、可能超卖` : ''}。平台原话：${words}。请在「渠道库存」按平台提示处理后点「重试」。`,
      en: `${name} refused the stock of ${trouble.count} listings${trouble.zeros > 0 ? `, ${trouble.zeros} of them should show nothing and may be oversold` : ''}. It says: ${words}. Put that right, then retry on the page Channel stock.`,
    },
    evidence: { listings: trouble.count, zeros: trouble.zeros, sample: trouble.sample.join(', '), words },
    link: `/channel-stock?connection=${trouble.connection}&state=refused`,
  }
}

function behindSignal({ nameOf, clock }: WatchDeps, trouble: Trouble): AlarmSignal {
  const name = nameOf(trouble.connection)
  const minutes = Math.floor(clock.now().since(trouble.oldest).total('minutes'))
  const words = trouble.words.slice(0, 120)
  return {
    rule: 'sellable.push_behind',
    subject: trouble.connection,
    severity: trouble.zeros > 0 ? 'critical' : 'warning',
    words: {
      zh: `${name} 有 ${trouble.count} 个商品的库存 ${minutes} 分钟没有更新到平台${trouble.zeros > 0 ? `，其中 ${trouble.zeros} 个应为 0、可能超卖` : ''}。请查看「出站连接」中该店铺的熔断与限速；必要时在平台后台手工下架。`,
      en: `${name}: the stock of ${trouble.count} listings has not reached the platform for ${minutes} min${trouble.zeros > 0 ? `, ${trouble.zeros} of them should show nothing and may be oversold` : ''}. Look at its breaker and budget on the page Outward; take listings off sale by hand if you must.`,
    },
    evidence: {
      listings: trouble.count,
      zeros: trouble.zeros,
      minutes,
      sample: trouble.sample.join(', '),
      words,
    },
    link: `/channel-stock?connection=${trouble.connection}`,
  }
}
