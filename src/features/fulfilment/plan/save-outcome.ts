import type { DecisionRecord, RuleObservation } from '#domain/rulebook.ts'
import { withdrawQuotes } from '#features/freight/index.ts'
import type { LockedPlan, PlanAsk } from '#features/order-stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { isSamePlan, parcelRows } from '../core/parcel-rows.ts'
import { restsOf } from '../core/rest.ts'
import { type Standing, standingOf } from '../core/standing.ts'
import type { PlanDeps } from '../deps.ts'
import { dropRuleHolds, type HoldRow, placeRuleHolds, readHolds } from '../holds/store.ts'
import { leaveGroups } from '../manual/store.ts'
import {
  endParcels,
  type ParcelRow,
  type PlanAnswer,
  type PlanRow,
  placeParcels,
  replaceParcels,
  savePlans,
  takeOut,
  writeEvents,
} from '../store.ts'
import { type Decided, recordOf } from './decide-kind.ts'
import { type Freight, rateFreight, saveFreight } from './freight.ts'
import { observationsOf, resultOf } from './observations.ts'
import type { Known, Owner } from './owners.ts'
import type { MadeRest } from './plan-rests.ts'
import type { Made } from './session.ts'
import { PLAN_FAILED, type WorkedOut } from './work-out.ts'

export type Outcome = {
  readonly made: readonly Made[]
  /** What other parcels left behind. */
  readonly rests: readonly MadeRest[]
  readonly asked: ReadonlyMap<bigint, PlanAsk>
  readonly known: Known
  /** Null where no stock is counted. */
  readonly outcomes: readonly LockedPlan[] | null
  readonly now: Instant
}

/** Writes what became of the plans: rows, parcels, holds of rules, decisions, freight. Only what changed is written. */
export async function saveOutcome(deps: PlanDeps, tx: Sql, outcome: Outcome): Promise<void> {
  const { made, known, now } = outcome
  await holdByRules(tx, made, now)
  const holds = await readHolds(tx, [...outcome.asked.keys()])
  const lockOf = new Map((outcome.outcomes ?? []).map((one) => [one.orderId, one]))
  const rows: PlanRow[] = []
  const replaced: { owner: Owner; parcels: readonly ParcelRow[] }[] = []
  const decided: { owner: Owner; worked: WorkedOut; freight: Freight | null }[] = []
  for (const { owner, worked } of made) {
    const states = owner.members.map(({ order }) =>
      standingOf({
        worked,
        before: known.plans.get(order.id) ?? null,
        lock: outcome.outcomes === null ? 'uncounted' : (lockOf.get(order.id) ?? null),
        isHeld: owner.members.some((one) => hasOpenHold(holds, one.order.id)),
        isOnHold: owner.members.some((one) => isOnHold(one.ask)),
      }),
    )
    if (worked === null) {
      rows.push(...owner.members.flatMap(({ order }, i) => keptRow(known, order.id, states[i], now)))
      continue
    }
    const freight = worked.outcome === 'placed' ? rateFreight(deps, owner, worked) : null
    const parcels = parcelRows(owner.leadId, owner.revision + 1, worked, now)
    const isSame = isSamePlan(owner.parcels, parcels)
    const revision = owner.revision + (isSame ? 0 : 1)
    if (!isSame) replaced.push({ owner, parcels })
    decided.push({ owner, worked, freight })
    for (const [i, member] of owner.members.entries())
      rows.push(madeRow(owner, worked, freight, { member, state: states[i], revision, known, now }))
  }
  await keepRests(tx, outcome, { lockOf, holds }, rows)
  await closePlans(tx, outcome, rows)
  for (const { owner } of replaced)
    await takeOut(
      tx,
      formerLeads(owner, known),
      owner.members.map(({ order }) => order.id),
    )
  await replaceParcels(
    tx,
    replaced.map(({ owner }) => owner.leadId),
    replaced.flatMap((one) => one.parcels),
  )
  const changed = rows.filter((row) => isToldAnew(row, known.plans.get(row.orderId)))
  const told = new Set(changed)
  const quiet = rows.flatMap((row) => (told.has(row) ? [] : quietly(row, known.plans.get(row.orderId))))
  await savePlans(tx, [...changed, ...quiet])
  await tell(tx, changed, known, now)
  await keepDecisions(deps, tx, decided, now)
}

function hasOpenHold(holds: ReadonlyMap<bigint, readonly HoldRow[]>, orderId: bigint): boolean {
  return (holds.get(orderId) ?? []).some((hold) => hold.releasedAt === null)
}

/** Its channel says that it must not ship yet; what travels with it waits as well. */
function isOnHold({ order }: PlanAsk): boolean {
  return order.status === 'on_hold'
}

async function holdByRules(tx: Sql, made: readonly Made[], now: Instant): Promise<void> {
  const reworked = made.flatMap(({ owner, worked }) => (worked === null ? [] : [{ owner, worked }]))
  await placeRuleHolds(
    tx,
    reworked.flatMap(({ owner, worked }) =>
      worked.holds.map(({ decided, node, reason }) => ({
        orderId: owner.leadId,
        reason,
        kind: decided.kind,
        setId: decided.chosen.setId,
        versionId: decided.chosen.versionId,
        node,
      })),
    ),
    now,
  )
  const planned = reworked.filter(({ owner, worked }) => owner.plan !== null && hasAsked(worked))
  await dropRuleHolds(
    tx,
    planned.flatMap(({ owner }) => owner.members.map(({ order }) => order.id)),
    planned.flatMap(({ owner, worked }) =>
      owner.members.flatMap(({ order }) =>
        worked.holds.map(({ decided, node }) => ({ orderId: order.id, setId: decided.chosen.setId, node })),
      ),
    ),
    now,
  )
}

/** Whether the rules were asked: of what was not worked out nobody knows what they would say. */
function hasAsked({ outcome, code }: WorkedOut): boolean {
  return outcome !== 'unmatched' && code !== PLAN_FAILED.code
}

function keptRow(known: Known, orderId: bigint, state: Standing | undefined, now: Instant): PlanRow[] {
  const before = known.plans.get(orderId)
  if (before === undefined || state === undefined) return []
  return [{ ...before, ...state, updatedAt: now }]
}

type RowOf = {
  readonly member: Owner['members'][number]
  readonly state: Standing | undefined
  readonly revision: number
  readonly known: Known
  readonly now: Instant
}

function madeRow(owner: Owner, worked: WorkedOut, freight: Freight | null, of: RowOf): PlanRow {
  const { member, revision, now } = of
  const before = owner.plan
  const own = of.known.plans.get(member.order.id) ?? null
  const pin = (kind: string): bigint | null =>
    [...worked.decided, ...(freight?.decided == null ? [] : [freight.decided])].find(
      (one) => one.kind === kind,
    )?.chosen.versionId ?? null
  const stuck = freight?.stuck ?? null
  const state = of.state ?? {
    state: 'review' as const,
    step: worked.step,
    code: worked.code,
    words: worked.words,
  }
  const held = stuck !== null && (state.state === 'locked' || state.state === 'planned')
  return {
    orderId: member.order.id,
    connection: member.order.connection,
    orderNo: member.order.orderNo,
    leadId: owner.leadId,
    groupId: owner.groupId,
    ...(held
      ? { state: 'review' as const, step: 'freight' as const, code: stuck.code, words: stuck.words }
      : state),
    fingerprint: owner.fingerprint,
    revision,
    pins: {
      review: pin('review') ?? before?.pins.review ?? null,
      split: pin('split') ?? before?.pins.split ?? null,
      sourcing: pin('sourcing') ?? before?.pins.sourcing ?? null,
      freight: pin('freight') ?? before?.pins.freight ?? null,
    },
    answer: answerOf(worked, freight, before),
    manual: own?.manual ?? null,
    excluded: own?.excluded ?? [],
    plannedAt: now,
    updatedAt: now,
  }
}

function answerOf(worked: WorkedOut, freight: Freight | null, before: PlanRow | null): PlanAnswer {
  const marks = [...worked.decided, ...(freight?.decided == null ? [] : [freight.decided])].map(
    (one) => [one.kind, one.mark] as const,
  )
  return {
    ...(worked.answer === null
      ? {}
      : {
          score: worked.answer.score,
          isProven: worked.answer.isProven,
          rejected: worked.answer.rejected,
          out: worked.answer.out,
        }),
    bindings: worked.bindings,
    tags: worked.tags,
    marks: { ...othersThanReview(before?.answer.marks ?? {}), ...Object.fromEntries(marks) },
    ...(freight?.stuck == null ? {} : { isUnrated: true }),
  }
}

/** Tags and cases of a review are withdrawn where none was asked, and told anew by the next one. */
function othersThanReview({ review: _review, ...others }: Readonly<Record<string, string>>) {
  return others
}

type Stands = {
  readonly lockOf: ReadonlyMap<bigint, LockedPlan>
  readonly holds: ReadonlyMap<bigint, readonly HoldRow[]>
}

/** What was left behind has its warehouse once its goods are locked; its numbers, pieces and amounts stay. */
async function keepRests(
  tx: Sql,
  { rests, known, now }: Outcome,
  { lockOf, holds }: Stands,
  rows: PlanRow[],
): Promise<void> {
  const placed: { parcelNo: string; warehouse: string }[] = []
  for (const { rest, found } of rests) {
    const by = {
      isHeld: rest.asks.some((ask) => hasOpenHold(holds, ask.order.id)),
      isOnHold: rest.asks.some(isOnHold),
    }
    const states = rest.asks.map(({ order }) => {
      const before = known.plans.get(order.id)
      const lock = lockOf.get(order.id) ?? null
      return { before, lock, state: standingOf({ worked: PLACED, before: before ?? null, lock, ...by }) }
    })
    for (const { before, state } of states)
      if (before !== undefined) rows.push({ ...before, ...state, updatedAt: now })
    const isHad = states.every(({ lock }) => lock?.state === 'locked' || lock?.code === PART_WAITS)
    if (isHad) placed.push(...[...found].map(([parcelNo, warehouse]) => ({ parcelNo, warehouse })))
  }
  await placeParcels(tx, placed)
}

const PART_WAITS = 'order_stock.part_waits'
const PLACED = { outcome: 'placed', step: 'lock', code: null, words: { zh: '', en: '' } } as const

/** Orders that were planned and are on their way, or will never be. */
async function closePlans(tx: Sql, { asked, known, now }: Outcome, rows: PlanRow[]): Promise<void> {
  const left = new Set<bigint>()
  const ended = new Set<bigint>()
  const withdrawn: bigint[] = []
  const parted: bigint[] = []
  const leadNow = new Map(rows.map((row) => [row.orderId, row.leadId]))
  const rests = restsOf([...asked.values()], known)
  const resting = new Set(rests.flatMap((rest) => rest.asks.map((ask) => ask.order.id)))
  for (const rest of rests) left.add(rest.leadId)
  for (const ask of asked.values()) {
    const plan = known.plans.get(ask.order.id)
    if (plan === undefined || leadNow.has(plan.orderId) || resting.has(plan.orderId)) continue
    const isGone =
      ask.isLeaving ||
      ['picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'completed'].includes(ask.order.status)
    if (!isGone && ask.waits) continue
    rows.push({ ...plan, ...(isGone ? LEFT : ENDED), updatedAt: now })
    // Parcels that others are in as well are open until all of them are gone.
    const waits = [...known.plans.values()].some((one) => {
      const mate = asked.get(one.orderId)
      if (one.leadId !== plan.leadId || mate === undefined || !mate.waits || mate.isLeaving) return false
      return (leadNow.get(one.orderId) ?? one.leadId) === plan.leadId
    })
    if (!waits && !left.has(plan.leadId)) (isGone ? left : ended).add(plan.leadId)
    if (isGone || plan.state === 'ended') continue
    withdrawn.push(plan.orderId)
    if (known.groupOf.has(plan.orderId)) parted.push(plan.orderId)
  }
  const open = rests.flatMap((rest) => rest.parcels.map((parcel) => parcel.parcelNo))
  await endParcels(tx, [...left], 'left', open)
  await endParcels(tx, [...ended], 'void')
  if (withdrawn.length > 0) await withdrawQuotes(tx, withdrawn)
  if (parted.length > 0) await leaveGroups(tx, parted, now)
}

const LEFT = {
  state: 'left',
  step: 'ship',
  code: null,
  words: { zh: '包裹已打单或已发出', en: 'its parcels are printed or on their way' },
} as const
const ENDED = {
  state: 'ended',
  step: 'ship',
  code: null,
  words: { zh: '订单已取消、退款或未付款', en: 'the order was cancelled, refunded or is not paid' },
} as const

/** Orders under which parcels were kept before they were merged, or while they were. */
function formerLeads(owner: Owner, known: Known): bigint[] {
  const before = owner.members.flatMap(({ order }) => known.plans.get(order.id)?.leadId ?? [])
  return [...new Set(before)].filter((lead) => lead !== owner.leadId)
}

/** Whether it stands otherwise than before: a second try that ends the same is no news. */
function isToldAnew(row: PlanRow, before: PlanRow | undefined): boolean {
  if (before === undefined) return true
  const shown = ({
    updatedAt: _at,
    plannedAt: _planned,
    answer: _answer,
    fingerprint: _print,
    ...rest
  }: PlanRow) => canonicalJson(rest)
  return shown(row) !== shown(before)
}

/** What it was made from, or the alternatives to it, are others: kept without a word. */
function quietly(row: PlanRow, before: PlanRow | undefined): PlanRow[] {
  if (before === undefined || (row.answer === before.answer && row.fingerprint === before.fingerprint))
    return []
  const kept = ({ answer, fingerprint }: PlanRow): string => canonicalJson({ answer, fingerprint })
  return kept(row) === kept(before) ? [] : [{ ...row, updatedAt: before.updatedAt }]
}

async function keepDecisions(
  deps: PlanDeps,
  tx: Sql,
  made: readonly { owner: Owner; worked: WorkedOut; freight: Freight | null }[],
  now: Instant,
): Promise<void> {
  const records: DecisionRecord[] = []
  for (const { owner, worked, freight } of made) {
    const marks = owner.plan?.answer.marks ?? {}
    const isNew = (one: Decided): boolean => marks[one.kind] !== one.mark
    for (const one of worked.decided)
      if (isNew(one))
        records.push(...recordsOf(one, owner, resultOf(one, worked), observationsOf(one, worked), now))
    if (freight?.decided != null && isNew(freight.decided))
      records.push(...recordsOf(freight.decided, owner, freight.result, freight.observations, now))
  }
  if (records.length > 0) await deps.record(tx, records)
  const reviewed = made.flatMap(({ owner, worked }) => {
    const review = worked.decided.find((one) => one.kind === 'review') ?? null
    const before = owner.plan?.answer.marks?.review
    if (review?.mark === before) return []
    const { id, orderNo, connection } = owner.order
    return [{ orderId: id, orderNo, connection, ruled: review }]
  })
  if (reviewed.length > 0) await deps.marks(tx, reviewed, now)
  const stale = made.filter(({ owner, freight }) => {
    const isAnew = owner.plan !== null && owner.plan.fingerprint !== owner.fingerprint
    return isAnew && (freight === null || freight.quotes.length === 0)
  })
  await saveFreight(
    tx,
    made.flatMap((one) => one.freight ?? []),
    stale.flatMap(({ owner }) => owner.members.map(({ order }) => order.id)),
    now,
  )
}

/** One for each order that travels with it, so that each is found by its number; its figures count once. */
function recordsOf(
  one: Decided,
  { members }: Owner,
  result: Readonly<Record<string, unknown>>,
  observations: readonly RuleObservation[],
  now: Instant,
): DecisionRecord[] {
  return members.map(({ order }, i) =>
    recordOf(one, order, { result, observations: i === 0 ? observations : [] }, now),
  )
}

async function tell(tx: Sql, rows: readonly PlanRow[], known: Known, now: Instant): Promise<void> {
  const again = rows.filter((row) => {
    const before = known.plans.get(row.orderId)
    return before !== undefined && before.revision !== row.revision
  })
  await writeEvents(
    tx,
    again.map((row) => ({
      orderId: row.orderId,
      what: 'replanned',
      actor: 'hub',
      reason: '',
      detail: { revision: row.revision },
    })),
    now,
  )
  await writeJournal(
    tx,
    rows.map((row) => ({
      kind: 'plan.changed',
      orderId: row.orderId,
      // All but a gift is there: its parcels go on without it.
      data: { state: row.state, ...(row.code === PART_WAITS ? { code: row.code } : {}) },
    })),
    now,
  )
}
