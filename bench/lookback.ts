import { join } from 'node:path'
import type { Connector } from '#domain/connector.ts'
import { recordAudit, SYSTEM } from '#features/identity/index.ts'
import { lookBackJobs, startLookBack } from '#features/look-back/index.ts'
import { nonDeliveryProofs } from '#features/reshipments/index.ts'
import { assert } from '#kernel/assert.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { ok } from '#kernel/result.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { migrate } from '#platform/migrate.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { openVault } from '#platform/vault.ts'
import { withFolder } from './lib/child.ts'
import { round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const EVENTS = 200_000
const SCANS_PER_PARCEL = 8
/** Every how many events one was read without its offset. */
const CUT_EVERY = 101
/** As the reader below makes it, in canonical JSON: the facts' ids are made of it. */
const DETAIL = '{"place":"Leipzig","words":"Die Sendung wurde bearbeitet"}'
const CODES = { picked: 'picked_up', moved: 'in_transit', out: 'out_for_delivery', ok: 'delivered' } as const

/**
 * Raw events of parcels on record, read again twice: `rate` is the day after a usual fix (one event in 101 had lost its offset, spread
 * over every thirteenth order), `worst` a fix after which every single event reads otherwise and every order is derived anew. The limit
 * beside both: the same bodies fetched and parsed, nothing compared.
 */
export async function lookback(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const server = await startPostgres({ dataDir: join(dir, 'db') })
    const db = openDatabase({ url: server.url, connections: 6 })
    try {
      await migrate(db)
      const today = Temporal.Now.plainDateISO('UTC')
      await ensurePartitions(db, today.subtract({ days: 1 }))
      await ensurePartitions(db, today)
      await seed(db, say)
      const limit = await bareRate(db)
      say(`fetched and parsed alone: ${Math.round(limit)}/s`)
      const usual = await lookOnce(db, 0, say)
      assert(usual.changed === Math.floor(EVENTS / CUT_EVERY), `a fix found ${usual.changed} messages`)
      const worst = await lookOnce(db, 3, say)
      assert(worst.changed === EVENTS, `the worst fix found ${worst.changed} messages`)
      return {
        name: 'lookback',
        rate: Math.round(usual.rate),
        limit: Math.round(limit),
        ratio: round(usual.rate / limit),
        seconds: round(EVENTS / usual.rate),
        events: EVENTS,
        millionSeconds: Math.round(1_000_000 / usual.rate),
        changedMessages: usual.changed,
        orders: usual.orders,
        worst: {
          rate: Math.round(worst.rate),
          ratio: round(worst.rate / limit),
          millionSeconds: Math.round(1_000_000 / worst.rate),
          changedMessages: worst.changed,
          orders: worst.orders,
        },
      }
    } finally {
      await db.end()
      await server.stop()
    }
  })
}

async function bareRate(db: Db): Promise<number> {
  const at = performance.now()
  let fields = 0
  for (let after = -1n; ; ) {
    const rows = await db<{ id: bigint; body: Buffer }>`
      select id, body from inbox_message where connection_id = 'dhl' and id > ${after} order by id limit 2000`
    const last = rows.at(-1)
    if (last === undefined) break
    for (const row of rows) fields += Object.keys(JSON.parse(row.body.toString('utf8')) as object).length
    after = last.id
  }
  assert(fields === EVENTS * 5, 'every body was parsed')
  return EVENTS / ((performance.now() - at) / 1_000)
}

/** One look back from its start until it is ready, by a reader whose times are `hours` later than what was written. */
async function lookOnce(
  db: Db,
  hours: number,
  say: (line: string) => void,
): Promise<{ rate: number; changed: number; orders: number }> {
  const deps = depsOf(db, hours)
  const started = await startLookBack(deps, { connections: ['dhl'], reason: 'bench', from: null, to: null }, {
    ...SYSTEM,
    scopes: new Set(),
  } as never)
  if (!started.ok) throw new Error(started.refusal.detail)
  const startedAt = performance.now()
  let shownAt = startedAt
  const payload = { run: started.value.id.toString() }
  const job = {
    id: 1n,
    kind: 'look_back',
    payload,
    progress: 0n,
    total: null,
    attempts: 1,
    createdBy: 'bench',
  }
  await lookBackJobs(deps).look_back?.(job, async (done, total) => {
    if (performance.now() - shownAt < 5_000) return
    shownAt = performance.now()
    say(`${done} of ${total} after ${Math.round((shownAt - startedAt) / 1_000)} s`)
  })
  const seconds = (performance.now() - startedAt) / 1_000
  const [run] = await db<{ orders: bigint; changed: bigint }>`
    select orders, changed_messages as changed from look_back where id = ${started.value.id}`
  return { rate: EVENTS / seconds, changed: Number(run?.changed ?? 0n), orders: Number(run?.orders ?? 0n) }
}

type Db = ReturnType<typeof openDatabase>

/** Messages, their facts by a reader that cut the offset off some, and the orders of the parcels: written as the pipeline leaves them. */
async function seed(db: Db, say: (line: string) => void): Promise<void> {
  const parcels = Math.ceil(EVENTS / SCANS_PER_PARCEL)
  const from = Temporal.Now.instant().subtract({ hours: 6 })
  await db.raw(`
    create unlogged table bench_scan as
    select n, 'T' || (n % ${parcels}) as no, step.code, step.kind, n % ${CUT_EVERY} = 0 as is_cut,
      timestamp '2026-02-01' + (n % 99991) * interval '7 seconds' as local,
      to_char(timestamp '2026-02-01' + (n % 99991) * interval '7 seconds', 'YYYY-MM-DD"T"HH24:MI:SS') as text,
      timestamptz '${from.toString()}' + n * interval '10 milliseconds' as received_at
    from generate_series(1, ${EVENTS}::bigint) n join (values
      (0, 'picked', 'picked_up'), (1, 'moved', 'in_transit'), (2, 'moved', 'in_transit'), (3, 'moved', 'in_transit'), (4, 'moved', 'in_transit'),
      (5, 'moved', 'in_transit'), (6, 'out', 'out_for_delivery'), (7, 'ok', 'delivered')
    ) as step (at, code, kind) on step.at = (n / ${parcels})::int % 8
    order by n`)
  await db.raw(`
    insert into inbox_message (id, received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status,
      response_body, latency_us)
    overriding system value
    select n, received_at, 'dhl', 'http', 'scan', n::text, '[]', convert_to('{"no":"' || no || '","code":"' || code || '","time":"' || text
      || '+01:00","place":"Leipzig","words":"Die Sendung wurde bearbeitet"}', 'UTF8'), 'accepted', 200, 'ok', 100
    from bench_scan order by bench_scan.n`)
  await db.raw(`
    insert into inbox_subject (subject, message_id, received_at) select 'parcel:' || no, n, received_at from bench_scan order by n`)
  await db.raw(`
    insert into fact (subject, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, message_id, received_at)
    select 'parcel:' || no, (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-8' || substr(hex, 14, 3) || '-a' || substr(hex, 18, 3) || '-'
        || substr(hex, 21, 12))::uuid, kind, at, raw, zone, provenance, 'dhl', code, '${DETAIL}',
      to_char(received_at at time zone 'UTC', 'YYYYMMDD') || '-' || n, received_at
    from (select n, no, code, kind, received_at,
        text || case when is_cut then '' else '+01:00' end as raw,
        local at time zone case when is_cut then 'Asia/Shanghai' else 'Europe/Berlin' end as at,
        case when is_cut then 'Asia/Shanghai' end as zone,
        case when is_cut then 'carrier_zone' else 'explicit_offset' end as provenance
      from bench_scan) as told,
    lateral (select encode(sha256(convert_to(concat_ws(E'\\n', 'dhl', code, raw,
      to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '${DETAIL}'), 'UTF8')), 'hex') as hex) as hashed
    order by n`)
  await db.raw(
    `insert into order_key (connection_id, order_no) select 'shop', 'O' || n from generate_series(0, ${parcels - 1}) n`,
  )
  await db.raw(`
    insert into fact (subject, id, kind, at, at_raw, at_provenance, source, code, detail, tracking_no, message_id, received_at)
    select 'order:shop:O' || n, md5('w' || n)::uuid, 'waybill_issued', timestamptz '2026-01-31', '', 'explicit_offset', 'station', 'printed',
      jsonb_build_object('trackingNo', 'T' || n), 'T' || n, 'x-' || n, timestamptz '${from.toString()}' - interval '1 hour'
    from generate_series(0, ${parcels - 1}) n`)
  await db.raw('drop table bench_scan')
  for (const table of ['inbox_message', 'inbox_subject', 'fact', 'order_key'])
    await db.raw(`vacuum analyze ${table}`)
  say(`${EVENTS} raw events of ${parcels} parcels and orders on record`)
}

function depsOf(db: Db, hours: number) {
  const connector: Connector = {
    kind: 'dhl',
    role: 'carrier',
    zh: 'dhl',
    en: 'dhl',
    zone: 'Europe/Berlin',
    fields: [],
    codes: [],
    retryReply: { status: 503, contentType: 'text/plain', body: 'later' },
    read: (message) => {
      const scan = JSON.parse(Buffer.from(message.body).toString('utf8')) as Record<string, string>
      const { no = '', code = '', time = '', place = '', words = '' } = scan
      const at = {
        raw: time,
        instant: Temporal.Instant.from(time).add({ hours }),
        zone: null,
        provenance: 'explicit_offset',
      } as const
      const subject = { by: 'parcel', trackingNo: trackingNo(no) } as const
      return ok({ claims: [{ subject, code, at, detail: { place, words } }], content: [], fetch: [] })
    },
  }
  const connected = {
    id: connectionId('dhl'),
    kind: 'dhl',
    name: 'dhl',
    paused: false,
    settings: {},
    connector,
  }
  const rules = new Map(Object.entries(CODES))
  return {
    db,
    clock: systemClock,
    zone: () => 'Asia/Shanghai',
    audit: (tx: Parameters<typeof recordAudit>[0]['sql'], entry: Parameters<typeof recordAudit>[1]) =>
      recordAudit({ sql: tx, clock: systemClock }, entry),
    interpret: {
      db,
      vault: openVault({ current: 'bench', keys: new Map([['bench', new Uint8Array(32).fill(7)]]) }),
      canReport: () => false,
      now: () => systemClock.now(),
      slot: 0,
      find: (id: string) => (id === 'dhl' ? connected : null),
      rulesFor: () => rules,
    },
    reshipProofs: async () => (_order: bigint, facts: Parameters<typeof nonDeliveryProofs>[0]) =>
      nonDeliveryProofs(facts),
    onJobQueued: () => undefined,
  }
}
