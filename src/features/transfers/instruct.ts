import { LOCK_TIMEOUT, NOT_AVAILABLE } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { type Sql, sqlState } from '#platform/postgres/database.ts'
import { askedHash } from './asked-hash.ts'
import { readContext } from './context.ts'
import { checkQuotas, moveQuota, reserveStep } from './core/steps.ts'
import { pauseAfter, type Transfer, type TransferLine } from './core/transfer.ts'
import type { By, TransferDeps } from './deps.ts'
import { allOrNothing, applyAll } from './roll-back.ts'
import {
  backToSavepoint,
  findByRequestKey,
  insertEvent,
  insertTransfer,
  lockTransfer,
  orderExists,
  readConnections,
  readWarehouses,
  saveFailedTry,
  saveLines,
  saveLocked,
  savepoint,
  saveState,
  type WarehouseFacts,
  waitForRows,
} from './store.ts'

export const LINES_MOST = 500
/** A reservation that nobody dispatched by then shows among the overdue locks, where people decide. */
const HOLD_SECONDS = 3 * 86_400

export type Instruction = {
  readonly requestKey: string
  readonly from: string
  readonly to: string
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly fromChannel: string | null
    readonly toChannel: string | null
  }[]
  readonly reason: string
  readonly note: string
  readonly orderId: bigint | null
  readonly expectedAt: Instant | null
  readonly drawSafety: boolean
}
export type Instructed = { readonly id: bigint; readonly isRepeat: boolean }

/**
 * Makes a transfer and takes its lock in the same transaction. Goods that are not there leave it `instructed`: it is tried again with
 * pauses. Refuses `transfer.key_reused_conflict`, `transfer.unknown_warehouse`, `transfer.warehouse_inactive`, `transfer.bad_lines`,
 * `transfer.unknown_channel`, `transfer.unknown_order`, `transfer.channel_at_captured`, `transfer.quota_short`.
 */
export async function instructTransfer(
  deps: TransferDeps,
  given: Instruction,
  by: By,
): Promise<Result<Instructed>> {
  const { requestKey, ...rest } = given
  const asked = askedHash({
    ...rest,
    orderId: given.orderId?.toString(),
    expectedAt: given.expectedAt?.toString(),
  })
  const sound = checkLines(given)
  if (!sound.ok) return sound
  return await allOrNothing(deps.db, async (tx) => {
    const known = await findByRequestKey(tx, requestKey)
    if (known !== null) return repeated(known, asked)
    const places = await checkPlaces(tx, given)
    if (!places.ok) return places
    const id = await insertNew(deps, tx, given, asked, by)
    // Somebody brought the same key in this very moment: his stands.
    if (id === null) return repeated(await findByRequestKey(tx, requestKey), asked)
    const done =
      given.from === given.to ? await moveNow(deps, tx, id, by) : await lockNow(deps, tx, id, by.name)
    return done.ok ? ok({ id, isRepeat: false }) : done
  })
}

function repeated(known: { id: bigint; asked: string } | null, asked: string): Result<Instructed> {
  if (known === null || known.asked !== asked)
    return refuse('transfer.key_reused_conflict', 'this key was used for another transfer')
  return ok({ id: known.id, isRepeat: true })
}

function checkLines({ lines, from, to }: Instruction): Result<null> {
  const bad = (detail: string): Result<null> => refuse('transfer.bad_lines', detail)
  if (lines.length === 0) return bad('name at least one SKU and how many pieces')
  if (lines.length > LINES_MOST) return bad(`a transfer has at most ${LINES_MOST} lines; make several`)
  const seen = new Set<string>()
  for (const { sku, fromChannel, toChannel } of lines) {
    const key = JSON.stringify([sku, fromChannel, toChannel])
    if (seen.has(key)) return bad(`${sku} is named twice; add the pieces up`)
    seen.add(key)
    if (from !== to) continue
    if (fromChannel === null || toChannel === null || fromChannel === toChannel)
      return bad(`${sku}: within one warehouse only quota moves; name two different channels`)
  }
  return ok(null)
}

async function checkPlaces(tx: Sql, given: Instruction): Promise<Result<null>> {
  const { from, to, lines, orderId } = given
  const warehouses = await readWarehouses(tx, [from, to])
  for (const code of [from, to]) {
    const known: WarehouseFacts | undefined = warehouses.get(code)
    if (known === undefined)
      return refuse('transfer.unknown_warehouse', `there is no warehouse ${code}`, { warehouse: code })
    if (!known.active)
      return refuse('transfer.warehouse_inactive', `the warehouse ${code} is not active`, { warehouse: code })
  }
  const channels = [...new Set(lines.flatMap((line) => [line.fromChannel, line.toChannel]))].filter(
    (one) => one !== null,
  )
  const known = await readConnections(tx, channels)
  const unknown = channels.find((one) => !known.has(one))
  if (unknown !== undefined)
    return refuse('transfer.unknown_channel', `there is no connection ${unknown}`, { channel: unknown })
  if (
    from !== to &&
    warehouses.get(to)?.figures === 'captured' &&
    lines.some((line) => line.toChannel !== null)
  )
    return refuse(
      'transfer.channel_at_captured',
      `${to} counts by its own system: its pieces can be given to a channel only when it shows them`,
    )
  if (orderId !== null && !(await orderExists(tx, orderId)))
    return refuse('transfer.unknown_order', `there is no order ${orderId}`)
  return ok(null)
}

async function insertNew(
  deps: TransferDeps,
  tx: Sql,
  given: Instruction,
  asked: string,
  by: By,
): Promise<bigint | null> {
  const at = deps.clock.now()
  const { lines, ...head } = given
  const id = await insertTransfer(tx, {
    ...head,
    asked,
    kind: given.from === given.to ? 'channel' : 'warehouse',
    state: 'instructed',
    returnOf: null,
    at,
    day: dayOf(at, deps.zone()),
    lockDueAt: at.add({ seconds: deps.lockSeconds }),
    lockUntil: at.add({ minutes: deps.tryMinutes }),
    createdBy: by.name,
    lines: lines.map((line, i) => freshLine(i + 1, line)),
  })
  if (id === null) return null
  const detail = { from: given.from, to: given.to, lines: lines.length, reason: given.reason }
  await insertEvent(tx, {
    transferId: id,
    at,
    kind: 'instructed',
    actor: by.name,
    key: null,
    asked: '',
    detail,
  })
  await deps.audit(tx, { actor: by, action: 'transfers.instructed', subject: id.toString(), detail })
  return id
}

export function dayOf(at: Instant, zone: string): string {
  return at.toZonedDateTimeISO(zone).toPlainDate().toString().replaceAll('-', '')
}

export function freshLine(
  line: number,
  one: { sku: string; quantity: number; fromChannel: string | null; toChannel: string | null },
): TransferLine {
  const { sku, quantity, fromChannel, toChannel } = one
  const none = { dispatched: 0, received: 0, damaged: 0, lost: 0, returned: 0, handedOver: 0 }
  return { line, sku, quantity, fromChannel, toChannel, ...none }
}

/** Quota within one warehouse: given and taken at once, nothing is carried. */
async function moveNow(deps: TransferDeps, tx: Sql, id: bigint, by: By): Promise<Result<null>> {
  const transfer = (await lockTransfer(tx, id)) as Transfer
  const context = await readContext(tx, transfer, { number: 1, actor: by.name })
  const enough = checkQuotas(transfer, context.quotas)
  if (!enough.ok) return enough
  const step = moveQuota(transfer, context)
  const at = deps.clock.now()
  const done = await applyAll(tx, step.commands, at)
  if (!done.ok) return done
  await saveLines(tx, id, step.lines)
  await saveLocked(tx, id, at)
  await saveState(tx, id, step.state, at)
  const event = { transferId: id, at, actor: by.name, key: null, asked: '', detail: {} }
  await insertEvent(tx, { ...event, kind: 'quota_moved' })
  return ok(null)
}

/**
 * Takes the reservation, or notes why it does not stand and when it is tried again. Everything that a later try can mend is noted;
 * what it cannot is refused.
 */
export async function lockNow(deps: TransferDeps, tx: Sql, id: bigint, actor: string): Promise<Result<null>> {
  const transfer = await lockTransfer(tx, id)
  if (transfer === null || transfer.state !== 'instructed') return ok(null)
  const at = deps.clock.now()
  await savepoint(tx)
  const done = await inTime(tx, async () => {
    const context = await readContext(tx, transfer, { number: 0, actor })
    const enough = checkQuotas(transfer, context.quotas)
    return enough.ok ? await applyAll(tx, reserveStep(transfer, context, HOLD_SECONDS), at) : enough
  })
  if (!done.ok && !WAITS_FOR.includes(done.refusal.code)) return done
  if (!done.ok) {
    await backToSavepoint(tx)
    return await noteMiss(tx, id, at, done.refusal)
  }
  const lockedAt = deps.clock.now()
  await saveLocked(tx, id, lockedAt)
  const event = { transferId: id, at: lockedAt, kind: 'locked', key: null, asked: '', detail: {} }
  await insertEvent(tx, { ...event, actor })
  return ok(null)
}

/**
 * A report that was left open holds the rows of a warehouse for hours. Every transfer that waited for them kept a connection for
 * a minute, until the hub had none left for anything else; now each is told within three seconds, and tried again.
 */
const ROWS_WITHIN_MS = 3_000
const LOCK_NOT_AVAILABLE = '55P03'

async function inTime<T>(tx: Sql, work: () => Promise<Result<T>>): Promise<Result<T>> {
  await waitForRows(tx, ROWS_WITHIN_MS)
  try {
    const done = await work()
    await waitForRows(tx, 0)
    return done
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error
    return refuse(
      LOCK_TIMEOUT,
      `somebody else held the stock of these goods for more than ${ROWS_WITHIN_MS} ms`,
    )
  }
}

/** What may be otherwise in a moment. */
const WAITS_FOR: readonly string[] = [
  NOT_AVAILABLE,
  LOCK_TIMEOUT,
  'stock.warehouse_inactive',
  'transfer.quota_short',
]
const CODE_OF: Readonly<Record<string, string>> = { [NOT_AVAILABLE]: 'transfer.short' }

async function noteMiss(tx: Sql, id: bigint, at: Instant, refusal: Refusal): Promise<Result<null>> {
  const code = CODE_OF[refusal.code] ?? refusal.code
  const words = refusal.detail.slice(0, 500)
  const over = await saveFailedTry(tx, id, { at, code, words, pause: pauseAfter })
  if (over)
    await insertEvent(tx, {
      transferId: id,
      at,
      kind: 'failed',
      actor: 'hub',
      key: null,
      asked: '',
      detail: { code, words },
    })
  return ok(null)
}
