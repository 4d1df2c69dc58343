import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ContractFixtures } from '#connectors/contract.ts'
import { fixturesOf } from '#connectors/fuzz.ts'
import { connectors } from '#connectors/index.ts'
import type { Connector, InboundRequest, Settings } from '#domain/connector.ts'
import { type Connected, callbackRoutes } from '#features/intake/index.ts'
import { connectionId } from '#kernel/id.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'

// Every kind that platforms push to, at its real address over the real inbox: the genuine message is taken once, however often it
// comes; the same message altered, stripped, signed anew with another key or another algorithm is refused and leaves no work behind.

/**
 * What a sender may change without being found out, since the platform's own scheme signs no more: the address itself is the
 * secret there (docs/security.md, "what remains").
 */
const UNSIGNED_BODY: Readonly<Record<string, string>> = {
  sf: 'SF signs nothing; a shared header or the address',
  dhl: 'DHL sends a token of ours in a header',
  ups: 'UPS sends a credential of ours in a header',
}
/** Headers that a scheme signs nothing with. */
const PLAIN_HEADER =
  /^(content-type|user-agent|(x-)?shopify-(topic|webhook-id|event-id|api-version|triggered-at|shop-domain)|app-id|apiaccount|app-key|webhook-id|host)$/i

type Case = {
  readonly connector: Connector
  readonly fixtures: ContractFixtures
  readonly requests: readonly InboundRequest[]
}
const cases: Case[] = []
let server: TestServer
let intake: Intake
let now = Temporal.Now.instant()
let connected: Connected | null = null

before(async () => {
  for (const connector of connectors) {
    if (connector.receive === undefined) continue
    const fixtures = await fixturesOf(connector)
    if (fixtures === null) continue
    const requests = fixtures.good.flatMap((one) => ('request' in one ? [one.request] : []))
    cases.push({ connector, fixtures, requests })
  }
  server = await openTestServer((app, { sql }) => {
    intake = openIntake({ db: sql, maxBatch: 10, maxQueue: 100 })
    callbackRoutes(app, { intake, clock: { now: () => now }, findByToken: () => connected })
  })
  const days = new Set(
    cases.map(({ fixtures }) => fixtures.now.toZonedDateTimeISO('UTC').toPlainDate().toString()),
  )
  for (const day of days) await ensurePartitions(server.sql, Temporal.PlainDate.from(day))
})
after(async () => await server.close())

function be({ connector, fixtures }: Case, settings: Settings = fixtures.settings): void {
  now = fixtures.now
  connected = {
    ...{
      id: connectionId(`of-${connector.kind}`),
      kind: connector.kind,
      name: connector.kind,
      paused: false,
    },
    ...{ settings, connector },
  }
}

async function send(request: InboundRequest): Promise<{ status: number; verdict: string; work: number }> {
  const headers = { ...request.headers }
  const answer = await server.app.inject({
    method: request.method as 'POST',
    url: `/callback/t${request.query === '' ? '' : `?${request.query}`}`,
    headers,
    payload: Buffer.from(request.body),
  })
  const [row] = await server.sql<{ verdict: string; work: bigint }>`
    select (select verdict from inbox_message order by id desc limit 1) as verdict, (select count(*) from inbox_task) as work`
  return { status: answer.statusCode, verdict: row?.verdict ?? 'none', work: Number(row?.work ?? 0n) }
}

type Standing = { readonly accepted: bigint; readonly work: bigint }
async function standing(): Promise<Standing | undefined> {
  const [row] = await server.sql<Standing>`
    select (select count(*) from inbox_message where verdict = 'accepted') as accepted, (select count(*) from inbox_task) as work`
  return row
}

/** Sends what is not genuine: whatever it is answered, nothing of it is taken and nobody gets work from it. */
async function refused(name: string, request: InboundRequest): Promise<void> {
  const before = await standing()
  const { status } = await send(request)
  assert.deepEqual(await standing(), before, `${name}: taken (${status})`)
}

test('every kind that receives has genuine messages to try', () => {
  const without = connectors
    .filter((one) => one.receive !== undefined && one.role !== 'notifier')
    .filter((one) => !cases.some(({ connector, requests }) => connector === one && requests.length > 0))
  assert.deepEqual(
    without.map(({ kind }) => kind),
    [],
  )
  assert.ok(cases.length >= 18)
})

test('genuine: taken once; sent again a hundred times at once or later, answered alike, and nothing is done twice', async () => {
  for (const one of cases) {
    be(one)
    for (const request of one.requests) {
      const first = await send(request)
      assert.equal(first.verdict, 'accepted', one.connector.kind)
      const again = await Promise.all(Array.from({ length: 5 }, () => send(request)))
      for (const copy of again) assert.equal(copy.status, first.status, one.connector.kind)
      assert.equal((await send(request)).work, first.work, `${one.connector.kind}: a replay became work`)
    }
  }
})

test('the body altered in one byte, emptied, doubled, or with something behind it', async () => {
  for (const one of cases) {
    be(one)
    const { kind } = one.connector
    if (UNSIGNED_BODY[kind] !== undefined) continue
    for (const request of one.requests) {
      const body = Buffer.from(request.body)
      for (const at of [0.2, 0.5, 0.8].map((share) => Math.floor(body.length * share))) {
        const altered = Buffer.from(body)
        // A digit or letter becomes another one: still a well-formed message, of another order or amount.
        const place = altered.findIndex((byte, i) => i >= at && /[0-9a-z]/i.test(String.fromCharCode(byte)))
        altered[place] = altered[place] === 0x31 ? 0x32 : 0x31
        await refused(`${kind}: byte ${place}`, { ...request, body: altered })
      }
      await refused(`${kind}: empty`, { ...request, body: Buffer.alloc(0) })
      await refused(`${kind}: doubled`, { ...request, body: Buffer.concat([body, body]) })
    }
  }
})

test('without its signature, with an empty one, with two, with one of another algorithm', async () => {
  for (const one of cases) {
    be(one)
    const { kind } = one.connector
    for (const request of one.requests) {
      for (const name of Object.keys(request.headers)) {
        if (PLAIN_HEADER.test(name)) continue
        const { [name]: value = '', ...rest } = request.headers
        await refused(`${kind}: without ${name}`, { ...request, headers: rest })
        for (const other of [
          '',
          'none',
          '0'.repeat(value.length),
          `${value}0`,
          `${value}, ${value}`,
          'v0,none',
        ])
          await refused(`${kind}: ${name}: ${other.slice(0, 12)}`, {
            ...request,
            headers: { ...rest, [name]: other },
          })
      }
      const form = new URLSearchParams(Buffer.from(request.body).toString())
      for (const name of [
        'sign',
        'data_digest',
        'DataSign',
        'digest',
        'dataDigest',
        'logistics_interface_sign',
      ]) {
        if (!form.has(name)) continue
        for (const other of [null, '', 'none', '0'.repeat(32)]) {
          const copy = new URLSearchParams(form)
          copy.delete(name)
          if (other !== null) copy.set(name, other)
          await refused(`${kind}: ${name}=${other}`, { ...request, body: Buffer.from(copy.toString()) })
        }
      }
    }
  }
})

test('signed with another key: what is genuine for one shop is forged for another', async () => {
  for (const one of cases) {
    const secrets = one.connector.fields.filter(({ secret }) => secret).map(({ name }) => name)
    const settings = Object.fromEntries(
      Object.entries(one.fixtures.settings).map(([name, value]) => [
        name,
        secrets.includes(name) && value !== undefined ? `another-${value}`.slice(0, value.length) : value,
      ]),
    )
    be(one, settings)
    for (const request of one.requests) await refused(`${one.connector.kind}: another key`, request)
  }
})

test('too old, too new, and the forgeries of each kind', async () => {
  for (const one of cases) {
    be(one)
    for (const { name, request } of [...one.fixtures.forged, ...one.fixtures.stale])
      await refused(`${one.connector.kind}: ${name}`, request)
    if (one.fixtures.stale.length === 0) continue
    for (const hours of [-25, 25]) {
      be(one)
      now = one.fixtures.now.add({ hours })
      for (const request of one.requests) {
        const { work } = await send(request)
        assert.equal((await send(request)).work, work, `${one.connector.kind}: ${hours} h`)
      }
    }
  }
})
