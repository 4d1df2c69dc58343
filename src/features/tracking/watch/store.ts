import type { Instant } from '#kernel/clock.ts'
import { int4Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Finding } from '../core/states.ts'
import type { Threshold } from '../core/thresholds.ts'

export type ThresholdRow = {
  readonly carrier: string
  readonly warehouse: string
  readonly first_scan_hours: number | null
  readonly stalled_hours: number | null
  readonly customs_hours: number | null
  readonly updated_by: string
  readonly updated_at: Instant
}

export async function readThresholds(sql: Sql): Promise<ThresholdRow[]> {
  return await sql<ThresholdRow>`
    select carrier, warehouse, first_scan_hours, stalled_hours, customs_hours, updated_by, updated_at
    from tracking_threshold order by carrier, warehouse`
}

/** Makes the thresholds exactly what is given. */
export async function replaceThresholds(
  tx: Sql,
  rows: readonly Threshold[],
  by: string,
  at: Instant,
): Promise<void> {
  await tx`delete from tracking_threshold`
  await tx`
    insert into tracking_threshold (carrier, warehouse, first_scan_hours, stalled_hours, customs_hours, updated_by, updated_at)
    select carrier, warehouse, first_scan, stalled, customs, ${by}, ${at} from unnest(
      ${textArray(rows.map((row) => row.carrier))}::text[], ${textArray(rows.map((row) => row.warehouse))}::text[],
      ${int4Array(rows.map((row) => row.firstScanHours))}::int[], ${int4Array(rows.map((row) => row.stalledHours))}::int[],
      ${int4Array(rows.map((row) => row.customsHours))}::int[]) as t (carrier, warehouse, first_scan, stalled, customs)`
}

/** What was said by other thresholds is said anew at the next look. */
export async function forgetTimed(tx: Sql): Promise<void> {
  await tx`
    update parcel_standing set finding = null, finding_since = null, finding_why = '', digest = ''
    where finding in ('no_first_scan', 'stalled') or (finding = 'customs' and finding_why = 'silent')`
}

/**
 * Hours that hold for each row, the most particular first: carrier and warehouse, the carrier's, the warehouse's, those for all. The
 * thresholds are few; parcels come by their partial index, those within the least of all hours cost nothing.
 */
type Hours = {
  readonly rows: readonly Threshold[]
  readonly least: Instant
  readonly now: Instant
  readonly limit: number
}

/** Marks printed parcels that nobody scanned in time; answers how many. */
export async function markUnscanned(sql: Sql, { rows, least, now, limit }: Hours): Promise<number> {
  const marked = await sql`
    with due as (
      select p.id, p.waybill_at + make_interval(hours => t.hours) as since
      from parcel_standing p, lateral (
        select h.hours from unnest(${textArray(rows.map((row) => row.carrier))}::text[],
          ${textArray(rows.map((row) => row.warehouse))}::text[],
          ${int4Array(rows.map((row) => row.firstScanHours))}::int[]) as h (carrier, warehouse, hours)
        where h.hours is not null and h.carrier in ('*', p.carrier) and h.warehouse in ('*', p.warehouse)
        order by (h.carrier <> '*')::int * 2 + (h.warehouse <> '*')::int desc limit 1) t
      where p.open and p.finding is null and p.first_scan_at is null and p.waybill_at <= ${least}
        and p.waybill_at <= ${now}::timestamptz - make_interval(hours => t.hours)
      order by p.waybill_at, p.id limit ${limit} for update of p skip locked)
    update parcel_standing p set finding = 'no_first_scan', finding_since = due.since, finding_why = '', digest = ''
    from due where p.id = due.id returning 1`
  return marked.length
}

/** Marks parcels under way that nobody scanned for long, or that the customs keep without a word; answers how many. */
export async function markStalled(sql: Sql, { rows, least, now, limit }: Hours): Promise<number> {
  const marked = await sql`
    with due as (
      select p.id, p.at_customs, p.quiet_since + make_interval(hours => t.hours) as since
      from parcel_standing p, lateral (
        select case when p.at_customs then h.customs else h.stalled end as hours
        from unnest(${textArray(rows.map((row) => row.carrier))}::text[], ${textArray(rows.map((row) => row.warehouse))}::text[],
          ${int4Array(rows.map((row) => row.stalledHours))}::int[],
          ${int4Array(rows.map((row) => row.customsHours))}::int[]) as h (carrier, warehouse, stalled, customs)
        where case when p.at_customs then h.customs else h.stalled end is not null
          and h.carrier in ('*', p.carrier) and h.warehouse in ('*', p.warehouse)
        order by (h.carrier <> '*')::int * 2 + (h.warehouse <> '*')::int desc limit 1) t
      where p.open and p.finding is null and p.first_scan_at is not null and p.quiet_since <= ${least}
        and p.quiet_since <= ${now}::timestamptz - make_interval(hours => t.hours)
      order by p.quiet_since, p.id limit ${limit} for update of p skip locked)
    update parcel_standing p set finding = case when due.at_customs then 'customs' else 'stalled' end, finding_since = due.since,
      finding_why = case when due.at_customs then 'silent' else '' end, digest = ''
    from due where p.id = due.id returning 1`
  return marked.length
}

export type Group = {
  readonly finding: Finding
  readonly carrier: string | null
  readonly warehouse: string | null
  readonly parcels: number
  readonly oldest: Instant
  readonly sample: readonly string[]
}

/** What is wrong now, by carrier and warehouse; what a person answered is left out, and so is what is old history. */
export async function readGroups(sql: Sql, since: Instant): Promise<Group[]> {
  return await sql<Group>`
    select finding, carrier, warehouse, count(*)::int as parcels, min(finding_since) as oldest,
      (array_agg(tracking_no order by finding_since))[1:5] as sample
    from parcel_standing where finding is not null and finding_since > ${since}
      and not (answered_finding is not distinct from finding and answered_since is not distinct from finding_since)
    group by finding, carrier, warehouse order by parcels desc`
}

export type Incomplete = { readonly carrier: string; readonly heard: number; readonly missed: number }

/**
 * Per carrier: events heard since, and those among them that only asking brought. What a push of another source had told within ten
 * minutes is not missed, nor what the same source had told of that very moment: carriers answer in other codes than they push.
 */
export async function readCompleteness(sql: Sql, since: Instant): Promise<Incomplete[]> {
  return await sql<Incomplete>`
    with heard as (
      select carrier, sum(events)::int as heard from tracking_hour where hour >= date_trunc('hour', ${since}::timestamptz) group by carrier
    ), missed as (
      select coalesce(p.carrier, '') as carrier, count(*)::int as missed
      from fallback_log l
      join fact f on f.subject = l.subject and f.message_id = l.message_id
      left join parcel_standing p on p.tracking_no = substr(l.subject, 8)
      where l.outcome = 'found' and l.subject like 'parcel:%' and l.at >= ${since}
        and not exists (select from fact other where other.subject = f.subject and other.kind = f.kind
          and other.message_id <> f.message_id
          and (other.at = f.at or other.source <> f.source
            and other.at between f.at - interval '10 minutes' and f.at + interval '10 minutes'))
      group by 1
    )
    select coalesce(h.carrier, m.carrier) as carrier, greatest(coalesce(h.heard, 0), coalesce(m.missed, 0)) as heard,
      coalesce(m.missed, 0) as missed
    from heard h full join missed m on m.carrier = h.carrier order by 1`
}

/** Hours of which no figure is shown any more. */
export async function pruneHours(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from tracking_hour where hour < ${before}`
}
