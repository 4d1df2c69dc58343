import { lockOrdersById } from '#features/orders/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { isProven, type Piece, tally, wasReplaced } from './core/may-ship.ts'
import type { Proof } from './core/proof.ts'
import { type By, identityOf, type ReshipmentDeps } from './deps.ts'
import { readStandings } from './may-ship.ts'
import {
  insertReshipment,
  lockReshipments,
  noteDecision,
  noteSendRefused,
  type ProofJson,
  type ReshipmentRow,
  type ReshipReason,
  readGivenUp,
  readReshipments,
  readUndecided,
  setReshipment,
  withdrawSent,
  writeEvent,
} from './store.ts'

export type ReshipAsk = {
  readonly orderId: bigint
  readonly reason: ReshipReason
  readonly words: string
  readonly pieces: readonly Piece[]
  readonly trackingNos: readonly string[]
}

/**
 * Asks to send pieces of an order again. Where the facts prove that every named parcel did not arrive (none named: that the whole order
 * came back) and were not replaced before it is granted and sent at once; anything else waits for another person's approval. Refused: `reshipments.order_not_found`,
 * `reshipments.pieces_invalid` (not of this order, or more than it has), `reshipments.parcel_not_found`, `reshipments.asked_exists`.
 */
export async function askReship(
  deps: ReshipmentDeps,
  ask: ReshipAsk,
  by: By,
): Promise<Result<ReshipmentRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    await lockOrdersById(tx, [ask.orderId])
    const standing = (await readStandings(tx, [ask.orderId], deps.rules)).get(ask.orderId)
    if (standing === undefined) return refuse('reshipments.order_not_found', 'there is no such order')
    const ordered = tally(standing.ordered)
    const wrong = [...tally(ask.pieces)].find(([line, quantity]) => quantity > (ordered.get(line) ?? 0))
    if (wrong !== undefined)
      return refuse('reshipments.pieces_invalid', `line ${wrong[0].slice(0, 60)} has not that many pieces`)
    const parcels = new Set(standing.sent.map((one) => one.trackingNo))
    const stranger = ask.trackingNos.find((no) => !parcels.has(no))
    if (stranger !== undefined)
      return refuse(
        'reshipments.parcel_not_found',
        `${stranger.slice(0, 60)} is no parcel of this order that left`,
      )
    const open = await readReshipments(tx, {
      ids: null,
      states: ['waiting', 'proven', 'approved'],
      orderId: ask.orderId,
      before: null,
      limit: 100,
    })
    const lines = new Set(ask.pieces.map((piece) => piece.lineId))
    if (open.some((one) => one.pieces.some((piece) => lines.has(piece.lineId))))
      return refuse('reshipments.asked_exists', 'a re-ship of these pieces is asked for already')
    const isOpen = isProven(ask.trackingNos, standing.proofs) && !wasReplaced(ask, standing.grants)
    const now = deps.clock.now()
    const proof = isOpen ? proofsToJson(standing.proofs, ask.trackingNos) : []
    const id = await insertReshipment(
      tx,
      { ...ask, state: isOpen ? 'proven' : 'waiting', proof },
      { name: by.name, id: identityOf(by) },
      now,
    )
    const detail = { orderId: ask.orderId.toString(), reason: ask.reason, words: ask.words, proof }
    await writeEvent(tx, `reshipment:${id}`, { what: 'asked', actor: by.name, words: ask.words, detail }, now)
    await deps.audit(tx, { actor: by, action: 'reshipments.asked', subject: `reshipment ${id}`, detail })
    if (isOpen) await granted(tx, deps, id, 'hub')
    return ok(id)
  })
  return done.ok ? await shown(deps, done.value) : done
}

export type ReshipDecision = { readonly is: 'approve' | 'reject'; readonly words: string }

/**
 * Approves or rejects. Refused: `reshipments.not_found`, `reshipments.decided_conflict`, `reshipments.same_person_forbidden`: whoever asked
 * never approves, whatever their role.
 */
export async function decideReship(
  deps: ReshipmentDeps,
  id: bigint,
  decision: ReshipDecision,
  by: By,
): Promise<Result<ReshipmentRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const row = await locked(tx, id)
    if (!row.ok) return row
    if (row.value.state !== 'waiting')
      return refuse('reshipments.decided_conflict', `the request is ${row.value.state} already`)
    if (decision.is === 'approve' && row.value.asked_by_id === identityOf(by))
      return refuse(
        'reshipments.same_person_forbidden',
        'whoever asked does not approve; another person does',
      )
    const now = deps.clock.now()
    const state = decision.is === 'approve' ? 'approved' : 'rejected'
    await noteDecision(tx, id, { state, by: by.name, words: decision.words }, now)
    await writeEvent(tx, `reshipment:${id}`, { what: state, actor: by.name, words: decision.words }, now)
    await deps.audit(tx, {
      actor: by,
      action: `reshipments.${state}`,
      subject: `reshipment ${id}`,
      detail: { askedBy: row.value.asked_by, words: decision.words },
    })
    if (decision.is === 'approve') await granted(tx, deps, id, by.name)
    return ok(id)
  })
  return done.ok ? await shown(deps, done.value) : done
}

/** Takes a request back before it was sent. Refused: `reshipments.not_found`, `reshipments.decided_conflict`, `reshipments.not_yours_forbidden`. */
export async function withdrawReship(
  deps: ReshipmentDeps,
  id: bigint,
  words: string,
  by: By & { readonly isAdmin: boolean },
): Promise<Result<ReshipmentRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const row = await locked(tx, id)
    if (!row.ok) return row
    if (!['waiting', 'proven', 'approved'].includes(row.value.state))
      return refuse('reshipments.decided_conflict', `the request is ${row.value.state} already`)
    if (row.value.asked_by_id !== identityOf(by) && !by.isAdmin)
      return refuse('reshipments.not_yours_forbidden', `${row.value.asked_by} asked; only they take it back`)
    const now = deps.clock.now()
    await noteDecision(tx, id, { state: 'withdrawn', by: by.name, words }, now)
    await writeEvent(tx, `reshipment:${id}`, { what: 'withdrawn', actor: by.name, words }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'reshipments.withdrawn',
      subject: `reshipment ${id}`,
      detail: { words },
    })
    return ok(id)
  })
  return done.ok ? await shown(deps, done.value) : done
}

/**
 * Looks at requests again after what happened since: a waiting one whose proof arrived is granted, a proven one whose proof fell waits for a
 * person, a granted one that could not be sent is tried again; one whose waybill a person gave up makes no room for another parcel.
 * Stateless: a second look changes nothing.
 */
export async function reviewReships(deps: ReshipmentDeps, limit = 500): Promise<void> {
  for (const { id, order_id: orderId, parcel_no: parcelNo } of await readGivenUp(deps.db, limit))
    await deps.db.begin(async (tx) => {
      await lockOrdersById(tx, [orderId])
      const words = `${parcelNo}: no waybill is wanted any more`
      const now = deps.clock.now()
      if (await withdrawSent(tx, id, words, now))
        await writeEvent(tx, `reshipment:${id}`, { what: 'withdrawn', actor: 'hub', words }, now)
    })
  let after = 0n
  for (;;) {
    const rows = await readUndecided(deps.db, after, limit)
    for (const row of rows)
      await deps.db.begin(async (tx) => {
        await lockOrdersById(tx, [row.order_id])
        const now = await locked(tx, row.id)
        if (now.ok) await reviewReship(tx, deps, now.value)
      })
    after = rows.at(-1)?.id ?? after
    if (rows.length < limit) return
  }
}

async function reviewReship(tx: Sql, deps: ReshipmentDeps, row: ReshipmentRow): Promise<void> {
  // Somebody may have decided it since it was read.
  if (!['waiting', 'proven', 'approved'].includes(row.state)) return
  const standing = (await readStandings(tx, [row.order_id], deps.rules)).get(row.order_id)
  const proofs = standing?.proofs ?? []
  const isAgain =
    row.state === 'waiting' &&
    wasReplaced({ trackingNos: row.tracking_nos, pieces: row.pieces }, standing?.grants ?? [])
  const stands = isProven(row.tracking_nos, proofs) && !isAgain
  const now = deps.clock.now()
  if (row.state === 'waiting' && stands) {
    await setReshipment(tx, row.id, { state: 'proven', proof: proofsToJson(proofs, row.tracking_nos) }, now)
    await writeEvent(tx, `reshipment:${row.id}`, { what: 'proven', actor: 'hub' }, now)
    await granted(tx, deps, row.id, 'hub')
  } else if (row.state === 'proven' && !stands) {
    await setReshipment(tx, row.id, { state: 'waiting', proof: [] }, now)
    await writeEvent(tx, `reshipment:${row.id}`, { what: 'proof_fell', actor: 'hub' }, now)
  } else if (row.state !== 'waiting') await granted(tx, deps, row.id, 'hub')
}

/** Wants the waybill of a granted re-ship, in the transaction that granted it; a refusal is kept beside it and tried again later. */
async function granted(tx: Sql, deps: ReshipmentDeps, id: bigint, actor: string): Promise<void> {
  const [row] = await lockReshipments(tx, [id])
  if (row === undefined) return
  const now = deps.clock.now()
  const parcelNo = `R${id}`
  const sent = await deps.send(tx, {
    parcelNo,
    order: { id: row.order_id, connection: row.connection_id, orderNo: row.order_no },
    pieces: row.pieces,
    because: `re-ship ${id}: ${row.reason}`,
  })
  if (!sent.ok) {
    if (row.send_code !== sent.refusal.code) await noteSendRefused(tx, id, sent.refusal, now)
    return
  }
  await setReshipment(tx, id, { state: 'sent', parcelNo }, now)
  await writeEvent(tx, `reshipment:${id}`, { what: 'sent', actor, detail: { parcelNo } }, now)
  const data = { reshipment: id.toString(), parcelNo, reason: row.reason }
  await writeJournal(tx, [{ kind: 'reshipment.sent', orderId: row.order_id, data }], now)
}

async function locked(tx: Sql, id: bigint): Promise<Result<ReshipmentRow>> {
  const [row] = await lockReshipments(tx, [id])
  return row === undefined ? refuse('reshipments.not_found', 'there is no such re-ship') : ok(row)
}

async function shown(deps: ReshipmentDeps, id: bigint): Promise<Result<ReshipmentRow>> {
  const [row] = await readReshipments(deps.db, {
    ids: [id],
    states: null,
    orderId: null,
    before: null,
    limit: 1,
  })
  return row === undefined ? refuse('reshipments.not_found', 'there is no such re-ship') : ok(row)
}

export function proofsToJson(proofs: readonly Proof[], trackingNos: readonly string[]): ProofJson[] {
  return proofs
    .filter(
      (proof) =>
        proof.trackingNo === null || trackingNos.length === 0 || trackingNos.includes(proof.trackingNo),
    )
    .map(({ kind, trackingNo, code, at }) => ({ kind, trackingNo, code, at: at?.toString() ?? null }))
}
