import type { Fact } from '#domain/fact.ts'
import { deriveParcels, lockOrdersById, readOrderFacts } from '#features/orders/index.ts'
import type { Refusal } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Grant, isGranted, type Piece, type Sent, whySentAlready } from './core/may-ship.ts'
import { NO_RULES, nonDeliveryProofs, type Proof, type ProofRules } from './core/proof.ts'
import { readGrants, readOrdered, readUpheld, readWaybills } from './store.ts'

export type ShipStanding = {
  readonly facts: readonly Fact[]
  readonly ordered: readonly Piece[]
  readonly sent: readonly Sent[]
  readonly proofs: readonly Proof[]
  readonly grants: readonly Grant[]
  /** Pieces of the re-ships that are granted at this moment. */
  readonly granted: readonly Piece[]
}

/**
 * Whether these orders may send another parcel, asked in the transaction that wants its waybill; the orders are locked, so that two who
 * ask at once are answered one after the other. `wanted`: the pieces that are to leave, by order. Refused with `reshipments.sent_already`
 * where they left before, or are about to, and no re-ship is granted: proven by the facts of this moment, or approved by a person.
 */
export async function mayShip(
  tx: Sql,
  orderIds: readonly bigint[],
  wanted: ReadonlyMap<bigint, readonly Piece[]> = new Map(),
  rules: ProofRules = NO_RULES,
): Promise<Map<bigint, Refusal | null>> {
  const ids = [...new Set(orderIds)]
  await lockOrdersById(tx, ids)
  const standings = await readStandings(tx, ids, rules)
  return new Map(
    ids.map((id) => {
      const standing = standings.get(id)
      if (standing === undefined) return [id, null]
      const line = whySentAlready({ ...standing, wanted: wanted.get(id) ?? null })
      return [
        id,
        line === null
          ? null
          : {
              code: 'reshipments.sent_already',
              detail: `${line} left before; a second shipment needs proof that it did not arrive, or an approval`,
              data: { line },
            },
      ]
    }),
  )
}

/** What decides about another shipment of these orders, as it is known now. */
export async function readStandings(
  sql: Sql,
  ids: readonly bigint[],
  rules: ProofRules = NO_RULES,
): Promise<Map<bigint, ShipStanding>> {
  const orders = await readOrderFacts(sql, ids)
  const keys = [...orders.values()].map(({ key }) => key)
  const ordered = await readOrdered(sql, ids)
  const grants = await readGrants(sql, ids)
  const upheld = await readUpheld(sql, ids)
  const waybills = await readWaybills(sql, keys)
  return new Map(
    keys.map(({ id }) => {
      const facts = orders.get(id)?.facts ?? []
      const proofs = nonDeliveryProofs(facts, upheld.get(id) ?? [], rules)
      const own = grants.get(id) ?? []
      const granted = own.filter((grant) => isGranted(grant, proofs)).flatMap((grant) => grant.pieces)
      const sent = sentOf(facts, waybills.get(id) ?? [])
      return [id, { facts, ordered: ordered.get(id) ?? [], sent, proofs, grants: own, granted }]
    }),
  )
}

/** Parcels that the facts tell of, with the pieces that their waybill names, and waybills that no fact tells of yet. */
function sentOf(
  facts: readonly Fact[],
  waybills: readonly (Sent & { readonly isOver: boolean })[],
): readonly Sent[] {
  const parcels = deriveParcels(facts)
  const told = new Set<string>(parcels.map((parcel) => parcel.trackingNo))
  // Cancelled at the carrier before anything moved: over at once, though its own event is still to be read.
  const over = new Set(waybills.filter((one) => one.isOver).map((one) => one.trackingNo))
  const known = parcels
    .filter((parcel) => !parcel.void && parcel.stage !== 'announced')
    .filter((parcel) => !(parcel.stage === 'issued' && over.has(parcel.trackingNo)))
    .map((parcel): Sent => {
      const waybill = waybills.find((one) => one.trackingNo === parcel.trackingNo)
      const pieces = waybill?.pieces ?? (parcel.lines.length === 0 ? null : parcel.lines)
      return { trackingNo: parcel.trackingNo, pieces }
    })
  const untold = waybills.filter(
    (one) => !one.isOver && (one.trackingNo === null || !told.has(one.trackingNo)),
  )
  return [...known, ...untold.map(({ trackingNo, pieces }) => ({ trackingNo, pieces }))]
}
