import { seededRandom } from '#kernel/random.ts'
import { carrierBook } from '../carriers/book.ts'
import type { SimCarrier, SimChannel, SimDeps, SimFaults, SimPlatform } from '../platform.ts'
import { simDouyin } from '../platforms/douyin.ts'
import { simKdniao } from '../platforms/kdniao.ts'
import { simKuaidi100 } from '../platforms/kuaidi100.ts'
import { simPrintStation } from '../platforms/print-station.ts'
import { simSf } from '../platforms/sf.ts'
import { simShopify } from '../platforms/shopify.ts'
import { simYouzan } from '../platforms/youzan.ts'
import { openBook, readBook } from './book.ts'
import { type ApiFault, type Gate, openGate } from './gate.ts'
import { type Life, ledgerOf, type Past, readPast, type Sent } from './ledger.ts'
import { drawCourse, isOver, live, type Town } from './lives.ts'
import { makeMischief } from './mischief.ts'
import { openNoticeReceiver } from './notices.ts'

// The outside world as a process of its own. It may be killed at any instruction: everything it must not forget is in its book.
// Usage: node sim/chaos/world-process.ts <WorldPlan as JSON>, spoken to over Node's own channel between processes.

export const KINDS = ['shopify', 'youzan', 'douyin', 'print-station', 'sf', 'kuaidi100', 'kdniao'] as const
export type Kind = (typeof KINDS)[number]
export const NOTICES = 'webhook'

export type WorldPlan = {
  readonly book: string
  readonly seed: number
  /** Orders per minute. */
  readonly rate: number
  /** Public ports of the platforms, and of the receiver of notices. */
  readonly ports: Readonly<Record<string, number>>
  /** Shops whose parcels the hub sends. */
  readonly sentByHub: readonly string[]
}
/** Sent again after every start, since a killed world has forgotten it. */
export type WorldOrders = {
  readonly callbacks: Readonly<Record<string, string>>
  readonly trading: boolean
  readonly faults: SimFaults
  readonly mischief: boolean
  readonly api: Readonly<Record<string, ApiFault>>
}
export type WorldState = {
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly openLives: number
  readonly waitingMessages: number
  readonly acknowledged: number
}

/** A platform that does not give up while the run lasts, faster than life. */
const PATIENT = [100, 200, 400, ...Array.from({ length: 3_000 }, () => 700)]
const MISCHIEF_MS = 400
const REMEMBERED = 500

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as WorldPlan)

async function main(plan: WorldPlan): Promise<void> {
  const past = readPast(readBook(plan.book))
  const book = openBook(plan.book)
  book.write({ t: 'start', epoch: past.epoch, at: Temporal.Now.instant().toString() })
  const random = seededRandom(plan.seed * 1_000 + past.epoch)
  const faults: { -readonly [Name in keyof SimFaults]: SimFaults[Name] } = {
    duplicate: 0,
    delay: 0,
    delayMs: 0,
    reorder: 0,
    drop: 0,
    unknownCode: 0,
    forge: 0,
  }
  const recent: Sent[] = []
  const counts = { acknowledged: [...past.messages.values()].filter((one) => one.acknowledged).length }
  const onAcknowledged = (sent: Sent): void => {
    counts.acknowledged += 1
    recent.push(sent)
    if (recent.length > REMEMBERED) recent.shift()
  }
  const depsOf = (kind: Kind): SimDeps => ({
    clock: { now: () => Temporal.Now.instant() },
    random,
    faults,
    ledger: ledgerOf(book, past, { kind, onAcknowledged }),
  })
  const { town, platforms } = await openTown(depsOf)
  const receiver = await openNoticeReceiver(book)
  const gates = new Map<string, Gate>()
  const settings: Record<string, Record<string, string>> = {}
  const open = async (kind: string, given: Readonly<Record<string, unknown>>, standing: string | null) => {
    const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    const target = standing ?? originIn(texts)
    if (target !== null) {
      const port = plan.ports[kind] ?? 0
      const onCall = (fault: ApiFault, reached: boolean): void =>
        book.write({ t: 'call', kind, fault, reached })
      const gate = await openGate({ port, target, onCall })
      gates.set(kind, gate)
      for (const [name, text] of Object.entries(texts)) texts[name] = text.replace(target, gate.origin)
    }
    settings[kind] = texts
  }
  for (const platform of platforms) await open(platform.kind, platform.settings, null)
  await open(NOTICES, {}, receiver.origin)

  const lives = adoptLives(past, book, platforms, plan.sentByHub)
  let orders: WorldOrders | null = null
  const deps = { town, book, random, isOpen: () => true }
  const begin = (life: Life): void =>
    void live(deps, life).catch((error: unknown) => {
      process.stderr.write(`world: ${String(error)}\n`)
    })
  for (const life of lives.values()) if (!isOver(life)) begin(life)

  const place = async (): Promise<void> => {
    if (orders?.trading !== true) return
    const channel = town.shops[Math.floor(random.next() * town.shops.length)] as SimChannel
    const course = drawCourse(random, plan.sentByHub.includes(channel.kind))
    const { orderNo } = await channel.place()
    const life: Life = { kind: channel.kind, orderNo, course, done: new Set(), trackingNo: null }
    book.write({ t: 'life', kind: channel.kind, orderNo, course })
    lives.set(orderNo, life)
    begin(life)
  }
  setInterval(() => void place(), 60_000 / plan.rate)
  setInterval(() => {
    const sent = recent[Math.floor(random.next() * recent.length)]
    const url = sent === undefined ? undefined : orders?.callbacks[sent.kind]
    if (orders?.mischief === true && sent !== undefined && url !== undefined)
      void makeMischief({ book, random }, sent, url)
  }, MISCHIEF_MS)
  const state = (): WorldState => ({
    settings,
    openLives: [...lives.values()].filter((life) => !isOver(life)).length,
    waitingMessages: platforms.reduce((sum, platform) => sum + platform.open(), 0),
    acknowledged: counts.acknowledged,
  })
  process.on('message', (given: WorldOrders | 'state') => {
    if (given !== 'state') {
      orders = given
      Object.assign(faults, given.faults)
      for (const platform of platforms) {
        const url = given.callbacks[platform.kind]
        if (url !== undefined) platform.pushTo(url)
      }
      for (const [kind, gate] of gates) gate.behave(given.api[kind] ?? 'none')
    }
    process.send?.(state())
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.(state())
}

type Counted = SimPlatform & { readonly open: () => number }

async function openTown(
  depsOf: (kind: Kind) => SimDeps,
): Promise<{ town: Town; platforms: readonly Counted[] }> {
  const open = new Map<string, number>()
  const counted = (kind: Kind): SimDeps => {
    const deps = depsOf(kind)
    const { ledger } = deps
    if (ledger === undefined) return deps
    const waiting = new Set(ledger.waiting.map((one) => one.id))
    const tell = (): void => void open.set(kind, waiting.size)
    tell()
    return {
      ...deps,
      ledger: {
        ...ledger,
        queued: (message) => {
          const id = ledger.queued(message)
          waiting.add(id)
          tell()
          return id
        },
        answered: (id, attempt) => {
          ledger.answered(id, attempt)
          if (attempt.acknowledged && !attempt.forged) waiting.delete(id)
          tell()
        },
      },
    }
  }
  const patient = { retryMs: PATIENT }
  const [shopify, youzan, douyin] = await Promise.all([
    simShopify(counted('shopify'), patient),
    simYouzan(counted('youzan'), patient),
    simDouyin(counted('douyin'), patient),
  ])
  // With a book they take subscriptions; what their couriers scan is told by the lives below.
  const withBook = { ...patient, book: carrierBook(counted('sf')) }
  const [station, sf, kuaidi100, kdniao] = await Promise.all([
    simPrintStation(counted('print-station'), patient),
    simSf(counted('sf'), withBook),
    simKuaidi100(counted('kuaidi100'), withBook),
    simKdniao(counted('kdniao'), withBook),
  ])
  const shops: readonly SimChannel[] = [shopify, youzan, douyin]
  const carriers: readonly SimCarrier[] = [station, sf, kuaidi100, kdniao]
  return {
    town: { shops, station, sf, feeds: { kuaidi100, kdniao } },
    platforms: [...shops, ...carriers].map((platform) => ({
      ...platform,
      open: () => open.get(platform.kind) ?? 0,
    })),
  }
}

/** Lives of the book; an order whose life was never written goes on as a paid one, so that the hub is told of it. */
function adoptLives(
  past: Past,
  book: ReturnType<typeof openBook>,
  platforms: readonly SimPlatform[],
  sentByHub: readonly string[],
): Map<string, Life> {
  const lives = new Map(past.lives)
  for (const { kind } of platforms)
    for (const orderNo of past.orders.get(kind)?.keys() ?? []) {
      if (lives.has(orderNo)) continue
      const course = {
        pays: true,
        cancels: false,
        prints: false,
        bySf: false,
        feed: 'kdniao',
        scans: 0,
        completes: false,
        byHub: sentByHub.includes(kind),
      } as const
      book.write({ t: 'life', kind, orderNo, course })
      lives.set(orderNo, { kind, orderNo, course, done: new Set(), trackingNo: null })
    }
  return lives
}

/** The address at which a platform's own server listens, taken from its settings. */
function originIn(settings: Readonly<Record<string, string>>): string | null {
  for (const value of Object.values(settings)) {
    const found = /^https?:\/\/127\.0\.0\.1:\d+/.exec(value)
    if (found !== null) return found[0]
  }
  return null
}
