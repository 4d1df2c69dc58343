import type { FetchRequest } from '#domain/claim.ts'
import type { Fact, Subject } from '#domain/fact.ts'
import { subjectKey } from '#domain/fact.ts'
import type { ContentClaim } from '#domain/order.ts'
import type { Instant } from '#kernel/clock.ts'
import type { ConnectionId, MessageId } from '#kernel/id.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { writeJournal } from '#platform/journal/store.ts'
import { newIntents, withdrawIntents } from '#platform/outbox/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { type DerivedOrder, deriveOrder } from './core/derive-order.ts'
import { fetchIntents, reportIntents } from './core/intents.ts'
import { parcelNumberOf } from './core/parcels.ts'
import { type JoinedContent, joinContent } from './join-content.ts'
import { changedLines, journalRow, linksOf, orderRow, tallyDeltas } from './order-rows.ts'
import {
  addTallies,
  type LineRow,
  linkSubjects,
  loadKnownRows,
  matchSkus,
  replaceDrift,
  replaceLines,
  saveOrders,
} from './records/store.ts'
import {
  appendFacts,
  commitLater,
  ensureOrderKeys,
  loadFacts,
  lockOrders,
  type OrderKey,
  orderKeys,
  orderNosOfParcels,
  removeFacts,
  saveRegisters,
} from './store.ts'

/** One message's contribution to orders. */
export type Contribution = {
  readonly connection: ConnectionId
  readonly messageId: MessageId
  readonly receivedAt: Instant
  readonly dedupKey: string
  readonly facts: readonly Fact[]
  readonly silenced: readonly { subject: Subject; id: string }[]
  readonly content: readonly ContentClaim[]
  readonly fetch: readonly FetchRequest[]
}

export type JoinDeps = {
  readonly db: Database
  readonly vault: Vault
  /** Whether shipments can be reported to this connection's platform. */
  readonly canReport: (connection: ConnectionId) => boolean
  readonly now: () => Instant
  /** This worker's counter slot, 0 to 15. */
  readonly slot: number
}

/**
 * First half of joining: adds facts and order identities in a transaction of its own, committed without waiting for the
 * disk (the second half's commit flushes both). Whichever of two workers commits last sees the other's facts when it
 * derives, so no order ever misses a fact; see docs/decisions/0004.
 */
export async function commitFacts(db: Database, contributions: readonly Contribution[]): Promise<void> {
  await db.begin(async (tx) => {
    await commitLater(tx)
    await addFacts(tx, contributions)
  })
}

/** Second half, inside the caller's transaction: derives every order that the facts touch and writes what changed. */
export async function deriveTouched(
  tx: Sql,
  deps: JoinDeps,
  contributions: readonly Contribution[],
): Promise<number> {
  await newIntents(tx, fetchIntents(contributions), deps.now())
  await tellTouched(tx, deps, contributions)
  return await deriveOrders(tx, deps, await lockTouched(tx, contributions), contributions)
}

/** Parcels are followed by the journal too, also those that no order is known for yet: one row a batch names them. */
async function tellTouched(tx: Sql, deps: JoinDeps, contributions: readonly Contribution[]): Promise<void> {
  const numbers = new Set(
    contributions.flatMap(({ facts, silenced }) => [
      ...facts.flatMap((fact) => (fact.kind === 'shipment_reported' ? [] : (parcelNumberOf(fact) ?? []))),
      ...silenced.flatMap(({ subject }) => (subject.by === 'parcel' ? [subject.trackingNo] : [])),
    ]),
  )
  if (numbers.size === 0) return
  const data = { numbers: [...numbers].sort() }
  await writeJournal(tx, [{ kind: 'parcels.touched', orderId: null, data }], deps.now())
}

/** Locks every order that the contributions touch: named, quoted by number, or holding a parcel they speak of. */
export async function lockTouched(tx: Sql, contributions: readonly Contribution[]): Promise<OrderKey[]> {
  const subjects = contributions.flatMap((contribution) =>
    [...contribution.facts, ...contribution.silenced].map((fact) => fact.subject),
  )
  const named = ordersNamed(contributions).map((order) => order.orderNo)
  const quoted = subjects.flatMap((subject) => (subject.by === 'reference' ? [subject.orderNo] : []))
  const parcels = subjects.flatMap((subject) => (subject.by === 'parcel' ? [subject.trackingNo] : []))
  const viaParcels = await orderNosOfParcels(tx, [...new Set(parcels)])
  return await lockOrders(tx, [...new Set([...named, ...quoted, ...viaParcels])])
}

/** Adds facts and order identities; the first half of joining in whatever transaction the caller has. */
export async function addFacts(tx: Sql, contributions: readonly Contribution[]): Promise<void> {
  await ensureOrderKeys(tx, ordersNamed(contributions))
  await appendFacts(
    tx,
    contributions.flatMap((contribution) => contribution.facts),
  )
  await removeFacts(
    tx,
    contributions.flatMap((contribution) => contribution.silenced),
  )
}

/** Derives the given locked orders anew; also used by "recompute". Answers how many records changed. */
export async function deriveOrders(
  tx: Sql,
  deps: JoinDeps,
  orders: readonly OrderKey[],
  contributions: readonly Contribution[],
): Promise<number> {
  if (orders.length === 0) return 0
  const known = await loadKnownRows(
    tx,
    orders.map((order) => order.id),
  )
  const facts = await factsByOrder(tx, orders)
  // An order that was never derived has no registers yet.
  const content = await joinContent(tx, deps.vault, orders, contributions, (order) => known.has(order.id))
  const lines = await matchedLines(tx, orders, content)
  const linesChanged = new Set(content.linesChanged)
  const results = await mapInTurns(orders, (order) => {
    const { facts: own, withheld } = facts.get(order.id) ?? NO_FACTS
    const derived = deriveOrder({
      channel: order.connection,
      canReport: deps.canReport(order.connection),
      facts: own,
      withheld,
      content: content.values.get(order.id) ?? {},
    })
    const unmatchedLines = linesChanged.has(order.id)
      ? lines.filter((line) => line.orderId === order.id && line.stockSku === null).length
      : null
    const row = orderRow({
      fingerprint: deps.vault.fingerprint,
      order,
      derived,
      facts: own,
      content,
      known: known.get(order.id),
      unmatchedLines,
      now: deps.now(),
    })
    return { order, derived, row }
  })
  const changed = results.filter(
    ({ order, row }) => Buffer.compare(known.get(order.id)?.digest ?? Buffer.alloc(0), row.digest) !== 0,
  )
  await saveOrders(
    tx,
    changed.map(({ row }) => row),
    deps.now(),
  )
  await saveRegisters(tx, content.changed)
  await replaceLines(
    tx,
    content.linesChanged.filter((id) => known.has(id)),
    lines,
  )
  await replaceDrift(
    tx,
    changed.map(({ order }) => order.id),
    changed.flatMap(({ order, derived }) => derived.drift.map((drift) => ({ ...drift, orderId: order.id }))),
  )
  await linkSubjects(
    tx,
    changed.flatMap(({ order, derived }) => linksOf(order, derived)),
  )
  const reports = reportIntents(changed)
  await withdrawIntents(
    tx,
    'report_shipment',
    changed.flatMap(({ order }) => (known.has(order.id) ? [order.id] : [])),
    reports.map((intent) => intent.key),
  )
  await newIntents(tx, reports, deps.now())
  await addTallies(tx, deps.slot, tallyDeltas(changed, known))
  await writeJournal(
    tx,
    changed.map(({ order, row }) => journalRow(order, row, known.get(order.id))),
    deps.now(),
  )
  return changed.length
}

async function matchedLines(
  tx: Sql,
  orders: readonly OrderKey[],
  content: JoinedContent,
): Promise<LineRow[]> {
  const lines = changedLines(orders, content)
  const stockSkus = await matchSkus(tx, lines)
  return lines.map((line) => ({
    ...line,
    stockSku: stockSkus.get(`${line.connection}\n${line.shopSku}`) ?? null,
  }))
}

function ordersNamed(contributions: readonly Contribution[]): { connection: string; orderNo: string }[] {
  const named = new Map<string, { connection: string; orderNo: string }>()
  const add = (connection: string, orderNo: string): void =>
    void named.set(`${connection}\n${orderNo}`, { connection, orderNo })
  for (const { connection, facts, content } of contributions) {
    for (const { subject } of facts) if (subject.by === 'order') add(subject.connection, subject.orderNo)
    for (const claim of content) add(connection, claim.orderNo)
  }
  return [...named.values()]
}

const NO_FACTS: OrderFacts = { facts: [], withheld: [] }

type OrderFacts = {
  readonly facts: readonly Fact[]
  /** Facts that quote this order's number while two shops have it: they count for neither and wait for a person. */
  readonly withheld: readonly Fact[]
}

/**
 * An order's facts: its own, those of its number as quoted by others (unless two shops share it), and its parcels'. A parcel is
 * linked by what sources say of it; that the hub itself reported a number links nothing. `load` may show facts as they would be.
 */
export async function factsByOrder(
  tx: Sql,
  orders: readonly OrderKey[],
  load: typeof loadFacts = loadFacts,
): Promise<Map<bigint, OrderFacts>> {
  const subjects = orders.flatMap((order) => [orderSubject(order), `reference:${order.orderNo}`])
  const loaded = Map.groupBy(await load(tx, [...new Set(subjects)]), (fact) => subjectKey(fact.subject))
  const direct = orders.map((order) => {
    const own = loaded.get(orderSubject(order)) ?? []
    const quoted = loaded.get(`reference:${order.orderNo}`) ?? []
    return order.shared
      ? { id: order.id, facts: own, withheld: quoted }
      : { id: order.id, facts: [...own, ...quoted], withheld: [] }
  })
  const numbersOf = (facts: readonly Fact[]): string[] => [
    ...new Set(
      facts.flatMap((fact) => (fact.kind === 'shipment_reported' ? [] : (fact.detail.trackingNo ?? []))),
    ),
  ]
  const numbers = new Set(direct.flatMap(({ facts }) => numbersOf(facts)))
  const parcelSubjects = [...numbers].map((number) => `parcel:${number}`)
  const parcels = Map.groupBy(await load(tx, parcelSubjects), (fact) => subjectKey(fact.subject))
  return new Map(
    direct.map(({ id, facts, withheld }) => [
      id,
      {
        withheld,
        facts: [...facts, ...numbersOf(facts).flatMap((number) => parcels.get(`parcel:${number}`) ?? [])],
      },
    ]),
  )
}

function orderSubject(order: OrderKey): string {
  return `order:${order.connection}:${order.orderNo}`
}

/** Every subject that a contribution speaks of, without repetition. */
export function subjectKeysOf({ connection, facts, content }: Contribution): string[] {
  return [
    ...new Set([
      ...facts.map((fact) => subjectKey(fact.subject)),
      ...content.map((claim) => `order:${connection}:${claim.orderNo}`),
    ]),
  ]
}

/** Adds one fact that the hub itself brings about, and derives its order, in the caller's transaction. */
export async function joinHubFact(tx: Sql, deps: JoinDeps, fact: Fact): Promise<void> {
  await appendFacts(tx, [fact])
  if (fact.subject.by !== 'order') return
  const { connection, orderNo } = fact.subject
  const orders = (await lockOrders(tx, [orderNo])).filter((order) => order.connection === connection)
  await deriveOrders(tx, deps, orders, [])
}

export type ReadOrder = {
  readonly key: OrderKey
  readonly derived: DerivedOrder
  /** Tracking numbers that the channel has shown itself or has accepted from us. */
  readonly acceptedNumbers: readonly string[]
}

/** An order as its facts stand now, without locking it; null when it is unknown. */
export async function readOrder(deps: JoinDeps, id: bigint): Promise<ReadOrder | null> {
  const [key] = await orderKeys(deps.db, [id])
  if (key === undefined) return null
  const { facts, withheld } = (await factsByOrder(deps.db, [key])).get(id) ?? NO_FACTS
  const derived = deriveOrder({
    channel: key.connection,
    canReport: deps.canReport(key.connection),
    facts,
    withheld,
    content: {},
  })
  const accepted = facts.filter(
    (fact) =>
      (fact.kind === 'shipment_reported' && fact.detail.outcome === 'accepted') ||
      (fact.source === key.connection && (fact.kind === 'dispatched' || fact.kind === 'part_dispatched')),
  )
  return {
    key,
    derived,
    acceptedNumbers: [...new Set(accepted.flatMap((fact) => parcelNumberOf(fact) ?? []))],
  }
}
