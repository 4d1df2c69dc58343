import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { CheckRule } from './core/check-digit.ts'
import { type Segment, shapeOf } from './core/segment.ts'
import type { ApplicationState } from './refill/store.ts'

export type PoolKind = 'segment' | 'balance'
export const REFILLS = ['none', 'notice', 'post'] as const
export type Refill = (typeof REFILLS)[number]

/** Serialises whoever takes out of, or puts into, one account's pool. Null: the account has none yet. */
export async function lockPool(tx: Sql, accountId: bigint): Promise<{ kind: PoolKind } | null> {
  const [row] = await tx<{ kind: PoolKind }>`
    select kind from number_pool where account_id = ${accountId} for update`
  return row ?? null
}

/** One reference at a time, so that two who ask with the same one do not both take. */
export async function lockReference(tx: Sql, reference: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('number:' || ${reference}, 0))`
}

export async function readTaken(tx: Sql, reference: string, accountId: bigint): Promise<string | null> {
  const [row] = await tx<{ tracking_no: string }>`
    select tracking_no from number_taken where reference = ${reference} and account_id = ${accountId}`
  return row?.tracking_no ?? null
}

export type TakenSerial = {
  readonly segmentId: bigint
  readonly carrier: string
  readonly serial: bigint
  readonly shape: Omit<Segment, 'first' | 'last'>
}

/** The next serial of the account's oldest open segment. The pool is locked by the caller; a roll-back gives it back. */
export async function takeSerial(tx: Sql, accountId: bigint): Promise<TakenSerial | null> {
  const [row] = await tx<SegmentRow>`
    update number_segment set next_serial = next_serial + 1
    where id = (
      select id from number_segment
      where account_id = ${accountId} and state = 'active' and next_serial <= last_serial order by id limit 1
    )
    returning *`
  if (row === undefined) return null
  return {
    segmentId: row.id,
    carrier: row.carrier,
    serial: row.next_serial - 1n,
    shape: { prefix: row.prefix, suffix: row.suffix, width: row.width, check: row.check_rule },
  }
}

export async function insertTaken(
  tx: Sql,
  taken: TakenSerial & {
    readonly reference: string
    readonly accountId: bigint
    readonly trackingNo: string
    readonly at: Instant
  },
): Promise<void> {
  await tx`
    insert into number_taken (reference, account_id, carrier, segment_id, serial, tracking_no, taken_at)
    values (${taken.reference}, ${taken.accountId}, ${taken.carrier}, ${taken.segmentId}, ${taken.serial},
      ${taken.trackingNo}, ${taken.at})`
}

export type AccountRow = {
  readonly id: bigint
  readonly connection_id: string
  readonly carrier: string
  readonly name: string
  readonly sealed: Uint8Array
  readonly active: boolean
  readonly blocked_code: string | null
  readonly blocked_at: Instant | null
}

export async function readAccounts(sql: Sql): Promise<AccountRow[]> {
  return await sql<AccountRow>`
    select id, connection_id, carrier, name, sealed, active, blocked_code, blocked_at from carrier_account order by id`
}

export async function readAccount(sql: Sql, id: bigint): Promise<AccountRow | null> {
  const [row] = await sql<AccountRow>`
    select id, connection_id, carrier, name, sealed, active, blocked_code, blocked_at from carrier_account where id = ${id}`
  return row ?? null
}

/** Accounts that the hub may use now, whatever their pools hold. */
export async function readUsable(sql: Sql): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`select id from carrier_account where active and blocked_code is null`
  return rows.map(({ id }) => id)
}

/** Makes the account's pool where it has none; its kind follows the connector's. */
export async function ensurePools(
  sql: Sql,
  pools: readonly { readonly accountId: bigint; readonly kind: PoolKind }[],
  now: Instant,
): Promise<void> {
  if (pools.length === 0) return
  await sql`
    insert into number_pool (account_id, kind, updated_by, updated_at)
    select account_id, kind, 'hub', ${now} from unnest(
      ${int8Array(pools.map((one) => one.accountId))}::bigint[], ${textArray(pools.map((one) => one.kind))}::text[]
    ) as wanted (account_id, kind) order by account_id
    on conflict (account_id) do update set kind = excluded.kind where number_pool.kind <> excluded.kind`
}

export type PoolRow = {
  readonly account_id: bigint
  readonly connection_id: string
  readonly carrier: string
  readonly account_name: string
  readonly active: boolean
  readonly blocked_code: string | null
  readonly blocked_at: Instant | null
  readonly kind: PoolKind
  readonly low_at: number | null
  readonly fail_over_to: bigint | null
  readonly refill: Refill
  readonly refill_count: number
  readonly refill_url: string | null
  readonly has_secret: boolean
  readonly rate_per_hour: number
  readonly threshold: number
  readonly threshold_hours: number
  readonly looked_at: Instant | null
  readonly balance: number | null
  readonly balance_unlimited: boolean
  readonly balance_at: Instant | null
  readonly asked_at: Instant | null
  readonly ask_code: string | null
  readonly ask_detail: string | null
  readonly ask_failing_since: Instant | null
  /** Of active segments. */
  readonly segment_left: bigint
  readonly segments: bigint
  /** Waybills since the balance was told. */
  readonly issued_since: bigint
  readonly application_id: bigint | null
  readonly application_state: ApplicationState | null
}

/** Pools as they are at this moment; of one account, or all. */
export async function readPools(sql: Sql, accountId: bigint | null = null): Promise<PoolRow[]> {
  return await sql<PoolRow>`
    select p.account_id, a.connection_id, a.carrier, a.name as account_name, a.active, a.blocked_code, a.blocked_at, p.kind,
      p.low_at, p.fail_over_to, p.refill, p.refill_count, p.refill_url, p.refill_secret is not null as has_secret,
      p.rate_per_hour, p.threshold, p.threshold_hours, p.looked_at, p.balance, p.balance_unlimited, p.balance_at,
      p.asked_at, p.ask_code, p.ask_detail, p.ask_failing_since,
      coalesce(s.left_count, 0)::bigint as segment_left, coalesce(s.segments, 0)::bigint as segments,
      coalesce(w.issued, 0)::bigint as issued_since, q.id as application_id, q.state as application_state
    from number_pool p join carrier_account a on a.id = p.account_id
    left join lateral (
      select sum(last_serial - next_serial + 1) as left_count, count(*) as segments
      from number_segment where account_id = p.account_id and state = 'active' and next_serial <= last_serial
    ) s on p.kind = 'segment'
    left join lateral (
      select count(*) as issued from waybill where account_id = p.account_id and issued_at > p.balance_at
    ) w on p.kind = 'balance' and p.balance is not null
    left join number_application q on q.account_id = p.account_id and q.state in ('open', 'sending', 'taken', 'refused')
    where ${accountId}::bigint is null or p.account_id = ${accountId}
    order by a.name, p.account_id`
}

export type HourRow = { readonly account_id: bigint; readonly ago: number; readonly count: bigint }

/** Numbers used in each of the last 24 hours before `now`, by account. */
export async function readHours(sql: Sql, now: Instant, accountId: bigint | null = null): Promise<HourRow[]> {
  const from = now.subtract({ hours: 24 })
  return await sql<HourRow>`
    select account_id, floor(extract(epoch from ${now}::timestamptz - at) / 3600)::int as ago, count(*) as count from (
      select t.account_id, t.taken_at as at from number_taken t join number_pool p on p.account_id = t.account_id and p.kind = 'segment'
      where t.taken_at > ${from} and t.taken_at <= ${now}
      union all
      select w.account_id, w.issued_at from waybill w join number_pool p on p.account_id = w.account_id and p.kind = 'balance'
      where w.issued_at > ${from} and w.issued_at <= ${now}
    ) used where ${accountId}::bigint is null or account_id = ${accountId} group by 1, 2`
}

/** When each pool was first used, of those in use within the last day: hours before `now`, at most 24. */
export async function readFirstUse(sql: Sql, now: Instant): Promise<Map<bigint, number>> {
  const rows = await sql<{ account_id: bigint; hours: number }>`
    select account_id, extract(epoch from ${now}::timestamptz - least(added, ${now}))::double precision / 3600 as hours from (
      select p.account_id, coalesce(min(s.added_at), p.balance_at, ${now}) as added
      from number_pool p left join number_segment s on s.account_id = p.account_id and p.kind = 'segment'
      group by p.account_id
    ) first`
  return new Map(rows.map((row) => [row.account_id, row.hours]))
}

export async function saveLook(
  sql: Sql,
  looks: readonly { accountId: bigint; rate: number; numbers: number; hours: number }[],
  now: Instant,
): Promise<void> {
  for (const look of looks)
    await sql`
      update number_pool set rate_per_hour = ${look.rate}, threshold = ${look.numbers}, threshold_hours = ${look.hours}, looked_at = ${now}
      where account_id = ${look.accountId}`
}

export type PoolSettings = {
  readonly lowAt: number | null
  readonly failOverTo: bigint | null
  readonly refill: Refill
  readonly refillCount: number
  readonly refillUrl: string | null
  /** Sealed; null keeps the one there is. */
  readonly secret: Uint8Array | null
}

export async function saveSettings(
  tx: Sql,
  accountId: bigint,
  settings: PoolSettings,
  by: string,
  now: Instant,
): Promise<void> {
  await tx`
    update number_pool set low_at = ${settings.lowAt}, fail_over_to = ${settings.failOverTo}, refill = ${settings.refill},
      refill_count = ${settings.refillCount}, refill_url = ${settings.refillUrl},
      refill_secret = coalesce(${settings.secret}, refill_secret), updated_by = ${by}, updated_at = ${now}
    where account_id = ${accountId}`
}

export async function readRefill(
  sql: Sql,
  accountId: bigint,
): Promise<{ readonly url: string | null; readonly secret: Uint8Array | null } | null> {
  const [row] = await sql<{ url: string | null; secret: Uint8Array | null }>`
    select refill_url as url, refill_secret as secret from number_pool where account_id = ${accountId}`
  return row ?? null
}

export type SegmentRow = {
  readonly id: bigint
  readonly account_id: bigint
  readonly carrier: string
  readonly prefix: string
  readonly suffix: string
  readonly width: number
  readonly check_rule: CheckRule
  readonly first_serial: bigint
  readonly last_serial: bigint
  readonly next_serial: bigint
  readonly state: 'active' | 'retired'
  readonly note: string
  readonly application_id: bigint | null
  readonly added_by: string
  readonly added_at: Instant
  readonly retired_by: string | null
  readonly retired_at: Instant | null
}

/** Whoever adds segments of a carrier takes turns: crossing is judged against what is committed. */
export async function lockCarrier(tx: Sql, carrier: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('segments:' || ${carrier}, 0))`
}

/** A segment of the carrier that could print one of the same numbers, retired ones too: what was printed once is never printed again. */
export async function findCrossing(tx: Sql, carrier: string, segment: Segment): Promise<SegmentRow | null> {
  const shape = shapeOf(segment)
  const [row] = await tx<SegmentRow>`
    select * from number_segment
    where carrier = ${carrier} and stem = ${shape.stem} and suffix = ${segment.suffix} and digits = ${shape.digits}
      and printed_from <= ${shape.to} and printed_to >= ${shape.from} limit 1`
  return row ?? null
}

export async function insertSegment(
  tx: Sql,
  segment: Segment & {
    readonly accountId: bigint
    readonly carrier: string
    readonly note: string
    readonly applicationId: bigint | null
    readonly by: string
    readonly at: Instant
  },
): Promise<bigint> {
  const shape = shapeOf(segment)
  const [row] = await tx<{ id: bigint }>`
    insert into number_segment (account_id, carrier, prefix, suffix, width, check_rule, first_serial, last_serial, next_serial,
      stem, digits, printed_from, printed_to, note, application_id, added_by, added_at)
    values (${segment.accountId}, ${segment.carrier}, ${segment.prefix}, ${segment.suffix}, ${segment.width}, ${segment.check},
      ${segment.first}, ${segment.last}, ${segment.first}, ${shape.stem}, ${shape.digits}, ${shape.from}, ${shape.to},
      ${segment.note}, ${segment.applicationId}, ${segment.by}, ${segment.at})
    returning id`
  return row?.id ?? 0n
}

export async function readSegments(sql: Sql, accountId: bigint, limit: number): Promise<SegmentRow[]> {
  return await sql<SegmentRow>`
    select * from number_segment where account_id = ${accountId}
    order by (state = 'active' and next_serial <= last_serial) desc, id desc limit ${limit}`
}

/** One segment, locked or only looked at. */
export async function lockSegment(tx: Sql, id: bigint, hold: boolean): Promise<SegmentRow | null> {
  const rows = hold
    ? await tx<SegmentRow>`select * from number_segment where id = ${id} for update`
    : await tx<SegmentRow>`select * from number_segment where id = ${id}`
  return rows[0] ?? null
}

/** Cuts the segment behind its last number that was given out, so that the rest may be added elsewhere; one that gave none is removed. */
export async function retireSegment(
  tx: Sql,
  segment: Segment,
  id: bigint,
  by: string,
  at: Instant,
): Promise<void> {
  if (segment.last < segment.first) {
    await tx`delete from number_segment where id = ${id}`
    return
  }
  await tx`
    update number_segment set state = 'retired', last_serial = ${segment.last}, printed_to = ${shapeOf(segment).to},
      retired_by = ${by}, retired_at = ${at} where id = ${id}`
}

/** Keeps what the carrier told. */
export async function saveBalance(
  tx: Sql,
  accountId: bigint,
  told: { readonly left: number | null; readonly reckoned: number | null },
  at: Instant,
): Promise<void> {
  await tx`
    update number_pool set balance = ${told.left}, balance_unlimited = ${told.left === null}, balance_at = ${at}, asked_at = ${at},
      ask_code = null, ask_detail = null, ask_failing_since = null where account_id = ${accountId}`
  await tx`
    insert into number_balance (account_id, at, left_count, reckoned) values (${accountId}, ${at}, ${told.left}, ${told.reckoned})
    on conflict (account_id, at) do nothing`
}

export async function saveAskFailure(
  sql: Sql,
  accountId: bigint,
  code: string,
  detail: string,
  at: Instant,
): Promise<void> {
  await sql`
    update number_pool set asked_at = ${at}, ask_code = ${code}, ask_detail = ${detail.slice(0, 500)},
      ask_failing_since = coalesce(ask_failing_since, ${at}) where account_id = ${accountId}`
}

export type BalanceRow = {
  readonly at: Instant
  readonly left_count: number | null
  readonly reckoned: number | null
}

export async function readBalances(sql: Sql, accountId: bigint, limit: number): Promise<BalanceRow[]> {
  return await sql<BalanceRow>`
    select at, left_count, reckoned from number_balance where account_id = ${accountId} order by at desc limit ${limit}`
}

/**
 * Leaves out so many numbers of every active segment, or what is left of it: a database that was set back does not know which of
 * them were given out. Answers how many.
 */
export async function skipNumbers(tx: Sql, numbers: number): Promise<number> {
  const rows = await tx<{ skipped: bigint }>`
    with before as (
      select id, next_serial from number_segment where state = 'active' and next_serial <= last_serial order by id for update)
    update number_segment s set next_serial = least(before.next_serial + ${numbers}, s.last_serial + 1)
    from before where s.id = before.id returning s.next_serial - before.next_serial as skipped`
  return rows.reduce((sum, row) => sum + Number(row.skipped), 0)
}

export async function forgetBalances(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from number_balance where at < ${before}`
}
