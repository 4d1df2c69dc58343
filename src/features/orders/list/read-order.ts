import { CARRIERS, isCarrierCode } from '#domain/carrier.ts'
import type { AfterSale, OrderStatus, ReportState } from '#domain/order-status.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { sourceTimeToJson } from '#platform/http/schemas.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { explainOrder } from './core/explain.ts'
import {
  type DriftRow,
  type IntentRow,
  type OrderRecord,
  type PromiseRow,
  readConnectionNames,
  readDrift,
  readIntents,
  readPromises,
  readRecord,
  readShipment,
  readStockSkus,
  readTimeline,
  type TimelineRow,
} from './detail/store.ts'
import { amountOf, rowToJson, timeOrNull } from './order-json.ts'
import { type OrderRow, readRows } from './store.ts'

export type ReadDeps = { readonly sql: Sql; readonly clock: Clock; readonly zone: () => string }

/** A parcel has some 20 scans; an order with more facts than this shows the oldest. */
const FACTS_AT_MOST = 2_000

/** Everything that is known of an order, as the API shows it. Refuses with `orders.not_found`. */
export async function readOrder(
  { sql, clock, zone: zoneOf }: ReadDeps,
  id: bigint,
): Promise<Result<OrderDetail>> {
  const zone = zoneOf()
  const [row] = await readRows(sql, [id])
  if (row === undefined) return refuse('orders.not_found', 'there is no such order')
  const [record, stock, timeline, drift, intents, promises, names, shipment] = await Promise.all([
    readRecord(sql, id),
    readStockSkus(sql, id),
    readTimeline(sql, id, FACTS_AT_MOST),
    readDrift(sql, id),
    readIntents(sql, id),
    readPromises(sql, id),
    readConnectionNames(sql),
    readShipment(sql, id),
  ])
  return ok({
    ...rowToJson(row, zone),
    lines: linesOf(record, new Map(stock.map((line) => [line.line_id, line.stock_sku]))),
    totals: record.totals ?? null,
    recipient: row.recipient_masked,
    notes: record.notes ?? null,
    buyer: record.buyer ?? null,
    parcels: (record.parcels ?? []).map((parcel) => parcelToJson(parcel, zone)),
    timeline: saidOnce(timeline).map((fact) => factToJson(fact, zone)),
    drift: drift.map((one) => driftToJson(one, names, zone)),
    intents: intents.map((intent) => intentToJson(intent, zone)),
    promises: promises.map((promise) => promiseToJson(promise, zone)),
    explain: [...explainOrder({ ...explainInput(row, record, drift, intents, clock.now()), ...shipment })],
  })
}

export type OrderDetail = ReturnType<typeof rowToJson> & {
  readonly lines: ReturnType<typeof linesOf>
  readonly totals: unknown
  readonly recipient: string | null
  readonly notes: OrderRecord['notes']
  readonly buyer: OrderRecord['buyer']
  readonly parcels: ReturnType<typeof parcelToJson>[]
  readonly timeline: ReturnType<typeof factToJson>[]
  readonly drift: ReturnType<typeof driftToJson>[]
  readonly intents: ReturnType<typeof intentToJson>[]
  readonly promises: ReturnType<typeof promiseToJson>[]
  readonly explain: { readonly zh: string; readonly en: string }[]
}

function linesOf(record: OrderRecord, stockSkus: ReadonlyMap<string, string | null>) {
  return (record.lines ?? []).map((line) => ({
    lineId: line.lineId,
    shopSku: line.shopSku,
    stockSku: stockSkus.get(line.lineId) ?? null,
    title: line.title,
    spec: line.spec ?? null,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    paid: line.paid,
    gift: line.gift,
  }))
}

function parcelToJson(parcel: NonNullable<OrderRecord['parcels']>[number], zone: string) {
  const { carrier } = parcel
  return {
    trackingNo: parcel.trackingNo,
    carrier,
    carrierName: carrier !== null && isCarrierCode(carrier) ? CARRIERS[carrier] : carrier,
    status: parcel.status,
    trouble: parcel.trouble ?? false,
    waybillId: parcel.waybillId ?? null,
    batchNo: parcel.batchNo ?? null,
    deviceId: parcel.deviceId ?? null,
    issuedAt: utcToZone(parcel.issuedAt, zone),
    dispatchedAt: utcToZone(parcel.dispatchedAt, zone),
    pickedUpAt: utcToZone(parcel.pickedUpAt, zone),
    deliveredAt: utcToZone(parcel.deliveredAt, zone),
    lines: [...(parcel.lines ?? [])],
    facts: parcel.facts,
  }
}

/** What one message says of the order and of its parcel alike is shown once: as the order's, which names the lines. */
export function saidOnce<
  Told extends Pick<TimelineRow, 'subject' | 'message_id' | 'code' | 'at_raw' | 'detail'>,
>(facts: readonly Told[]): Told[] {
  const key = ({ message_id, code, at_raw, detail }: Told): string =>
    [message_id, code, at_raw, detail.trackingNo].join(' ')
  const isOfOrder = ({ subject, detail }: Told): boolean =>
    subject.startsWith('order:') && detail.trackingNo !== undefined
  const ofOrder = new Set(facts.filter(isOfOrder).map(key))
  return facts.filter((fact) => !fact.subject.startsWith('parcel:') || !ofOrder.has(key(fact)))
}

function factToJson(fact: TimelineRow, zone: string) {
  const at = {
    raw: fact.at_raw,
    instant: fact.at,
    zone: fact.at_zone,
    provenance: fact.at_provenance,
  }
  return {
    id: fact.id,
    kind: fact.kind,
    subject: fact.subject,
    at: sourceTimeToJson(at, zone),
    receivedAt: formatInstant(fact.received_at, zone),
    source: {
      id: fact.source,
      kind: fact.source_kind ?? 'unknown',
      name: fact.source_name ?? fact.source,
    },
    code: fact.code,
    detail: fact.detail,
    messageId: fact.message_id,
  }
}

/** A claim's source may be several connections, blank between; each is shown by its name. */
export function driftToJson(drift: DriftRow, names: ReadonlyMap<string, string>, zone: string) {
  return {
    field: drift.field,
    cause: drift.cause,
    since: timeOrNull(drift.since, zone),
    until: timeOrNull(drift.until, zone),
    claims: drift.claims.map((claim) => ({
      source: claim.source
        .split(' ')
        .map((id) => names.get(id) ?? id)
        .join(', '),
      says: claim.says,
      at: utcToZone(claim.at, zone),
    })),
  }
}

function intentToJson(intent: IntentRow, zone: string) {
  return {
    id: intent.id.toString(),
    effect: intent.effect,
    state: intent.state,
    attempts: intent.attempts,
    lastCode: intent.last_code,
    lastDetail: intent.last_detail,
    updatedAt: formatInstant(intent.updated_at, zone),
  }
}

function promiseToJson(promise: PromiseRow, zone: string) {
  return {
    source: promise.source,
    ruleName: promise.rule_name,
    keeps: promise.keeps,
    startsAt: timeOrNull(promise.starts_at, zone),
    dueAt: formatInstant(promise.due_at, zone),
    warnAt: formatInstant(promise.warn_at, zone),
    keptAt: timeOrNull(promise.kept_at, zone),
    state: promise.state,
    penalty: amountOf(promise.penalty_minor, promise.currency),
  }
}

function explainInput(
  row: OrderRow,
  record: OrderRecord,
  drift: readonly DriftRow[],
  intents: readonly IntentRow[],
  now: Instant,
) {
  return {
    status: row.status as OrderStatus,
    afterSale: row.after_sale as AfterSale,
    report: row.report as ReportState,
    channel: row.connection_name ?? row.connection_id,
    shipBy: row.ship_by,
    unmatchedLines: row.unmatched_lines,
    parcels: (record.parcels ?? []).filter(
      (parcel) => parcel.status !== 'void' && parcel.status !== 'announced',
    ).length,
    drift: drift.filter((one) => one.until === null),
    intents: intents.map((intent) => ({
      effect: intent.effect,
      state: intent.state,
      lastCode: intent.last_code,
    })),
    now,
  }
}

function utcToZone(text: string | null | undefined, zone: string): string | null {
  return text === null || text === undefined ? null : formatInstant(Temporal.Instant.from(text), zone)
}
