import type { FetchRequest } from '#domain/claim.ts'
import type { Fact, Subject } from '#domain/fact.ts'
import { subjectKey } from '#domain/fact.ts'
import type { ContentClaim, ContentPart, OrderContent, Recipient } from '#domain/order.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'
import type { ConnectionId, MessageId } from '#kernel/id.ts'
import { writeJournal } from '#platform/journal/store.ts'
import { newIntents, withdrawIntents } from '#platform/outbox/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { contentFromJson, contentToJson } from './core/content-json.ts'
import { type DerivedOrder, deriveOrder } from './core/derive-order.ts'
import { fetchIntents, reportIntents } from './core/intents.ts'
import { maskRecipient } from './core/mask.ts'
import { parcelNumberOf } from './core/parcels.ts'
import { recordOf } from './core/record.ts'
import { candidatesOf, wins } from './core/registers.ts'
import {
  addTallies,
  type KnownRow,
  linkSubjects,
  loadKnownRows,
  type OrderRow,
  replaceDrift,
  replaceLines,
  saveOrders,
} from './records/store.ts'
import {
  appendFacts,
  ensureOrderKeys,
  loadFacts,
  loadRegisters,
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
    await tx`set local synchronous_commit = off`
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
  return await deriveOrders(tx, deps, await lockTouched(tx, contributions), contributions)
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
  const facts = await factsByOrder(tx, orders)
  const content = await joinContent(tx, deps.vault, orders, contributions)
  const known = await loadKnownRows(
    tx,
    orders.map((order) => order.id),
  )
  const results = orders.map((order) => {
    const own = facts.get(order.id) ?? []
    const derived = deriveOrder({
      channel: order.connection,
      canReport: deps.canReport(order.connection),
      facts: own,
      content: content.values.get(order.id) ?? {},
    })
    return { order, derived, row: rowOf(order, derived, own, content, known.get(order.id), deps.now()) }
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
  await replaceLines(tx, content.linesChanged, linesOf(orders, content))
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
  const reportedBefore = changed.filter(({ order }) => (known.get(order.id)?.report ?? 'none') !== 'none')
  await withdrawIntents(
    tx,
    'report_shipment',
    reportedBefore.map(({ order }) => order.id),
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

/** An order's facts: its own, those of its number as quoted by others (unless two shops share it), and its parcels'. */
async function factsByOrder(tx: Sql, orders: readonly OrderKey[]): Promise<Map<bigint, Fact[]>> {
  const ownSubjects = orders.flatMap((order) => [
    orderSubject(order),
    ...(order.shared ? [] : [`reference:${order.orderNo}`]),
  ])
  const own = Map.groupBy(await loadFacts(tx, [...new Set(ownSubjects)]), (fact) => subjectKey(fact.subject))
  const direct = new Map(
    orders.map((order) => [
      order.id,
      [
        ...(own.get(orderSubject(order)) ?? []),
        ...(order.shared ? [] : (own.get(`reference:${order.orderNo}`) ?? [])),
      ],
    ]),
  )
  const numbersOf = (facts: readonly Fact[]): string[] => [
    ...new Set(facts.flatMap((fact) => fact.detail.trackingNo ?? [])),
  ]
  const parcelSubjects = [...new Set([...direct.values()].flatMap(numbersOf))].map(
    (number) => `parcel:${number}`,
  )
  const parcels = Map.groupBy(await loadFacts(tx, parcelSubjects), (fact) => subjectKey(fact.subject))
  return new Map(
    [...direct].map(([id, facts]) => [
      id,
      [...facts, ...numbersOf(facts).flatMap((number) => parcels.get(`parcel:${number}`) ?? [])],
    ]),
  )
}

function orderSubject(order: OrderKey): string {
  return `order:${order.connection}:${order.orderNo}`
}

type JoinedContent = {
  readonly values: Map<bigint, Partial<OrderContent>>
  readonly changed: Parameters<typeof saveRegisters>[1]
  readonly linesChanged: readonly bigint[]
  /** Recipients that changed in this batch, masked; others keep the mask they have. */
  readonly recipients: Map<bigint, Recipient>
}

async function joinContent(
  tx: Sql,
  vault: Vault,
  orders: readonly OrderKey[],
  contributions: readonly Contribution[],
): Promise<JoinedContent> {
  const idOf = new Map(orders.map((order) => [`${order.connection}\n${order.orderNo}`, order.id]))
  const stored = await loadRegisters(
    tx,
    orders.map((order) => order.id),
  )
  const best = new Map<string, { version: bigint; hash: Uint8Array }>(
    stored.map((row) => [`${row.orderId}\n${row.part}`, row]),
  )
  const values = new Map<bigint, Partial<OrderContent>>(orders.map((order) => [order.id, {}]))
  for (const row of stored)
    if (row.part !== 'recipient')
      setPart(
        values,
        row.orderId,
        row.part as ContentPart,
        contentFromJson(Buffer.from(row.value).toString('utf8')),
      )
  const changed = new Map<string, JoinedContent['changed'][number]>()
  const recipients = new Map<bigint, Recipient>()
  for (const { connection, content, messageId, receivedAt } of contributions) {
    for (const claim of content) {
      const orderId = idOf.get(`${connection}\n${claim.orderNo}`)
      if (orderId === undefined) continue
      for (const candidate of candidatesOf(claim)) {
        const key = `${orderId}\n${candidate.part}`
        if (!wins(candidate, best.get(key))) continue
        best.set(key, candidate)
        const text = Buffer.from(contentToJson(candidate.value))
        const value = candidate.part === 'recipient' ? vault.seal(text) : text
        changed.set(key, {
          orderId,
          part: candidate.part,
          version: candidate.version,
          hash: candidate.hash,
          value,
          messageId,
          receivedAt,
        })
        if (candidate.part === 'recipient') recipients.set(orderId, candidate.value as Recipient)
        else setPart(values, orderId, candidate.part, candidate.value)
      }
    }
  }
  const rows = [...changed.values()]
  return {
    values,
    changed: rows,
    linesChanged: rows.filter((row) => row.part === 'lines').map((row) => row.orderId),
    recipients,
  }
}

function setPart(
  values: Map<bigint, Partial<OrderContent>>,
  orderId: bigint,
  part: ContentPart,
  value: OrderContent[ContentPart],
): void {
  values.set(orderId, { ...values.get(orderId), [part]: value })
}

function rowOf(
  order: OrderKey,
  derived: DerivedOrder,
  facts: readonly Fact[],
  content: JoinedContent,
  known: KnownRow | undefined,
  now: Instant,
): OrderRow {
  const parts = content.values.get(order.id) ?? {}
  const recipient = content.recipients.get(order.id)
  const region =
    recipient === undefined
      ? (known?.region ?? null)
      : `${recipient.province}${recipient.city}` || recipient.country || null
  const recipientMasked =
    recipient === undefined ? (known?.recipientMasked ?? null) : maskRecipient(recipient)
  const record = canonicalJson(recordOf(derived, parts))
  const lines = parts.lines ?? []
  const row = {
    id: order.id,
    connection: order.connection,
    orderNo: order.orderNo,
    status: derived.status,
    placedAt: derived.placedAt,
    paidAt: derived.paidAt,
    shippedAt: derived.shippedAt,
    deliveredAt: derived.deliveredAt,
    shipBy: derived.shipBy,
    currency: parts.totals?.payable.currency ?? null,
    payableMinor: parts.totals?.payable.minor ?? null,
    itemCount: lines.reduce((sum, line) => sum + line.quantity, 0),
    parcelCount: derived.parcels.filter((parcel) => !parcel.void).length,
    driftCount: derived.drift.filter((drift) => drift.until === null || drift.field === 'times').length,
    afterSale: derived.afterSale,
    report: derived.report,
    region,
    recipientMasked,
    buyerNote: parts.notes?.buyer || null,
    sellerNote: parts.notes?.seller || null,
    firstTitle: lines[0]?.title ?? null,
  }
  const digest = sha256(`${canonicalJson(row)}\n${record}\n${canonicalJson(derived.drift)}`)
  return {
    ...row,
    unmatchedLines: null,
    sortAt: derived.placedAt ?? known?.sortAt ?? firstInstant(facts) ?? now,
    record,
    digest,
  }
}

function firstInstant(facts: readonly Fact[]): Instant | null {
  return facts.reduce<Instant | null>(
    (first, { at }) =>
      at.instant !== null && (first === null || Temporal.Instant.compare(at.instant, first) < 0)
        ? at.instant
        : first,
    null,
  )
}

function linesOf(orders: readonly OrderKey[], content: JoinedContent): Parameters<typeof replaceLines>[2] {
  const changed = new Set(content.linesChanged)
  return orders
    .filter((order) => changed.has(order.id))
    .flatMap((order) =>
      (content.values.get(order.id)?.lines ?? []).map((line) => ({
        orderId: order.id,
        lineId: line.lineId,
        connection: order.connection,
        shopSku: line.shopSku,
        title: line.title,
        quantity: line.quantity,
        gift: line.gift,
      })),
    )
}

function linksOf(order: OrderKey, derived: DerivedOrder): { orderId: bigint; subject: string }[] {
  const subjects = [
    orderSubject(order),
    ...(order.shared ? [] : [`reference:${order.orderNo}`]),
    ...derived.parcels.map((parcel) => `parcel:${parcel.trackingNo}`),
  ]
  return subjects.map((subject) => ({ orderId: order.id, subject }))
}

function tallyDeltas(
  changed: readonly { order: OrderKey; row: OrderRow }[],
  known: ReadonlyMap<bigint, KnownRow>,
): Map<string, number> {
  const deltas = new Map<string, number>()
  const add = (connection: string, status: string, by: number): void =>
    void deltas.set(`${connection}\n${status}`, (deltas.get(`${connection}\n${status}`) ?? 0) + by)
  for (const { order, row } of changed) {
    const before = known.get(order.id)
    if (before?.status === row.status) continue
    if (before !== undefined) add(order.connection, before.status, -1)
    add(order.connection, row.status, 1)
  }
  return deltas
}

function journalRow(
  order: OrderKey,
  row: OrderRow,
  before: KnownRow | undefined,
): { kind: string; orderId: bigint; data: unknown } {
  return {
    kind: before === undefined ? 'order.created' : 'order.changed',
    orderId: order.id,
    data: {
      connection: order.connection,
      orderNo: order.orderNo,
      from: before?.status ?? null,
      to: row.status,
    },
  }
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
  const facts = (await factsByOrder(deps.db, [key])).get(id) ?? []
  const derived = deriveOrder({
    channel: key.connection,
    canReport: deps.canReport(key.connection),
    facts,
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
