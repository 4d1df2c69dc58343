import { PIECES_MOST, type StockLevel } from '#domain/stock.ts'
import { refuse } from '#kernel/result.ts'
import type {
  AdjustChange,
  AdjustCommand,
  Adjusted,
  Answered,
  QuotaCommand,
  SourceFigure,
} from '../commands.ts'
import { notAvailable } from './decide-lock.ts'
import { changeQuota, type Ledger, type MoveWhy, moveLevel, placeKey, quotaKey } from './ledger.ts'

/** Changes figures, all changes of the command or none; once under its key. */
export function decideAdjust(ledger: Ledger, command: AdjustCommand): Answered {
  if (command.key !== null && (command.key === '' || command.key.length > 200))
    return refuse('stock.key_invalid', 'a key has 1 to 200 characters')
  if (command.key !== null && ledger.applied.has(command.key))
    return {
      ok: true,
      value: {
        do: 'adjust',
        changes: command.changes.map((one) => unchanged(ledger, one, 'repeated')),
        isRepeat: true,
      },
    }
  const fault = faultOf(ledger, command.changes)
  if (fault !== null) return fault
  const why = { cause: command.cause, holdId: null, actor: command.actor, evidence: command.evidence }
  const changes = command.changes.map((change) => applyChange(ledger, change, why))
  if (command.key !== null) {
    ledger.applied.add(command.key)
    ledger.changed.applied.add(command.key)
  }
  return { ok: true, value: { do: 'adjust', changes, isRepeat: false } }
}

function faultOf(ledger: Ledger, changes: readonly AdjustChange[]) {
  const inTransit = new Map<string, number>()
  const physical = new Map<string, number>()
  for (const change of changes) {
    const { sku, warehouse } = change
    const key = placeKey(change)
    const level = ledger.levels.get(key)
    if (level === undefined)
      return refuse('stock.unknown_warehouse', `there is no warehouse ${warehouse}`, { sku, warehouse })
    const figures = [
      change.physical,
      change.inTransit,
      change.setPhysical,
      change.setSafety,
      change.source?.quantity,
      change.sourceDelta,
    ]
    if (figures.some((one) => one !== undefined && !(Number.isInteger(one) && Math.abs(one) <= PIECES_MOST)))
      return refuse('stock.bad_quantity', `${sku}: whole pieces up to ${PIECES_MOST}`, { sku, warehouse })
    const transit = (inTransit.get(key) ?? level.inTransit) + (change.inTransit ?? 0)
    inTransit.set(key, transit)
    const base = physical.get(key) ?? level.physical
    const shelf = (change.setPhysical ?? base) + (change.physical ?? 0) + (change.sourceDelta ?? 0)
    physical.set(key, shelf)
    if (transit < 0)
      return refuse('stock.below_zero', `${sku} at ${warehouse}: ${-transit} more than is in transit`, {
        sku,
        warehouse,
      })
    const lowers = shelf < base && change.sourceDelta === undefined
    if ((change.setSafety ?? 0) < 0 || (change.setPhysical ?? 0) < 0 || (lowers && shelf < 0))
      return refuse('stock.below_zero', `${sku} at ${warehouse} would fall below nothing`, { sku, warehouse })
    if (Math.abs(shelf) > PIECES_MOST || transit > PIECES_MOST)
      return refuse('stock.bad_quantity', `${sku}: whole pieces up to ${PIECES_MOST}`, { sku, warehouse })
  }
  return null
}

function applyChange(ledger: Ledger, change: AdjustChange, why: MoveWhy): Adjusted {
  const level = ledger.levels.get(placeKey(change)) as StockLevel
  if (change.source !== undefined) return applySource(ledger, level, change.source, why)
  if (change.sourceDelta !== undefined) return applySourceDelta(ledger, level, change.sourceDelta, why)
  const physical =
    (change.setPhysical === undefined ? 0 : change.setPhysical - level.physical) + (change.physical ?? 0)
  const safety = change.setSafety === undefined ? 0 : change.setSafety - level.safety
  const after = moveLevel(ledger, level, { physical, inTransit: change.inTransit ?? 0, safety }, why)
  return { sku: level.sku, warehouse: level.warehouse, physical, outcome: 'done', available: after.available }
}

function applySource(
  ledger: Ledger,
  level: StockLevel,
  { quantity, version, over }: SourceFigure,
  why: MoveWhy,
): Adjusted {
  if (version !== null && level.sourceVersion !== null) {
    if (version < level.sourceVersion && over !== 'any') return unchanged(ledger, level, 'older')
    if (version === level.sourceVersion) {
      if (quantity === level.sourceQuantity) return unchanged(ledger, level, 'repeated')
      if (over === undefined) return unchanged(ledger, level, 'conflict')
    }
  }
  const fell = level.sourceQuantity === null ? 0 : Math.max(0, level.sourceQuantity - quantity)
  const unseenOut = level.unseenOut - Math.min(level.unseenOut, fell)
  const physical = quantity - unseenOut - level.physical
  const beside = { sourceQuantity: quantity, sourceVersion: version ?? level.sourceVersion, unseenOut }
  const after = moveLevel(ledger, level, { physical }, why, beside)
  return { sku: level.sku, warehouse: level.warehouse, physical, outcome: 'done', available: after.available }
}

function applySourceDelta(ledger: Ledger, level: StockLevel, delta: number, why: MoveWhy): Adjusted {
  // What the hub saw leave is in its figure already; the warehouse's own word for it only settles the account.
  const seen = delta < 0 ? Math.min(level.unseenOut, -delta) : 0
  const beside = {
    unseenOut: level.unseenOut - seen,
    sourceQuantity: level.sourceQuantity === null ? null : level.sourceQuantity + delta,
  }
  const physical = delta + seen
  const after = moveLevel(ledger, level, { physical }, why, beside)
  return { sku: level.sku, warehouse: level.warehouse, physical, outcome: 'done', available: after.available }
}

function unchanged(
  ledger: Ledger,
  place: { readonly sku: string; readonly warehouse: string },
  outcome: Adjusted['outcome'],
): Adjusted {
  const available = ledger.levels.get(placeKey(place))?.available ?? 0
  return { sku: place.sku, warehouse: place.warehouse, physical: 0, outcome, available }
}

/** Sets a channel's quota: what was drawn of it stays drawn, the rest comes from or goes back to what is free. */
export function decideQuota(ledger: Ledger, command: QuotaCommand): Answered {
  const { sku, warehouse, channel, granted } = command
  const level = ledger.levels.get(placeKey(command))
  if (level === undefined)
    return refuse('stock.unknown_warehouse', `there is no warehouse ${warehouse}`, { sku, warehouse })
  if (!Number.isInteger(granted) || granted < 0 || granted > PIECES_MOST)
    return refuse('stock.bad_quantity', `${sku}: whole pieces from 0 to ${PIECES_MOST}`, { sku, warehouse })
  const key = quotaKey(command, channel)
  const before = ledger.quotas.get(key) ?? { sku, warehouse, channel, granted: 0, leftOver: 0 }
  const drawn = before.granted - before.leftOver
  const leftOver = Math.max(0, granted - drawn)
  const more = leftOver - before.leftOver
  if (more > 0 && more > level.available)
    return notAvailable([
      { sku, warehouse, wanted: more, available: Math.max(0, level.available), elsewhere: [] },
    ])
  ledger.quotas.set(key, before)
  changeQuota(ledger, key, leftOver, Math.max(granted, leftOver))
  moveLevel(
    ledger,
    command,
    { reserved: more },
    { cause: 'quota', holdId: null, actor: command.actor, evidence: { channel, granted } },
  )
  return { ok: true, value: { do: 'quota', leftOver } }
}
