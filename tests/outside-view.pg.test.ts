import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'
import { LOAD_SHOP, seedCallback } from '#test-support/hub-process.ts'

// What people and systems outside see of an order, against the whole hub over its sockets.

let running: RunningHub
let shop = ''
const heard: { headers: Record<string, unknown>; body: string }[] = []
const receiver = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
    response.writeHead(204).end()
  })
})

before(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  running = await runningHub()
  shop = `${running.hub.url}${await seedCallback(running.database.sql, { id: 'shop', kind: 'shopify', settings: LOAD_SHOP })}`
  await running.hub.core.directory.refresh()
})
after(async () => {
  await running.close()
  receiver.closeAllConnections()
  receiver.close()
})

test('an order that a shop pushes is told to an endpoint, and its buyer sees it without signing in', async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/holdfast`
  const draft = { name: 'erp', url, types: ['order.status_changed'], shops: ['shop'], active: true }
  const added = await running.call('POST', '/api/webhooks', draft)
  assert.equal(added.status, 200)
  const { id, secret } = added.body as { id: string; secret: string }

  await pushOrder()
  const told = () => heard.find((one) => one.body.includes('OV1'))
  await until(
    async () => told() !== undefined,
    () => `heard ${heard.length}, complained ${running.complaints.join('\n')}`,
  )
  const { headers, body } = told() ?? { headers: {}, body: '' }
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  assert.equal(
    headers['webhook-signature'],
    `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
  )
  assert.doesNotMatch(body, /王小明|13800138000|文三路/)
  await until(
    async () => {
      const { items } = (await running.call('GET', '/api/webhooks')).body as {
        items: { id: string; day: { done: number } }[]
      }
      return (items.find((one) => one.id === id)?.day.done ?? 0) > 0
    },
    () => 'the log does not know that it was taken',
  )

  const seen = await ask('#OV1001', '8000')
  assert.equal(seen.status, 200)
  assert.deepEqual(await seen.json(), {
    orders: [{ orderNo: 'OV1001', status: 'awaiting_shipment', parcels: [] }],
  })
  assert.equal((await ask('OV1001', '8001')).status, 404)
  const page = await fetch(`${running.hub.url}/track?order=OV1001`, { headers: { accept: 'text/html' } })
  assert.match(page.headers.get('content-type') ?? '', /text\/html/)
  assert.ok([200, 503].includes(page.status), '503 where the console is not built')
})

async function ask(orderNo: string, phoneTail: string): Promise<Response> {
  return await fetch(`${running.hub.url}/api/buyer/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ orderNo, phoneTail }),
  })
}

async function pushOrder(): Promise<void> {
  const body = JSON.stringify({
    id: 6_700_000_001_001,
    name: '#OV1001',
    created_at: '2026-11-11T08:00:00+08:00',
    updated_at: '2026-11-11T08:00:00+08:00',
    financial_status: 'paid',
    currency: 'CNY',
    total_price: '51.80',
    line_items: [{ id: 1, sku: 'CUP', title: '保温杯', quantity: 1, price: '51.80' }],
    shipping_address: {
      name: '王小明',
      phone: '+86 138 0013 8000',
      address1: '文三路 1 号',
      city: '杭州市',
      province: '浙江省',
      country_code: 'CN',
      zip: '310000',
    },
  })
  const answer = await fetch(shop, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': 'orders/create',
      'x-shopify-shop-domain': 'load.myshopify.com',
      'x-shopify-webhook-id': 'ov-1',
      'x-shopify-event-id': 'ov-1',
      'x-shopify-triggered-at': Temporal.Now.instant().toString(),
      'x-shopify-hmac-sha256': createHmac('sha256', LOAD_SHOP.clientSecret ?? '')
        .update(body)
        .digest('base64'),
    },
    body,
  })
  assert.equal(answer.status, 200, await answer.text())
}
