import { join } from 'node:path'
import type { Connector } from '#domain/connector.ts'
import { recordAudit, SYSTEM } from '#features/identity/index.ts'
import { lookBackJobs, startLookBack } from '#features/look-back/index.ts'
import { nonDeliveryProofs } from '#features/reshipments/index.ts'
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

const EVENTS = Number(process.env.LOOKBACK_EVENTS ?? 1_000_000)
const SCANS_PER_PARCEL = 8
const CODES = { picked: 'picked_up', moved: 'in_transit', out: 'out_for_delivery', ok: 'delivered' } as const

/**
 * Raw events of parcels on record, read again by a reader that no longer cuts the offset off: every event moves by seven hours, so that all
 * of them are differences and every order is weighed. The limit beside it: the same bodies fetched and parsed, nothing compared.
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
      const bareAt = performance.now()
      let bytes = 0
      for (let after = 0n; ; ) {
        const rows = await db<{ id: bigint; body: Buffer }>`
          select id, body from inbox_message where connection_id = 'dhl' and id > ${after} order by id limit 2000`
        const last = rows.at(-1)
        if (last === undefined) break
        for (const row of rows) bytes += Object.keys(JSON.parse(row.body.toString('utf8')) as object).length
        after = last.id
      }
      const limit = EVENTS / ((performance.now() - bareAt) / 1_000)
      say(`fetched and parsed alone: ${Math.round(limit)}/s (${bytes} fields)`)
      const deps = depsOf(db)
      const started = await startLookBack(
        deps,
        { connections: ['dhl'], reason: 'bench', from: null, to: null },
        { ...SYSTEM, scopes: new Set() } as never,
      )
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
      const [run] = await db<{
        orders: bigint
        changed_messages: bigint
      }>`select orders, changed_messages from look_back`
      const rate = EVENTS / seconds
      return {
        name: 'lookback',
        rate: Math.round(rate),
        limit: Math.round(limit),
        ratio: round(rate / limit),
        seconds: round(seconds),
        events: EVENTS,
        millionSeconds: Math.round(1_000_000 / rate),
        changedMessages: Number(run?.changed_messages ?? 0n),
        orders: Number(run?.orders ?? 0n),
      }
    } finally {
      await db.end()
      await server.stop()
    }
  })
}

type Db = ReturnType<typeof openDatabase>

/** Messages, their facts as the cutting reader made them, and the orders that the parcels belong to: written as the pipeline leaves them. */
async function seed(db: Db, say: (line: string) => void): Promise<void> {
  const parcels = Math.ceil(EVENTS / SCANS_PER_PARCEL)
  const from = Temporal.Now.instant().subtract({ hours: 6 })
  await db`
    insert into inbox_message (id, received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status, response_body, latency_us)
    overriding system value
    select n, ${from}::timestamptz + n * interval '10 milliseconds', 'dhl', 'http', 'scan', n::text, '[]',
      convert_to('{"no":"T' || (n % ${parcels}) || '","code":"' || (array['picked','moved','moved','moved','moved','moved','out','ok'])[1 + (n / ${parcels})::int % 8]
        || '","time":"' || to_char(timestamp '2026-02-01' + (n % 100000) * interval '7 seconds', 'YYYY-MM-DD"T"HH24:MI:SS') || '+01:00","place":"Leipzig","words":"Die Sendung wurde bearbeitet"}', 'UTF8'),
      'accepted', 200, 'ok', 100
    from generate_series(0, ${EVENTS - 1}::bigint) n`
  await db`
    insert into fact (subject, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, message_id, received_at)
    select 'parcel:T' || (n % ${parcels}), md5(n::text)::uuid, (array['picked_up','in_transit','in_transit','in_transit','in_transit','in_transit','out_for_delivery','delivered'])[1 + (n / ${parcels})::int % 8],
      (timestamp '2026-02-01' + (n % 100000) * interval '7 seconds') at time zone 'Asia/Shanghai',
      to_char(timestamp '2026-02-01' + (n % 100000) * interval '7 seconds', 'YYYY-MM-DD"T"HH24:MI:SS'), 'Asia/Shanghai', 'carrier_zone', 'dhl',
      (array['picked','moved','moved','moved','moved','moved','out','ok'])[1 + (n / ${parcels})::int % 8], '{}',
      to_char((${from}::timestamptz + n * interval '10 milliseconds') at time zone 'UTC', 'YYYYMMDD') || '-' || n,
      ${from}::timestamptz + n * interval '10 milliseconds'
    from generate_series(0, ${EVENTS - 1}::bigint) n`
  await db`insert into order_key (connection_id, order_no) select 'shop', 'O' || n from generate_series(0, ${parcels - 1}) n`
  await db`
    insert into fact (subject, id, kind, at, at_raw, at_provenance, source, code, detail, tracking_no, message_id, received_at)
    select 'order:shop:O' || n, md5('w' || n)::uuid, 'waybill_issued', timestamptz '2026-01-31', '', 'explicit_offset', 'station', 'printed',
      jsonb_build_object('trackingNo', 'T' || n), 'T' || n, 'x-' || n, ${from.subtract({ hours: 1 })}
    from generate_series(0, ${parcels - 1}) n`
  for (const table of ['inbox_message', 'fact', 'order_key']) await db.raw(`vacuum analyze ${table}`)
  say(`${EVENTS} raw events of ${parcels} parcels and orders on record`)
}

function depsOf(db: Db) {
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
        instant: Temporal.Instant.from(time),
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
    reshipProof: (facts: Parameters<typeof nonDeliveryProofs>[0]) =>
      nonDeliveryProofs(facts)[0]?.kind ?? null,
    onJobQueued: () => undefined,
  }
}
