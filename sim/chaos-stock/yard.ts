import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '#kernel/random.ts'
import { type Caller, type Heard, isAskAgain } from './caller.ts'
import { CODES, HOT, pick, SKUS } from './goods.ts'

// What happens at the warehouses' doors: goods that come in, goods that go from one warehouse to another.

export type Receipt = {
  readonly id: string
  readonly sku: string
  readonly warehouse: string
  readonly pieces: number
  state: 'doubt' | 'done' | 'refused'
}
export type Move = {
  readonly key: string
  readonly from: string
  readonly to: string
  readonly sku: string
  readonly quantity: number
  id: string | null
  /** As acknowledged last. */
  dispatched: number
  received: number
  isCancelled: boolean
  /** What was asked last and never answered. */
  maybe: { readonly dispatched: number; readonly received: number } | 'cancel' | null
}
export type Yard = {
  readonly callers: readonly Caller[]
  readonly receipts: Receipt[]
  readonly moves: Move[]
  readonly isOpen: () => boolean
  readonly onWrong: (check: string, words: string) => void
  readonly count: (what: string) => void
}

const CALL_MS = 8_000
const TRIES = 80
const WALKS_AWAY = 0.05
const RECEIPT_EVERY_MS = 250
const MOVE_EVERY_MS = 400

/** Counts goods in until the yard closes. */
export async function receive(yard: Yard, seed: number): Promise<void> {
  const random = seededRandom(seed)
  for (let n = 1; yard.isOpen(); n += 1) {
    const isHot = random.next() < 0.5
    const sku = isHot ? pick(HOT, random) : pick(SKUS, random)
    const pieces = 1 + Math.floor(random.next() * (isHot ? 60 : 15))
    const warehouse = pick(CODES, random)
    const receipt: Receipt = { id: `receipt ${seed}-${n}`, sku, warehouse, pieces, state: 'doubt' }
    yard.receipts.push(receipt)
    const body = { sku, warehouse, physical: pieces, reason: receipt.id, key: receipt.id }
    const heard = await ask(yard, random, '/api/stock/adjust', body)
    if (heard !== null) receipt.state = heard.status === 200 ? 'done' : 'refused'
    if (receipt.state === 'refused') yard.onWrong('receipt', `${receipt.id}: ${JSON.stringify(heard)}`)
    yard.count(`receipt ${receipt.state}`)
    await sleep(RECEIPT_EVERY_MS * (0.5 + random.next()))
  }
}

/** Sends goods from warehouse to warehouse until the yard closes. */
export async function transfer(yard: Yard, seed: number): Promise<void> {
  const random = seededRandom(seed)
  for (let n = 1; yard.isOpen(); n += 1) {
    const from = pick(CODES, random)
    const to =
      CODES.find((code) => code !== from && random.next() < 0.7) ?? CODES.find((code) => code !== from)
    const move: Move = {
      key: `move-${seed}-${n}`,
      from,
      to: to ?? from,
      sku: pick(SKUS, random),
      quantity: 2 + Math.floor(random.next() * 8),
      id: null,
      dispatched: 0,
      received: 0,
      isCancelled: false,
      maybe: null,
    }
    yard.moves.push(move)
    await carry(yard, random, move)
    await sleep(MOVE_EVERY_MS * (0.5 + random.next()))
  }
}

async function carry(yard: Yard, random: Random, move: Move): Promise<void> {
  const { key, from, to, sku, quantity } = move
  const lines = [{ sku, quantity }]
  const made = await ask(yard, random, '/api/transfers', { key, from, to, lines, reason: 'chaos' })
  yard.count(`transfer ${made === null ? 'doubt' : made.status}`)
  if (made === null) return
  const shown = made.body as { id?: string; state?: string }
  if (made.status !== 200 || shown.id === undefined)
    return yard.onWrong('transfer', `${key}: ${JSON.stringify(made).slice(0, 300)}`)
  move.id = shown.id
  const roll = random.next()
  if (shown.state !== 'locked' || roll < 0.1) return await cancel(yard, random, move)
  if (roll < 0.15) return
  const first = roll < 0.5 ? quantity : 1 + Math.floor(random.next() * (quantity - 1))
  if (!(await step(yard, random, move, { dispatched: first, received: 0 }))) return
  const part = roll < 0.7 ? first : 1 + Math.floor(random.next() * first)
  if (!(await step(yard, random, move, { dispatched: first, received: part }))) return
  if (random.next() < 0.7 && part < first)
    await step(yard, random, move, { dispatched: first, received: first })
}

/** One step further, to these figures. */
async function step(
  yard: Yard,
  random: Random,
  move: Move,
  to: { readonly dispatched: number; readonly received: number },
): Promise<boolean> {
  const isDispatch = to.dispatched > move.dispatched
  const key = `${move.key}:${to.dispatched}:${to.received}`
  const body = isDispatch
    ? { key, lines: [{ line: 1, quantity: to.dispatched - move.dispatched }] }
    : { key, lines: [{ line: 1, good: to.received - move.received, damaged: 0, lost: 0 }] }
  const path = `/api/transfers/${move.id}/${isDispatch ? 'dispatch' : 'receive'}`
  const heard = await ask(yard, random, path, body)
  if (heard === null) {
    move.maybe = to
    return false
  }
  const [line] = (heard.body as { lines?: { dispatched: number; received: number }[] }).lines ?? []
  if (heard.status !== 200 || line?.dispatched !== to.dispatched || line.received !== to.received) {
    yard.onWrong('transfer', `${key}: ${JSON.stringify(heard).slice(0, 400)}`)
    return false
  }
  move.dispatched = to.dispatched
  move.received = to.received
  return true
}

async function cancel(yard: Yard, random: Random, move: Move): Promise<void> {
  const body = { key: `${move.key}:cancel`, reason: 'no longer wanted' }
  const heard = await ask(yard, random, `/api/transfers/${move.id}/cancel`, body)
  if (heard === null) move.maybe = 'cancel'
  else if (heard.status === 200) move.isCancelled = true
  else yard.onWrong('transfer', `${move.key} cancel: ${JSON.stringify(heard).slice(0, 300)}`)
}

/** Asked with the same key until there is an answer, or whoever asks goes away; null then. */
async function ask(
  yard: Yard,
  random: Random,
  path: string,
  body: object,
): Promise<(Heard & { readonly kind: 'body' }) | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const heard = await pick(yard.callers, random).call('POST', path, body, CALL_MS)
    if (heard.kind === 'body') return heard
    if (heard.kind === 'results' && !heard.results.some(isAskAgain))
      yard.onWrong('answer', `${path}: ${JSON.stringify(heard).slice(0, 300)}`)
    if (random.next() < WALKS_AWAY) return null
    await sleep(30 + random.next() * 300)
  }
  return null
}
