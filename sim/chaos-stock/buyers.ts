import { setTimeout as sleep } from 'node:timers/promises'
import type { Taken } from '#domain/stock.ts'
import { type Random, seededRandom } from '#kernel/random.ts'
import {
  type Entry,
  type HoldSaid,
  newEntry,
  noteFreed,
  noteHold,
  noteLocked,
  noteStep,
  openOf,
  placeOf,
  type Said,
  type Step,
} from './book.ts'
import { type Caller, type Heard, isAskAgain } from './caller.ts'
import { drawOrder, pick } from './goods.ts'

export type Market = {
  readonly callers: readonly Caller[]
  readonly book: Entry[]
  readonly isOpen: () => boolean
  /** Something that must never be. */
  readonly onWrong: (check: string, words: string) => void
  readonly onLocked: (hub: string, sentAt: number, heardAt: number) => void
  readonly count: (what: string) => void
}

const NOT_AVAILABLE = 'SKU_NOT_AVAILABLE_IN_WAREHOUSE'
const LOCK_TIMEOUT = 'INV_LOCK_TIMEOUT'
/** How long after the deadline that it named a caller still waits for the line to speak. */
const PATIENCE_MS = 4_000
const STEP_MS = 8_000
/** Of those without an answer: so many never come back. */
const WALKS_AWAY = 0.12
/** Of those who were told `INV_LOCK_TIMEOUT`: so many never ask again. */
const GIVES_UP = 0.4
const TRIES = 60

/** One buyer after another orders until the market closes; what was begun is ended. */
export async function buy(market: Market, seed: number, name: string): Promise<void> {
  const random = seededRandom(seed)
  for (let n = 0; market.isOpen(); n += 1) {
    const count = random.next() < 0.75 ? 1 : 2 + Math.floor(random.next() * 3)
    const entries = Array.from({ length: count }, (_, i) => newEntry(`${name}-${n}-${i}`, drawOrder(random)))
    market.book.push(...entries)
    const first = await askLocks(market, random, entries)
    for (const [i, entry] of entries.entries())
      if (await lockedAtLast(market, random, entry, first[i] ?? 'doubt')) await live(market, random, entry)
    await sleep(5 + random.next() * 40)
  }
}

type Asked = 'locked' | 'refused' | 'timeout' | 'again' | 'doubt'

/** One call for all of them. */
async function askLocks(market: Market, random: Random, entries: readonly Entry[]): Promise<Asked[]> {
  const caller = pick(market.callers, random)
  const timeoutMs = drawTimeout(random)
  const orders = entries.map(({ key, order }) => ({
    key,
    lines: order.lines.map(({ sku, quantity, warehouse }) => ({
      sku,
      quantity,
      ...(warehouse === null ? {} : { warehouse }),
    })),
    warehouses: order.candidates,
    spread: order.spread,
    ...(order.ttlSeconds === null ? {} : { ttlSeconds: order.ttlSeconds }),
    onDeadline: order.onDeadline,
  }))
  const sentAt = performance.now()
  const heard = await caller.call('POST', '/stock/lock/batch', { orders, timeoutMs }, timeoutMs + PATIENCE_MS)
  const heardAt = performance.now()
  return entries.map((entry, i) => {
    const asked = hearLock(market, entry, heard, i, { hub: caller.hub, at: heardAt })
    if (asked === 'locked') market.onLocked(caller.hub, sentAt, heardAt)
    market.count(`lock ${asked}`)
    return asked
  })
}

function drawTimeout(random: Random): number {
  const roll = random.next()
  if (roll < 0.15) return 15 + Math.floor(random.next() * 135)
  return roll < 0.4 ? 300 + Math.floor(random.next() * 1_200) : 4_000
}

function hearLock(
  market: Market,
  entry: Entry,
  heard: Heard,
  i: number,
  by: { readonly hub: string; readonly at: number },
): Asked {
  if (heard.kind !== 'results') {
    if (heard.kind === 'body')
      market.onWrong('answer', `${entry.key}: ${JSON.stringify(heard).slice(0, 300)}`)
    entry.last = 'doubt'
    entry.doubts += 1
    return 'doubt'
  }
  const said = heard.results[i]
  if (said === undefined || said.key !== entry.key) {
    market.onWrong(
      'answer',
      `${entry.key}: no result of its own in ${JSON.stringify(heard.results).slice(0, 200)}`,
    )
    return 'refused'
  }
  if (said.outcome === 'done') {
    const wrong = noteLocked(entry, said)
    if (wrong !== null) lost(market, entry, wrong)
    return 'locked'
  }
  if (said.code === LOCK_TIMEOUT) {
    entry.last = 'timeout'
    entry.timeouts.push(by)
    return 'timeout'
  }
  if (isAskAgain(said)) return 'again'
  if (said.code !== NOT_AVAILABLE && !(said.code === 'stock.hold_ended' && mayHaveEnded(entry)))
    market.onWrong('answer', `${entry.key}: the lock was refused with ${said.code}: ${said.detail}`)
  if (entry.locked !== null) {
    // Asked once more for what it holds.
    if (said.code === 'stock.hold_ended') noteFreed(entry)
    else lost(market, entry, `${entry.key}: acknowledged, and asked again refused with ${said.code}`)
  }
  entry.last = 'refused'
  return 'refused'
}

/** The same order with the same key until somebody answers, or the buyer goes away. */
async function lockedAtLast(market: Market, random: Random, entry: Entry, first: Asked): Promise<boolean> {
  let asked = first
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (asked === 'locked') return true
    if (asked === 'refused') return false
    if (asked === 'timeout' && random.next() < GIVES_UP) return false
    if (asked === 'doubt' && random.next() < WALKS_AWAY) return false
    await sleep(20 + random.next() * 250)
    asked = (await askLocks(market, random, [entry]))[0] ?? 'doubt'
  }
  return asked === 'locked'
}

/** What a buyer does with a lock. */
async function live(market: Market, random: Random, entry: Entry): Promise<void> {
  const roll = random.next()
  if (random.next() < 0.08) await askLocks(market, random, [entry])
  if (entry.order.onDeadline === 'release' && random.next() < 0.5) return
  if (random.next() < 0.3) await sleep(random.next() * 600)
  if (roll < 0.12 && !(await renew(market, random, entry))) return
  if (roll >= 0.04 && roll < 0.12) return
  if (roll < 0.32) {
    const part = partOf(entry, random)
    const verb = random.next() < 0.7 ? 'commit' : 'release'
    if (part.length > 0 && !(await take(market, random, entry, { verb, lines: part }))) return
  }
  const verb = roll < 0.7 ? 'commit' : 'release'
  if (roll < 0.95 && openOf(entry) > 0) await take(market, random, entry, { verb, lines: null })
}

/** Some pieces of some lines that are open. */
function partOf(entry: Entry, random: Random): Taken[] {
  return (entry.locked?.lines ?? []).flatMap(({ sku, warehouse }) => {
    const open = entry.parts.get(placeOf({ sku, warehouse }))?.open ?? 0
    const quantity = Math.floor(random.next() * (open + 1))
    return quantity > 0 ? [{ sku, warehouse, quantity }] : []
  })
}

let requests = 0

/** A step, asked until it is answered or the buyer goes away; answers whether the lock lives on with its buyer. */
async function take(market: Market, random: Random, entry: Entry, step: Step): Promise<boolean> {
  requests += 1
  const item = {
    key: entry.key,
    ...(step.lines === null ? {} : { lines: step.lines, requestKey: `r${requests}` }),
  }
  const said = await askUntilSaid(market, random, `/stock/lock/${step.verb}`, item)
  market.count(`${step.verb} ${said === null ? 'doubt' : said.outcome}`)
  if (said === null) {
    entry.maybe = step
    return false
  }
  if (said.outcome === 'refused') return refused(market, entry, step.verb, said)
  if (endedByDeadline(entry, said.hold)) return false
  const wrong = noteStep(entry, step, said.hold)
  if (wrong !== null) lost(market, entry, wrong)
  return true
}

async function renew(market: Market, random: Random, entry: Entry): Promise<boolean> {
  const item = { key: entry.key, ttlSeconds: 60 + Math.floor(random.next() * 1_800) }
  const said = await askUntilSaid(market, random, '/stock/lock/renew', item)
  market.count(`renew ${said === null ? 'doubt' : said.outcome}`)
  if (said === null) return true
  if (said.outcome === 'refused') return refused(market, entry, 'renew', said)
  const wrong = said.hold === null ? `${entry.key}: no hold is shown` : noteHold(entry, said.hold)
  if (wrong !== null) lost(market, entry, wrong)
  return true
}

async function askUntilSaid(
  market: Market,
  random: Random,
  path: string,
  item: { readonly key: string },
): Promise<Said | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const caller = pick(market.callers, random)
    const timeoutMs = random.next() < 0.2 ? 30 + Math.floor(random.next() * 300) : 4_000
    const heard = await caller.call('POST', path, { items: [item], timeoutMs }, STEP_MS)
    const said = heard.kind === 'results' ? heard.results[0] : undefined
    if (said !== undefined && !isAskAgain(said)) return said
    if (heard.kind === 'body')
      market.onWrong('answer', `${item.key} ${path}: ${JSON.stringify(heard).slice(0, 300)}`)
    if (said === undefined && random.next() < WALKS_AWAY) return null
    await sleep(20 + random.next() * 250)
  }
  return null
}

/** A lock that was acknowledged may end by nobody but its buyer, or its own deadline. */
function refused(market: Market, entry: Entry, verb: string, said: Said): boolean {
  if (said.code === 'stock.hold_ended' && mayHaveEnded(entry)) noteFreed(entry)
  else
    lost(
      market,
      entry,
      `${entry.key}: acknowledged, and ${verb} is refused with ${said.code}: ${said.detail}`,
    )
  return false
}

/** A release of what its deadline has freed is a success that does nothing. */
function endedByDeadline(entry: Entry, hold: HoldSaid | null): boolean {
  if (hold === null || hold.state === 'held' || !mayHaveEnded(entry)) return false
  const committed = hold.lines.reduce((sum, line) => sum + line.committed, 0)
  const before = [...entry.parts.values()].reduce((sum, part) => sum + part.committed, 0)
  if (committed !== before) return false
  noteFreed(entry)
  return true
}

/** Whether its own deadline may have freed it by now: never before, whichever clock is wrong. */
function mayHaveEnded({ order, deadlineMs }: Entry): boolean {
  if (order.onDeadline !== 'release') return false
  return Temporal.Now.instant().epochMilliseconds >= deadlineMs
}

function lost(market: Market, entry: Entry, words: string): void {
  if (entry.order.onDeadline === 'release' && mayHaveEnded(entry)) {
    noteFreed(entry)
    return
  }
  market.onWrong('lost', words)
}
