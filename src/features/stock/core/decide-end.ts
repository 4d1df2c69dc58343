import type { HoldLine, StockPlace, Taken } from '#domain/stock.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Answered, CommitCommand, ReleaseCommand, RenewCommand } from '../commands.ts'
import { TTL_MOST_SECONDS } from './decide-lock.ts'
import {
  changeQuota,
  counterOf,
  type KeptHold,
  type Ledger,
  moveLevel,
  placeKey,
  quotaKey,
  replaceHold,
} from './ledger.ts'

/** Gives goods back. What has ended already, in whichever way, is left as it is: a success that does nothing. */
export function decideRelease(ledger: Ledger, command: ReleaseCommand): Answered {
  const hold = ledger.holds.get(command.key)
  if (hold === undefined) return unknownHold(command.key)
  if (hold.state !== 'held') return { ok: true, value: { do: 'release', hold, isRepeat: true } }
  if (command.unclaimed !== undefined && !isUnclaimed(hold, command.unclaimed.ids))
    return { ok: true, value: { do: 'release', hold, isRepeat: true } }
  if (command.expiredBy !== undefined && Temporal.Instant.compare(hold.deadlineAt, command.expiredBy) > 0)
    return { ok: true, value: { do: 'release', hold, isRepeat: true } }
  if (isOnceDone(ledger, command.onceKey)) return { ok: true, value: { do: 'release', hold, isRepeat: true } }
  const wanted = partOf(hold, command.lines)
  if (!wanted.ok) return wanted
  markOnce(ledger, command.onceKey)
  const counter = counterOf(hold.kind)
  const lines = hold.lines.map((line) => {
    const pieces = piecesOf(wanted.value, line)
    if (pieces === 0) return line
    const back = Math.min(line.fromQuota, pieces)
    const returned = back > 0 ? returnToQuota(ledger, hold, line, back) : 0
    const parts = counter === 'locked' ? { locked: -pieces, reserved: returned } : { reserved: -pieces }
    moveLevel(ledger, line, parts, {
      cause: hold.kind === 'lock' ? 'release' : 'unreserve',
      holdId: hold.id,
      actor: command.actor,
      evidence: { reason: command.reason },
    })
    return { ...line, open: line.open - pieces, fromQuota: line.fromQuota - back }
  })
  const freed = ended(ledger, { ...hold, lines }, command)
  if (command.unclaimed !== undefined) freeKey(ledger, freed)
  return { ok: true, value: { do: 'release', hold: freed, isRepeat: false } }
}

function isUnclaimed(hold: KeptHold, ids: readonly bigint[]): boolean {
  return ids.includes(hold.id) && Temporal.Instant.compare(hold.heartbeatAt, hold.createdAt) === 0
}

/** Its asker was told that nothing is held and to ask again with the same key: the key is theirs again. */
function freeKey(ledger: Ledger, hold: KeptHold): void {
  const key = `${hold.key}#late:${hold.id}`
  const end = ledger.changed.holds.get(hold.key)
  ledger.holds.delete(hold.key)
  ledger.changed.holds.delete(hold.key)
  ledger.holds.set(key, { ...hold, key })
  if (end !== undefined) ledger.changed.holds.set(key, end)
  if (ledger.changed.newHolds.delete(hold.key)) ledger.changed.newHolds.add(key)
}

/** The goods left: what was taken is no longer there. At a captured warehouse it stays expected until its system has seen it. */
export function decideCommit(ledger: Ledger, command: CommitCommand): Answered {
  const hold = ledger.holds.get(command.key)
  if (hold === undefined) return unknownHold(command.key)
  if (hold.state === 'committed') return { ok: true, value: { do: 'commit', hold, isRepeat: true } }
  if (hold.state === 'released')
    return refuse('stock.hold_ended', `the hold ${hold.key} was released; nothing is held any more`, {
      state: hold.state,
    })
  if (isOnceDone(ledger, command.onceKey)) return { ok: true, value: { do: 'commit', hold, isRepeat: true } }
  const wanted = partOf(hold, command.lines)
  if (!wanted.ok) return wanted
  markOnce(ledger, command.onceKey)
  const counter = counterOf(hold.kind)
  const lines = hold.lines.map((line) => {
    const pieces = piecesOf(wanted.value, line)
    if (pieces === 0) return line
    const used = Math.min(line.fromQuota, pieces)
    if (used > 0) useQuota(ledger, hold, line, used)
    const level = ledger.levels.get(placeKey(line))
    const captured = level?.figures === 'captured'
    moveLevel(
      ledger,
      line,
      { physical: -pieces, [counter]: -pieces },
      {
        cause: 'commit',
        holdId: hold.id,
        actor: command.actor,
        evidence: command.evidence ?? { reason: command.reason },
      },
      captured ? { unseenOut: (level?.unseenOut ?? 0) + pieces } : {},
    )
    return {
      ...line,
      open: line.open - pieces,
      committed: line.committed + pieces,
      fromQuota: line.fromQuota - used,
    }
  })
  return {
    ok: true,
    value: { do: 'commit', hold: ended(ledger, { ...hold, lines }, command), isRepeat: false },
  }
}

/** Moves the deadline on. It never comes nearer, whichever way a clock jumped. */
export function decideRenew(ledger: Ledger, { key, ttlSeconds }: RenewCommand): Answered {
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > TTL_MOST_SECONDS)
    return refuse('stock.bad_ttl', `seconds until the deadline are 1 to ${TTL_MOST_SECONDS}`)
  const hold = ledger.holds.get(key)
  if (hold === undefined) return unknownHold(key)
  if (hold.state !== 'held')
    return refuse('stock.hold_ended', `the hold ${key} has ended: ${hold.state}`, { state: hold.state })
  const wanted = ledger.now.add({ seconds: ttlSeconds })
  const renewed = {
    ...hold,
    heartbeatAt: later(hold.heartbeatAt.add({ microseconds: 1 }), ledger.now),
    deadlineAt: later(hold.deadlineAt, wanted),
  }
  replaceHold(ledger, renewed, null)
  return { ok: true, value: { do: 'renew', hold: renewed, isRepeat: false } }
}

function later(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) > 0 ? a : b
}

function unknownHold(key: string): Refused {
  return refuse('stock.hold_not_found', `there is no hold with the key ${key.slice(0, 200)}`)
}

/** A part of a hold is given back or committed once under the caller's own key, however often it is asked. */
function isOnceDone(ledger: Ledger, onceKey: string | undefined): boolean {
  return onceKey !== undefined && ledger.applied.has(onceKey)
}

function markOnce(ledger: Ledger, onceKey: string | undefined): void {
  if (onceKey === undefined) return
  ledger.applied.add(onceKey)
  ledger.changed.applied.add(onceKey)
}

/** Pieces by place. */
type Part = ReadonlyMap<string, number>

function partOf(hold: KeptHold, lines: readonly Taken[] | undefined): Result<Part> {
  const open = new Map(hold.lines.map((line) => [placeKey(line), line.open]))
  if (lines === undefined) return ok(open)
  const sums = new Map<string, Taken>()
  for (const line of lines) {
    if (!Number.isInteger(line.quantity) || line.quantity < 1)
      return refuse('stock.bad_quantity', `${line.sku}: whole pieces from 1 on`)
    const key = placeKey(line)
    sums.set(key, { ...line, quantity: line.quantity + (sums.get(key)?.quantity ?? 0) })
  }
  for (const [key, part] of sums) {
    const held = open.get(key) ?? 0
    if (part.quantity > held)
      return refuse(
        'stock.more_than_held',
        `${part.sku} at ${part.warehouse}: ${part.quantity} asked, ${held} held`,
        { sku: part.sku, warehouse: part.warehouse, asked: part.quantity, open: held },
      )
  }
  return ok(new Map([...sums].map(([key, part]) => [key, part.quantity])))
}

const piecesOf = (part: Part, place: StockPlace): number => part.get(placeKey(place)) ?? 0

/** Answers how many stand in the quota again; what the quota was cut by meanwhile is free for all. */
function returnToQuota(ledger: Ledger, hold: KeptHold, line: HoldLine, back: number): number {
  const key = quotaKey(line, hold.channel ?? '')
  const quota = ledger.quotas.get(key)
  if (quota === undefined) return 0
  const leftOver = Math.min(quota.leftOver + back, quota.granted)
  changeQuota(ledger, key, leftOver, quota.granted)
  return leftOver - quota.leftOver
}

function useQuota(ledger: Ledger, hold: KeptHold, line: HoldLine, used: number): void {
  const key = quotaKey(line, hold.channel ?? '')
  const quota = ledger.quotas.get(key)
  if (quota !== undefined)
    changeQuota(ledger, key, quota.leftOver, Math.max(quota.leftOver, quota.granted - used))
}

function ended(ledger: Ledger, hold: KeptHold, why: { actor: string; reason: string }): KeptHold {
  const open = hold.lines.some((line) => line.open > 0)
  const state = open ? 'held' : hold.lines.some((line) => line.committed > 0) ? 'committed' : 'released'
  const next = { ...hold, state } as const
  replaceHold(ledger, next, open ? null : { by: why.actor, reason: why.reason })
  return next
}
