import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMask } from '#app/drill-recording/mask.ts'
import { recordTraffic } from '#app/drill-recording/record-traffic.ts'
import { openDrillStage } from '#app/drill-stage.ts'
import { acceptFetched } from '#features/intake/index.ts'
import { connectionId } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import { silentLog } from '#platform/log.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'
import { connectPlatform } from '../demo.ts'
import { NO_FAULTS } from '../platform.ts'
import { simShopify } from '../platforms/shopify.ts'
import { HANGZHOU } from '../platforms/shopify-book.ts'
import { simYouzan } from '../platforms/youzan.ts'

// Live traffic of a shop, recorded and played in a sandbox: it is the same traffic, and nothing in the sandbox's database tells who
// the buyers were.

const ORDERS = 6
/** What a live order can say of a person, in the fields in which platforms put it. */
const PERSON = {
  name: '欧阳丹青',
  first: 'Dorothea',
  last: 'Quenneville',
  phone: '13712345678',
  tel: '+1 415 555 0142',
  mail: 'dorothea.q@example.com',
  street: '解放路 188 弄 7 号 902 室',
  second: 'Apt 42 Bluebell Court',
  zip: '94107-1234',
  note: '门卫王师傅代收，电话 13987654321',
  guard: '13987654321',
  ip: '203.0.113.77',
} as const

test('a live hub recorded and replayed: the same orders, and no name, phone or address of theirs in the sandbox', async () => {
  const live = await runningHub()
  const dir = testDataDir()
  const stage = openDrillStage({ dataDir: dir, log: silentLog(), nowMs: () => machineMs() })
  try {
    const from = live.hub.core.clock.now()
    const said = await sellLive(live)
    const to = live.hub.core.clock.now().add({ seconds: 1 })
    const found = tracesIn(await everything(live.database.sql), said.secrets)
    assert.deepEqual(found, said.secrets, 'the search finds what is there')
    const done = await recordTraffic(
      { sql: live.database.sql, mask: openMask(new Uint8Array(32).fill(5)) },
      { from, to, id: 'rush', file: 'rush.jsonl' },
    )
    assert.ok(done.ok, JSON.stringify(done))
    const path = join(dir, 'rush.yaml')
    writeFileSync(path, done.value.scenario)
    writeFileSync(join(dir, 'rush.jsonl'), done.value.messages)
    assert.deepEqual(tracesIn(done.value.messages, said.secrets), [])

    const began = await stage.startFile({ runId: 'r1', path, speed: 20 })
    assert.ok(began.ok, JSON.stringify(began))
    const state = async (): Promise<string> => {
      const seen = await stage.look('r1')
      return seen.ok ? `${seen.value.state} ${seen.value.problem ?? ''}` : 'gone'
    }
    await until(async () => !(await state()).startsWith('starting'), state, 90)
    const socket = join(dir, 'drills/runs/r1/database/postgres/run')
    const sandbox = openDatabase({
      url: `postgres://holdfast@/holdfast_drill_r1?host=${encodeURIComponent(socket)}`,
      connections: 1,
      applicationName: 'test',
    })
    try {
      const orders = async (): Promise<string[]> =>
        (
          await sandbox<{
            order_no: string
          }>`select order_no from sales_order where paid_at is not null order by 1`
        ).map((row) => row.order_no)
      await until(
        async () => (await orders()).length === said.orders.length,
        async () => `${await state()}: ${(await orders()).join()} of ${said.orders.join()}`,
        60,
      )
      assert.deepEqual(await orders(), said.orders.toSorted())
      const parked = await sandbox<{
        n: number
      }>`select count(*)::int as n from inbox_task where state = 'parked'`
      assert.equal(parked[0]?.n, 0, 'what was masked can be read')
      const rows = await everything(sandbox)
      assert.ok(rows.includes(said.orders[0] ?? '-'))
      assert.deepEqual(tracesIn(rows, said.secrets), [])
    } finally {
      await sandbox.end()
    }
    await stage.end('r1')
  } finally {
    await stage.close()
    await live.close()
  }
})

function machineMs(): number {
  return Temporal.Now.instant().epochMilliseconds
}

/** Orders of a simulated Shopify and Youzan, pushed as they push; and one told in full, as real ones are. */
async function sellLive(live: RunningHub): Promise<{ orders: string[]; secrets: string[] }> {
  const { core } = live.hub
  const { clock } = core
  const deps = { clock, random: seededRandom(11), faults: NO_FAULTS }
  const shops = { shop: await simShopify(deps, { place: HANGZHOU }), youzan: await simYouzan(deps) }
  try {
    const orders: string[] = []
    for (const [name, shop] of Object.entries(shops)) {
      await connectPlatform(live.hub, shop, `live-${name}`, name)
      for (let i = 0; i < ORDERS; i += 1) {
        const { orderNo } = await shop.place()
        await shop.pay(orderNo)
        orders.push(orderNo)
      }
      await shop.settled()
    }
    const [pushed] = await live.database.sql<{ body: Buffer }>`
      select body from inbox_message where connection_id = 'live-shop' and topic = 'orders/paid' order by id limit 1`
    const order = JSON.parse(pushed?.body.toString('utf8') ?? '{}')
    const full = fullOrder(order)
    await acceptFetched(
      { intake: core.intake, clock, onAccepted: core.wakeWorkers },
      connectionId('live-shop'),
      'api',
      {
        topic: 'orders/paid',
        dedupKey: 'full-1',
        orderNo: null,
        headers: { 'X-Shopify-Topic': 'orders/paid', 'X-Client-IP': PERSON.ip },
        body: Buffer.from(JSON.stringify(full)),
      },
    )
    orders.push('77001234')
    const known = async (): Promise<number> =>
      Number(
        (await live.database.sql`select count(*) as n from sales_order where paid_at is not null`)[0]?.n ?? 0,
      )
    await until(
      async () => (await known()) === orders.length,
      async () => `${await known()} orders`,
    )
    const book = [HANGZHOU.street, HANGZHOU.phone, HANGZHOU.zip, ...namesOf(order)]
    book.push(...(await packedSecrets(live)))
    return { orders, secrets: [...Object.values(PERSON), ...book] }
  } finally {
    await Promise.all(Object.values(shops).map((shop) => shop.close()))
  }
}

type Json = Record<string, unknown> & { readonly shipping_address?: { readonly name?: string } }

function fullOrder(order: Json): Json {
  const address = {
    first_name: PERSON.first,
    last_name: PERSON.last,
    name: PERSON.name,
    address1: PERSON.street,
    address2: PERSON.second,
    phone: PERSON.phone,
    zip: PERSON.zip,
    city: '杭州市',
    province: '浙江省',
    country_code: 'CN',
  }
  return {
    ...order,
    id: 6_000_000_000_000_077,
    name: '#77001234',
    order_number: 77_001_234,
    email: PERSON.mail,
    phone: PERSON.tel,
    note: PERSON.note,
    browser_ip: PERSON.ip,
    contact_email: PERSON.mail,
    note_attributes: [{ name: '代收人', value: PERSON.guard }],
    shipping_address: address,
    billing_address: address,
    customer: { id: 7_000_000_000_000_077, ...address, email: PERSON.mail, default_address: address },
  }
}

/** Youzan packs its order into the message, encoded as in an address. */
async function packedSecrets({ database }: RunningHub): Promise<string[]> {
  const rows = await database.sql<{ body: Buffer }>`
    select body from inbox_message where connection_id = 'live-youzan' and transport = 'http'`
  const told = rows.flatMap(({ body }) => {
    const { msg = '' } = JSON.parse(body.toString('utf8')) as { msg?: string }
    const text = decodeURIComponent(msg.replaceAll('+', ' '))
    return [...text.matchAll(/"(?:receiver_name|receiver_tel|delivery_address)":"([^"]+)"/g)].map(
      (one) => one[1] ?? '',
    )
  })
  assert.ok(told.length >= ORDERS)
  return [...new Set(told)]
}

function namesOf(order: Json): string[] {
  const { name } = order.shipping_address ?? {}
  return name === undefined ? [] : [name]
}

/** Every row of every table as text; bytes as what they spell. */
async function everything(sql: Database): Promise<string> {
  const tables = await sql<{ name: string; bytes: string[] | null }>`
    select format('%I', c.relname) as name,
      (select array_agg(format('%I', a.attname)) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and a.atttypid = 'bytea'::regtype) as bytes
    from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`
  const parts: string[] = []
  for (const { name, bytes } of tables) {
    const spelt = (bytes ?? [])
      .map((column) => `|| ' ' || coalesce(encode(${column}, 'escape'), '')`)
      .join('')
    const rows = (await sql.raw(`select t::text ${spelt} as row from ${name} t`)) as { row: string | null }[]
    for (const { row } of rows) if (row !== null) parts.push(row)
  }
  return parts.join('\n')
}

/** Which of the secrets stand in a text: as they are, as JSON or a form writes them, or as bytes that are written out. */
function tracesIn(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => {
    const octal = [...Buffer.from(secret)]
      .map((byte) => (byte < 128 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`))
      .join('')
    const hex = Buffer.from(secret).toString('hex')
    return [secret, encodeURIComponent(secret), octal, hex].some((form) => text.includes(form))
  })
}
