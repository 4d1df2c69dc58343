import type { Taken } from '#domain/stock.ts'
import type { AdjustChange, StockCommand } from '#features/stock/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import {
  bySku,
  holdKeyOf,
  notLeft,
  onTheWay,
  stateOf,
  type Transfer,
  type TransferLine,
  type TransferState,
} from './transfer.ts'

export type StepContext = {
  /** Prefix of the keys under which the ledger takes each part once. */
  readonly once: string
  readonly actor: string
  /** `captured`: the destination's own system raises its stock when the goods are put away. */
  readonly figures: 'own' | 'captured'
  /** By `quotaKey`; of the channels that the lines name. */
  readonly quotas: ReadonlyMap<string, QuotaNow>
}
export type QuotaNow = { readonly granted: number; readonly leftOver: number }
/** What a step makes of a transfer, and what it asks of the ledger: all of it or nothing. */
export type Step = {
  readonly lines: readonly TransferLine[]
  readonly state: TransferState
  readonly commands: readonly StockCommand[]
}
export const quotaKey = (sku: string, warehouse: string, channel: string): string =>
  `${sku}\n${warehouse}\n${channel}`

/** Takes the goods out of the channels' quotas and reserves them at the source. */
export function reserveStep(
  transfer: Transfer,
  context: StepContext,
  holdSeconds: number,
): readonly StockCommand[] {
  const { lines, from, id, transferNo } = transfer
  return [
    ...quotaCommands(
      from,
      takenFrom(lines, (line) => line.quantity),
      context,
    ),
    {
      do: 'lock',
      key: holdKeyOf(transfer),
      kind: 'reservation',
      owner: { kind: 'transfer', id: id.toString(), reference: transferNo },
      channel: null,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity, warehouse: from })),
      candidates: [],
      spread: 'never',
      drawSafety: transfer.drawSafety,
      reason: 'transfer',
      actor: context.actor,
      ttlSeconds: holdSeconds,
      onDeadline: 'ask',
    },
  ]
}

/** Moves quota between channels; nothing is carried. */
export function moveQuota(transfer: Transfer, context: StepContext): Step {
  const { lines, from } = transfer
  return {
    lines: lines.map((line) => ({ ...line, dispatched: line.quantity, received: line.quantity })),
    state: 'received',
    commands: quotaCommands(
      from,
      [...takenFrom(lines, (line) => line.quantity), ...givenTo(lines, (line) => line.quantity)],
      context,
    ),
  }
}

export type Pieces = { readonly line: number; readonly quantity: number }

/** The goods leave: all that waits, or these. Refuses `transfer.unknown_line`, `transfer.nothing_given`, `transfer.over_dispatch`. */
export function decideDispatch(
  transfer: Transfer,
  given: readonly Pieces[] | null,
  context: StepContext,
): Result<Step> {
  const wanted = piecesOf(
    transfer,
    given ?? transfer.lines.map((one) => ({ line: one.line, quantity: notLeft(one) })),
  )
  if (!wanted.ok) return wanted
  for (const line of transfer.lines) {
    const n = wanted.value.get(line.line) ?? 0
    if (n > notLeft(line))
      return refuse(
        'transfer.over_dispatch',
        `${line.sku}: ${n} pieces given, ${notLeft(line)} wait at ${transfer.from}`,
        { line: line.line, given: n, most: notLeft(line) },
      )
  }
  const leaving = bySku(transfer.lines, (line) => wanted.value.get(line.line) ?? 0)
  const lines = transfer.lines.map((line) => ({
    ...line,
    dispatched: line.dispatched + (wanted.value.get(line.line) ?? 0),
  }))
  return ok({
    lines,
    state: stateOf(lines),
    commands: [
      {
        do: 'commit',
        key: holdKeyOf(transfer),
        lines: takenAt(leaving, transfer.from),
        onceKey: `${context.once}:out`,
        reason: 'transfer',
        actor: context.actor,
        evidence: { transfer: transfer.transferNo, to: transfer.to },
      },
      adjust(
        transfer,
        context,
        'transfer_out',
        changesAt(leaving, transfer.to, (n) => ({ inTransit: n })),
      ),
    ],
  })
}

export type Receipt = {
  readonly line: number
  readonly good: number
  readonly damaged: number
  readonly lost: number
}

/**
 * Goods arrive. Good pieces go on the shelf (where the hub counts) and into their channel's quota; damaged and lost ones only off the
 * way. Refuses `transfer.unknown_line`, `transfer.nothing_given`, `transfer.over_receipt`.
 */
export function decideReceipt(
  transfer: Transfer,
  given: readonly Receipt[],
  context: StepContext,
): Result<Step> {
  const known = piecesOf(
    transfer,
    given.map((one) => ({ line: one.line, quantity: one.good + one.damaged + one.lost })),
  )
  if (!known.ok) return known
  const at = new Map(given.map((one) => [one.line, one]))
  for (const line of transfer.lines) {
    const n = known.value.get(line.line) ?? 0
    if (n > onTheWay(line))
      return refuse(
        'transfer.over_receipt',
        `${line.sku}: ${n} pieces given, ${onTheWay(line)} on the way (${line.dispatched} dispatched, ${line.dispatched - onTheWay(line)} accounted for)`,
        { line: line.line, sku: line.sku, given: n, most: onTheWay(line) },
      )
  }
  const good = (line: TransferLine): number => at.get(line.line)?.good ?? 0
  const lines = transfer.lines.map((line) => ({
    ...line,
    received: line.received + good(line),
    damaged: line.damaged + (at.get(line.line)?.damaged ?? 0),
    lost: line.lost + (at.get(line.line)?.lost ?? 0),
  }))
  const arrived = bySku(transfer.lines, good)
  const off = bySku(transfer.lines, (line) => known.value.get(line.line) ?? 0)
  const onShelf = (sku: string) =>
    context.figures === 'own' && arrived.has(sku) ? { physical: arrived.get(sku) ?? 0 } : {}
  return ok({
    lines,
    state: stateOf(lines),
    commands: [
      adjust(
        transfer,
        context,
        'transfer_in',
        changesAt(off, transfer.to, (n, sku) => ({ ...onShelf(sku), inTransit: -n })),
      ),
      ...quotaCommands(transfer.to, givenTo(transfer.lines, good), context),
    ],
  })
}

/** What has not arrived is lost, what has not left is free again. */
export function closeShort(transfer: Transfer, context: StepContext, reason: string): Step {
  const missing = bySku(transfer.lines, onTheWay)
  return {
    lines: transfer.lines.map((line) => ({ ...line, lost: line.lost + onTheWay(line) })),
    state: 'short_closed',
    commands: [
      ...(missing.size === 0
        ? []
        : [
            adjust(
              transfer,
              context,
              'transfer_lost',
              changesAt(missing, transfer.to, (n) => ({ inTransit: -n })),
            ),
          ]),
      ...freeRest(transfer, context, reason),
    ],
  }
}

/** Nothing has left: the reservation is given back, and its channels' quotas with it. */
export function cancelStep(transfer: Transfer, context: StepContext, reason: string): Step {
  return {
    lines: transfer.lines,
    state: 'cancelled',
    commands: transfer.state === 'instructed' ? [] : freeRest(transfer, context, reason),
  }
}

/** What is on the way turns round: it is now on its way to the source. */
export function turnBack(
  transfer: Transfer,
  context: StepContext,
  reason: string,
): Step & { readonly back: readonly Pick<TransferLine, 'line' | 'sku' | 'quantity'>[] } {
  const away = bySku(transfer.lines, onTheWay)
  const arrived = transfer.lines.some((line) => line.received + line.damaged + line.lost > 0)
  return {
    lines: transfer.lines.map((line) => ({ ...line, returned: line.returned + onTheWay(line) })),
    state: arrived ? 'short_closed' : 'cancelled',
    back: [...away].map(([sku, quantity], i) => ({ line: i + 1, sku, quantity })),
    commands: [
      ...(away.size === 0
        ? []
        : [
            adjust(transfer, context, 'transfer_back', [
              ...changesAt(away, transfer.to, (n) => ({ inTransit: -n })),
              ...changesAt(away, transfer.from, (n) => ({ inTransit: n })),
            ]),
          ]),
      ...freeRest(transfer, context, reason),
    ],
  }
}

function freeRest(transfer: Transfer, context: StepContext, reason: string): readonly StockCommand[] {
  if (transfer.lines.every((line) => notLeft(line) === 0)) return []
  return [
    { do: 'release', key: holdKeyOf(transfer), reason, actor: context.actor },
    ...quotaCommands(transfer.from, backTo(transfer.lines, notLeft), context),
  ]
}

function adjust(
  { transferNo }: Transfer,
  { once, actor }: StepContext,
  cause: string,
  changes: readonly AdjustChange[],
): StockCommand {
  return { do: 'adjust', key: `${once}:${cause}`, changes, cause, actor, evidence: { transfer: transferNo } }
}

function changesAt(
  pieces: ReadonlyMap<string, number>,
  warehouse: string,
  change: (pieces: number, sku: string) => Omit<AdjustChange, 'sku' | 'warehouse'>,
): readonly AdjustChange[] {
  return [...pieces].map(([sku, n]) => ({ sku, warehouse, ...change(n, sku) }))
}

function takenAt(pieces: ReadonlyMap<string, number>, warehouse: string): readonly Taken[] {
  return [...pieces].map(([sku, quantity]) => ({ sku, warehouse, quantity }))
}

type QuotaChange = { readonly sku: string; readonly channel: string | null; readonly change: number }
type Count = (line: TransferLine) => number

function takenFrom(lines: readonly TransferLine[], count: Count): readonly QuotaChange[] {
  return lines.map((line) => ({ sku: line.sku, channel: line.fromChannel, change: -count(line) }))
}
function backTo(lines: readonly TransferLine[], count: Count): readonly QuotaChange[] {
  return lines.map((line) => ({ sku: line.sku, channel: line.fromChannel, change: count(line) }))
}
function givenTo(lines: readonly TransferLine[], count: Count): readonly QuotaChange[] {
  return lines.map((line) => ({ sku: line.sku, channel: line.toChannel, change: count(line) }))
}

/**
 * One command for each channel and SKU, with the figure that it shall have: a quota is set, never added to. Those that give come
 * first, so that what they give is free for those that take.
 */
function quotaCommands(
  warehouse: string,
  changes: readonly QuotaChange[],
  { quotas, actor }: Pick<StepContext, 'quotas' | 'actor'>,
): readonly StockCommand[] {
  return netOf(warehouse, changes)
    .filter((one) => one.change !== 0)
    .sort((a, b) => a.change - b.change)
    .map(({ key, sku, channel, change }) => ({
      do: 'quota',
      sku,
      warehouse,
      channel,
      granted: Math.max(0, (quotas.get(key)?.granted ?? 0) + change),
      actor,
    }))
}

function netOf(warehouse: string, changes: readonly QuotaChange[]) {
  const sums = new Map<string, { key: string; sku: string; channel: string; change: number }>()
  for (const { sku, channel, change } of changes) {
    if (channel === null) continue
    const key = quotaKey(sku, warehouse, channel)
    sums.set(key, { key, sku, channel, change: change + (sums.get(key)?.change ?? 0) })
  }
  return [...sums.values()]
}

/** Refuses with `transfer.quota_short` where a channel has not so much of its quota left. */
export function checkQuotas(
  { from, lines }: Pick<Transfer, 'from' | 'lines'>,
  quotas: StepContext['quotas'],
): Result<null> {
  for (const { key, sku, channel, change } of netOf(
    from,
    takenFrom(lines, (line) => line.quantity),
  )) {
    const left = quotas.get(key)?.leftOver ?? 0
    if (-change > left)
      return refuse(
        'transfer.quota_short',
        `${sku} at ${from}: ${-change} wanted of the channel's quota, ${left} left`,
        { sku, warehouse: from, channel, wanted: -change, available: left },
      )
  }
  return ok(null)
}

function piecesOf(transfer: Transfer, given: readonly Pieces[]): Result<ReadonlyMap<number, number>> {
  const found = new Map<number, number>()
  for (const { line, quantity } of given) {
    if (!transfer.lines.some((one) => one.line === line))
      return refuse('transfer.unknown_line', `${transfer.transferNo} has no line ${line}`, { line })
    if (found.has(line))
      return refuse('transfer.line_twice', `line ${line} is given twice; add the pieces up`, { line })
    found.set(line, quantity)
  }
  if ([...found.values()].every((n) => n === 0))
    return refuse('transfer.nothing_given', 'name at least one piece')
  return ok(found)
}
