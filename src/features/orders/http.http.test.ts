import assert from 'node:assert/strict'
import { get } from 'node:http'
import { after, before, test } from 'node:test'
import { readXlsx } from 'hucre/xlsx'
import { systemClock } from '#kernel/clock.ts'
import { seedConnection, seedFact, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { orderRoutes } from './http.ts'
import type { OrderChange } from './list/order-stream.ts'
import type { AuditEntry } from './list/reveal-recipient.ts'

let server: TestServer
let shipped: bigint
let tell: (change: OrderChange) => void = () => undefined
const audited: AuditEntry[] = []
const applied: { action: string; ids: readonly bigint[] }[] = []

before(async () => {
  const noted = (action: string) => async (ids: readonly bigint[]) => {
    applied.push({ action, ids })
    return { done: ids.length }
  }
  server = await openTestServer((app, { sql }) =>
    orderRoutes(app, {
      sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      unseal: (sealed) => sealed.map((byte) => byte ^ 1),
      audit: async (_tx, entry) => void audited.push(entry),
      bulk: {
        canFetch: (connection) => connection === 'shop',
        apply: {
          report_shipment: noted('report_shipment'),
          refetch: noted('refetch'),
          recompute: noted('recompute'),
        },
      },
      subscribe: (onChange) => {
        tell = onChange
        return () => undefined
      },
    }),
  )
  const { sql } = server
  await seedConnection(sql, 'shop', '旗舰店')
  await seedConnection(sql, 'sf', '顺丰', 'sf-express')
  shipped = await seedOrder(sql, {
    orderNo: 'P-1',
    status: 'shipped',
    report: 'refused',
    drift: 1,
    unmatched: 1,
    title: '=HYPERLINK("http://evil")',
    buyerNote: '+86 call me',
    trackingNos: ['SF1'],
    record: {
      lines: [
        {
          lineId: 'l1',
          shopSku: 'A',
          platformSkuId: null,
          title: '杯',
          spec: '红',
          quantity: 2,
          unitPrice: { currency: 'CNY', amount: '25.90' },
          paid: null,
          gift: false,
        },
      ],
      parcels: [
        {
          trackingNo: 'SF1',
          carrier: 'SF',
          status: 'issued',
          trouble: false,
          waybillId: 'W1',
          batchNo: 'B7',
          deviceId: 'D9',
          issuedAt: '2026-01-25T02:00:00Z',
          dispatchedAt: null,
          pickedUpAt: null,
          deliveredAt: null,
          lines: [],
          facts: 1,
        },
      ],
      notes: { buyer: '+86 call me', seller: '', flag: null },
    },
  })
  await sql`insert into order_line (order_id, line_id, connection_id, shop_sku, stock_sku, title, quantity, gift) values (${shipped}, 'l1', 'shop', 'A', 'STOCK-A', '杯', 2, false)`
  await seedFact(sql, '00000000-0000-0000-0000-000000000003', {
    subject: 'order:shop:P-1',
    kind: 'held',
    at: null,
    raw: '01/02 10:00',
  })
  await seedFact(sql, '00000000-0000-0000-0000-000000000002', {
    subject: 'parcel:SF1',
    kind: 'waybill_issued',
    at: '2026-01-25T02:00:00Z',
    source: 'sf',
    messageId: '20260125-77',
  })
  await seedFact(sql, '00000000-0000-0000-0000-000000000001', {
    subject: 'order:shop:P-1',
    kind: 'paid',
    at: '2026-01-25T01:00:00.5Z',
  })
  await sql`insert into drift (order_id, field, cause, since, claims) values (${shipped}, 'shipped', 'report_missing', '2026-01-25T02:00:00Z', '[{"source":"sf","says":"picked_up","at":"2026-01-25T02:00:00Z"}]')`
  await sql`insert into outbox_intent (key, effect, connection_id, order_id, payload, state, attempts, last_code) values ('k1', 'report_shipment', 'shop', ${shipped}, '{}', 'refused', 2, 'pdd.70031')`
  const recipient = {
    name: '张三',
    phone: '13800000001',
    country: 'CN',
    province: '浙江省',
    city: '杭州市',
    district: '',
    address: '1号',
    postalCode: '',
    ciphertext: false,
  }
  const sealed = Buffer.from(JSON.stringify(recipient)).map((byte) => byte ^ 1)
  await sql`insert into order_register (order_id, part, version, hash, value, message_id, received_at) values (${shipped}, 'recipient', 1, '\\x00', ${sealed}, '20260125-1', now())`
  for (let i = 2; i <= 5; i += 1)
    await seedOrder(sql, { orderNo: `P-${i}`, placedAt: `2026-01-2${i}T00:00:00Z` })
})
after(async () => await server.close())

const items = (body: unknown): { orderNo: string }[] => (body as { items: { orderNo: string }[] }).items

test('the list pages by cursor and shows times with the offset of the hub zone', async () => {
  const first = await server.call(
    'GET',
    '/api/orders?limit=2&status=awaiting_shipment&status=shipped&sort=sortAt',
  )
  assert.equal(first.status, 200)
  assert.deepEqual(
    items(first.body).map((row) => row.orderNo),
    ['P-2', 'P-3'],
  )
  const { next } = first.body as { next: string }
  const second = await server.call(
    'GET',
    `/api/orders?limit=50&status=awaiting_shipment,shipped&sort=sortAt&cursor=${next}`,
  )
  assert.deepEqual(
    items(second.body).map((row) => row.orderNo),
    ['P-4', 'P-5', 'P-1'].sort((a, b) => order(a) - order(b)),
  )
  const row = items(first.body)[0] as unknown as { placedAt: string; payable: unknown; connection: unknown }
  assert.equal(row.placedAt, '2026-01-22T08:00:00.000+08:00')
  assert.deepEqual(row.payable, { currency: 'CNY', amount: '51.80' })
  assert.deepEqual(row.connection, { id: 'shop', kind: 'pinduoduo', name: '旗舰店' })
})

/** P-1 was placed on the 25th at 01:00Z, P-5 an hour before. */
const order = (name: string): number => ['P-2', 'P-3', 'P-4', 'P-5', 'P-1'].indexOf(name)

test('a thousand pasted numbers go by POST as well', async () => {
  const q = ['P-3', 'SF1', ...Array.from({ length: 998 }, (_, i) => `26012500000000000${i}`)].join('\n')
  const found = await server.call('POST', '/api/orders/search', { q })
  assert.deepEqual(
    items(found.body).map((row) => row.orderNo),
    ['P-1', 'P-3'],
  )
})

test('refusals are problems with their code', async () => {
  for (const [url, status, code] of [
    ['/api/orders?status=nonsense', 422, 'orders.unknown_status'],
    ['/api/orders?cursor=nonsense', 400, 'http.bad_cursor'],
    ['/api/orders/999999', 404, 'orders.not_found'],
  ] as const) {
    const answer = await server.call('GET', url)
    assert.deepEqual([url, answer.status, (answer.body as { code: string }).code], [url, status, code])
  }
})

test('the detail shows lines, parcels, the timeline by event time with evidence, drift, intents and why', async () => {
  const answer = await server.call('GET', `/api/orders/${shipped}`)
  const detail = answer.body as Record<string, never> & {
    lines: { stockSku: string }[]
    parcels: Record<string, unknown>[]
    timeline: { kind: string; at: unknown; receivedAt: string; source: unknown; messageId: string }[]
    drift: { claims: { source: string }[] }[]
    intents: unknown[]
    explain: { en: string }[]
  }
  assert.equal(answer.status, 200)
  assert.equal(detail.lines[0]?.stockSku, 'STOCK-A')
  assert.equal(detail.parcels[0]?.issuedAt, '2026-01-25T10:00:00.000+08:00')
  assert.equal(detail.parcels[0]?.carrierName, '顺丰速运')
  assert.deepEqual(
    detail.timeline.map((fact) => fact.kind),
    ['paid', 'waybill_issued', 'held'],
  )
  assert.deepEqual(detail.timeline[1]?.source, { id: 'sf', kind: 'sf-express', name: '顺丰' })
  assert.equal(detail.timeline[1]?.messageId, '20260125-77')
  assert.deepEqual(detail.timeline[2]?.at, {
    raw: '01/02 10:00',
    instant: null,
    zone: null,
    provenance: 'ambiguous',
  })
  assert.equal(detail.drift[0]?.claims[0]?.source, '顺丰')
  assert.equal(detail.intents.length, 1)
  assert.match(
    detail.explain.map((words) => words.en).join(' '),
    /旗舰店 refused the shipment report \(pdd\.70031\)/,
  )
  assert.ok(!JSON.stringify(detail).includes('张三'))
})

test('the recipient is told to those who may write, and the telling is audited', async () => {
  const reader = await server.asKey('orders:read')
  const refused = await server.app.inject({
    method: 'POST',
    url: `/api/orders/${shipped}/reveal`,
    headers: reader,
  })
  assert.equal(refused.statusCode, 403)
  const told = await server.call('POST', `/api/orders/${shipped}/reveal`)
  assert.equal((told.body as { name: string }).name, '张三')
  assert.deepEqual(
    audited.map((entry) => [entry.action, entry.subject]),
    [['orders.recipient_revealed', 'P-1']],
  )
  assert.ok(!JSON.stringify(audited).includes('张三'))
})

test('a bulk action does exactly what its preview said', async () => {
  const ask = { filter: { status: ['shipped', 'awaiting_shipment'] }, action: 'report_shipment' }
  const preview = await server.call('POST', '/api/orders/bulk/preview', ask)
  const { willChange, skipped } = preview.body as { willChange: number; skipped: { code: string }[] }
  assert.deepEqual([willChange, skipped.length, skipped[0]?.code], [1, 4, 'orders.nothing_to_report'])
  assert.deepEqual((await server.call('POST', '/api/orders/bulk', ask)).body, { done: 1 })
  assert.deepEqual(applied.at(-1), { action: 'report_shipment', ids: [shipped] })
  const both = await server.call('POST', '/api/orders/bulk', { ...ask, ids: ['1'] })
  assert.equal((both.body as { code: string }).code, 'orders.no_choice')
})

test('the sheet holds exactly the view, and no cell is a formula', async () => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/orders/export',
    headers: await server.asKey('orders:read'),
    payload: {
      filter: { q: 'P-1 P-3' },
      columns: ['orderNo', 'firstTitle', 'buyerNote', 'payable', 'placedAt'],
      locale: 'en',
    },
  })
  assert.equal(answer.statusCode, 200)
  const book = await readXlsx(answer.rawPayload)
  assert.deepEqual(book.sheets[0]?.rows, [
    ['Order no.', 'Item', 'Buyer note', 'Payable', 'Placed'],
    ['P-1', '=HYPERLINK("http://evil")', '+86 call me', 51.8, '2026-01-25 09:00:00'],
    ['P-3', '保温杯', null, 51.8, '2026-01-23 08:00:00'],
  ])
  const cells = [...(book.sheets[0]?.cells?.values() ?? [])]
  assert.ok(cells.every((cell) => cell.type !== 'formula'))
  const unknown = await server.call('POST', '/api/orders/export', { filter: {}, columns: ['secrets'] })
  assert.equal((unknown.body as { code: string }).code, 'orders.unknown_column')
})

test('views are listed, saved and deleted over HTTP', async () => {
  const saved = await server.call('POST', '/api/orders/views', { name: '我的', filter: { drift: '1' } })
  assert.deepEqual([saved.status, (saved.body as { count: number }).count], [201, 1])
  const listed = (await server.call('GET', '/api/orders/views')).body as {
    presets: { id: string }[]
    saved: { id: string }[]
  }
  assert.equal(listed.presets[0]?.id, 'all')
  assert.equal(listed.saved.length, 1)
  const gone = await server.call('DELETE', `/api/orders/views/${listed.saved[0]?.id}`)
  assert.equal(gone.status, 204)
})

test('the stream tells each changed order once per beat', async () => {
  await server.app.listen({ port: 0, host: '127.0.0.1' })
  const address = server.app.server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const headers = await server.asKey('orders:read')
  const text = await new Promise<string>((resolve, reject) => {
    let seen = ''
    const request = get(
      { port: address.port, host: '127.0.0.1', path: '/api/orders/stream', headers },
      (response) => {
        assert.match(String(response.headers['content-type']), /event-stream/)
        const updatedAt = Temporal.Instant.from('2026-01-25T00:00:00Z')
        for (const status of ['paid', 'shipped'])
          tell({ id: 7n, connection: 'shop', orderNo: 'P-7', status, updatedAt })
        response.on('data', (chunk: Buffer) => {
          seen += chunk.toString()
          if (!seen.includes('event: tally')) return
          request.destroy()
          resolve(seen)
        })
      },
    )
    request.on('error', (error) => (seen.includes('tally') ? undefined : reject(error)))
  })
  assert.equal(text.match(/event: order/g)?.length, 1)
  assert.match(
    text,
    /"id":"7","orderNo":"P-7","status":"shipped","updatedAt":"2026-01-25T08:00:00.000\+08:00"/,
  )
})
