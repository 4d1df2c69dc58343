import { seedDemoGoods } from '#sim/demo-goods.ts'
import { seedDemoRules } from '#sim/demo-rules.ts'
import { seedDemoStock } from '#sim/demo-stock.ts'
import { runningHub } from '#test-support/hub.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import { count, seedWarehouses } from '#test-support/stock.ts'
import { type FuzzOptions, type FuzzReport, fuzzApi } from './api-fuzz.ts'

/** The requests of one seed against a hub of its own with a few orders and goods; `complaints` are the bugs that it logged. */
export async function runFuzz(
  options: FuzzOptions & { readonly rich?: boolean },
): Promise<{ report: FuzzReport; complaints: readonly string[] }> {
  // Nothing may leave the machine, whatever address a request makes up.
  const running = await runningHub({ ALLOW_LOOPBACK_TARGETS: 'false' })
  try {
    const { sql } = running.database
    const added = await running.call('POST', '/api/connections', {
      kind: 'shopify',
      name: '店',
      settings: { shopDomain: 'a.myshopify.com', clientSecret: 'a-secret-of-the-shop' },
    })
    const shop = (added.body as { id?: string }).id ?? 'shop'
    const pool = [shop, 'SH', 'GZ', 'SKU-A', 'SKU-B', 'shopify']
    for (const orderNo of ['O-1', 'O-2', 'O-3']) {
      const id = await seedOrder(sql, { connection: shop, orderNo, trackingNos: [`SF${orderNo}`] })
      pool.push(id.toString(), orderNo, `SF${orderNo}`)
    }
    await seedWarehouses(sql, 'SH', 'GZ')
    for (const sku of ['SKU-A', 'SKU-B']) await count(running.hub.core.stock, sku, 'SH', 50)
    if (options.rich === true) {
      await seedDemoStock(running.hub)
      await seedDemoRules(running.hub)
      await seedDemoGoods(running.hub)
    }
    const made = await running.call('POST', '/api/keys', { name: 'fuzz', scopes: ['admin'] })
    const key = (made.body as { text: string }).text
    const report = await fuzzApi({ url: running.hub.url, key }, { ...options, pool })
    return { report, complaints: running.complaints.filter((line) => /"bug"|unhandled/i.test(line)) }
  } finally {
    await running.close()
  }
}
