import type { Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { boolArray, instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { ManualParcel } from './core/manual.ts'

export const PLAN_STATES = [
  'held',
  'review',
  'unmatched',
  'short',
  'planned',
  'locked',
  'left',
  'ended',
] as const
export type PlanState = (typeof PLAN_STATES)[number]
export const PLAN_STEPS = ['hold', 'split', 'source', 'lock', 'freight', 'ship'] as const
export type PlanStep = (typeof PLAN_STEPS)[number]

/** What a plan is answered with beside its parcels; for people to look at. */
export type PlanAnswer = {
  readonly score?: unknown
  readonly isProven?: boolean
  readonly rejected?: unknown
  readonly out?: unknown
  readonly bindings?: unknown
  readonly tags?: readonly string[]
  /** Print of each kind's last decision: only another one is recorded. */
  readonly marks?: Readonly<Record<string, string>>
  /** Its freight could not be worked out: looked at again until it can. */
  readonly isUnrated?: boolean
}

export type PlanRow = {
  readonly orderId: bigint
  readonly connection: string
  readonly orderNo: string
  readonly leadId: bigint
  readonly groupId: bigint | null
  readonly state: PlanState
  readonly step: PlanStep
  readonly code: string | null
  readonly words: Words
  readonly fingerprint: string
  readonly revision: number
  readonly pins: Pins
  readonly answer: PlanAnswer
  readonly manual: readonly ManualParcel[] | null
  readonly excluded: readonly string[]
  readonly plannedAt: Instant
  readonly updatedAt: Instant
}
/** The versions that decided, by kind. */
export type Pins = Readonly<Record<'review' | 'split' | 'sourcing' | 'freight', bigint | null>>

type StoredPlan = {
  readonly order_id: bigint
  readonly connection_id: string
  readonly order_no: string
  readonly lead_id: bigint
  readonly group_id: bigint | null
  readonly state: PlanState
  readonly step: PlanStep
  readonly code: string | null
  readonly zh: string
  readonly en: string
  readonly fingerprint: string
  readonly revision: number
  readonly review_version: bigint | null
  readonly split_version: bigint | null
  readonly sourcing_version: bigint | null
  readonly freight_version: bigint | null
  readonly answer: PlanAnswer
  readonly manual: readonly ManualParcel[] | null
  readonly excluded: readonly string[]
  readonly planned_at: Instant
  readonly updated_at: Instant
}

export async function readPlans(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, PlanRow>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<StoredPlan>`
    select order_id, connection_id, order_no, lead_id, group_id, state, step, code, zh, en, fingerprint, revision, review_version,
      split_version, sourcing_version, freight_version, answer, manual, excluded, planned_at, updated_at
    from order_plan where order_id = any(${int8Array([...ids])}::bigint[]) order by order_id`
  return new Map(rows.map((row) => [row.order_id, planOf(row)]))
}

function planOf(row: StoredPlan): PlanRow {
  return {
    orderId: row.order_id,
    connection: row.connection_id,
    orderNo: row.order_no,
    leadId: row.lead_id,
    groupId: row.group_id,
    state: row.state,
    step: row.step,
    code: row.code,
    words: { zh: row.zh, en: row.en },
    fingerprint: row.fingerprint,
    revision: row.revision,
    pins: {
      review: row.review_version,
      split: row.split_version,
      sourcing: row.sourcing_version,
      freight: row.freight_version,
    },
    answer: row.answer,
    manual: row.manual,
    excluded: row.excluded,
    plannedAt: row.planned_at,
    updatedAt: row.updated_at,
  }
}

export async function savePlans(sql: Sql, rows: readonly PlanRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into order_plan (order_id, connection_id, order_no, lead_id, group_id, state, step, code, zh, en, fingerprint, revision,
      review_version, split_version, sourcing_version, freight_version, answer, manual, excluded, planned_at, updated_at)
    select order_id, connection_id, order_no, lead_id, group_id, state, step, code, zh, en, fingerprint, revision,
      review_version, split_version, sourcing_version, freight_version, answer::jsonb, manual::jsonb,
      array(select jsonb_array_elements_text(excluded::jsonb)), planned_at, updated_at
    from unnest(
      ${int8Array(rows.map((row) => row.orderId))}::bigint[], ${textArray(rows.map((row) => row.connection))}::text[],
      ${textArray(rows.map((row) => row.orderNo))}::text[], ${int8Array(rows.map((row) => row.leadId))}::bigint[],
      ${int8Array(rows.map((row) => row.groupId))}::bigint[], ${textArray(rows.map((row) => row.state))}::text[],
      ${textArray(rows.map((row) => row.step))}::text[], ${textArray(rows.map((row) => row.code))}::text[],
      ${textArray(rows.map((row) => row.words.zh))}::text[], ${textArray(rows.map((row) => row.words.en))}::text[],
      ${textArray(rows.map((row) => row.fingerprint))}::text[], ${int4Array(rows.map((row) => row.revision))}::int[],
      ${int8Array(rows.map((row) => row.pins.review))}::bigint[], ${int8Array(rows.map((row) => row.pins.split))}::bigint[],
      ${int8Array(rows.map((row) => row.pins.sourcing))}::bigint[], ${int8Array(rows.map((row) => row.pins.freight))}::bigint[],
      ${textArray(rows.map((row) => textOf(row.answer)))}::text[],
      ${textArray(rows.map((row) => (row.manual === null ? null : textOf(row.manual))))}::text[],
      ${textArray(rows.map((row) => textOf(row.excluded)))}::text[], ${instantArray(rows.map((row) => row.plannedAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.updatedAt))}::timestamptz[]
    ) as plan (order_id, connection_id, order_no, lead_id, group_id, state, step, code, zh, en, fingerprint, revision,
      review_version, split_version, sourcing_version, freight_version, answer, manual, excluded, planned_at, updated_at)
    on conflict (order_id) do update set
      lead_id = excluded.lead_id, group_id = excluded.group_id, state = excluded.state, step = excluded.step, code = excluded.code,
      zh = excluded.zh, en = excluded.en, fingerprint = excluded.fingerprint, revision = excluded.revision,
      review_version = excluded.review_version, split_version = excluded.split_version,
      sourcing_version = excluded.sourcing_version, freight_version = excluded.freight_version, answer = excluded.answer,
      manual = excluded.manual, excluded = excluded.excluded, planned_at = excluded.planned_at, updated_at = excluded.updated_at`
}

export type ParcelRow = {
  readonly leadId: bigint
  readonly seq: number
  readonly parcelNo: string
  readonly warehouse: string | null
  readonly state: 'planned' | 'left' | 'void'
  readonly waits: boolean
  readonly reasons: readonly { readonly node: string | null; readonly words: Words }[]
  readonly plannedAt: Instant
  readonly pieces: readonly PieceRow[]
}
export type PieceRow = {
  readonly unit: string
  readonly orderId: bigint
  readonly lineId: string
  readonly sku: string
  readonly title: string
  readonly gift: boolean
  readonly quantity: number
  readonly valueMinor: bigint
  readonly weightG: number | null
}

type StoredParcel = Omit<ParcelRow, 'pieces' | 'leadId' | 'parcelNo' | 'plannedAt'> & {
  readonly lead_id: bigint
  readonly parcel_no: string
  readonly planned_at: Instant
  readonly pieces: readonly (Omit<PieceRow, 'orderId' | 'valueMinor'> & {
    readonly orderId: string
    readonly valueMinor: string
  })[]
}

/** Parcels that are not void, by the order that they are kept under. */
export async function readParcels(sql: Sql, leads: readonly bigint[]): Promise<Map<bigint, ParcelRow[]>> {
  if (leads.length === 0) return new Map()
  const rows = await sql<StoredParcel>`
    select p.lead_id, p.seq, p.parcel_no, p.warehouse, p.state, p.waits, p.reasons, p.planned_at, (
      select coalesce(jsonb_agg(jsonb_build_object('unit', unit, 'orderId', order_id::text, 'lineId', line_id, 'sku', sku, 'title', title,
        'gift', gift, 'quantity', quantity, 'valueMinor', value_minor::text, 'weightG', weight_g) order by unit), '[]')
      from plan_piece where parcel_id = p.id
    ) as pieces
    from plan_parcel p where p.lead_id = any(${int8Array([...leads])}::bigint[]) and p.state <> 'void' order by p.lead_id, p.seq`
  const parcels = rows.map(
    (row): ParcelRow => ({
      leadId: row.lead_id,
      seq: row.seq,
      parcelNo: row.parcel_no,
      warehouse: row.warehouse,
      state: row.state,
      waits: row.waits,
      reasons: row.reasons,
      plannedAt: row.planned_at,
      pieces: row.pieces.map((piece) => ({
        ...piece,
        orderId: BigInt(piece.orderId),
        valueMinor: BigInt(piece.valueMinor),
      })),
    }),
  )
  return Map.groupBy(parcels, (parcel) => parcel.leadId)
}

/**
 * Replaces the parcels of these plans, those that had left and came back (a waybill was voided) with them. Numbers of parcels that were
 * ever planned are not used again.
 */
export async function replaceParcels(
  sql: Sql,
  leads: readonly bigint[],
  parcels: readonly ParcelRow[],
): Promise<void> {
  if (leads.length === 0) return
  await sql`update plan_parcel set state = 'void' where lead_id = any(${int8Array([...leads])}::bigint[]) and state <> 'void'`
  if (parcels.length === 0) return
  const made = await sql<{ id: bigint; parcel_no: string }>`
    insert into plan_parcel (lead_id, seq, parcel_no, warehouse, state, waits, reasons, planned_at)
    select lead_id, seq, parcel_no, warehouse, state, waits, reasons::jsonb, planned_at from unnest(
      ${int8Array(parcels.map((one) => one.leadId))}::bigint[], ${int4Array(parcels.map((one) => one.seq))}::int[],
      ${textArray(parcels.map((one) => one.parcelNo))}::text[], ${textArray(parcels.map((one) => one.warehouse))}::text[],
      ${textArray(parcels.map((one) => one.state))}::text[], ${boolArray(parcels.map((one) => one.waits))}::boolean[],
      ${textArray(parcels.map((one) => textOf(one.reasons)))}::text[], ${instantArray(parcels.map((one) => one.plannedAt))}::timestamptz[]
    ) as parcel (lead_id, seq, parcel_no, warehouse, state, waits, reasons, planned_at)
    returning id, parcel_no`
  const idOf = new Map(made.map((row) => [row.parcel_no, row.id]))
  const pieces = parcels.flatMap((parcel) =>
    parcel.pieces.map((piece) => ({ ...piece, parcelId: idOf.get(parcel.parcelNo) ?? 0n })),
  )
  await sql`
    insert into plan_piece (parcel_id, unit, order_id, line_id, sku, title, gift, quantity, value_minor, weight_g)
    select * from unnest(
      ${int8Array(pieces.map((one) => one.parcelId))}::bigint[], ${textArray(pieces.map((one) => one.unit))}::text[],
      ${int8Array(pieces.map((one) => one.orderId))}::bigint[], ${textArray(pieces.map((one) => one.lineId))}::text[],
      ${textArray(pieces.map((one) => one.sku))}::text[], ${textArray(pieces.map((one) => one.title))}::text[],
      ${boolArray(pieces.map((one) => one.gift))}::boolean[], ${int4Array(pieces.map((one) => one.quantity))}::int[],
      ${int8Array(pieces.map((one) => one.valueMinor))}::bigint[], ${int4Array(pieces.map((one) => one.weightG))}::int[])`
}

/** Takes the goods of these orders out of parcels that are kept under others; a parcel of which nothing is left is void. */
export async function takeOut(
  sql: Sql,
  leads: readonly bigint[],
  orderIds: readonly bigint[],
): Promise<void> {
  if (leads.length === 0) return
  const orders = int8Array([...orderIds])
  await sql`update plan_parcel set state = 'void' where lead_id = any(${int8Array([...leads])}::bigint[]) and state <> 'void'
    and not exists (select from plan_piece where parcel_id = plan_parcel.id and order_id <> all(${orders}::bigint[]))`
  await sql`delete from plan_piece where order_id = any(${orders}::bigint[]) and parcel_id in (
    select id from plan_parcel where lead_id = any(${int8Array([...leads])}::bigint[]) and state <> 'void')`
}

/** What is planned and has left, or will never leave: what waits for goods until its plan is over never will. `open`: parcel numbers that stay. */
export async function endParcels(
  sql: Sql,
  leads: readonly bigint[],
  state: 'left' | 'void',
  open: readonly string[] = [],
): Promise<void> {
  if (leads.length === 0) return
  await sql`
    update plan_parcel set state = case when waits then 'void' else ${state} end
    where lead_id = any(${int8Array([...leads])}::bigint[]) and state = 'planned' and parcel_no <> all(${textArray([...open])}::text[])`
}

/** Parcels that waited for goods have a warehouse now; what they are keeps. */
export async function placeParcels(
  sql: Sql,
  parcels: readonly { readonly parcelNo: string; readonly warehouse: string }[],
): Promise<void> {
  if (parcels.length === 0) return
  await sql`
    update plan_parcel p set warehouse = one.warehouse, waits = false
    from unnest(${textArray(parcels.map((one) => one.parcelNo))}::text[], ${textArray(parcels.map((one) => one.warehouse))}::text[])
      as one (parcel_no, warehouse)
    where p.parcel_no = one.parcel_no and p.state = 'planned'`
}

/** Orders with all those that they are merged with now. */
export async function readMates(
  sql: Sql,
  ids: readonly bigint[],
): Promise<{ orderId: bigint; groupId: bigint }[]> {
  const rows = await sql<{ order_id: bigint; group_id: bigint }>`
    select order_id, group_id from order_group_member where left_at is null and group_id in (
      select group_id from order_group_member where left_at is null and order_id = any(${int8Array([...ids])}::bigint[])
    ) order by group_id, order_id`
  return rows.map((row) => ({ orderId: row.order_id, groupId: row.group_id }))
}

export type PlanEvent = {
  readonly orderId: bigint
  readonly what: string
  readonly actor: string
  readonly reason: string
  readonly detail: unknown
}
export async function writeEvents(sql: Sql, events: readonly PlanEvent[], at: Instant): Promise<void> {
  if (events.length === 0) return
  await sql`
    insert into plan_event (order_id, at, what, actor, reason, detail)
    select order_id, ${at}, what, actor, reason, detail::jsonb from unnest(
      ${int8Array(events.map((one) => one.orderId))}::bigint[], ${textArray(events.map((one) => one.what))}::text[],
      ${textArray(events.map((one) => one.actor))}::text[], ${textArray(events.map((one) => one.reason))}::text[],
      ${textArray(events.map((one) => textOf(one.detail)))}::text[]
    ) as event (order_id, what, actor, reason, detail)`
}

export type FreeRow = {
  readonly sku: string
  readonly warehouse: string
  readonly available: number
  readonly safety: number
}
export async function readLevels(sql: Sql, skus: readonly string[]): Promise<FreeRow[]> {
  if (skus.length === 0) return []
  return await sql<FreeRow>`
    select l.sku, l.warehouse, l.available, l.safety from stock_level l join warehouse w on w.code = l.warehouse and w.active
    where l.sku = any(${textArray([...skus])}::text[])`
}
export type QuotaRow = {
  readonly sku: string
  readonly warehouse: string
  readonly channel: string
  readonly pieces: number
}
export async function readQuotas(
  sql: Sql,
  skus: readonly string[],
  channels: readonly string[],
): Promise<QuotaRow[]> {
  if (skus.length === 0) return []
  return await sql<QuotaRow>`
    select sku, warehouse, channel, left_over as pieces from stock_quota
    where sku = any(${textArray([...skus])}::text[]) and channel = any(${textArray([...channels])}::text[]) and left_over > 0`
}

export async function activeWarehouses(sql: Sql): Promise<string[]> {
  const rows = await sql<{ code: string }>`select code from warehouse where active order by priority, code`
  return rows.map((row) => row.code)
}

/** JSON in which whole numbers beyond a float are texts. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one))
}

/** A warehouse to send from, or a plan that was made before. */
export async function hasAnythingToPlan(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ some: boolean }>`
    select exists (select from warehouse where active) or exists (select from order_plan) as some`
  return row?.some ?? false
}
