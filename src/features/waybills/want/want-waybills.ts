import type { Words } from '#domain/notice.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { DecisionRecord } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import { writeJournal } from '#platform/journal/store.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { openContact } from '../contacts.ts'
import { type AccountChoice, chooseAccount } from '../core/choose-account.ts'
import { ordersOf } from '../core/orders-of.ts'
import { referenceOf } from '../core/reference.ts'
import type { LinePieces, WaybillDeps } from '../deps.ts'
import { CARRIER_KIND, carrierInputOf } from '../kind.ts'
import { weightOf } from '../label-source.ts'
import { makeIntent } from '../make/intents.ts'
import { type Accounts, readChoices } from '../read-accounts.ts'
import { type PieceRow, readPieces, readRecipients, writeEvents } from '../store.ts'
import {
  insertWaybills,
  leadsOf,
  type NewWaybill,
  type PlanOrder,
  type ReadyParcel,
  readLineQuantities,
  readParcelNos,
  readPlanOrders,
  takeReadyParcels,
} from './store.ts'

export type WantOptions = {
  /** `hub`, or the person. */
  readonly actor: string
  /** A person asks: only this parcel, with this account where one is named. */
  readonly only?: { readonly parcelNo: string; readonly accountId: bigint | null }
}

/**
 * Wants a waybill for every parcel of these orders' plans that is ready, all parcels of a plan together: rules choose the carrier,
 * accounts and pools the rest. What cannot be chosen goes to review with its reason. Nothing happens twice: a parcel has one waybill
 * at a time. Answers the ids of what is new.
 */
export async function wantWaybills(
  tx: Sql,
  deps: WaybillDeps,
  orderIds: readonly bigint[],
  options: WantOptions,
): Promise<readonly bigint[]> {
  const accounts = await readChoices(tx, deps)
  if (options.only === undefined && !accounts.all.some((one) => one.active && one.mode === 'auto')) return []
  const leads = await leadsOf(tx, orderIds)
  const ready = (await takeReadyParcels(tx, leads, options.only !== undefined)).filter(
    (parcel) => options.only === undefined || parcel.parcel_no === options.only.parcelNo,
  )
  if (ready.length === 0) return []
  const read = await readSeen(tx, deps, ready)
  const claims = new Map(ready.map((parcel) => [parcel.parcel_no, claimsOf(read, parcel)]))
  const seen = { ...read, claims, stops: await askMayShip(tx, deps, read, [...claims.values()].flat()) }
  const now = deps.clock.now()
  const decisions: DecisionRecord[] = []
  const rows = ready.flatMap((parcel) => {
    const wanted = wantOne(deps, accounts, seen, parcel, options, now)
    if (wanted === null) return []
    decisions.push(...wanted.decisions)
    return [wanted.row]
  })
  const made = await insertWaybills(tx, rows, now)
  const fresh = rows.flatMap((row) => {
    const id = made.get(row.reference)
    return id === undefined ? [] : [{ id, row }]
  })
  await tell(tx, fresh, options.actor, now)
  const kept = decisions.filter((one) => fresh.some(({ row }) => row.orderIds.includes(one.orderId ?? 0n)))
  if (kept.length > 0) await deps.record(tx, kept)
  return fresh.map(({ id }) => id)
}

async function tell(
  tx: Sql,
  fresh: readonly { readonly id: bigint; readonly row: NewWaybill }[],
  actor: string,
  now: Instant,
): Promise<void> {
  await newIntents(
    tx,
    fresh.flatMap(({ id, row }) =>
      row.state === 'wanted' && row.connectionId !== null && row.accountId !== null
        ? [
            makeIntent({
              id,
              reference: row.reference,
              accountId: row.accountId,
              leadId: row.leadId,
              connectionId: row.connectionId,
            }),
          ]
        : [],
    ),
    now,
  )
  await writeEvents(
    tx,
    fresh.map(({ id, row }) => ({
      waybillId: id,
      what: row.state === 'review' ? 'review' : 'wanted',
      actor,
      words: row.state === 'review' ? row.zh : row.because,
      detail: { carrier: row.carrier, code: row.code },
    })),
    now,
  )
  await writeJournal(
    tx,
    fresh.map(({ id, row }) => ({
      kind: 'waybill.wanted',
      orderId: row.leadId,
      data: {
        waybillId: id.toString(),
        trackingNo: null,
        carrier: row.carrier,
        connection: row.connectionId,
        accountId: row.accountId?.toString() ?? null,
      },
    })),
    now,
  )
}

type Seen = {
  readonly orders: ReadonlyMap<bigint, readonly PlanOrder[]>
  readonly ruleOrders: ReadonlyMap<bigint, RuleOrder>
  readonly pieces: ReadonlyMap<string, readonly PieceRow[]>
  readonly parcelsOf: ReadonlyMap<bigint, readonly string[]>
  readonly quantities: ReadonlyMap<string, number>
  /** Connector kind of the shop that alone opens a lead's recipient. */
  readonly sealedBy: ReadonlyMap<bigint, string>
}
type Judged = Seen & {
  readonly claims: ReadonlyMap<string, NewWaybill['orders']>
  readonly stops: ReadonlyMap<bigint, { readonly code: string; readonly detail: string } | null>
}

async function readSeen(tx: Sql, deps: WaybillDeps, ready: readonly ReadyParcel[]): Promise<Seen> {
  const leads = [...new Set(ready.map((parcel) => parcel.lead_id))]
  const orders = await readPlanOrders(tx, leads)
  const ids = orders.map((order) => order.id)
  const parcelsOf = await readParcelNos(tx, leads)
  const pieces = await readPieces(tx, [...parcelsOf.values()].flat())
  const recipients = await readRecipients(tx, leads)
  const sealedBy = new Map<bigint, string>()
  for (const order of orders) {
    const sealed = recipients.get(order.id)
    if (order.id === order.lead_id && sealed !== undefined && openContact(deps.vault, sealed) === null)
      sealedBy.set(order.id, order.kind ?? order.connection)
  }
  const ruleOrders = await deps.readOrders(tx, leads)
  return {
    orders: Map.groupBy(orders, (order) => order.lead_id),
    ruleOrders: new Map(ruleOrders.map((order) => [order.id, order])),
    pieces: Map.groupBy(pieces, (piece) => piece.parcel_no),
    parcelsOf,
    quantities: await readLineQuantities(tx, ids),
    sealedBy,
  }
}

type Wanted = { readonly row: NewWaybill; readonly decisions: readonly DecisionRecord[] }

/** Null: the hub makes no waybills for that warehouse. */
function wantOne(
  deps: WaybillDeps,
  accounts: Accounts,
  seen: Judged,
  parcel: ReadyParcel,
  { only }: WantOptions,
  now: Instant,
): Wanted | null {
  const orders = seen.orders.get(parcel.lead_id) ?? []
  const pieces = seen.pieces.get(parcel.parcel_no) ?? []
  const inside = orders.filter((order) => pieces.some((piece) => piece.order_id === order.id))
  const ruled = only?.accountId == null ? ruleCarrier(deps, seen, parcel, pieces, now) : NOT_RULED
  const choice: AccountChoice =
    ruled.stop ??
    chooseAccount(accounts.all, accounts.pools, {
      warehouse: parcel.warehouse,
      carrier: ruled.carrier,
      prefers: orders.find((order) => order.freight_carrier !== null)?.freight_carrier ?? null,
      service: ruled.service,
      accountId: only?.accountId ?? null,
      sealedBy: seen.sealedBy.get(parcel.lead_id) ?? null,
      tried: [],
      byHand: only !== undefined,
    })
  if (choice.is === 'elsewhere') return null
  const stopped =
    inside.map((order) => seen.stops.get(order.id) ?? null).find((stop) => stop !== null) ?? null
  const isChosen = choice.is === 'chosen' && stopped === null
  const words: Words =
    stopped !== null
      ? { zh: stopped.detail, en: stopped.detail }
      : choice.is === 'none'
        ? choice.words
        : { zh: '', en: '' }
  const account = choice.is === 'chosen' ? choice.account : null
  const row: NewWaybill = {
    reference: referenceOf(parcel.parcel_no, parcel.generation),
    parcelNo: parcel.parcel_no,
    generation: parcel.generation,
    leadId: parcel.lead_id,
    warehouse: parcel.warehouse,
    accountId: account?.id ?? null,
    connectionId: account?.connectionId ?? null,
    carrier: account?.carrier ?? ruled.carrier,
    service: choice.is === 'chosen' ? choice.service : null,
    state: isChosen ? 'wanted' : 'review',
    code: stopped?.code ?? (choice.is === 'none' ? choice.code : null),
    detail: stopped?.detail ?? null,
    zh: words.zh,
    en: words.en,
    orders: seen.claims.get(parcel.parcel_no) ?? [],
    orderIds: inside.map((order) => order.id),
    because: choice.is === 'chosen' ? choice.because.zh : '',
    isNamed: ruled.carrier !== null || only?.accountId != null,
  }
  return { row, decisions: ruled.decisions }
}

/** Which lines of which orders are in a parcel. */
function claimsOf(seen: Seen, parcel: ReadyParcel): NewWaybill['orders'] {
  const piece = (row: PieceRow) => ({
    orderId: row.order_id,
    lineId: row.line_id,
    unit: row.unit,
    quantity: row.quantity,
  })
  const all = (seen.parcelsOf.get(parcel.lead_id) ?? []).flatMap((no) => seen.pieces.get(no) ?? [])
  const orders = seen.orders.get(parcel.lead_id) ?? []
  return ordersOf(
    orders.map((order) => ({ id: order.id, connection: order.connection, orderNo: order.order_no })),
    (seen.pieces.get(parcel.parcel_no) ?? []).map(piece),
    all.map(piece),
    (orderId, lineId) => seen.quantities.get(`${orderId}\n${lineId}`) ?? null,
  )
}

/** Asked for all parcels of this turn together: each piece leaves once. */
async function askMayShip(
  tx: Sql,
  deps: WaybillDeps,
  seen: Seen,
  claims: NewWaybill['orders'],
): Promise<Judged['stops']> {
  const orders = [...seen.orders.values()].flat()
  const wanted = new Map<bigint, LinePieces[]>()
  for (const claim of claims) {
    const order = orders.find((one) => one.connection === claim.connection && one.order_no === claim.orderNo)
    if (order === undefined) continue
    wanted.set(order.id, [
      ...(wanted.get(order.id) ?? []),
      ...piecesOf(seen.quantities, order.id, claim.lines),
    ])
  }
  return await deps.mayShip(tx, [...wanted.keys()], wanted)
}

/** No lines: all of the order. */
export function piecesOf(
  quantities: ReadonlyMap<string, number>,
  orderId: bigint,
  lines: readonly LinePieces[],
): readonly LinePieces[] {
  if (lines.length > 0) return lines
  return [...quantities].flatMap(([key, quantity]) => {
    const [id = '', lineId = ''] = key.split('\n')
    return id === orderId.toString() ? [{ lineId, quantity }] : []
  })
}

type Ruled = {
  readonly carrier: string | null
  readonly service: string | null
  readonly stop: AccountChoice | null
  readonly decisions: readonly DecisionRecord[]
}
const NOT_RULED: Ruled = { carrier: null, service: null, stop: null, decisions: [] }

/** What the live carrier rules say of a parcel; the decision is kept under the lead's order number. */
function ruleCarrier(
  deps: WaybillDeps,
  seen: Seen,
  parcel: ReadyParcel,
  pieces: readonly PieceRow[],
  now: Instant,
): Ruled {
  const order = seen.ruleOrders.get(parcel.lead_id)
  if (order === undefined) return NOT_RULED
  const chosen = deps.rulebook.choose(CARRIER_KIND, {
    connection: order.connection,
    connectorKind: order.connectorKind,
    key: order.orderNo,
    pinned: null,
  })
  if (chosen === null) return NOT_RULED
  const input = carrierInputOf(
    order,
    {
      warehouse: parcel.warehouse,
      weightG: weightOf(pieces),
      pieces: pieces.reduce((total, piece) => total + piece.quantity, 0),
      valueMinor: pieces.reduce((total, piece) => total + piece.value_minor, 0n),
    },
    deps.levelOf(order),
  )
  const decision = chosen.rules.decide(input)
  const isReview = decision.outcome === 'review'
  const carrier = isReview ? null : String(decision.values.carrier ?? '')
  const product = isReview || decision.values.service == null ? null : String(decision.values.service)
  const record: DecisionRecord = {
    chosen,
    orderId: order.id,
    orderNo: order.orderNo,
    connection: order.connection,
    input,
    decision,
    result: { parcel: parcel.parcel_no, carrier, service: product },
    observations: [{ metric: 'review', n: 1, bad: isReview ? 1 : 0, sum: 0 }],
    at: now,
  }
  const reason = decision.reason?.words ?? { zh: '承运商规则转人工', en: 'the carrier rules ask a person' }
  const stop: AccountChoice | null = isReview
    ? { is: 'none', code: decision.reason?.code ?? 'waybills.rules_undecided', words: reason }
    : null
  return { carrier, service: product, stop, decisions: [record] }
}
