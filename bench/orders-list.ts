import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { orderRoutes } from '#features/orders/http.ts'
import { PRESETS } from '#features/orders/list/core/presets.ts'
import { systemClock } from '#kernel/clock.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { migrate } from '#platform/migrate.ts'
import { int8Array } from '#platform/postgres/arrays.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { fillOrders, ORDERS } from './lib/orders-million.ts'
import { closedLoop, round, summary } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const CALLERS = 4
const REQUESTS_PER_VIEW = 400
const PAGES = 8

/**
 * Every preset view of a list of a million orders over real HTTP, the first pages of each; beside it the views with their
 * counts, a search for 1,000 pasted numbers and a text search. The limit is this machine's own bare lookup of 50 orders by key.
 */
export async function ordersList(say: (line: string) => void): Promise<BenchReport> {
  const startedAt = performance.now()
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const postgres = await startPostgres({ dataDir, durable: false })
  const db = openDatabase({ url: postgres.url, connections: CALLERS })
  const app = newApp(db)
  try {
    await migrate(db)
    await fillOrders(db)
    say(`${ORDERS} orders made in ${Math.round((performance.now() - startedAt) / 1_000)} s`)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const bare = await bareLookups(db)
    say(`bare lookup of 50 orders by key: p50 ${bare.p50} ms, p99 ${bare.p99} ms`)
    const views: Record<string, number> = {}
    let worst = { p50: 0, p99: 0 }
    for (const { id } of PRESETS) {
      const { p50, p99 } = await measure(port, await pagesOf(app, id))
      views[id] = p99
      if (p99 > worst.p99) worst = { p50, p99 }
      say(`${id.padEnd(20)} p50 ${p50} ms, p99 ${p99} ms`)
    }
    const counts = await measure(port, [get('/api/orders/views')])
    const pasted = await measure(port, [post('/api/orders/search', { q: numbers(1_000), limit: 50 })])
    const text = await measure(port, [get(`/api/orders?q=${encodeURIComponent('耳机 款77')}`)])
    say(`views with counts p99 ${counts.p99} ms, 1,000 numbers p99 ${pasted.p99} ms, text p99 ${text.p99} ms`)
    return {
      name: 'orders-list',
      p50: worst.p50,
      p99: worst.p99,
      limit: bare.p99,
      ratio: round(bare.p99 / worst.p99),
      seconds: round((performance.now() - startedAt) / 1_000),
      orders: ORDERS,
      callers: CALLERS,
      limitP50: bare.p50,
      viewsP99: counts.p99,
      pastedP99: pasted.p99,
      textP99: text.p99,
      ...Object.fromEntries(Object.entries(views).map(([id, p99]) => [`p99_${id}`, p99])),
    }
  } finally {
    await app.close()
    await db.end()
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** The order routes alone, with the server's own way of writing answers and everybody let in. */
function newApp(db: Database): HttpApp {
  const app = fastify() as unknown as HttpApp
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.decorateRequest('actor', null)
  app.addHook('onRequest', async (request) => {
    request.actor = {
      kind: 'user',
      id: 'bench',
      name: 'bench',
      role: 'admin',
      locale: 'zh-CN',
      scopes: ['admin'],
      shops: null,
    }
  })
  const none = async () => ({ done: 0 })
  orderRoutes(app, {
    sql: db,
    clock: systemClock,
    zone: () => 'Asia/Shanghai',
    unseal: (sealed) => sealed,
    audit: async () => undefined,
    bulk: { canFetch: () => true, apply: { report_shipment: none, refetch: none, recompute: none } },
    subscribe: () => () => undefined,
  })
  return app
}

/** The first pages of a view, found by turning them. */
async function pagesOf(app: HttpApp, view: string): Promise<Buffer[]> {
  const pages: Buffer[] = []
  let next: string | null = ''
  while (next !== null && pages.length < PAGES) {
    const url: string = `/api/orders?view=${view}&limit=50${next === '' ? '' : `&cursor=${next}`}`
    pages.push(get(url))
    next = (await app.inject(url)).json<{ next: string | null }>().next
  }
  return pages
}

async function measure(port: number, pages: readonly Buffer[]): Promise<{ p50: number; p99: number }> {
  const warmup = 2 * PAGES
  const requests = Array.from(
    { length: warmup + REQUESTS_PER_VIEW },
    (_, i) => pages[i % pages.length] ?? Buffer.alloc(0),
  )
  const run = await closedLoop({ port, callers: CALLERS, requests, warmup })
  if (run.ok !== run.sent)
    throw new Error(`${run.sent - run.ok} of ${run.sent} requests were not answered with 200`)
  return run
}

async function bareLookups(db: Database): Promise<{ p50: number; p99: number }> {
  const latencies = new Float64Array(REQUESTS_PER_VIEW)
  let next = 0
  const caller = async (): Promise<void> => {
    for (let i = next++; i < latencies.length; i = next++) {
      const first = (i * 7_919) % (ORDERS - 50)
      const ids = Array.from({ length: 50 }, (_, k) => BigInt(first + k + 1))
      const startedAt = performance.now()
      await db`select * from sales_order where id = any(${int8Array(ids)}::bigint[])`
      latencies[i] = performance.now() - startedAt
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  return summary(latencies)
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, i) => `SF${1_000_000_000_000 + 500_000 + i * 371}`).join('\n')
}

function get(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`)
}

function post(path: string, body: unknown): Buffer {
  const json = JSON.stringify(body)
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  )
}
