import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { sha256 } from '#kernel/hash.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { until } from '#test-support/hub.ts'
import { testConnector, testHub } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type InterpretDeps, interpretBatch, PoisonedBatch, parkPoison } from './interpret.ts'
import type { Connected } from './ports.ts'
import { receive } from './receive.ts'
import { startWorkers } from './workers.ts'

let database: FreshDatabase

before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
})
after(async () => await database.close())

/** Not compressible, so that it is as long in an index as it looks. */
const ENDLESS = Array.from({ length: 90 }, (_, i) => Buffer.from(sha256(String(i))).toString('hex')).join('')

test('a message that cannot be stored is parked alone; those around it and after it go on', async () => {
  const hub = testHub(database.sql, { shop: testConnector('shop', 'channel', { placed: 'placed' }) })
  const placed = (no: string) => ({ key: no, claims: [{ by: 'order', no, code: 'placed', minute: 1 }] })
  for (const no of ['A1', ENDLESS, 'A2']) await hub.send('shop', placed(no), no.slice(0, 10))
  await drain(hub.deps)
  const orders = await database.sql<{ order_no: string }>`select order_no from sales_order order by order_no`
  assert.deepEqual(
    orders.map((row) => row.order_no),
    ['A1', 'A2'],
  )
  const parked = await database.sql<{ park_code: string }>`select park_code from inbox_task`
  assert.deepEqual(
    parked.map((row) => row.park_code),
    ['intake.unstorable'],
  )
})

/** Runs workers until nothing is pending. */
async function drain(depsOf: (slot: number) => InterpretDeps): Promise<void> {
  const errors: unknown[] = []
  const workers = startWorkers(depsOf, {
    workers: 2,
    batch: 100,
    idleMs: 20,
    onError: (e) => void errors.push(e),
  })
  try {
    await until(
      async () => (await database.sql`select 1 from inbox_task where state = 'pending'`).length === 0,
      () => errors.map(String).join('\n'),
      10,
    )
  } finally {
    await workers.stop()
  }
}

async function orderNos(like: string): Promise<string[]> {
  const rows = await database.sql<{ order_no: string }>`
    select order_no from sales_order where order_no like ${like} order by order_no`
  return rows.map((row) => row.order_no)
}

test('whatever a sender writes into headers and query, its message and those around it are read', async () => {
  await database.sql`delete from inbox_task`
  const says = testConnector('shop', 'channel', { placed: 'placed' })
  const hub = testHub(database.sql, { shop: says })
  const connector: Connector = {
    ...says,
    receive: ({ body }) => ({
      verdict: 'accepted',
      topic: 'order',
      dedupKey: Buffer.from(body).toString('utf8'),
      orderNo: null,
      reply: { status: 200, contentType: 'text/plain', body: '' },
    }),
  }
  const shop = { ...hub.deps().find('shop'), connector } as Connected
  const odd = ['a\\u0000', '\\u0000', '\u0000', '"\\u0000"', '\\\\u0000', '\\\u0000']
  for (const [i, text] of odd.entries()) {
    const message = { key: `H${i}`, claims: [{ by: 'order', no: `H${i}`, code: 'placed', minute: 1 }] }
    await receive({ intake: hub.intake, clock: systemClock }, shop, {
      method: 'POST',
      path: '/',
      query: `q=${text}`,
      headers: { 'x-note': text },
      body: Buffer.from(JSON.stringify(message)),
    })
  }
  const kept = await database.sql<{ headers: string }>`
    select headers from inbox_message where dedup_key like '%"H_"%' order by id`
  assert.deepEqual(
    kept.map((row) => (JSON.parse(row.headers) as Record<string, string>)['x-note']),
    odd.map((text) => text.replaceAll('\u0000', '')),
  )
  // As a hub of before may have kept it.
  await database.sql`update inbox_message set headers = '{"x-note":"a\"}' where dedup_key like '%"H0"%'`
  await drain(hub.deps)
  assert.deepEqual(
    await orderNos('H%'),
    odd.map((_text, i) => `H${i}`),
  )
})

test('a message whose row cannot even be read is parked, and its lane goes on', async () => {
  const deps = await threeOfWhichTheSecondCannotBeRead('R')
  await drain(() => deps)
  assert.deepEqual(await orderNos('R%'), ['R1', 'R3'])
  assert.deepEqual(await parkedKeys(), ['R2'])
})

test('two workers that find the same unreadable message do not park the one behind it', async () => {
  const deps = await threeOfWhichTheSecondCannotBeRead('S')
  const found = new PoisonedBatch(1, null, new SyntaxError('S2 cannot be read'))
  await interpretBatch(deps, { lane: 'shop', limit: 1, concurrency: 2 })
  await database.sql.begin(async (other) => {
    await other`select 1 from inbox_task where message_id in (select id from inbox_message where dedup_key = 'S2') for update`
    await parkPoison(deps, 'shop', found)
  })
  assert.deepEqual(await parkedKeys(), [], 'while another worker holds it, nothing is known')
  await parkPoison(deps, 'shop', found)
  await parkPoison(deps, 'shop', found)
  assert.deepEqual(await parkedKeys(), ['S2'])
  await drain(() => deps)
  assert.deepEqual(await orderNos('S%'), ['S1', 'S3'])
})

test('a lane that cannot be claimed although each message can be read goes slowly, and says so', async () => {
  const deps = await threeOfWhichTheSecondCannotBeRead(
    'U',
    (rows) => rows.length > 0 && rows[0]?.attempts !== undefined,
  )
  const errors: unknown[] = []
  let claims = 0
  const counting = new Proxy(deps.db, {
    get: (target, name) => {
      if (name === 'begin') claims += 1
      return Reflect.get(target, name)
    },
  })
  const workers = startWorkers(() => ({ ...deps, db: counting }), {
    workers: 1,
    batch: 100,
    idleMs: 20,
    onError: (error) => void errors.push(error),
  })
  await until(
    async () => errors.length > 0,
    () => `${claims} claims and no word`,
    10,
  )
  const before = claims
  await sleep(300)
  await workers.stop()
  assert.ok(claims - before <= 3, `${claims - before} claims in a moment`)
  assert.match(String(errors[0]), /cannot be stored/)
  assert.deepEqual(await parkedKeys(), [])
})

/** Three messages in an empty lane; whoever loads the second gets an error that is not the database's. */
async function threeOfWhichTheSecondCannotBeRead(
  letter: string,
  isUnreadable = (rows: readonly Loaded[]): boolean =>
    rows.some((row) => row.body !== undefined && row.dedup_key === `${letter}2`),
): Promise<InterpretDeps> {
  await database.sql`delete from inbox_task`
  const hub = testHub(database.sql, { shop: testConnector('shop', 'channel', { placed: 'placed' }) })
  for (const no of [`${letter}1`, `${letter}2`, `${letter}3`])
    await hub.send('shop', { key: no, claims: [{ by: 'order', no, code: 'placed', minute: 1 }] }, no)
  const deps = hub.deps()
  const begin: Database['begin'] = (work) =>
    deps.db.begin((tx) =>
      work(
        new Proxy(tx, {
          apply: async (target, self, args: [TemplateStringsArray]) => {
            const rows = (await Reflect.apply(target, self, args)) as Loaded[]
            if (isUnreadable(rows)) throw new SyntaxError(`${letter}2 cannot be read`)
            return rows
          },
        }),
      ),
    )
  const db = new Proxy(deps.db, {
    get: (target, name) => (name === 'begin' ? begin : Reflect.get(target, name)),
  })
  return { ...deps, db }
}

type Loaded = { readonly dedup_key?: string; readonly body?: unknown; readonly attempts?: number }

async function parkedKeys(): Promise<string[]> {
  const rows = await database.sql<{ dedup_key: string }>`
    select dedup_key from inbox_task join inbox_message on id = message_id
    where state = 'parked' and park_code = 'intake.unstorable' order by id`
  return rows.map((row) => row.dedup_key)
}
