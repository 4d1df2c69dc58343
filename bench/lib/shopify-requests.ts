import { createHmac } from 'node:crypto'

export const SECRET = 'bench-secret-of-sixteen'

/** The morning of 双11, where nobody asks for another time. */
const MORNING = Temporal.Instant.from('2026-11-11T00:00:00Z')

/** A signed `orders/create`-like webhook of about 1.5 KB; order `n`, delivery `d`, placed `at`. */
export function shopifyRequest(
  path: string,
  n: number,
  delivery: string,
  topic = 'orders/create',
  at: Temporal.Instant = MORNING,
): Buffer {
  const body = Buffer.from(orderBody(n, at))
  const hmac = createHmac('sha256', SECRET).update(body).digest('base64')
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-shopify-topic: ${topic}`,
    `x-shopify-hmac-sha256: ${hmac}`,
    'x-shopify-shop-domain: bench.myshopify.com',
    'x-shopify-api-version: 2026-07',
    `x-shopify-webhook-id: ${delivery}`,
    `x-shopify-event-id: event-${delivery}`,
    `x-shopify-triggered-at: ${at.toString({ smallestUnit: 'second' })}`,
  ].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body])
}

function orderBody(n: number, at: Temporal.Instant): string {
  const after = (seconds: number): string =>
    at.add({ seconds }).toString({ timeZone: '+08:00', smallestUnit: 'second' })
  const id = String(6_700_000_000_000n + BigInt(n))
  const line = (i: number): string =>
    `{"id":${id}${i},"product_id":8000${i},"variant_id":9000${i},"sku":"CUP-0${i}","title":"Ceramic cup with lid, model ${i}","quantity":${i},"current_quantity":${i},"fulfillable_quantity":${i},"fulfillment_status":null,"price":"20.00","total_discount":"0.00","requires_shipping":true,"grams":350,"discount_allocations":[{"amount":"1.00","discount_application_index":0}]}`
  return `{"id":${id},"admin_graphql_api_id":"gid://shopify/Order/${id}","name":"#B${n}","order_number":${n},"created_at":"${after(0)}","processed_at":"${after(1)}","updated_at":"${after(2)}","cancelled_at":null,"closed_at":null,"confirmed":true,"currency":"CNY","financial_status":"paid","fulfillment_status":null,"subtotal_price":"57.00","total_discounts":"3.00","total_tax":"0.00","total_price":"57.00","discount_applications":[{"type":"discount_code","code":"SPRING","value":"3.0","value_type":"fixed_amount","allocation_method":"across","target_selection":"all","target_type":"line_item"}],"note":"please leave at the door","shipping_address":{"name":"Li Lei","phone":"13800001234","address1":"1 Main Street","city":"Hangzhou","province":"Zhejiang","country_code":"CN","zip":"310000"},"line_items":[${line(1)},${line(2)}],"shipping_lines":[],"fulfillments":[],"refunds":[]}`
}
