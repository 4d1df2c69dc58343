import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { chooseAccount } from './core/choose-account.ts'
import type { WaybillDeps } from './deps.ts'
import { beginCancelling } from './make/cancel-waybill.ts'
import { makeIntent } from './make/intents.ts'
import {
  hasMoved,
  lockWaybill,
  releaseParcel,
  saveAccountOf,
  saveState,
  setPieces,
  type WaybillRow,
} from './make/store.ts'
import { readChoices } from './read-accounts.ts'
import { setBlocked, writeEvents } from './store.ts'
import { leadOfParcel, readLineQuantities } from './want/store.ts'
import { piecesOf, wantWaybills } from './want/want-waybills.ts'

export type WaybillChange =
  /** From review: asked again, with another account where one is named. */
  | { readonly do: 'retry'; readonly accountId: bigint | null; readonly pieces: number | null }
  | { readonly do: 'cancel'; readonly reason: string }
  /** Cancelled, and another one wanted for the same parcel (换单). */
  | { readonly do: 'renew'; readonly accountId: bigint | null; readonly reason: string }
  /** From review: none is wanted any more; it is shipped another way. */
  | { readonly do: 'give_up'; readonly reason: string }

/**
 * What a person does to a waybill. Refused with `waybills.not_found`, `waybills.not_possible_conflict` (its state says no),
 * `waybills.moved_conflict` (the carrier has the parcel), and what the choice of an account refuses.
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
      return row.state === 'review' ? await retry(tx, deps, row, change, actor) : notNow(row, change.do)
    case 'give_up':
      if (row.state !== 'review') return notNow(row, change.do)
      await end(tx, row, change.reason, actor, now)
      return ok({ waybillId: id })
    case 'cancel':
      if (row.state === 'wanted' && row.attempts === 0) {
        await end(tx, row, change.reason, actor, now)
        return ok({ waybillId: id })
      }
      return await cancel(tx, row, change.reason, actor, now)
    case 'renew': {
      const cancelled =
        row.state === 'review'
          ? (await end(tx, row, change.reason, actor, now), ok({ waybillId: id }))
          : await cancel(tx, row, change.reason, actor, now)
      if (!cancelled.ok) return cancelled
      if (row.state !== 'review') await releaseParcel(tx, row.id)
      return await askFor(tx, deps, { parcelNo: row.parcel_no, accountId: change.accountId }, actor)
    }
  }
}

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
  reason: string,
  actor: string,
  now: Instant,
): Promise<Result<{ readonly waybillId: bigint }>> {
  if (row.state !== 'issued') return notNow(row, 'cancelling')
  if (row.tracking_no !== null && (await hasMoved(tx, row.tracking_no)))
    return refuse(
      'waybills.moved_conflict',
      `the carrier has ${row.tracking_no} already: ask for an intercept instead`,
    )
  await beginCancelling(tx, row, { actor, reason }, now)
  return ok({ waybillId: row.id })
}

async function end(tx: Sql, row: WaybillRow, reason: string, actor: string, now: Instant): Promise<void> {
  await saveState(tx, row.id, { state: 'void', code: null, detail: null, zh: reason, en: reason }, now)
  await writeEvents(tx, [{ waybillId: row.id, what: 'void', actor, words: reason }], now)
}

async function retry(
  tx: Sql,
  deps: WaybillDeps,
  row: WaybillRow,
  change: Extract<WaybillChange, { do: 'retry' }>,
  actor: string,
): Promise<Result<{ readonly waybillId: bigint }>> {
  const now = deps.clock.now()
  const quantities = await readLineQuantities(tx, row.order_ids)
  const named = new Map(
    row.order_ids.map((id, i) => [id, piecesOf(quantities, id, row.orders[i]?.lines ?? [])] as const),
  )
  const stop = [...(await deps.mayShip(tx, row.order_ids, named)).values()].find((one) => one !== null)
  if (stop !== undefined && stop !== null) return { ok: false, refusal: stop }
  const accounts = await readChoices(tx, deps)
  const choice = chooseAccount(accounts.all, accounts.pools, {
    warehouse: row.warehouse,
    carrier: change.accountId === null && row.carrier_named ? row.carrier : null,
    prefers: null,
    service: null,
    accountId: change.accountId,
    sealedBy: null,
    tried: [],
    byHand: true,
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
  await writeEvents(tx, [{ waybillId: id, what: 'retried', actor, words: account.name }], now)
  await newIntents(
    tx,
    [
      makeIntent({
        id,
        reference,
        accountId: account.id,
        leadId,
        connectionId: account.connectionId,
        again: row.attempts + 1,
      }),
    ],
    now,
  )
  return ok({ waybillId: id })
}
