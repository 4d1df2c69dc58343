import { ensurePartitions } from '#platform/partitions/store.ts'
import type { Database } from '#platform/postgres/database.ts'

export const MESSAGES = 10_000_000
export const DAYS = 30
/** 20 connections: c0 brings three in ten, c19 one in ten thousand. Kept where the queries are made, too. */
export const COMMON_CONNECTION = 'c0'
export const RARE_CONNECTION = 'c19'
export const COMMON_TOPIC = 'orders/updated'
export const RARE_TOPIC = 'refunds/create'
/** Only c1 sends this one, often: together with c0 it finds nothing among millions. */
export const ELSEWHERE_TOPIC = 'trade_TradeChanged'
const PER_DAY = Math.ceil(MESSAGES / DAYS)

/**
 * Thirty days of a busy hub: 94% accepted, 5% repeated, 1% refused; seven in ten name their order, four messages an order; three in
 * ten speak of a parcel; 30,000 are parked, 5,000 wait. Made by the database itself, its secondary indexes built afterwards.
 */
export async function fillInbox(db: Database, say: (line: string) => void): Promise<void> {
  const today = Temporal.Now.plainDateISO('UTC')
  await ensurePartitions(db, today, DAYS + 1)
  for (let i = 0; i < 20; i += 1)
    await db`insert into connection (id, kind, name, secrets, callback_token) values (${`c${i}`}, 'pinduoduo', ${`店铺 ${i}`}, '\\x00', ${`t${i}`})`
  const indexes = await secondaryIndexes(db)
  for (const { name } of indexes) await db.raw(`drop index ${name}`)
  for (let day = 0; day < DAYS; day += 2) {
    await Promise.all([day, day + 1].map((one) => fillDay(db, one)))
    if (day % 10 === 0) say(`day ${day + 2} of ${DAYS}`)
  }
  for (const { definition, name } of indexes) {
    await db.raw(`${definition.replace(' ON ONLY ', ' ON ')}`)
    say(`index ${name}`)
  }
  await db`
    insert into inbox_task (message_id, received_at, lane, state, park_code)
    select id, received_at, connection_id, 'parked', case when id % 3 = 0 then 'orders.bad_amount' else 'mapping.unknown_code' end
    from inbox_message where id % 311 = 0 and verdict = 'accepted' on conflict do nothing`
  await db`
    insert into inbox_task (message_id, received_at, lane) select id, received_at, connection_id from inbox_message
    where id > ${BigInt(MESSAGES - 5_000)} and verdict = 'accepted' on conflict do nothing`
  for (const table of ['inbox_message', 'inbox_subject', 'inbox_task']) await db.raw(`analyze ${table}`)
}

async function secondaryIndexes(db: Database): Promise<{ name: string; definition: string }[]> {
  return await db<{ name: string; definition: string }>`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'inbox_message' and indexname <> 'inbox_message_pkey'`
}

async function fillDay(db: Database, day: number): Promise<void> {
  const from = day * PER_DAY + 1
  const to = Math.min(MESSAGES, (day + 1) * PER_DAY)
  await db`
    with made as (
      select g, now() - (${MESSAGES}::bigint - g) * (interval '1 day' * ${DAYS - 0.2} / ${MESSAGES}) as at,
        (g * 7919) % 10000 as a, (g * 104729) % 1000 as b, (g * 31) % 2500000 as o from generate_series(${from}::bigint, ${to}::bigint) g
    ), named as (
      select *, case when a < 3000 then 'c0' when a < 5000 then 'c1' when a < 6500 then 'c2' when a < 9999 then 'c' || (3 + a % 16) else 'c19' end as connection_id,
        case when b >= 990 then 'rejected' when b >= 939 then 'duplicate' when b = 938 then 'challenge' else 'accepted' end as verdict
      from made
    ), topical as (
      select *, case when verdict = 'rejected' then 'rejected' when verdict = 'challenge' then 'ping'
        when connection_id = 'c1' and b % 2 = 0 then 'trade_TradeChanged'
        when (g * 13) % 9973 = 0 then 'refunds/create'
        else (array['orders/updated', 'orders/updated', 'orders/create', 'orders/paid', 'fulfillments/update', 'logistics/track'])[1 + b % 6] end as topic
      from named
    ), messages as (
      insert into inbox_message (id, received_at, connection_id, transport, topic, dedup_key, order_no, headers, body, verdict,
        refusal_code, refusal_detail, response_status, response_body, latency_us) overriding system value
      select g, at, connection_id, 'http', topic, 'k' || g, case when verdict <> 'rejected' and b % 10 < 7 then 'P' || lpad(o::text, 12, '0') end,
        '{"content-type":"application/json"}', decode(md5(g::text) || md5(o::text), 'hex'), verdict,
        case when verdict = 'rejected' then 'shopify.signature_wrong' end, null, case when verdict = 'rejected' then 401 else 200 end, 'ok', 1500
      from topical
    )
    insert into inbox_subject (subject, message_id, received_at)
    select 'parcel:SF' || (1000000000000 + o / 2), g, at from topical where verdict = 'accepted' and b % 10 in (1, 4, 8)`
}
