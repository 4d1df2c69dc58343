import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { addConnection } from '#features/connections/index.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'

const SECRET = 'a-long-secret-of-the-forwarder'
let running: RunningHub
before(async () => {
  running = await runningHub({ BODY_LIMIT_BYTES: '65536' })
  const { core } = running.hub
  const deps = { ...core, db: core.database.db, connectors, allowLoopback: true }
  for (const draft of [
    { id: 'forwarder', kind: 'logistics', name: 'forwarder', settings: { secret: SECRET } },
    { id: 'desk', kind: 'file', name: 'desk', settings: {} },
  ]) {
    const added = await addConnection(deps, SYSTEM, draft)
    assert.ok(added.ok, JSON.stringify(added))
  }
})
after(async () => await running.close())

const event = (code: string, at: string, rest: object = {}) => ({
  trackingNo: 'FWD1',
  carrier: 'DHL',
  code,
  at,
  ...rest,
})

async function push(
  message: unknown,
  given: { readonly connection?: string; readonly secret?: string; readonly age?: number } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = typeof message === 'string' ? message : JSON.stringify(message)
  const timestamp = String(Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000) - (given.age ?? 0))
  const sign = createHmac('sha256', given.secret ?? SECRET)
    .update(`${timestamp}.${body}`)
    .digest('hex')
  const connection = given.connection ?? 'forwarder'
  const answer = await fetch(`${running.hub.url}/v3/logistics/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-holdfast-timestamp': timestamp,
      'x-holdfast-signature': `v1=${sign}`,
      ...(connection === '' ? {} : { 'x-connection': connection }),
    },
    body,
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const factsOf = (parcel: string) =>
  running.database.sql<{ kind: string; at: string; at_raw: string; at_zone: string; place: string }>`
    select kind, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, at_raw, at_zone,
      detail ->> 'place' as place
    from fact where subject = ${`parcel:${parcel}`} order by at`

test('a pushed event becomes a fact with its four-part time; sent again it is one fact', async () => {
  const first = event('delivered', '2026-02-11T18:44:22+01:00', { place: 'Leipzig' })
  assert.deepEqual(await push({ events: [first] }), { status: 202, body: { accepted: 1 } })
  assert.deepEqual(await push({ events: [first] }), { status: 202, body: { accepted: 1 } })
  // The same event in another batch is the same fact.
  await push({ events: [event('picked_up', '2026-02-09T08:00:00Z'), first] })
  await until(
    async () => (await factsOf('FWD1')).length >= 2,
    () => 'two facts',
  )
  const facts = await factsOf('FWD1')
  assert.deepEqual(
    facts.map(({ kind, at }) => [kind, at]),
    [
      ['picked_up', '2026-02-09T08:00:00Z'],
      ['delivered', '2026-02-11T17:44:22Z'],
    ],
  )
  assert.deepEqual(
    [facts[1]?.at_raw, facts[1]?.at_zone, facts[1]?.place],
    ['2026-02-11T18:44:22+01:00', '+01:00', 'Leipzig'],
  )
  const [kept] = await running.database.sql<{ n: number }>`
    select count(*)::int as n from inbox_message where connection_id = 'forwarder' and verdict = 'accepted'`
  assert.equal(kept?.n, 2, 'two batches, one of them twice')
})

test('who is nobody, forges, is late or writes nonsense is told so by a code', async () => {
  const good = { events: [event('in_transit', '2026-02-10T08:00:00Z')] }
  const code = async (...given: Parameters<typeof push>) => {
    const { status, body } = await push(...given)
    return [status, body.code]
  }
  assert.deepEqual(await code(good, { connection: '' }), [404, 'logistics.connection_not_found'])
  assert.deepEqual(await code(good, { connection: 'nobody' }), [404, 'logistics.connection_not_found'])
  assert.deepEqual(await code(good, { connection: 'desk' }), [404, 'logistics.connection_not_found'])
  assert.deepEqual(await code(good, { secret: 'guessed' }), [401, 'logistics.signature'])
  assert.deepEqual(await code(good, { age: 301 }), [401, 'logistics.stale'])
  assert.deepEqual(await code('{"events":['), [422, 'connector.not_json'])
  assert.deepEqual(await code({ events: [] }), [422, 'logistics.empty'])
  assert.deepEqual(await code({ events: [event('in_transit', '')] }), [422, 'logistics.bad_event'])
  assert.deepEqual(await code({ events: Array(501).fill(event('in_transit', '2026-02-10T08:00:00Z')) }), [
    413,
    'logistics.too_many',
  ])
  assert.deepEqual(await code('x'.repeat(70_000)), [413, 'http.too_large'])
  const facts = await factsOf('FWD1')
  assert.ok(facts.every(({ kind }) => kind !== 'in_transit'))
})

test('a word that the format does not have is parked, and makes no fact', async () => {
  const { status } = await push({
    events: [{ trackingNo: 'FWD2', code: 'teleported', at: '2026-02-10T08:00:00Z' }],
  })
  assert.equal(status, 202)
  const isUnknown = async (): Promise<boolean> => {
    const { body } = await running.call('GET', '/api/mapping/logistics')
    return JSON.stringify(body).includes('event:teleported')
  }
  await until(isUnknown, () => 'a parked code')
  assert.deepEqual(await factsOf('FWD2'), [])
})

test('forgeries without end are refused and counted, and only so many are put on record; who signs is heard all the while', async () => {
  const kept = async () => {
    const [row] = await running.database.sql<{ n: number; bytes: number }>`
      select count(*)::int as n, max(length(body))::int as bytes from inbox_message
      where connection_id = 'forwarder' and refusal_code = 'logistics.signature'`
    return row ?? { n: 0, bytes: 0 }
  }
  const forged = { events: [event('in_transit', '2026-02-10T08:00:00Z', { words: 'x'.repeat(40_000) })] }
  for (let i = 0; i < 90; i += 1) assert.equal((await push(forged, { secret: 'guessed' })).status, 401)
  const { n, bytes } = await kept()
  assert.ok(n >= 40 && n <= 70, `${n} of 90 forgeries are on record`)
  assert.ok(bytes <= 16_384, `${bytes} bytes of one are kept`)
  const honest = { events: [event('picked_up', '2026-02-10T09:00:00Z', { trackingNo: 'FWD3' })] }
  assert.equal((await push(honest)).status, 202)
  assert.equal((await push('{"events":[')).status, 422, 'what was signed is on record whatever else came')
})
