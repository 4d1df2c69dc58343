import type { Fact } from '#domain/fact.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'
import { writeJournal } from '#platform/journal/store.ts'
import { hubMessageIntent } from '#platform/outbox/hub-message.ts'
import { type NewIntent, newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Found, findingOf, isAtCustoms } from '../core/findings.ts'
import { type Standing, standingOf, timeline } from '../core/standing.ts'
import { TIMED } from '../core/states.ts'
import type { StandingDeps } from '../deps.ts'
import { subscribeNew } from '../subscriptions/want-subscriptions.ts'
import {
  addHeard,
  dropStandings,
  type KnownStanding,
  lockStandings,
  markMoved,
  type OrderBeside,
  readEvents,
  readMovedFrom,
  readOrdersOf,
  readPlannedWarehouses,
  readWaybillsOf,
  type StandingRow,
  saveStandings,
  type WaybillBeside,
} from './store.ts'

const PAID_BACK: ReadonlySet<string> = new Set(['refunded', 'cancelled', 'returned', 'completed'])

/**
 * Computes the standing of these numbers anew from their facts and keeps what changed, in the caller's transaction. The same facts
 * give the same standing, whoever asks and however often. New parcels under way are wished for at whoever pushes them.
 */
export async function refreshStandings(
  tx: Sql,
  deps: StandingDeps,
  numbers: readonly string[],
): Promise<number> {
  const wanted = [...new Set(numbers)].filter((number) => number !== '').sort()
  if (wanted.length === 0) return 0
  const now = deps.clock.now()
  // Locked before the facts are read: the last to write has seen all that the others saw.
  const known = await lockStandings(tx, wanted)
  const [events, orders, waybills, movedFrom] = [
    await readEvents(tx, wanted),
    Map.groupBy(await readOrdersOf(tx, wanted), (row) => row.number),
    new Map((await readWaybillsOf(tx, wanted)).map((row) => [row.number, row])),
    await readMovedFrom(tx, wanted),
  ]
  const planned = await readPlannedWarehouses(tx, [
    ...new Set([...orders.values()].flatMap((rows) => rows.map((row) => row.order_id))),
  ])
  const made = wanted.flatMap((number) => {
    const facts = events.get(number) ?? []
    const standing = standingOf(number, facts)
    if (standing === null) return []
    const beside = { orders: orders.get(number) ?? [], waybill: waybills.get(number), planned }
    const row = rowOf(deps, number, standing, facts, {
      ...beside,
      known: known.get(number),
      movedFrom: movedFrom.get(number) ?? null,
    })
    return [{ row, standing, orders: beside.orders }]
  })
  const changed = made.filter(({ row }) => known.get(row.trackingNo)?.digest !== row.digest)
  const there = new Set(made.map(({ row }) => row.trackingNo))
  await dropStandings(
    tx,
    wanted.filter((number) => known.has(number) && !there.has(number)),
  )
  await saveStandings(
    tx,
    changed.map(({ row }) => row),
    now,
  )
  await addHeard(tx, hourOf(now), heardOf(changed, known))
  await tellMoves(tx, changed, now)
  await tellStates(tx, changed, known, now)
  await subscribeNew(
    tx,
    deps,
    changed.map(({ row }) => row),
  )
  return changed.length
}

type Around = {
  readonly orders: readonly OrderBeside[]
  readonly waybill: WaybillBeside | undefined
  readonly planned: ReadonlyMap<bigint, string>
  readonly known: KnownStanding | undefined
  readonly movedFrom: string | null
}

function rowOf(
  deps: StandingDeps,
  number: string,
  standing: Standing,
  facts: readonly Fact[],
  { orders, waybill, planned, known, movedFrom }: Around,
): StandingRow {
  const found = findingOf(standing, timeline(facts), {
    destination: destinationOf(deps, orders),
    provinceOf: deps.provinceOf,
    refundAskedAt: refundAskedAfter(standing.deliveredAt, orders),
    refunded:
      orders.length > 0 &&
      orders.every((order) => PAID_BACK.has(order.status) || order.after_sale !== 'none'),
    disputedAt: known?.disputed_at ?? null,
  })
  const finding = found ?? keptFinding(known, standing)
  const warehouses = new Set(orders.flatMap((order) => planned.get(order.order_id) ?? []))
  const [only = null] = warehouses.size === 1 ? warehouses : []
  const ids = new Set([...orders.map((order) => order.order_id), ...(waybill?.order_ids ?? []).map(BigInt)])
  const { heardAt, revokedLast: _, source, last, ...rest } = standing
  const row = {
    ...rest,
    trackingNo: number,
    carrier: standing.carrier ?? waybill?.carrier ?? null,
    connection: waybill?.connection_id ?? source,
    ours: standing.ours || waybill !== undefined,
    orderIds: [...ids].toSorted((a, b) => (a < b ? -1 : 1)),
    shop: orders[0]?.connection_id ?? null,
    warehouse: waybill?.warehouse ?? only,
    movedFrom: movedFrom ?? known?.moved_from ?? null,
    atCustoms: standing.open && isAtCustoms(last),
    last: lastJson(last),
    finding: finding?.finding ?? null,
    findingSince: finding?.since ?? null,
    findingWhy: finding?.why ?? '',
  }
  return { ...row, heardAt, digest: sha256(canonicalJson(row)).toString('base64url') }
}

/** What the clock said of its silence holds until something new is heard. */
function keptFinding(known: KnownStanding | undefined, standing: Standing): Found | null {
  if (known?.finding == null || known.finding_since === null || !standing.open) return null
  if (!TIMED.includes(known.finding)) return null
  const isQuiet = known.quiet_since?.equals(floorMicros(standing.quietSince)) === true
  const wasScanned = known.first_scan_at !== null
  return isQuiet && wasScanned === (standing.firstScanAt !== null)
    ? { finding: known.finding, since: known.finding_since, why: known.finding_why }
    : null
}

/** As the database keeps it. */
function floorMicros(instant: Instant): Instant {
  return instant.round({ smallestUnit: 'microsecond', roundingMode: 'floor' })
}

function destinationOf({ provinceOf }: StandingDeps, orders: readonly OrderBeside[]): string | null {
  const provinces = new Set(
    orders.map(({ ship_country, ship_province }) =>
      ship_province === null || (ship_country ?? 'CN') !== 'CN' ? null : provinceOf(ship_province),
    ),
  )
  const [only = null] = provinces.size === 1 ? provinces : []
  return only
}

/** Only what was asked after the delivery says that the buyer has not got it, or not what he wanted. */
function refundAskedAfter(deliveredAt: Instant | null, orders: readonly OrderBeside[]): Instant | null {
  if (deliveredAt === null) return null
  return orders.reduce<Instant | null>((first, { after_sale, refund_asked_at }) => {
    if (after_sale !== 'requested' || refund_asked_at === null) return first
    if (Temporal.Instant.compare(refund_asked_at, deliveredAt) <= 0) return first
    return first === null || Temporal.Instant.compare(refund_asked_at, first) < 0 ? refund_asked_at : first
  }, null)
}

function lastJson({ kind, code, source, at, detail }: Fact): unknown {
  return {
    kind,
    code,
    source,
    raw: at.raw,
    instant: at.instant,
    zone: at.zone,
    provenance: at.provenance,
    place: detail.place ?? null,
    words: detail.words ?? null,
    reason: detail.reason ?? null,
  }
}

function heardOf(
  changed: readonly { readonly row: StandingRow }[],
  known: ReadonlyMap<string, KnownStanding>,
): { carrier: string; warehouse: string; events: number }[] {
  const sums = new Map<string, { carrier: string; warehouse: string; events: number }>()
  for (const { row } of changed) {
    const more = row.events - (known.get(row.trackingNo)?.events ?? 0)
    if (more <= 0) continue
    const [carrier, warehouse] = [row.carrier ?? '', row.warehouse ?? '']
    const key = `${carrier}\n${warehouse}`
    sums.set(key, { carrier, warehouse, events: (sums.get(key)?.events ?? 0) + more })
  }
  return [...sums.values()]
}

function hourOf(now: Instant): Instant {
  return now.round({ smallestUnit: 'hour', roundingMode: 'floor' })
}

/** Whoever tells the outside of parcels reads it here: each change of state once, with what was known of it then. */
async function tellStates(
  tx: Sql,
  changed: readonly { readonly row: StandingRow }[],
  known: ReadonlyMap<string, KnownStanding>,
  now: Instant,
): Promise<void> {
  const moved = changed.filter(({ row }) => known.get(row.trackingNo)?.state !== row.state)
  await writeJournal(
    tx,
    moved.map(({ row }) => ({
      kind: 'parcel.changed',
      orderId: null,
      data: {
        trackingNo: row.trackingNo,
        carrier: row.carrier,
        from: known.get(row.trackingNo)?.state ?? null,
        to: row.state,
        orderIds: row.orderIds.map(String),
        last: row.last,
      },
    })),
    now,
  )
}

/**
 * 改单号: the new number is told to the orders by an event of the hub's own, under the connection that named it, so that its facts
 * find them. The key is the pair of numbers: told once.
 */
async function tellMoves(
  tx: Sql,
  changed: readonly {
    readonly row: StandingRow
    readonly standing: Standing
    readonly orders: readonly OrderBeside[]
  }[],
  now: Instant,
): Promise<void> {
  const moves = changed.flatMap(({ row, standing, orders }) =>
    row.movedTo === null ? [] : [{ row, to: row.movedTo.toUpperCase(), standing, orders }],
  )
  if (moves.length === 0) return
  await markMoved(
    tx,
    moves.map(({ row, to }) => ({ from: row.trackingNo, to })),
  )
  const intents = moves.flatMap(({ row, to, standing, orders }): NewIntent[] => {
    if (standing.source === null) return []
    const event = hubEventMessage(`moved:${row.trackingNo}:${to}`, {
      event: 'number_changed',
      orders: orders.map((order) => ({
        connection: order.connection_id,
        orderNo: order.order_no,
        lines: [],
      })),
      trackingNo: to,
      carrier: row.carrier ?? '',
      waybillId: null,
      at: (standing.lastAt ?? standing.quietSince).toString(),
      batchNo: null,
      deviceId: null,
      words: `${row.trackingNo} → ${to}`,
    })
    return [hubMessageIntent(standing.source, row.orderIds[0] ?? null, event)]
  })
  await newIntents(tx, intents, now)
}
