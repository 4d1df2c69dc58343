import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'
import { deliver, LOAD_SHOP, seedCallback } from '#test-support/hub-process.ts'

// What strangers, broken senders and broken networks put on the wire, over real sockets against a real hub: refused with a code or kept
// and parked, counted, to be seen in the log, and the next good message is acknowledged.

const BODY_LIMIT = 262_144
let hub: RunningHub
let path = ''
let port = 0
let next = 1

before(async () => {
  hub = await runningHub({ BODY_LIMIT_BYTES: String(BODY_LIMIT) })
  path = await seedCallback(hub.database.sql, { id: 'shop', kind: 'shopify', settings: LOAD_SHOP })
  port = Number(new URL(hub.hub.url).port)
  await until(
    async () => (await deliver(`${hub.hub.url}${path}`, 0))?.status === 200,
    () => 'the first message was not acknowledged',
  )
})
after(async () => await hub.close())

/** Afterwards the hub still takes what is good. */
async function stillWell(): Promise<void> {
  next += 1
  assert.equal((await deliver(`${hub.hub.url}${path}`, next))?.status, 200)
}

test('a NUL in any text parameter is refused as what it is', async () => {
  const bodies = { name: 'a\0b' }
  for (const [method, to, body] of [
    ['GET', '/api/orders?q=a%00b', undefined],
    ['GET', '/api/alarms?subject=%00', undefined],
    ['GET', '/api/connections/a%00b', undefined],
    ['PUT', '/api/lanes/a%00b', { weight: 3 }],
    ['POST', '/api/alarm-silences', { rules: ['a\0'], subjects: ['x'], minutes: 5, reason: 'ab\0c' }],
    ['POST', '/api/accounts', bodies],
  ] as const) {
    const { status, body: answer } = await hub.call(method, to, body)
    assert.deepEqual([to, status, (answer as { code?: string }).code], [to, 400, 'http.invalid'])
  }
  await stillWell()
})

/** Writes these bytes to a fresh socket; answers all that came back until the other side closed or `enough` was there. */
function wire(bytes: string | Uint8Array, { half = false, ms = 4_000 } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const parts: Uint8Array[] = []
    const end = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(Buffer.concat(parts).toString('latin1'))
    }
    const timer = setTimeout(end, ms)
    socket.on('error', end)
    socket.on('close', end)
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      if (/\r\n\r\n[\s\S]/.test(Buffer.concat(parts).toString('latin1'))) end()
      else if (/content-length: 0\r\n/i.test(Buffer.concat(parts).toString('latin1'))) end()
    })
    socket.write(bytes)
    if (half) socket.end()
  })
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
const codeOf = (answer: string): string | null => /"code":"([^"]+)"/.exec(answer)?.[1] ?? null

function request(headers: Readonly<Record<string, string>>, body: Buffer, to = path): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', 'content-length': String(body.length), ...headers })
  const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')
  return Buffer.concat([Buffer.from(`POST ${to} HTTP/1.1\r\n${head}\r\n\r\n`, 'latin1'), body])
}

function signed(body: Buffer, headers: Readonly<Record<string, string>> = {}): Buffer {
  next += 1
  return request(
    {
      'content-type': 'application/json',
      'x-shopify-topic': 'orders/create',
      'x-shopify-hmac-sha256': createHmac('sha256', LOAD_SHOP.clientSecret ?? '')
        .update(body)
        .digest('base64'),
      'x-shopify-shop-domain': LOAD_SHOP.shopDomain ?? '',
      'x-shopify-webhook-id': `bad-${next}`,
      ...headers,
    },
    body,
  )
}

type Logged = {
  verdict: string
  refusal_code: string | null
  park_code: string | null
  state: string | null
  bytes: number
}
async function newest(): Promise<Logged | undefined> {
  const rows = await hub.database.sql<Logged>`
    select m.verdict, m.refusal_code, t.park_code, t.state, octet_length(m.body) as bytes
    from inbox_message m left join inbox_task t on t.message_id = m.id order by m.id desc limit 1`
  return rows[0]
}

async function refusedInLog(code: string): Promise<void> {
  await until(
    async () => (await newest())?.refusal_code === code,
    async () => `${code} is not in the log: ${JSON.stringify(await newest())}`,
    5,
  )
}

/** Signed and well received, but senseless: acknowledged because it is kept, and parked with its reason. */
async function parks(
  body: Buffer,
  code: RegExp,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  assert.equal(statusOf(await wire(signed(body, headers))), 200)
  await until(
    async () => (await newest())?.state === 'parked',
    async () => `not parked: ${JSON.stringify(await newest())}`,
    8,
  )
  const kept = await newest()
  assert.match(kept?.park_code ?? '', code)
  assert.equal(kept?.bytes, body.length, 'kept byte for byte')
  await stillWell()
}

const order = (more: string): Buffer =>
  Buffer.from(
    `{"id":6700000000999,"name":"#Z1","created_at":"2026-11-11T08:00:00+08:00","updated_at":"2026-11-11T08:00:02+08:00","currency":"CNY","financial_status":"paid","total_price":"20.00","line_items":[]${more}}`,
  )

test("forged: refused in the platform's words, kept with its code, counted", async () => {
  const answer = await wire(signed(order(''), { 'x-shopify-hmac-sha256': 'Zm9yZ2Vk' }))
  assert.equal(statusOf(answer), 401)
  await refusedInLog('shopify.signature_wrong')
  assert.equal(statusOf(await wire(request({ 'content-type': 'application/json' }, order('')))), 401)
  await refusedInLog('shopify.signature_missing')
  await stillWell()
})

test('oversized, by its header, by chunks that never end, and by a header that lies', async () => {
  const big = Buffer.alloc(BODY_LIMIT + 1, 'a')
  const told = await wire(signed(big))
  assert.deepEqual([statusOf(told), codeOf(told)], [413, 'http.too_large'])
  await refusedInLog('http.too_large')
  assert.equal((await newest())?.bytes, 0, 'the body itself is not kept')
  const chunk = `${(8_192).toString(16)}\r\n${'b'.repeat(8_192)}\r\n`
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n`
  const chunked = await wire(head + chunk.repeat(40))
  assert.deepEqual([statusOf(chunked), codeOf(chunked)], [413, 'http.too_large'])
  await stillWell()
})

test('compressed bodies are refused before a byte is unfolded', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000))
  for (const encoding of ['gzip', 'br', 'gzip, gzip']) {
    const answer = await wire(signed(bomb, { 'content-encoding': encoding }))
    assert.deepEqual([statusOf(answer), codeOf(answer)], [415, 'http.encoding_unsupported'], encoding)
  }
  await refusedInLog('http.encoding_unsupported')
  await stillWell()
})

test('wrongly encoded: bytes that are no UTF-8, UTF-16, a byte order mark, zero bytes', async () => {
  await parks(
    Buffer.concat([order('').subarray(0, -1), Buffer.of(0xff, 0xfe, 0xb1), Buffer.from('}')]),
    /^(connector|shopify)\./,
  )
  await parks(Buffer.from(`\ufeff${order('').toString()}`, 'utf16le'), /^(connector|shopify)\./)
  await parks(Buffer.from(`{"id":1\u0000}`), /^(connector|shopify)\./)
  // A byte order mark in front of good JSON changes nothing that it says.
  assert.equal(statusOf(await wire(signed(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), order('')])))), 200)
  await stillWell()
})

test("truncated: JSON that ends half way is parked; a body that ends half way is nobody's acknowledgement", async () => {
  await parks(order('').subarray(0, 60), /^connector\.not_json$/)
  await parks(Buffer.alloc(0), /^(connector|shopify)\./)
  const whole = signed(order(''))
  const answer = await wire(whole.subarray(0, -20), { half: true, ms: 1_500 })
  assert.notEqual(statusOf(answer), 200)
  await refusedInLog('http.aborted')
  await stillWell()
})

test('nested 100,000 levels deep, keys that come twice, ids beyond 2^53', async () => {
  const levels = 100_000
  await parks(
    Buffer.from(`{"id":1,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`),
    /^connector\.(too_deep|not_json)$/,
  )
  await parks(order(',"total_price":"0.01"'), /^connector\.duplicate_key$/)
  const huge = Buffer.from(
    order('').toString().replace('6700000000999', '9223372036854775807').replace('#Z1', '#BIG1'),
  )
  assert.equal(statusOf(await wire(signed(huge))), 200)
  await until(
    async () => {
      const rows = await hub.database.sql`select 1 from sales_order where order_no = 'BIG1'`
      return rows.length === 1
    },
    async () => `not an order: ${JSON.stringify(await newest())}`,
  )
  const [row] = await hub.database.sql<{
    text: string
  }>`select record::text as text from sales_order where order_no = 'BIG1'`
  assert.equal(row?.text.includes('9223372036854775808'), false, 'no id went through a float')
  await stillWell()
})

test('a content type that is wrong, or none, changes nothing: the signature is over the bytes', async () => {
  for (const [i, type] of [
    'text/xml',
    'application/json; charset=gbk',
    ';;;',
    'multipart/form-data',
  ].entries()) {
    const answer = await wire(
      signed(Buffer.from(order('').toString().replace('#Z1', `#T${i}`)), { 'content-type': type }),
    )
    assert.equal(statusOf(answer), 200, type)
  }
  await stillWell()
})

test('an address that no connection has: refused with a code, counted on the page, kept nowhere', async () => {
  const before = await hub.database.sql<{ count: bigint }>`select count(*) as count from inbox_message`
  for (const token of ['nobody', 'x'.repeat(190), '%00', '..%2f..%2fetc']) {
    const answer = await wire(
      request({ 'content-type': 'application/json' }, Buffer.from('{}'), `/callback/${token}`),
    )
    assert.ok([400, 404].includes(statusOf(answer)), `${token}: ${answer.slice(0, 200)}`)
    assert.ok(
      ['intake.address_not_found', 'http.not_found', 'http.invalid'].includes(codeOf(answer) ?? ''),
      answer,
    )
  }
  const afterwards = await hub.database.sql<{ count: bigint }>`select count(*) as count from inbox_message`
  assert.deepEqual(afterwards, before)
  await until(
    async () => {
      const { body } = await hub.call('GET', '/api/callbacks')
      return (body as { unknown: { rejected: number } }).unknown.rejected >= 2
    },
    () => 'unknown addresses are not counted',
    8,
  )
  await stillWell()
})

test('what is no HTTP: header bombs, chunk lies, two lengths, garbage; each answered or cut off, counted', async () => {
  const start = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n`
  const cases: readonly [string, string | Buffer, number[]][] = [
    ['one huge header', `${start}x-a: ${'a'.repeat(100_000)}\r\n\r\n`, [431]],
    [
      'ten thousand headers',
      `${start}${Array.from({ length: 10_000 }, (_, i) => `x-${i}: 1\r\n`).join('')}\r\n`,
      [431],
    ],
    ['a chunk size that is none', `${start}transfer-encoding: chunked\r\n\r\nZZZ\r\nabc\r\n`, [400]],
    [
      'a length and chunks',
      `${start}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
    ],
    ['two lengths', `${start}content-length: 3\r\ncontent-length: 30\r\n\r\nabc`, [400]],
    ['a length below nothing', `${start}content-length: -1\r\n\r\n`, [400]],
    [
      'no HTTP at all',
      Buffer.from('\u0016\u0003\u0001\u0002\u0000\u0001\u0000garbage\r\n\r\n', 'latin1'),
      [400],
    ],
  ]
  for (const [name, bytes, expected] of cases) {
    const answer = await wire(bytes)
    assert.ok(expected.includes(statusOf(answer)) || answer === '', `${name}: ${answer.slice(0, 120)}`)
    await stillWell()
  }
  const metrics = await (await fetch(`${hub.hub.url}/metrics`)).text()
  assert.match(metrics, /holdfast_http_requests_total\{route="unreadable",status="431"\} [1-9]/)
  assert.match(metrics, /holdfast_http_requests_total\{route="unreadable",status="400"\} [1-9]/)
})

test('senders that never finish keep nobody else waiting', async () => {
  const sockets: Socket[] = []
  for (let i = 0; i < 150; i += 1) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      i % 2 === 0
        ? `POST ${path} HTTP/1.1\r\nhost: 127`
        : `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 900\r\n\r\n{"a"`,
    )
    sockets.push(socket)
  }
  const startedAt = performance.now()
  await stillWell()
  assert.ok(performance.now() - startedAt < 2_000)
  for (const socket of sockets) socket.destroy()
  await stillWell()
})

test('afterwards: every refusal has its code in the figures, and nothing was a bug', async () => {
  await until(
    async () => {
      const { body } = await hub.call('GET', '/api/callbacks')
      const [shop] = (body as { items: { codes: Record<string, number>; hour: { forged: number } }[] }).items
      return (
        (shop?.codes['shopify.signature_wrong'] ?? 0) === 1 &&
        (shop?.codes['http.too_large'] ?? 0) === 2 &&
        (shop?.codes['http.encoding_unsupported'] ?? 0) === 3 &&
        (shop?.codes['http.aborted'] ?? 0) >= 1 &&
        shop?.hour.forged === 2
      )
    },
    async () =>
      JSON.stringify(((await hub.call('GET', '/api/callbacks')).body as { items: unknown[] }).items),
    8,
  )
  const found = await hub.call('GET', '/api/messages?verdict=rejected')
  const codes = (found.body as { items: { refusalCode: string }[] }).items.map((one) => one.refusalCode)
  assert.ok(codes.includes('http.too_large') && codes.includes('http.encoding_unsupported'), codes.join())
  assert.deepEqual(
    hub.complaints.filter((line) => line.includes('"bug"')),
    [],
  )
})
