import type { Instant } from '#kernel/clock.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Account, chooseAccount } from './core/choose-account.ts'
import { isReship } from './core/reference.ts'
import type { WaybillDeps } from './deps.ts'
import { beginCancelling, keepCancelled, type WantAgain } from './make/cancel-waybill.ts'
import { makeIntent } from './make/intents.ts'
import { ruledProduct } from './make/make-waybill.ts'
import {
  ADDRESS_CHANGED,
  countTries,
  hasMoved,
  lockWaybill,
  releaseParcel,
  saveAccountOf,
  saveState,
  setPieces,
  setWarehouse,
  type WaybillRow,
} from './make/store.ts'
import { readChoices } from './read-accounts.ts'
import { setBlocked, writeEvents } from './store.ts'
import { sealedByOf } from './want/sealed-by.ts'
import { leadOfParcel, readLineQuantities } from './want/store.ts'
import { wantReshipAgain } from './want/want-reship.ts'
import { piecesOf, wantWaybills } from './want/want-waybills.ts'

export type WaybillChange =
  /** From review, or while a carrier cannot be reached: asked again, with another account where one is named. */
  | {
      readonly do: 'retry'
      readonly accountId: bigint | null
      readonly pieces: number | null
      /** Of a re-ship, which no plan gives a warehouse; null: as it stands. */
      readonly warehouse?: string | null
    }
  | { readonly do: 'cancel'; readonly reason: string }
  /** Cancelled, and once that is sure another one wanted for the same parcel (换单). */
  | { readonly do: 'renew'; readonly accountId: bigint | null; readonly reason: string }
  /** From review: none is wanted any more; it is shipped another way. */
  | { readonly do: 'give_up'; readonly reason: string }

/**
 * What a person does to a waybill. Refused with `waybills.not_found`, `waybills.not_possible_conflict` (its state says no),
 * `waybills.moved_conflict` (the carrier has the parcel), `waybills.in_doubt_conflict` (another account may hold its number),
 * `waybills.warehouse_needed` (a re-ship without one), and what the choice of an
 * account refuses.
 */
export async function changeWaybill(
  tx: Sql,
  deps: WaybillDeps,
  id: bigint,
  change: WaybillChange,
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  const row = await lockWaybill(tx, id)
  if (row === null) return refuse('waybills.not_found', `there is no waybill ${id}`)
  const now = deps.clock.now()
  switch (change.do) {
    case 'retry':
      return row.state === 'review' || (change.accountId !== null && isUntold(row))
        ? await retry(tx, deps, row, change, actor)
        : notNow(row, change.do)
    case 'give_up':
      if (row.state !== 'review') return notNow(row, change.do)
      await endWaybill(tx, row, change.reason, actor, now)
      return ok({ waybillId: id })
    case 'cancel':
      if (!isUntold(row)) return await cancel(tx, row, { actor, reason: change.reason }, now)
      await endWaybill(tx, row, change.reason, actor, now)
      return ok({ waybillId: id })
    case 'renew':
      return await renew(tx, deps, row, change, actor)
  }
}

/** Wanted, and no carrier can have made it yet. */
function isUntold({ state, doubtful_account_id: doubtful }: WaybillRow): boolean {
  return doubtful === null && (state === 'wanted' || state === 'asking')
}

/**
 * One that is issued is cancelled at its carrier first, since a parcel must not have two numbers that live; where the carrier has refused
 * that before without having the parcel, it is left behind.
 */
async function renew(
  tx: Sql,
  deps: WaybillDeps,
  row: WaybillRow,
  change: Extract<WaybillChange, { do: 'renew' }>,
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  const now = deps.clock.now()
  const { accountId, reason } = change
  if (row.state === 'review') {
    await endWaybill(tx, row, reason, actor, now)
    return await wantOther(tx, deps, row, change, actor)
  }
  const isKept = row.code !== null && row.code !== TOO_LATE && row.code !== ADDRESS_CHANGED
  if (row.state !== 'issued' || row.tracking_no === null || !isKept)
    return await cancel(tx, row, { actor, reason, renew: { actor, accountId } }, now)
  if (await hasMoved(tx, row)) return moved(row)
  await keepCancelled(tx, row, `${reason}（${row.code}）`, now)
  return await wantOther(tx, deps, row, change, actor)
}

async function wantOther(
  tx: Sql,
  deps: WaybillDeps,
  row: WaybillRow,
  change: Pick<Extract<WaybillChange, { do: 'renew' }>, 'accountId' | 'reason'>,
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  return isReship(row.parcel_no)
    ? await renewReship(tx, deps, row, change, actor)
    : await askFor(tx, deps, { parcelNo: row.parcel_no, accountId: change.accountId }, actor)
}

/** What follows a cancelling that was asked for in order to have another waybill. */
export const wantAfterCancel: WantAgain = async (tx, deps, row, { actor, accountId, reason }) => {
  const other = await wantOther(tx, deps, row, { accountId, reason }, actor)
  return other.ok ? null : `${other.refusal.code}: ${other.refusal.detail}`
}

async function renewReship(
  tx: Sql,
  deps: WaybillDeps,
  row: WaybillRow,
  { accountId, reason }: Pick<Extract<WaybillChange, { do: 'renew' }>, 'accountId' | 'reason'>,
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  const former = {
    parcelNo: row.parcel_no,
    leadId: row.lead_id,
    warehouse: row.warehouse,
    orders: row.orders,
    orderIds: row.order_ids,
  }
  const fresh = await wantReshipAgain(tx, former, { actor, reason }, deps.clock.now())
  if (!fresh.ok) return fresh
  return accountId === null
    ? ok({ waybillId: fresh.value })
    : await changeWaybill(tx, deps, fresh.value, { do: 'retry', accountId, pieces: null }, actor)
}

const TOO_LATE = 'carrier.too_late'

/** Wants a waybill for one parcel by a person's hand. Refused with `waybills.no_such_parcel`, `waybills.not_ready_conflict`. */
export async function askFor(
  tx: Sql,
  deps: WaybillDeps,
  ask: { readonly parcelNo: string; readonly accountId: bigint | null },
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  const lead = await leadOfParcel(tx, ask.parcelNo)
  if (lead === null) return refuse('waybills.no_such_parcel', `there is no parcel ${ask.parcelNo}`)
  const [made] = await wantWaybills(tx, deps, [lead], { actor, only: ask })
  if (made === undefined)
    return refuse(
      'waybills.not_ready_conflict',
      `${ask.parcelNo} has a waybill, or its plan does not stand: look at the order’s plan`,
    )
  return ok({ waybillId: made })
}

/** Lets an account be used again. Refused with `waybills.account_not_found`. */
export async function unblockAccount(tx: Sql, id: bigint, now: Instant): Promise<boolean> {
  return await setBlocked(tx, id, null, now)
}

function notNow(row: WaybillRow, what: string): Result<never> {
  return refuse('waybills.not_possible_conflict', `${row.reference} is ${row.state}: ${what} is not possible`)
}

async function cancel(
  tx: Sql,
  row: WaybillRow,
  one: Parameters<typeof beginCancelling>[2],
  now: Instant,
): Promise<Result<{ readonly waybillId: bigint }>> {
  if (row.state !== 'issued') return notNow(row, 'cancelling')
  if (await hasMoved(tx, row)) return moved(row)
  await beginCancelling(tx, row, one, now)
  return ok({ waybillId: row.id })
}

function moved(row: WaybillRow): Result<never> {
  return refuse(
    'waybills.moved_conflict',
    `the carrier has ${row.tracking_no} already: ask for an intercept instead`,
  )
}

/** One that a carrier may have made unheard is cancelled there by its reference, while the parcel is free for another. */
export async function endWaybill(
  tx: Sql,
  row: WaybillRow,
  reason: string,
  actor: string,
  now: Instant,
): Promise<void> {
  if (row.doubtful_account_id !== null) {
    await releaseParcel(tx, row.id)
    return await beginCancelling(tx, row, { actor, reason }, now)
  }
  await saveState(tx, row.id, { state: 'void', code: null, detail: null, zh: reason, en: reason }, now)
  await writeEvents(tx, [{ waybillId: row.id, what: 'void', actor, words: reason }], now)
}

/** Null: its goods may leave. */
async function whyNotShip(tx: Sql, deps: WaybillDeps, row: WaybillRow): Promise<Refusal | null> {
  const quantities = await readLineQuantities(tx, row.order_ids)
  const named = new Map(
    row.order_ids.map((id, i) => [id, piecesOf(quantities, id, row.orders[i]?.lines ?? [])] as const),
  )
  const stops = await deps.mayShip(tx, row.order_ids, named)
  return [...stops.values()].find((one) => one !== null) ?? null
}

async function retry(
  tx: Sql,
  deps: WaybillDeps,
  row: WaybillRow,
  change: Extract<WaybillChange, { do: 'retry' }>,
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  const now = deps.clock.now()
  const stop = await whyNotShip(tx, deps, row)
  if (stop !== null) return { ok: false, refusal: stop }
  const doubtful = row.doubtful_account_id
  if (doubtful !== null && change.accountId !== null && change.accountId !== doubtful)
    return refuse(
      'waybills.in_doubt_conflict',
      `the account asked before may have made ${row.reference}: ask it again, or renew to leave that one behind`,
    )
  const accounts = await readChoices(tx, deps)
  const warehouse = warehouseOf(row, change, accounts.all)
  if (warehouse === null && isReship(row.parcel_no))
    return refuse('waybills.warehouse_needed', 'name the warehouse that sends the re-ship')
  const choice = chooseAccount(accounts.all, accounts.pools, {
    warehouse,
    carrier: change.accountId === null && row.carrier_named ? row.carrier : null,
    prefers: row.carrier,
    service: row.carrier_named && change.accountId === null ? ruledProduct(row, accounts.rows) : null,
    accountId: change.accountId ?? doubtful,
    sealedBy: await sealedByOf(tx, deps.vault, row.lead_id),
    tried: [],
    byHand: actor !== 'hub',
  })
  if (choice.is !== 'chosen')
    return choice.is === 'none'
      ? refuse(choice.code, choice.words.en)
      : refuse('waybills.no_account', 'no carrier account serves this warehouse')
  const { account, service } = choice
  const { id, reference, lead_id: leadId } = row
  if (change.accountId !== null) await setBlocked(tx, account.id, null, now)
  await saveAccountOf(
    tx,
    id,
    {
      accountId: account.id,
      connectionId: account.connectionId,
      carrier: account.carrier,
      service,
      because: actor,
    },
    now,
  )
  if (change.pieces !== null) await setPieces(tx, id, change.pieces)
  if (warehouse !== row.warehouse) await setWarehouse(tx, id, warehouse)
  await writeEvents(tx, [{ waybillId: id, what: 'retried', actor, words: account.name }], now)
  const again = await countTries(tx, row)
  await newIntents(
    tx,
    [
      makeIntent({
        id,
        reference,
        accountId: account.id,
        leadId,
        connectionId: account.connectionId,
        again,
      }),
    ],
    now,
  )
  return ok({ waybillId: id })
}

/** A plan says where its parcels leave from; of a re-ship a person does, else the only warehouse that the account serves. */
function warehouseOf(
  row: WaybillRow,
  change: Extract<WaybillChange, { do: 'retry' }>,
  accounts: readonly Account[],
): string | null {
  if (!isReship(row.parcel_no)) return row.warehouse
  const serves = accounts.find((one) => one.id === change.accountId)?.warehouses ?? []
  return change.warehouse ?? row.warehouse ?? (serves.length === 1 ? (serves[0] ?? null) : null)
}
