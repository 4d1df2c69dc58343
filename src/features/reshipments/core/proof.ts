import type { Fact, FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'

export const PROOF_KINDS = ['signed_back', 'lost', 'delivery_revoked', 'returned', 'dispute_upheld'] as const
export type ProofKind = (typeof PROOF_KINDS)[number]

/** Why a parcel is known not to have reached its buyer. */
export type Proof = {
  readonly kind: ProofKind
  /** Null: all of the order. */
  readonly trackingNo: string | null
  /** The upstream code that says it, empty for a person's decision. */
  readonly code: string
  readonly factId: string | null
  readonly at: Instant | null
}

export type ProofRules = {
  /** Upstream codes that confirm a loss, beside events whose canonical reason is one of `LOSS_REASONS`. */
  readonly lossCodes: ReadonlySet<string>
}
export const NO_RULES: ProofRules = { lossCodes: new Set() }
export const LOSS_REASONS: ReadonlySet<string> = new Set(['lost', 'destroyed'])

/** A dispute that somebody with the right decided: the parcel did not arrive. */
export type UpheldDispute = { readonly trackingNo: string; readonly at: Instant }

/** Kinds that show a parcel alive after it was called lost. */
const ALIVE: ReadonlySet<FactKind> = new Set([
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
])

/**
 * Everything that proves now that parcels of an order did not arrive; empty where nothing does. Pure and order-free. A proof without an
 * instant, or beside a delivery whose instant nobody knows, proves nothing: in doubt the parcel counts as delivered.
 */
export function nonDeliveryProofs(
  facts: readonly Fact[],
  disputes: readonly UpheldDispute[] = [],
  rules: ProofRules = NO_RULES,
): readonly Proof[] {
  const proofs = [...byParcel(facts)].flatMap(([trackingNo, own]) => {
    const upheld = disputes.filter((one) => one.trackingNo === trackingNo)
    return proofOfParcel(trackingNo, own, upheld, rules) ?? []
  })
  const returned = proofOfReturn(facts)
  return returned === null ? proofs : [...proofs, returned]
}

/** Facts by the tracking number that they are about, sorted by number; reports of the hub itself make no parcel. */
export function byParcel(facts: readonly Fact[]): ReadonlyMap<string, readonly Fact[]> {
  const groups = new Map<string, Fact[]>()
  for (const fact of facts) {
    const number = fact.subject.by === 'parcel' ? fact.subject.trackingNo : fact.detail.trackingNo
    if (number === undefined || fact.kind === 'shipment_reported') continue
    const group = groups.get(number)
    if (group === undefined) groups.set(number, [fact])
    else group.push(fact)
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function proofOfParcel(
  trackingNo: string,
  facts: readonly Fact[],
  disputes: readonly UpheldDispute[],
  rules: ProofRules,
): Proof | null {
  const delivered = facts.filter((fact) => fact.kind === 'delivered')
  const dispute = disputes.toSorted((a, b) => Temporal.Instant.compare(b.at, a.at))[0]
  if (dispute !== undefined && delivered.every((fact) => isNotAfter(fact.at.instant, dispute.at)))
    return { kind: 'dispute_upheld', trackingNo, code: '', factId: null, at: dispute.at }
  const kinds: readonly [ProofKind, readonly Fact[], readonly Fact[]][] = [
    ['signed_back', facts.filter((fact) => fact.kind === 'signed_back'), delivered],
    [
      'lost',
      facts.filter((fact) => fact.kind === 'exception' && isLoss(fact, rules)),
      facts.filter((fact) => ALIVE.has(fact.kind)),
    ],
    [
      'delivery_revoked',
      delivered.length === 0 ? [] : facts.filter((fact) => fact.kind === 'delivery_revoked'),
      delivered,
    ],
  ]
  for (const [kind, says, against] of kinds) {
    const fact = says
      .filter(
        ({ at }) => at.instant !== null && against.every((other) => isNotAfter(other.at.instant, at.instant)),
      )
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))[0]
    if (fact !== undefined) return { kind, trackingNo, code: fact.code, factId: fact.id, at: fact.at.instant }
  }
  return null
}

/** The channel says that the goods came back, and nothing was delivered or reopened since. */
function proofOfReturn(facts: readonly Fact[]): Proof | null {
  const against = facts.filter((fact) => fact.kind === 'delivered' || fact.kind === 'reopened')
  const fact = facts
    .filter((one) => one.kind === 'returned' && one.at.instant !== null)
    .filter(({ at }) => against.every((other) => isNotAfter(other.at.instant, at.instant)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))[0]
  return fact === undefined
    ? null
    : { kind: 'returned', trackingNo: null, code: fact.code, factId: fact.id, at: fact.at.instant }
}

function isLoss(fact: Fact, { lossCodes }: ProofRules): boolean {
  return LOSS_REASONS.has(fact.detail.reason ?? '') || lossCodes.has(fact.code)
}

/** An instant that nobody knows may be later. */
function isNotAfter(a: Instant | null, b: Instant | null): boolean {
  return a !== null && b !== null && Temporal.Instant.compare(a, b) <= 0
}
