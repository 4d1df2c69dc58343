import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { askedHash } from './asked-hash.ts'
import { readContext } from './context.ts'
import {
  cancelStep,
  closeShort,
  decideDispatch,
  decideReceipt,
  type Pieces,
  type Receipt,
  type Step,
  type StepContext,
  turnBack,
} from './core/steps.ts'
import { decideAction, type Transfer, type TransferLine } from './core/transfer.ts'
import type { By, TransferDeps } from './deps.ts'
import { followCommands, notFollowed } from './hand-over/hand-over.ts'
import { dayOf, freshLine, lockNow } from './instruct.ts'
import { allOrNothing, applyAll } from './roll-back.ts'
import {
  backToSavepoint,
  insertEvent,
  insertTransfer,
  lockTransfer,
  readEventKey,
  saveLines,
  savepoint,
  saveRetry,
  saveState,
} from './store.ts'

/** What a person or program does with a transfer. `key`: the same one twice is one step. */
export type StepAsked = { readonly key: string | null; readonly note: string } & (
  | { readonly do: 'dispatch'; readonly lines: readonly Pieces[] | null; readonly expectedAt: Instant | null }
  | { readonly do: 'receive'; readonly lines: readonly Receipt[] }
  | { readonly do: 'close' | 'cancel'; readonly reason: string }
  | { readonly do: 'turn_back'; readonly reason: string; readonly expectedAt: Instant | null }
  | { readonly do: 'retry' }
)
export type StepDone = {
  readonly id: bigint
  readonly isRepeat: boolean
  /** The transfer that brings the goods back. */
  readonly returnLeg: bigint | null
}

type Decided = {
  readonly step: Step
  readonly event: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly expectedAt?: Instant | null
  readonly back?: readonly Pick<TransferLine, 'line' | 'sku' | 'quantity'>[]
}

/**
 * Carries out one step: the transfer, its lines, the ledger and the event commit together or not at all. Refuses `transfer.not_found`,
 * `transfer.key_reused_conflict`, `transfer.state_conflict`, `transfer.return_leg_needed`, what the step's own decision refuses, and
 * what the ledger does.
 */
export async function takeStep(
  deps: TransferDeps,
  id: bigint,
  asked: StepAsked,
  by: By,
): Promise<Result<StepDone>> {
  return await allOrNothing(deps.db, async (tx) => {
    const transfer = await lockTransfer(tx, id)
    if (transfer === null) return refuse('transfer.not_found', `there is no transfer ${id}`)
    const { key, ...rest } = asked
    const hash = askedHash({
      ...rest,
      expectedAt: 'expectedAt' in asked ? asked.expectedAt?.toString() : undefined,
    })
    const known = await readEventKey(tx, id, key ?? '')
    if (key !== null && known.asked !== null)
      return known.asked === hash
        ? ok({ id, isRepeat: true, returnLeg: null })
        : refuse('transfer.key_reused_conflict', 'this key was used for another step of the transfer')
    const allowed = decideAction(transfer, asked.do)
    if (!allowed.ok) return allowed
    const at = deps.clock.now()
    const mark = { key, hash, at, number: known.count + 1, by }
    if (asked.do === 'retry') return await tryAgain(deps, tx, transfer, mark)
    return await carryOut(deps, tx, transfer, asked, mark)
  })
}

type Mark = {
  readonly key: string | null
  readonly hash: string
  readonly at: Instant
  readonly number: number
  readonly by: By
}

async function carryOut(
  deps: TransferDeps,
  tx: Sql,
  transfer: Transfer,
  asked: Exclude<StepAsked, { do: 'retry' }>,
  { key, hash, at, number, by }: Mark,
): Promise<Result<StepDone>> {
  const { id } = transfer
  const context = await readContext(tx, transfer, { number, actor: by.name })
  const decided = decide(transfer, asked, context)
  if (!decided.ok) return decided
  const { step, event, detail, expectedAt = null } = decided.value
  const lines = await applyWithLock(tx, transfer, step, context, at)
  if (!lines.ok) return lines
  await saveLines(tx, id, lines.value)
  await saveState(tx, id, step.state, at, expectedAt)
  const told = { ...detail, ...(asked.note === '' ? {} : { note: asked.note }) }
  await insertEvent(tx, { transferId: id, at, kind: event, actor: by.name, key, asked: hash, detail: told })
  const returnLeg =
    decided.value.back === undefined || decided.value.back.length === 0
      ? null
      : await sendBack(deps, tx, transfer, decided.value.back, { at, expectedAt, by })
  await deps.audit(tx, {
    actor: by,
    action: `transfers.${event}`,
    subject: id.toString(),
    detail: { transferNo: transfer.transferNo, ...told },
  })
  return ok({ id, isRepeat: false, returnLeg })
}

function decide(
  transfer: Transfer,
  asked: Exclude<StepAsked, { do: 'retry' }>,
  context: StepContext,
): Result<Decided> {
  switch (asked.do) {
    case 'dispatch': {
      const step = decideDispatch(transfer, asked.lines, context)
      if (!step.ok) return step
      const lines = changed(transfer, step.value, (line) => line.dispatched)
      return ok({ step: step.value, event: 'dispatched', detail: { lines }, expectedAt: asked.expectedAt })
    }
    case 'receive': {
      const step = decideReceipt(transfer, asked.lines, context)
      if (!step.ok) return step
      return ok({
        step: step.value,
        event: 'received',
        detail: { lines: asked.lines, figures: context.figures },
      })
    }
    case 'close': {
      const step = closeShort(transfer, context, asked.reason)
      const lost = changed(transfer, step, (line) => line.lost)
      return ok({ step, event: 'short_closed', detail: { reason: asked.reason, lost } })
    }
    case 'cancel':
      return ok({
        step: cancelStep(transfer, context, asked.reason),
        event: 'cancelled',
        detail: { reason: asked.reason },
      })
    case 'turn_back': {
      const step = turnBack(transfer, context, asked.reason)
      const detail = { reason: asked.reason, lines: step.back }
      return ok({ step, event: 'turned_back', detail, expectedAt: asked.expectedAt, back: step.back })
    }
  }
}

function changed(transfer: Transfer, step: Step, figure: (line: TransferLine) => number) {
  return step.lines.flatMap((line, i) => {
    const before = transfer.lines[i]
    const quantity = figure(line) - (before === undefined ? 0 : figure(before))
    return quantity === 0 ? [] : [{ line: line.line, sku: line.sku, quantity }]
  })
}

/**
 * Writes the step to the ledger, and moves the order's lock with the goods in the same breath. Where the lock cannot follow yet (a
 * captured warehouse has not shown the goods), the step stands alone and a sweep lets it follow.
 */
async function applyWithLock(
  tx: Sql,
  transfer: Transfer,
  step: Step,
  context: Awaited<ReturnType<typeof readContext>>,
  at: Instant,
): Promise<Result<readonly TransferLine[]>> {
  const arrived = context.figures === 'own' ? notFollowed(step.lines) : new Map<string, number>()
  const follow = await followCommands(tx, transfer, arrived, context.holds, context.actor)
  if (follow.length > 0) {
    await savepoint(tx)
    const both = await applyAll(tx, [...step.commands, ...follow], at)
    if (both.ok) return ok(followed(step.lines))
    await backToSavepoint(tx)
  }
  const alone = await applyAll(tx, step.commands, at)
  if (!alone.ok) return alone
  // With an order that wants nothing of it, there is nothing to follow later either.
  return ok(follow.length === 0 && context.figures === 'own' ? followed(step.lines) : step.lines)
}

export function followed(lines: readonly TransferLine[]): readonly TransferLine[] {
  return lines.map((line) => ({ ...line, handedOver: line.received }))
}

/** A transfer of its own, on the way from its first moment. */
async function sendBack(
  deps: TransferDeps,
  tx: Sql,
  transfer: Transfer,
  back: readonly Pick<TransferLine, 'line' | 'sku' | 'quantity'>[],
  { at, expectedAt, by }: { at: Instant; expectedAt: Instant | null; by: By },
): Promise<bigint | null> {
  const id = await insertTransfer(tx, {
    requestKey: `hub:return:${transfer.id}`,
    asked: '',
    kind: 'warehouse',
    from: transfer.to,
    to: transfer.from,
    state: 'instructed',
    reason: `turned back: ${transfer.transferNo}`,
    note: '',
    orderId: null,
    returnOf: transfer.id,
    drawSafety: false,
    at,
    day: dayOf(at, deps.zone()),
    lockDueAt: at,
    lockUntil: at,
    expectedAt,
    createdBy: by.name,
    lines: back.map((one) => ({
      ...freshLine(one.line, { ...one, fromChannel: null, toChannel: null }),
      dispatched: one.quantity,
    })),
  })
  if (id === null) return null
  await saveState(tx, id, 'dispatched', at)
  const detail = { returnOf: transfer.transferNo, lines: back }
  await insertEvent(tx, {
    transferId: id,
    at,
    kind: 'dispatched',
    actor: by.name,
    key: null,
    asked: '',
    detail,
  })
  return id
}

async function tryAgain(
  deps: TransferDeps,
  tx: Sql,
  transfer: Transfer,
  { key, hash, at, by }: Mark,
): Promise<Result<StepDone>> {
  const { id } = transfer
  await saveRetry(tx, id, {
    at,
    lockDueAt: at.add({ seconds: deps.lockSeconds }),
    lockUntil: at.add({ minutes: deps.tryMinutes }),
    holdNo: transfer.state === 'failed' ? transfer.holdNo + 1 : transfer.holdNo,
  })
  await insertEvent(tx, {
    transferId: id,
    at,
    kind: 'tried_again',
    actor: by.name,
    key,
    asked: hash,
    detail: {},
  })
  await deps.audit(tx, { actor: by, action: 'transfers.tried_again', subject: id.toString(), detail: {} })
  const done = await lockNow(deps, tx, id, by.name)
  return done.ok ? ok({ id, isRepeat: false, returnLeg: null }) : done
}
