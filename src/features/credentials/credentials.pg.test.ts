import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connector, Settings } from '#domain/connector.ts'
import type { RefreshedCredentials } from '#domain/waybill.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { makeCertificate } from '#test-support/certificates.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import type { CredentialConnection, CredentialDeps } from './deps.ts'
import { setHandTerm } from './hand-terms.ts'
import { readCredentials } from './read-credentials.ts'
import { refreshDue, refreshOne } from './refresh-credentials.ts'
import { readRefreshes } from './store.ts'
import { openCredentialTally } from './tally.ts'
import { watchCredentials } from './watch-credentials.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
let database: FreshDatabase
let settings: Record<string, Settings> = {}
let refresh: (() => Promise<Result<RefreshedCredentials>>) | null = null
let outwardAddresses: string | null = '203.0.113.7'
const unblocked: bigint[] = []

before(async () => {
  database = await freshDatabase()
  for (const id of ['sf', 'zto', 'shop']) await seedConnection(database.sql, id, id.toUpperCase())
})
after(async () => await database.close())

const connector = {
  kind: 'sf',
  role: 'carrier',
  fields: [
    { name: 'token', zh: '令牌', en: 'Token', secret: true, required: true },
    { name: 'certificate', zh: '证书', en: 'Certificate', secret: true, required: false },
  ],
  credentialTerms: ({ tokenEnds = '' }: Settings) =>
    tokenEnds === ''
      ? []
      : [
          {
            field: 'token',
            what: { zh: '令牌', en: 'Token' },
            expiresAt: Temporal.Instant.from(tokenEnds),
            renewable: true,
          },
        ],
  calls: () => ({
    test: async () => ok({ words: '' }),
    ...(refresh === null ? {} : { refreshCredentials: refresh }),
  }),
} as unknown as Connector

const connections = (): CredentialConnection[] =>
  ['sf', 'zto', 'shop'].map((id) => ({
    id,
    name: id.toUpperCase(),
    kind: 'sf',
    paused: false,
    connector,
    settings: settings[id] ?? {},
  }))

function depsOf(): CredentialDeps {
  const random = seededRandom(3)
  return {
    db: database.sql,
    clock,
    zone: () => 'Asia/Shanghai',
    connections,
    callsFor: () => ({ http: () => Promise.reject(new Error('none')), openTcp: noTcp, clock, random }),
    audit: async () => undefined,
    saveSettings: async (id, fresh) => {
      settings[id] = { ...settings[id], ...fresh }
      return ok(null)
    },
    withoutSecrets: (_, words) => words.replaceAll('s3cret', '•••'),
    steps: [30, 7, 1],
    aheadMinutes: 60,
    outwardAddresses,
    unblock: async (_, id) => void unblocked.push(id),
  }
}

const openTally = () => openCredentialTally({ ...depsOf(), onError: (error) => assert.fail(String(error)) })
async function alarmsOf(
  rule: string,
): Promise<{ subject: string; severity: string; zh: string; en: string }[]> {
  return await database.sql`
    select subject, severity, zh, en from alarm where rule = ${rule} and state <> 'resolved' order by subject`
}
const watch = () =>
  watchCredentials({
    ...depsOf(),
    alarms: openAlarms({ db: database.sql, clock, onUnstored: () => assert.fail('stored') }),
  })

test('a refused address is named with ours, without a secret, and heals with the first call that is taken', async () => {
  const tally = openTally()
  tally.noteCall('sf', 'createWaybill', {
    refusal: { code: 'carrier.ip_refused', detail: 'A1003 IP无效 s3cret' },
  })
  tally.noteCall('sf', 'createWaybill', { refusal: { code: 'carrier.address_unserved', detail: '' } })
  tally.noteCall('zto', 'createWaybill', { error: new Outage('http.timeout', 'late') })
  await tally.flush()
  const [account] = await database.sql<{ id: bigint }>`
    insert into carrier_account (connection_id, carrier, name, sealed, blocked_code, blocked_at, updated_by, created_at, updated_at)
    values ('sf', 'SF', 'SF', ''::bytea, 'carrier.ip_refused', ${clock.now()}, 't', ${clock.now()}, ${clock.now()}) returning id`
  await watch()
  // A refusal of business right after it went well at the same instant: our credentials were taken.
  assert.deepEqual(await alarmsOf('credential.ip_refused'), [])
  clock.advance({ seconds: 5 })
  tally.noteCall('sf', 'createWaybill', { refusal: { code: 'carrier.ip_refused', detail: 'A1003 s3cret' } })
  await tally.flush()
  await watch()
  const [alarm] = await alarmsOf('credential.ip_refused')
  assert.equal(alarm?.severity, 'critical')
  assert.match(alarm?.zh ?? '', /出口地址是 203\.0\.113\.7/)
  assert.ok(!alarm?.zh.includes('s3cret') && alarm?.zh.includes('A1003'))
  outwardAddresses = null
  await watch()
  assert.match((await alarmsOf('credential.ip_refused'))[0]?.en ?? '', /not configured \(OUTWARD_ADDRESSES/)
  outwardAddresses = '203.0.113.7'
  assert.deepEqual(unblocked, [])
  clock.advance({ seconds: 5 })
  tally.noteCall('sf', 'test', {})
  await tally.flush()
  await watch()
  assert.deepEqual(await alarmsOf('credential.ip_refused'), [])
  assert.deepEqual(unblocked, [account?.id])
  await database.sql`delete from carrier_account`
  await tally.stop()
})

test('another process that hears of the good call heals it as well', async () => {
  const [one, other] = [openTally(), openTally()]
  one.noteCall('zto', 'fetchTracking', { refusal: { code: 'carrier.signature_refused', detail: 'S211' } })
  await one.flush()
  await watch()
  assert.equal((await alarmsOf('credential.signature_refused')).length, 1)
  clock.advance({ seconds: 1 })
  other.noteCall('zto', 'test', {})
  await other.flush()
  await watch()
  assert.deepEqual(await alarmsOf('credential.signature_refused'), [])
  await one.stop()
  await other.stop()
})

test('a missing permission is healed by the same call alone', async () => {
  const tally = openTally()
  tally.noteCall('zto', 'interceptParcel', { refusal: { code: 'carrier.no_permission', detail: 'A1004' } })
  clock.advance({ seconds: 1 })
  tally.noteCall('zto', 'test', {})
  await tally.flush()
  await watch()
  assert.deepEqual(
    (await alarmsOf('credential.no_permission')).map(({ subject, severity }) => [subject, severity]),
    [['zto', 'warning']],
  )
  clock.advance({ seconds: 1 })
  tally.noteCall('zto', 'interceptParcel', {})
  await tally.flush()
  await watch()
  assert.deepEqual(await alarmsOf('credential.no_permission'), [])
  await tally.stop()
})

test('pushes that fail verification are named after the third, while none passes', async () => {
  const tally = openTally()
  const push = (verdict: 'accepted' | 'rejected', code: string | null) =>
    tally.noteReceived({ connection: 'shop', verdict, code })
  push('rejected', 'shopify.signature_wrong')
  push('rejected', 'shopify.signature_wrong')
  await tally.flush()
  await watch()
  assert.deepEqual(await alarmsOf('credential.signature_refused'), [])
  push('rejected', 'shopify.signature_wrong')
  await tally.flush()
  await watch()
  const [alarm] = await alarmsOf('credential.signature_refused')
  assert.match(alarm?.zh ?? '', /推送验签不过已 3 次/)
  clock.advance({ seconds: 1 })
  push('accepted', null)
  await tally.flush()
  await watch()
  assert.deepEqual(await alarmsOf('credential.signature_refused'), [])
  await tally.stop()
})

test('ends are told 30, 7 and 1 days ahead: typed ones, certificates and tokens in the settings', async () => {
  const end = clock.now().add({ hours: 24 * 3 })
  const chain = [end.add({ hours: 24 * 300 }), end].map(
    (notAfter) => makeCertificate({ name: 'x', notBefore: START, notAfter }).certificate,
  )
  const payload = Buffer.from(JSON.stringify({ exp: START.add({ hours: 24 * 6 }).epochMilliseconds / 1_000 }))
  settings = {
    shop: {
      token: `${Buffer.from('{"alg":"x"}').toString('base64url')}.${payload.toString('base64url')}.c2lnbmF0dXJl`,
    },
    // As a field of one line holds it: line breaks lost; the chain is good as long as its shortest part.
    zto: { certificate: chain.join('').replaceAll('\n', ' ') },
  }
  assert.ok(
    (await setHandTerm(depsOf(), ACTOR, 'sf', { field: 'token', expiresAt: '2026-11-11', note: 'x' })).ok,
  )
  const of = new Map((await readCredentials(depsOf())).map((one) => [one.connection.id, one.terms]))
  assert.deepEqual(
    of.get('shop')?.map(({ source, state }) => [source, state]),
    [['token', 'expiring']],
  )
  const [certificate] = of.get('zto') ?? []
  assert.deepEqual([certificate?.source, certificate?.state], ['certificate', 'expiring'])
  assert.equal(certificate?.expiresAt.epochMilliseconds, Math.floor(end.epochMilliseconds / 1_000) * 1_000)
  // A day ends in the hub's zone: 11 November in Shanghai is over at 16:00Z.
  assert.equal(of.get('sf')?.[0]?.expiresAt.toString(), '2026-11-11T16:00:00Z')
  await watch()
  const expiring = (await alarmsOf('credential.expiring')).filter(({ subject }) => subject !== 'zto')
  assert.deepEqual(
    expiring.map(({ subject, severity }) => [subject, severity]),
    [
      ['sf', 'critical'],
      ['shop', 'warning'],
    ],
  )
  clock.advance({ hours: 17 })
  await watch()
  assert.ok((await alarmsOf('credential.expired')).some(({ subject }) => subject === 'sf'))
  assert.ok((await setHandTerm(depsOf(), ACTOR, 'sf', { field: 'token', expiresAt: null, note: '' })).ok)
  await watch()
  assert.ok(!(await alarmsOf('credential.expired')).some(({ subject }) => subject === 'sf'))
  const field = await setHandTerm(depsOf(), ACTOR, 'sf', { field: 'nope', expiresAt: null, note: '' })
  assert.ok(!field.ok && field.refusal.code === 'credentials.unknown_field')
  for (const bad of ['2026-02-30', 'tomorrow', '2026-11-11T00:00:00', '9999-01-01']) {
    const time = await setHandTerm(depsOf(), ACTOR, 'sf', { field: 'token', expiresAt: bad, note: '' })
    assert.ok(!time.ok && time.refusal.code === 'credentials.bad_time', bad)
  }
  settings = {}
})
const ACTOR = { kind: 'system', id: 'hub', name: 'hub' } as const

test('a token is renewed ahead of its end, once over all processes, and at once when the system says that it has expired', async () => {
  let calls = 0
  refresh = async () => {
    calls += 1
    const ends = clock.now().add({ hours: 2 })
    return ok({ settings: { token: `t${calls}`, tokenEnds: ends.toString() }, expiresAt: ends })
  }
  settings = { sf: { token: 't0', tokenEnds: clock.now().add({ minutes: 50 }).toString() } }
  const [connection] = connections()
  assert.ok(connection !== undefined)
  const both = await Promise.all([
    refreshOne(depsOf(), connection, null),
    refreshOne(depsOf(), connection, null),
  ])
  assert.deepEqual(both.map((one) => (one.ok ? 'ok' : one.refusal.code)).sort(), [
    'credentials.refresh_conflict',
    'ok',
  ])
  assert.equal(calls, 1)
  await refreshDue(depsOf())
  assert.equal(calls, 1, 'two hours left')
  assert.equal(settings.sf?.token, 't1')
  clock.advance({ minutes: 97 })
  await refreshDue(depsOf())
  assert.equal(calls, 2, 'a fifth of its life left')
  const tally = openTally()
  clock.advance({ minutes: 1 })
  tally.noteCall('sf', 'createWaybill', { refusal: { code: 'carrier.credential_expired', detail: 'A1002' } })
  await tally.flush()
  await watch()
  assert.deepEqual(await alarmsOf('credential.expired'), [], 'the hub cures it by itself')
  await refreshDue(depsOf())
  await refreshDue(depsOf())
  assert.equal(calls, 3)
  await tally.stop()
})

test('a refresh that fails waits longer each time and is told from the second on', async () => {
  clock.advance({ hours: 2 })
  refresh = async () => refuse('carrier.credential_refused', 'refresh token s3cret is dead')
  settings = { sf: { token: 't', tokenEnds: clock.now().add({ minutes: 5 }).toString() } }
  await refreshDue(depsOf())
  await refreshDue(depsOf())
  await watch()
  assert.deepEqual(await alarmsOf('credential.refresh_failed'), [])
  clock.advance({ minutes: 1 })
  await refreshDue(depsOf())
  await watch()
  const [alarm] = await alarmsOf('credential.refresh_failed')
  assert.ok(alarm !== undefined && !alarm.zh.includes('s3cret'))
  assert.deepEqual(
    (await alarmsOf('credential.expiring')).map(({ subject, severity }) => [subject, severity]),
    [['sf', 'critical']],
  )
  refresh = () => Promise.reject(new Outage('outward.breaker_open', 'held'))
  clock.advance({ minutes: 3 })
  await refreshDue(depsOf())
  const row = (await readRefreshes(database.sql)).find((one) => one.connection === 'sf')
  assert.equal(row?.failures, 2, 'held back by ourselves is no failure')
  refresh = async () =>
    ok({ settings: { token: 'fresh', tokenEnds: clock.now().add({ hours: 2 }).toString() }, expiresAt: null })
  clock.advance({ minutes: 3 })
  await refreshDue(depsOf())
  await watch()
  assert.deepEqual(await alarmsOf('credential.refresh_failed'), [])
  refresh = null
})
