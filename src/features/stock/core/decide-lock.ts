import {
  type Demand,
  type HoldLine,
  NOT_AVAILABLE,
  PIECES_MOST,
  type Shortage,
  SKU_MOST,
  type StockLevel,
  type Taken,
} from '#domain/stock.ts'
import { type Refused, refuse } from '#kernel/result.ts'
import type { Answered, LockCommand } from '../commands.ts'
import { askedOf } from './asked.ts'
import {
  changeQuota,
  counterOf,
  type KeptHold,
  type Ledger,
  lockable,
  moveLevel,
  placeKey,
  quotaKey,
  replaceHold,
} from './ledger.ts'

export const LINES_MOST = 1_000
/** A thousand lines from twenty warehouses, or four hundred from fifty: about a second's work, for which everybody else waits. */
export const PLACES_MOST = 20_000
export const KEY_MOST = 200
export const TTL_MOST_SECONDS = 2_592_000

/** All lines or none. The plan is made on the very figures that it then changes. */
export function decideLock(ledger: Ledger, command: LockCommand): Answered {
  const fault = faultOf(command)
  if (fault !== null) return fault
  const asked = askedOf(command)
  const known = ledger.holds.get(command.key)
  if (known !== undefined) return answerKnown(ledger, known, asked, command.made?.includes(known.id) === true)
  const plan = planLock(ledger, command)
  if (!plan.ok) return plan
  return { ok: true, value: { do: 'lock', hold: take(ledger, command, asked, plan.takes), isRepeat: false } }
}

/** What is wrong with a lock before any figure is looked at. */
export function faultOf(command: LockCommand): Refused | null {
  const { key, lines, ttlSeconds } = command
  if (key === '' || key.length > KEY_MOST || !isPlain(key))
    return refuse(
      'stock.key_invalid',
      `a key has 1 to ${KEY_MOST} characters, none of them a control character`,
    )
  if (lines.length === 0) return refuse('stock.nothing_asked', 'name at least one SKU and how many pieces')
  if (lines.length > LINES_MOST)
    return refuse('stock.too_many_lines', `a hold has at most ${LINES_MOST} lines; split the call`)
  if (placesOf(command) > PLACES_MOST)
    return refuse('stock.too_many_lines', `lines times candidates are at most ${PLACES_MOST}; split the call`)
  for (const { sku, quantity } of lines) {
    if (sku === '' || sku.length > SKU_MOST || !isPlain(sku))
      return refuse(
        'stock.bad_sku',
        `a SKU has 1 to ${SKU_MOST} characters, none of them a control character`,
      )
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > PIECES_MOST)
      return refuse('stock.bad_quantity', `${sku}: whole pieces from 1 to ${PIECES_MOST}`)
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > TTL_MOST_SECONDS)
    return refuse('stock.bad_ttl', `seconds until the deadline are 1 to ${TTL_MOST_SECONDS}`)
  return null
}

/** Places that a lock looks at: what it costs, and what it keeps others waiting for. */
export function placesOf({ lines, candidates }: LockCommand): number {
  const free = lines.reduce((count, line) => count + (line.warehouse === null ? 1 : 0), 0)
  return lines.length - free + free * candidates.length
}

/** Comes back from the database as it went, and cannot be taken for another place: those are told apart by line feeds. */
export function isPlain(text: string): boolean {
  return text.isWellFormed() && !CONTROL.test(text)
}
const CONTROL = /\p{Cc}/u

function answerKnown(ledger: Ledger, known: KeptHold, asked: string, isOwn: boolean): Answered {
  if (known.asked !== asked)
    return refuse('stock.key_reused', `the key ${known.key} was used for another demand`, {
      holdId: known.id.toString(),
    })
  if (known.state === 'released')
    return refuse('stock.hold_ended', `the hold ${known.key} was released; ask with a new key`, {
      state: known.state,
    })
  if (known.state === 'committed' || isOwn)
    return { ok: true, value: { do: 'lock', hold: known, isRepeat: true } }
  // Whoever asks again has heard nothing yet: the mark keeps the first asker's late clean-up from freeing what this one is told.
  const heartbeatAt = laterThan(known.heartbeatAt, ledger.now)
  const hold = { ...known, heartbeatAt }
  replaceHold(ledger, hold, null)
  return { ok: true, value: { do: 'lock', hold, isRepeat: true } }
}

function laterThan(before: Temporal.Instant, now: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(now, before) > 0 ? now : before.add({ microseconds: 1 })
}

type Plan = { readonly ok: true; readonly takes: readonly Taken[] } | Refused

/** Lines with a warehouse come from there; the rest from the candidates as far as the command lets them spread. */
export function planLock(ledger: Ledger, command: LockCommand): Plan {
  const { fixed, free } = addUp(command.lines)
  const left = leftOver(ledger, command)
  const takes: Taken[] = []
  const taken = new Map<string, number>()
  const short: Shortage[] = []
  for (const one of fixed) {
    const there = left(one.sku, one.warehouse)
    const gone = inactiveRefusal(ledger, one.warehouse)
    if (gone !== null) return gone
    if (there < one.quantity) short.push(shortageOf(one, one.warehouse, there))
    else {
      takes.push(one)
      if (free.length > 0) taken.set(placeKey(one), one.quantity)
    }
  }
  if (free.length > 0) {
    const candidates = command.candidates.filter((code) => ledger.warehouses.get(code)?.active === true)
    if (candidates.length === 0)
      return refuse('stock.no_candidate', 'none of the candidate warehouses exists and is active')
    const rest = (sku: string, warehouse: string): number =>
      left(sku, warehouse) - (taken.get(placeKey({ sku, warehouse })) ?? 0)
    const planned = Map.groupBy(chooseFor(free, candidates, command.spread, rest), (take) => take.sku)
    for (const one of free) {
      const found = planned.get(one.sku) ?? []
      const wanted = one.quantity
      if (found.reduce((sum, take) => sum + take.quantity, 0) === wanted) takes.push(...found)
      else short.push(shortageOf(one, null, bestOf(one.sku, candidates, command.spread, rest)))
    }
  }
  if (short.length > 0) return notAvailable(short)
  return { ok: true, takes: mergeTakes(takes) }
}

function chooseFor(
  lines: readonly { readonly sku: string; readonly quantity: number }[],
  candidates: readonly string[],
  spread: LockCommand['spread'],
  rest: (sku: string, warehouse: string) => number,
): Taken[] {
  const whole = candidates.find((code) => lines.every((line) => rest(line.sku, code) >= line.quantity))
  if (whole !== undefined) return lines.map(({ sku, quantity }) => ({ sku, warehouse: whole, quantity }))
  if (spread === 'never') return []
  return lines.flatMap(({ sku, quantity }) => {
    const one = candidates.find((code) => rest(sku, code) >= quantity)
    if (one !== undefined) return [{ sku, warehouse: one, quantity }]
    return spread === 'units' ? fillFrom(sku, quantity, candidates, rest) : []
  })
}

function fillFrom(
  sku: string,
  quantity: number,
  candidates: readonly string[],
  rest: (sku: string, warehouse: string) => number,
): Taken[] {
  const takes: Taken[] = []
  let open = quantity
  for (const warehouse of candidates) {
    const taken = Math.min(open, Math.max(0, rest(sku, warehouse)))
    if (taken > 0) takes.push({ sku, warehouse, quantity: taken })
    open -= taken
    if (open === 0) break
  }
  return takes
}

function bestOf(
  sku: string,
  candidates: readonly string[],
  spread: LockCommand['spread'],
  rest: (sku: string, warehouse: string) => number,
): number {
  const each = candidates.map((code) => Math.max(0, rest(sku, code)))
  return spread === 'units' ? each.reduce((sum, one) => sum + one, 0) : Math.max(0, ...each)
}

/** Demand of one SKU and warehouse is one number, however many lines it came in (medusa#16502). */
function addUp(lines: readonly Demand[]): {
  readonly fixed: readonly Taken[]
  readonly free: readonly { readonly sku: string; readonly quantity: number }[]
} {
  if (lines.length === 1) {
    const { sku, quantity, warehouse } = lines[0] as Demand
    return warehouse === null
      ? { fixed: [], free: [{ sku, quantity }] }
      : { fixed: [{ sku, warehouse, quantity }], free: [] }
  }
  const fixed = new Map<string, Taken>()
  const free = new Map<string, { sku: string; quantity: number }>()
  for (const { sku, quantity, warehouse } of lines) {
    if (warehouse === null) free.set(sku, { sku, quantity: quantity + (free.get(sku)?.quantity ?? 0) })
    else {
      const key = placeKey({ sku, warehouse })
      fixed.set(key, { sku, warehouse, quantity: quantity + (fixed.get(key)?.quantity ?? 0) })
    }
  }
  return { fixed: [...fixed.values()], free: [...free.values()] }
}

function leftOver(ledger: Ledger, command: LockCommand): (sku: string, warehouse: string) => number {
  return (sku, warehouse) => {
    const level = ledger.levels.get(placeKey({ sku, warehouse }))
    return level === undefined
      ? 0
      : lockable(ledger, level, quotaLeft(ledger, command, level), command.drawSafety)
  }
}

function quotaLeft(ledger: Ledger, command: LockCommand, place: StockLevel): number {
  if (command.channel === null || command.kind === 'reservation') return 0
  return ledger.quotas.get(quotaKey(place, command.channel))?.leftOver ?? 0
}

function mergeTakes(takes: readonly Taken[]): readonly Taken[] {
  if (takes.length === 1) return takes
  const merged = new Map<string, Taken>()
  for (const take of takes) {
    const key = placeKey(take)
    merged.set(key, { ...take, quantity: take.quantity + (merged.get(key)?.quantity ?? 0) })
  }
  return [...merged.values()]
}

function inactiveRefusal(ledger: Ledger, warehouse: string): Refused | null {
  const facts = ledger.warehouses.get(warehouse)
  if (facts === undefined)
    return refuse('stock.unknown_warehouse', `there is no warehouse ${warehouse}`, { warehouse })
  if (!facts.active)
    return refuse('stock.warehouse_inactive', `the warehouse ${warehouse} takes no new locks`, { warehouse })
  return null
}

function shortageOf(
  one: { readonly sku: string; readonly quantity: number },
  warehouse: string | null,
  available: number,
): Shortage {
  return { sku: one.sku, warehouse, wanted: one.quantity, available, elsewhere: [] }
}

/** The refusal of the locking API, with every line that lacks. */
export function notAvailable(short: readonly Shortage[]): Refused {
  const words = short
    .slice(0, 5)
    .map(
      (one) =>
        `${one.sku}${one.warehouse === null ? '' : ` at ${one.warehouse}`}: ${one.wanted} wanted, ${one.available} available`,
    )
  const more = short.length > 5 ? ` and ${short.length - 5} more` : ''
  return refuse(NOT_AVAILABLE, `${words.join('; ')}${more}`, { short })
}

function take(ledger: Ledger, command: LockCommand, asked: string, takes: readonly Taken[]): KeptHold {
  const id = ledger.nextHoldId()
  const counter = counterOf(command.kind)
  const lines = takes.map((one): HoldLine => {
    const level = ledger.levels.get(placeKey(one)) as StockLevel
    const fromQuota = Math.min(quotaLeft(ledger, command, level), one.quantity)
    if (fromQuota > 0 && command.channel !== null) {
      const key = quotaKey(one, command.channel)
      const quota = ledger.quotas.get(key)
      if (quota !== undefined) changeQuota(ledger, key, quota.leftOver - fromQuota, quota.granted)
    }
    const parts =
      counter === 'locked' ? { locked: one.quantity, reserved: -fromQuota } : { reserved: one.quantity }
    moveLevel(ledger, one, parts, {
      cause: command.kind === 'lock' ? 'lock' : 'reserve',
      holdId: id,
      actor: command.actor,
      evidence: null,
    })
    return { ...one, open: one.quantity, committed: 0, fromQuota }
  })
  const hold: KeptHold = {
    id,
    key: command.key,
    kind: command.kind,
    state: 'held',
    owner: command.owner,
    channel: command.channel,
    reason: command.reason,
    actor: command.actor,
    createdAt: ledger.now,
    deadlineAt: ledger.now.add({ seconds: command.ttlSeconds }),
    heartbeatAt: ledger.now,
    onDeadline: command.onDeadline,
    lines,
    asked,
  }
  ledger.holds.set(hold.key, hold)
  ledger.changed.newHolds.add(hold.key)
  return hold
}
