import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok } from '#kernel/result.ts'
import { openVault } from '#platform/vault.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { numberPoolRoutes } from './http.ts'

const clock = systemClock
const random = seededRandom(1)
const vault = openVault({ current: 'k', keys: new Map([['k', new Uint8Array(32).fill(1)]]) })
let server: TestServer
let own = ''
let paid = ''

before(async () => {
  const connector = (numbers: string) =>
    ({
      waybill: { numbers },
      calls: () => ({ waybillBalance: async () => ok([{ account: 'B', carrier: 'ZTO', left: 77 }]) }),
    }) as unknown as Connector
  server = await openTestServer((app, { sql }) =>
    numberPoolRoutes(app, {
      db: sql,
      clock,
      random,
      vault,
      zone: () => 'Asia/Shanghai',
      find: (id) => ({ id, name: `c-${id}`, paused: false, connector: connector(id), settings: {} }),
      callsFor: () => ({ http: () => Promise.reject(new Error('none')), openTcp: noTcp, clock, random }),
      audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
      allowPrivate: false,
      limits: { lowNumbers: 500, lowHours: 2, balanceMinutes: 10 },
      unblock: async () => undefined,
    }),
  )
  const sealed = vault.seal(Buffer.from('{}'))
  const rows = await server.sql<{ id: bigint }>`
    insert into carrier_account (connection_id, carrier, name, sealed, updated_by, created_at, updated_at)
    select kind, carrier, name, ${sealed}, 't', now(), now()
    from (values ('segment', 'YTO', '圆通 义乌'), ('balance', 'ZTO', '中通 杭州')) a (kind, carrier, name) returning id`
  own = String(rows[0]?.id)
  paid = String(rows[1]?.id)
  await server.sql`
    insert into number_pool (account_id, kind, updated_by, updated_at)
    select id, connection_id, 'hub', now() from carrier_account`
})
after(async () => await server.close())

const code = (answer: { body: unknown }) => (answer.body as { code?: string }).code

test('segments come in by rows and by CSV, are shown, and leave; bad ones are refused by code', async () => {
  const preview = await server.call('POST', '/api/number-pools/preview', { csv: 'from,count\nYT0001,600' })
  assert.deepEqual(preview.body, { numbers: '600', segments: [{ from: 'YT0001', to: 'YT0600', size: 600 }] })
  const path = `/api/number-pools/${own}/segments`
  const added = await server.call('POST', path, { csv: 'from,count\nYT0001,600', note: 'first' })
  assert.equal((added.body as { numbers: string }).numbers, '600')
  const cases: [object, number, string][] = [
    [{ segments: [{ from: 'YT0600', count: 1 }] }, 409, 'pools.segment_crosses_conflict'],
    [{ segments: [{ from: 'x' }] }, 422, 'pools.bad_segment'],
    [{ csv: 'from,count\nYT9,z' }, 422, 'pools.bad_csv'],
    [{}, 422, 'pools.bad_segment'],
    [{ segments: [{ from: 'ZZ1', count: 1 }], application: '999' }, 404, 'pools.application_not_found'],
    [{ segments: [{ from: 'ZZ1', count: 0 }] }, 400, 'http.invalid'],
  ]
  for (const [body, status, wanted] of cases) {
    const answer = await server.call('POST', path, body)
    assert.deepEqual([answer.status, code(answer)], [status, wanted], JSON.stringify(body))
  }
  const other = await server.call('POST', `/api/number-pools/${paid}/segments`, { csv: '1,2' })
  assert.equal(code(other), 'pools.not_segments')
  const shown = await server.call('GET', `/api/number-pools/${own}`)
  const detail = shown.body as {
    pool: { left: number; standing: string }
    segments: { id: string; next: string; left: number }[]
    hours: number[]
  }
  assert.deepEqual([detail.pool.left, detail.pool.standing, detail.hours.length], [600, 'fine', 24])
  assert.deepEqual(detail.segments[0]?.next, 'YT0001')
  const id = detail.segments[0]?.id
  const silent = await server.call('POST', `/api/number-pools/segments/${id}/retire`, { reason: ' ' })
  assert.equal(code(silent), 'pools.reason_missing')
  const retired = await server.call('POST', `/api/number-pools/segments/${id}/retire`, {
    reason: 'wrong branch',
  })
  assert.equal(retired.status, 204)
  const again = await server.call('POST', `/api/number-pools/segments/${id}/retire`, {
    reason: 'wrong branch',
  })
  assert.equal(code(again), 'pools.segment_not_found')
})

test('settings, stand-in, secret once, applications, and asking for a balance', async () => {
  const path = `/api/number-pools/${own}`
  const plain = { lowAt: 800, failOverTo: paid, refill: 'notice', refillCount: 3_000, refillUrl: null }
  assert.deepEqual((await server.call('PUT', `${path}/settings`, plain)).body, { secret: null })
  const bad = await server.call('PUT', `${path}/settings`, {
    ...plain,
    refill: 'post',
    refillUrl: 'http://10.0.0.1/x',
  })
  assert.equal(code(bad), 'pools.bad_url')
  const itself = await server.call('PUT', `${path}/settings`, { ...plain, failOverTo: own })
  assert.equal(code(itself), 'pools.fail_over_loop')
  const nobody = await server.call('PUT', `${path}/settings`, { ...plain, failOverTo: '98765' })
  assert.equal(code(nobody), 'pools.fail_over_unfit')
  const post = { ...plain, refill: 'post', refillUrl: 'https://branch.example/n' }
  const first = (await server.call('PUT', `${path}/settings`, post)).body as { secret: string }
  assert.match(first.secret, /^whsec_[\w+/=]{44}$/)
  assert.deepEqual((await server.call('PUT', `${path}/settings`, post)).body, { secret: null })
  const asked = (await server.call('POST', `${path}/applications`, { count: 10 })).body as { id: string }
  assert.equal(code(await server.call('POST', `${path}/applications`, {})), 'pools.application_exists')
  const close = `/api/number-pools/applications/${asked.id}/close`
  assert.equal((await server.call('POST', close, {})).status, 204)
  assert.equal(code(await server.call('POST', close, {})), 'pools.application_ended_conflict')
  assert.deepEqual((await server.call('POST', `/api/number-pools/${paid}/ask`)).body, { left: 77 })
  const list = (await server.call('GET', '/api/number-pools')).body as {
    items: { accountId: string; left: number; isLow: boolean; failOverTo: { account: string } | null }[]
  }
  assert.deepEqual(
    list.items.map((one) => [one.accountId, one.left, one.isLow, one.failOverTo?.account ?? null]),
    [
      [paid, 77, true, null],
      [own, 0, true, '中通 杭州'],
    ],
  )
  assert.equal((await server.call('GET', '/api/number-pools/987')).status, 404)
  const [entry] = await server.sql<{ n: bigint }>`
    select count(*) as n from audit_entry where action like 'pools.%' and detail::text like '%whsec_%'`
  assert.equal(entry?.n, 0n)
})
