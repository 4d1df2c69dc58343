import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS, type SimPlatform } from '#sim/platform.ts'
import { simSf } from '#sim/platforms/sf.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { runningHub, until } from '#test-support/hub.ts'

// Real servers with real signatures over real sockets; what is lost is lost on the way, and found by asking.

const running = await runningHub()
const { sql } = running.database
const random = seededRandom(21)
const open: SimPlatform[] = []
after(async () => {
  await Promise.all(open.map((platform) => platform.close()))
  await running.close()
})

type Asks = {
  items: { outcome: string; facts: number; subject: string | null; rule: string; code: string | null }[]
}
type Polls = {
  items: {
    connection: { id: string }
    increment: { lost: number; ranAt: string | null; trouble: string | null; wanted: boolean } | null
    fallback: { asked: number; found: number; waiting: number } | null
  }[]
}

async function connect(platform: SimPlatform): Promise<{ id: string; callback: string }> {
  open.push(platform)
  const made = await running.call('POST', '/api/connections', {
    kind: platform.kind,
    name: `${platform.kind} ${open.length}`,
    settings: platform.settings,
  })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  const { id, callbackUrl } = made.body as { id: string; callbackUrl: string | null }
  return { id, callback: callbackUrl === null ? '' : `${running.hub.url}${new URL(callbackUrl).pathname}` }
}

async function pollOf(id: string): Promise<Polls['items'][number]> {
  const answer = await running.call('GET', '/api/polls')
  const found = (answer.body as Polls).items.find((item) => item.connection.id === id)
  assert.ok(found !== undefined, JSON.stringify(answer.body))
  return found
}

const asksOf = async (query: string): Promise<Asks['items']> =>
  ((await running.call('GET', `/api/polls/asks?${query}`)).body as Asks).items

const orderRow = async (orderNo: string) =>
  (
    await sql<{ id: bigint; status: string }>`select id, status from sales_order where order_no = ${orderNo}`
  )[0]

// Sold, printed and sent ten hours ago; nothing was heard of it since.
const yesterday = manualClock(Temporal.Now.instant().subtract({ hours: 10 }))
const shop = await simShopify({ clock: yesterday, random, faults: NO_FAULTS })
const sfFaults = { ...NO_FAULTS }
const sf = await simSf({ clock: yesterday, random, faults: sfFaults })

test('a parcel whose carrier pushes nothing is asked about, and its events enter like any message', async () => {
  shop.pushTo((await connect(shop)).callback)
  const carrier = await connect(sf)
  const { orderNo } = await shop.place()
  await shop.pay(orderNo)
  sf.pushTo(carrier.callback)
  const { trackingNo: number } = await sf.issue(orderNo)
  await sf.settled()
  // From here on SF is silent.
  sfFaults.drop = 1
  yesterday.advance({ hours: 1 })
  await sf.scan(number, 'picked_up')
  yesterday.advance({ hours: 1 })
  await sf.scan(number, 'in_transit')
  await until(
    async () => (await orderRow(orderNo))?.status === 'in_transit',
    async () =>
      JSON.stringify([
        (await orderRow(orderNo))?.status,
        await asksOf('limit=20'),
        await sql`select subject, rule, carrier, due_at::text, words, asks from fallback_ask`,
        running.complaints,
      ]),
  )
  const [source] = await sql<{ source: string; transport: string }>`
    select f.source, m.transport from fact f join inbox_message m on m.id = split_part(f.message_id, '-', 2)::bigint
    where f.subject = ${`parcel:${number}`} and f.kind = 'picked_up'`
  assert.deepEqual(source, { source: carrier.id, transport: 'fetch' })
  await until(
    async () => (await asksOf(`connection=${carrier.id}`)).some((line) => line.outcome === 'found'),
    async () => JSON.stringify(await asksOf(`connection=${carrier.id}`)),
  )
  const lines = await asksOf(`connection=${carrier.id}`)
  assert.equal(lines.length, 1, 'asked once; the news it brought are the newest there can be')
  // One picking up and two scans on the way: SF reports sorting and arrival.
  assert.deepEqual([lines[0]?.subject, lines[0]?.facts, lines[0]?.rule], [number, 3, 'no_event'])
  const { fallback } = await pollOf(carrier.id)
  assert.deepEqual([fallback?.asked, fallback?.found], [1, 1])
})

test('a person may ask at once; a parcel that was delivered is watched no more', async () => {
  const [parcel] = await sql<{ subject: string; order_id: bigint }>`
    select subject, order_id from fallback_ask where carrier = 'SF'`
  assert.ok(parcel !== undefined)
  yesterday.advance({ hours: 1 })
  await sf.scan(parcel.subject.slice('parcel:'.length), 'delivered')
  const ask = async () => await running.call('POST', `/api/orders/${parcel.order_id}/ask`)
  await until(
    // The poll itself asked a moment ago.
    async () => (await ask()).status === 202,
    async () => JSON.stringify(await ask()),
    25,
  )
  await until(
    async () => (await ask()).status === 429,
    () => 'asked again and again',
    10,
  )
  await until(
    async () =>
      (await sql`select 1 from sales_order where id = ${parcel.order_id} and status = 'delivered'`).length ===
      1,
    async () => JSON.stringify(await asksOf(`order=${parcel.order_id}`)),
  )
  await until(
    async () => (await sql`select 1 from fallback_ask where order_id = ${parcel.order_id}`).length === 0,
    async () =>
      JSON.stringify(await sql`select subject, rule from fallback_ask where order_id = ${parcel.order_id}`),
  )
  assert.equal((await running.call('POST', '/api/orders/999999/ask')).status, 404)
})

test('a shop that loses a third of its pushes: after one poll every order is there, and the losses are counted', async () => {
  const faults = { ...NO_FAULTS, drop: 0.34 }
  const lossy = await simShopify({ clock: systemClock, random: seededRandom(5), faults }, { retryMs: [] })
  const { id, callback } = await connect({
    ...lossy,
    settings: { ...lossy.settings, shopDomain: 'sim-cups.myshopify.com' },
  })
  lossy.pushTo(callback)
  const run = async (): Promise<void> => {
    const before = (await pollOf(id)).increment?.ranAt ?? null
    assert.equal((await running.call('POST', `/api/polls/${id}/run`)).status, 202)
    await until(
      async () => {
        const { increment } = await pollOf(id)
        return increment?.wanted === false && increment.ranAt !== null && increment.ranAt !== before
      },
      async () => JSON.stringify(await pollOf(id)),
    )
  }
  const set = await running.call('PUT', `/api/polls/${id}`, {
    increment: { everySeconds: 3_600, lagSeconds: 0 },
  })
  assert.equal(set.status, 204, JSON.stringify(set.body))
  await run()
  const numbers: string[] = []
  for (let i = 0; i < 12; i += 1) {
    // One after the other, or chance would be drawn from in another order each time.
    const { orderNo } = await lossy.place()
    await lossy.settled()
    await lossy.pay(orderNo)
    await lossy.settled()
    numbers.push(orderNo)
  }
  const { sent, acknowledged } = lossy.counts()
  assert.ok(sent - acknowledged >= 4, `${sent - acknowledged} of ${sent} lost`)
  const paid = async (): Promise<number> =>
    Number(
      (
        await sql<{ count: bigint }>`
          select count(*) as count from sales_order where connection_id = ${id} and paid_at is not null`
      )[0]?.count,
    )
  await until(
    async () => (await sql`select 1 from inbox_task where state = 'pending'`).length === 0,
    () => 'still reading',
  )
  assert.ok((await paid()) < 12, 'some were lost, or this test shows nothing')
  // Shopify is asked by whole seconds, and what is placed and paid in one second bears the next one: it is over before the run.
  await sleep(2_100)
  await run()
  await until(
    async () => (await paid()) === 12,
    async () => `${await paid()} of ${numbers.length}: ${JSON.stringify(await pollOf(id))}`,
  )
  await until(
    async () => ((await pollOf(id)).increment?.lost ?? 0) > 0,
    async () => JSON.stringify(await pollOf(id)),
  )
  const { increment } = await pollOf(id)
  assert.ok((increment?.lost ?? 0) <= sent - acknowledged, 'what a push had told is not counted as lost')
  assert.equal(increment?.trouble, null)
})

test('bad input is refused with its code', async () => {
  const cases = [
    ['PUT', '/api/polls/nobody', { fallback: { enabled: false } }, 404, 'fallback.connection_not_found'],
    ['POST', '/api/polls/nobody/run', undefined, 404, 'fallback.connection_not_found'],
    ['PUT', '/api/polls/shopify', { increment: { everySeconds: 5 } }, 422, 'pull.out_of_range'],
    ['PUT', '/api/polls/sf', { increment: { everySeconds: 60 } }, 422, 'pull.not_polled'],
    ['PUT', '/api/polls/sf', { fallback: { everySeconds: 1 } }, 422, 'fallback.out_of_range'],
    ['PUT', '/api/polls', { everySeconds: 1 }, 400, 'http.invalid'],
    ['PUT', '/api/polls', {}, 400, 'http.invalid'],
    ['GET', '/api/polls/asks?cursor=zzz', undefined, 400, 'http.bad_cursor'],
  ] as const
  const ids = new Map(
    (
      (await running.call('GET', '/api/polls')).body as {
        items: { connection: { id: string; kind: string } }[]
      }
    ).items.map(({ connection }) => [connection.kind, connection.id]),
  )
  for (const [method, path, body, status, code] of cases) {
    const real = path.replace(/\/(shopify|sf)$/, (_, kind: string) => `/${ids.get(kind)}`)
    const answer = await running.call(method, real, body)
    assert.deepEqual([answer.status, (answer.body as { code: string }).code], [status, code], path)
  }
  assert.equal((await running.call('PUT', '/api/polls', { silentMinutes: 60 })).status, 204)
  const { settings } = (await running.call('GET', '/api/polls')).body as {
    settings: { silentMinutes: number }
  }
  assert.equal(settings.silentMinutes, 60)
})
