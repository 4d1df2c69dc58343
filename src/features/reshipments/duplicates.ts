import { deriveParcels } from '#features/orders/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type JournalRow, writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { findDuplicate, type LiveParcel } from './core/duplicates.ts'
import { type By, identityOf, type ReshipmentDeps } from './deps.ts'
import {
  type DisputeRow,
  endDispute,
  endDuplicate,
  insertDispute,
  lockDispute,
  openDuplicateOrders,
  ordersOfSeveral,
  readDisputes,
  readDuplicates,
  readKept,
  saveDuplicate,
} from './desk/store.ts'
import { readStandings, type ShipStanding } from './may-ship.ts'
import { writeEvent } from './store.ts'

const PIECE = 500

/**
 * Follows the journal: an order with several parcels that changed is looked at in the transaction that hears of it. Every change is heard
 * once and in its order, whenever it was committed and however wrong the clock of the process was that made it.
 */
export function followDuplicates(
  deps: ReshipmentDeps,
): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const ids = new Set(rows.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])))
    await judge(tx, deps, await ordersOfSeveral(tx, [...ids]))
  }
}

/** Looks again at orders with an open duplicate: it may be gone by itself. */
export async function lookAgain(deps: ReshipmentDeps): Promise<void> {
  await deps.db.begin(async (tx) => await judge(tx, deps, await openDuplicateOrders(tx, PIECE)))
}

async function judge(tx: Sql, deps: ReshipmentDeps, ids: readonly bigint[]): Promise<void> {
  if (ids.length === 0) return
  const now = deps.clock.now()
  const standings = await readStandings(tx, ids, deps.rules)
  const kept = await readKept(tx, ids)
  for (const [id, standing] of standings) {
    const found = findDuplicate(standing.ordered, standing.granted, liveParcels(standing))
    if (found === null || (kept.get(id) ?? []).includes(found.trackingNos.join(' '))) {
      await endDuplicate(tx, { orderId: id }, { state: 'gone', by: 'hub', words: '' }, now)
      continue
    }
    if (!(await saveDuplicate(tx, id, found, now))) continue
    const data = { trackingNos: found.trackingNos, stop: found.stop }
    await writeJournal(tx, [{ kind: 'duplicate.found', orderId: id, data }], now)
  }
}

/** Parcels on their way to the buyer or with them: not void, not going back, not proven lost. */
function liveParcels({ facts, sent, proofs }: ShipStanding): LiveParcel[] {
  const gone = new Set(proofs.map((proof) => proof.trackingNo))
  return deriveParcels(facts)
    .filter((parcel) => !parcel.void && !['announced', 'returning', 'signed_back'].includes(parcel.stage))
    .filter((parcel) => !gone.has(parcel.trackingNo) && !gone.has(null))
    .map((parcel) => ({
      trackingNo: parcel.trackingNo,
      stage: parcel.stage,
      pieces: sent.find((one) => one.trackingNo === parcel.trackingNo)?.pieces ?? [],
      issuedAtMs: (parcel.issuedAt ?? parcel.dispatchedAt ?? parcel.pickedUpAt)?.epochMilliseconds ?? 0,
    }))
}

/** Lets a duplicate go: both parcels are meant. Refused: `reshipments.duplicate_not_found`, `reshipments.decided_conflict`. */
export async function keepDuplicate(
  deps: ReshipmentDeps,
  id: bigint,
  words: string,
  by: By,
): Promise<Result<{ readonly id: bigint }>> {
  const [row] = await readDuplicates(deps.db, { id, state: null, before: null, limit: 1 })
  if (row === undefined) return refuse('reshipments.duplicate_not_found', 'there is no such duplicate')
  return await deps.db.begin(async (tx): Promise<Result<{ id: bigint }>> => {
    const now = deps.clock.now()
    const isDone = await endDuplicate(tx, { id }, { state: 'kept', by: by.name, words }, now)
    if (!isDone) return refuse('reshipments.decided_conflict', 'it is not open any more')
    await writeEvent(tx, `duplicate:${id}`, { what: 'kept', actor: by.name, words }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'duplicates.kept',
      subject: `order ${row.order_no}`,
      detail: { words },
    })
    return ok({ id })
  })
}

/** Notes that a buyer disputes a delivery 签收争议. Refused: `reshipments.parcel_not_found`, `disputes.open_exists`. */
export async function openDispute(
  deps: ReshipmentDeps,
  ask: { readonly orderId: bigint; readonly trackingNo: string; readonly words: string },
  by: By,
): Promise<Result<DisputeRow>> {
  return await deps.db.begin(async (tx): Promise<Result<DisputeRow>> => {
    const standing = (await readStandings(tx, [ask.orderId], deps.rules)).get(ask.orderId)
    if (standing?.sent.some((one) => one.trackingNo === ask.trackingNo) !== true)
      return refuse('reshipments.parcel_not_found', 'it is no parcel of this order that left')
    const now = deps.clock.now()
    const one = { order_id: ask.orderId, tracking_no: ask.trackingNo, words: ask.words }
    const id = await insertDispute(tx, { ...one, opened_by: by.name, opened_by_id: identityOf(by) }, now)
    if (id === null) return refuse('disputes.open_exists', 'this delivery is disputed already')
    await writeEvent(tx, `dispute:${id}`, { what: 'opened', actor: by.name, words: ask.words }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'disputes.opened',
      subject: `parcel ${ask.trackingNo}`,
      detail: { words: ask.words },
    })
    await writeJournal(
      tx,
      [
        {
          kind: 'dispute.opened',
          orderId: ask.orderId,
          data: { dispute: id.toString(), trackingNo: ask.trackingNo },
        },
      ],
      now,
    )
    const [row] = await readDisputes(tx, { id, state: null, before: null, limit: 1 })
    return row === undefined ? refuse('disputes.not_found', 'there is no such dispute') : ok(row)
  })
}

/**
 * Decides a dispute. Upholding it proves that the parcel did not arrive, so whoever opened it may not. Refused: `disputes.not_found`,
 * `disputes.decided_conflict`, `disputes.same_person_forbidden`.
 */
export async function decideDispute(
  deps: ReshipmentDeps,
  id: bigint,
  decision: { readonly is: 'uphold' | 'dismiss'; readonly words: string },
  by: By,
): Promise<Result<DisputeRow>> {
  return await deps.db.begin(async (tx): Promise<Result<DisputeRow>> => {
    const row = await lockDispute(tx, id)
    if (row === null) return refuse('disputes.not_found', 'there is no such dispute')
    if (row.state !== 'open') return refuse('disputes.decided_conflict', `it is ${row.state} already`)
    if (decision.is === 'uphold' && row.opened_by_id === identityOf(by))
      return refuse(
        'disputes.same_person_forbidden',
        'whoever opened it does not uphold it; another person does',
      )
    const now = deps.clock.now()
    const state = decision.is === 'uphold' ? 'upheld' : 'dismissed'
    await endDispute(tx, id, { state, by: by.name, words: decision.words }, now)
    await writeEvent(tx, `dispute:${id}`, { what: state, actor: by.name, words: decision.words }, now)
    await deps.audit(tx, {
      actor: by,
      action: `disputes.${state}`,
      subject: `parcel ${row.tracking_no}`,
      detail: { words: decision.words },
    })
    const [shown] = await readDisputes(tx, { id, state: null, before: null, limit: 1 })
    return ok(shown ?? row)
  })
}
