import assert from 'node:assert/strict'
import dns from 'node:dns'
import { createServer, type Server } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, before, mock, test } from 'node:test'
import { targetFault } from '#features/connections/core/target.ts'
import { Outage } from '#kernel/outage.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { isInnerTarget, literalFault } from '#platform/http-client/target-guard.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'

// Addresses that a person could type to reach what only the hub's machine can: in every field of every kind that holds one, in every
// spelling, by a name that turns inward later, and by a redirect.

/** Every spelling of loopback, private, link-local and metadata addresses that a URL may have. */
const INNER = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0x7f.1',
  '0',
  '0.0.0.0',
  '127.0.0.1.',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'hub.localhost',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::a00:1]',
  '[2002:7f00:1::]',
  '[2001::7f00:1]',
  '10.0.0.1',
  '172.16.9.9',
  '192.168.1.1',
  '100.100.100.200',
  '169.254.169.254',
  '2852039166',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[ff02::1]',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  'metadata.google.internal',
  'printer.local',
  '①②⑦.⓪.⓪.①',
]
const OUTER = [
  '1.1.1.1',
  '8.8.8.8',
  '[2606:4700::1111]',
  '[::ffff:8.8.8.8]',
  'api.example.com',
  '203.0.113.7',
]

let running: RunningHub
let trap: Server
let trapped = 0
let port = 0

before(async () => {
  running = await runningHub({ ALLOW_LOOPBACK_TARGETS: 'false' })
  trap = createServer((_request, response) => {
    trapped += 1
    response.end('{"secret":"of the inner network"}')
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  port = (trap.address() as AddressInfo).port
})
after(async () => {
  trap.closeAllConnections()
  trap.close()
  await running.close()
})

test('the guard knows every spelling of an inner address, and lets the outer ones pass', () => {
  const rules = { allowLoopback: false, allowPrivate: false }
  for (const host of INNER) {
    assert.ok(isInnerTarget(new URL(`https://${host}/`)), host)
    assert.equal(targetFault(`https://${host}/`, 'url', false), 'private_target', host)
  }
  for (const host of OUTER) {
    if (host !== '[::ffff:8.8.8.8]') assert.equal(targetFault(`https://${host}/`, 'url', false), null, host)
    assert.equal(isInnerTarget(new URL(`https://${host}/`)), false, host)
    assert.equal(literalFault(new URL(`https://${host}/`), rules), null, host)
  }
})

type Field = { name: string; required: boolean; secret: boolean; choices?: readonly string[] }
type Kind = { kind: string; fields: Field[] }
const HOLDS_ADDRESS = /((base|url|uri|endpoint)$)|((domain|host|nodes|hosts)$)/i

/** Names that look like addresses and hold none, with why. */
const NO_ADDRESS: readonly string[] = [
  'vhostName',
  'url_key',
  'query_url_key',
  'subscribe_url_key',
  'database',
]

test('every field of every kind of connection that holds an address refuses all of them', async () => {
  const { items } = (await running.call('GET', '/api/connectors')).body as { items: Kind[] }
  const fields = items.flatMap(({ kind, fields: of }) =>
    of
      .filter(({ name }) => HOLDS_ADDRESS.test(name) && !NO_ADDRESS.includes(name))
      .map(({ name }) => ({ kind, name })),
  )
  const suspicious = items
    .flatMap(({ fields: of }) => of.map(({ name }) => name))
    .filter((name) => /url|host|(?<!sec)uri|addr|base|node|endpoint|domain|server|site/i.test(name))
    .filter((name) => !HOLDS_ADDRESS.test(name) && !NO_ADDRESS.includes(name))
  assert.deepEqual(suspicious, [], 'a field that may hold an address is judged by nobody')
  assert.ok(fields.length >= 30, `${fields.length} fields`)
  for (const [place, { kind, name }] of fields.entries()) {
    const isUrl = /(base|url|uri|endpoint)$/i.test(name)
    // A few of the spellings at each field, all of them over the fields; the judgement itself is asked for each in the first test.
    const some = [0, 1, 2].map((step) => INNER[(place * 3 + step) % INNER.length] ?? '')
    for (const host of isUrl ? [...some, 'user:pass@1.1.1.1', '127.0.0.1'] : [...some, '127.0.0.1']) {
      const text = isUrl ? `https://${host}/` : /nodes|hosts/i.test(name) ? `${host}:6379` : host
      const answer = await running.call('POST', '/api/connections', {
        ...{ kind, name: 'x', settings: { [name]: text } },
      })
      const said = JSON.stringify(answer.body)
      assert.ok(
        answer.status === 422 || answer.status === 400,
        `${kind}.${name} ${text}: ${answer.status} ${said}`,
      )
      assert.ok(said.includes(name), `${kind}.${name} ${text}: not refused for it: ${said}`)
    }
  }
})

test('webhooks, the address of a branch: the same', async () => {
  const { sql } = running.database
  const [row] = await sql<{ id: bigint }>`
    insert into carrier_account (connection_id, name, carrier, sealed, updated_by, created_at, updated_at)
    values ('none', '圆通', 'yto', '\\x00', 'test', now(), now()) returning id`
  assert.ok(row !== undefined)
  await sql`insert into number_pool (account_id, kind, updated_by, updated_at) values (${row.id}, 'segment', 'test', now())`
  const list = (await running.call('GET', '/api/webhooks')).body as { types: string[] }
  for (const host of INNER) {
    const url = `https://${host}/hook`
    const hook = await running.call('POST', '/api/webhooks', {
      ...{ name: host, url, types: list.types.slice(0, 1), shops: [], active: true },
    })
    assert.equal(
      (hook.body as { code?: string }).code,
      'webhooks.bad_url',
      `${host}: ${JSON.stringify(hook.body)}`,
    )
    const settings = {
      lowAt: null,
      failOverTo: null,
      refill: 'post',
      refillCount: 100,
      refillUrl: url,
      newSecret: false,
    }
    const pool = await running.call('PUT', `/api/number-pools/${row.id}/settings`, settings)
    assert.equal(
      (pool.body as { code?: string }).code,
      'pools.bad_url',
      `${host}: ${JSON.stringify(pool.body)}`,
    )
  }
})

/** Answers for names ending in .rebind.test from this list, one after another, the last for ever. */
function nameAnswers(answers: readonly (readonly string[])[]): () => number {
  let asked = 0
  const real = dns.lookup
  mock.method(dns, 'lookup', ((
    name: string,
    options: { all?: boolean },
    done: (...words: unknown[]) => void,
  ) => {
    if (!name.endsWith('.rebind.test')) return real(name, options as never, done as never)
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? []
    asked += 1
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as never)
  syncBuiltinESMExports()
  return () => asked
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof Outage ? error.code : String(error)
}

test('a name that resolves inward is not called, nor one of whose addresses is inner, by any way out', async () => {
  const rules = { allowLoopback: false, allowPrivate: false }
  for (const answers of [
    ['127.0.0.1'],
    ['192.0.2.1', '127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['64:ff9b::7f00:1'],
  ]) {
    nameAnswers([answers])
    const host = 'shop.rebind.test'
    assert.equal(
      await codeOf(openHttp(rules)({ method: 'GET', url: `http://${host}:${port}/` })),
      'http.forbidden_address',
    )
    assert.equal(
      await codeOf(openTcpTo(rules)({ host, port, tls: false, timeoutMs: 500 })),
      'http.forbidden_address',
    )
    mock.restoreAll()
    syncBuiltinESMExports()
  }
  assert.equal(trapped, 0)
})

test('a name that turns inward between two looks: the connection goes where the look went that was judged', async () => {
  nameAnswers([['192.0.2.1'], ['127.0.0.1']])
  const http = openHttp({ allowLoopback: false, allowPrivate: false })
  const first = await codeOf(http({ method: 'GET', url: `http://a.rebind.test:${port}/`, timeoutMs: 300 }))
  assert.notEqual(first, 'null', 'nothing answers at the outer address')
  const second = await codeOf(http({ method: 'GET', url: `http://a.rebind.test:${port}/`, timeoutMs: 300 }))
  assert.equal(second, 'http.forbidden_address')
  assert.equal(trapped, 0)
  mock.restoreAll()
  syncBuiltinESMExports()
})

test('a redirect inward is not followed', async () => {
  const outer = createServer((_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${port}/` })
    response.end()
  })
  await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve))
  const at = (outer.address() as AddressInfo).port
  const answer = await openHttp({ allowLoopback: true, allowPrivate: false })({
    method: 'GET',
    url: `http://127.0.0.1:${at}/`,
  })
  assert.equal(answer.status, 302)
  assert.equal(trapped, 0)
  outer.close()
})
