import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { orderDocument } from '#connectors/channels/rabbitmq/fixtures/index.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'
import { type RabbitBroker, rabbitBroker } from '#test-support/rabbitmq.ts'

const QUEUE = 'erp.orders'
const MESSAGES = 1_000

let broker: RabbitBroker
let hub: RunningHub
let line: Awaited<ReturnType<typeof breakableLine>>
before(async () => {
  broker = await rabbitBroker()
  hub = await runningHub()
  line = await breakableLine(broker.port)
})
after(async () => {
  await hub?.close()
  await line?.close()
  await broker?.close()
})

/** A way to the broker that the test can cut in the middle of a word. */
async function breakableLine(to: number) {
  const sockets = new Set<Socket>()
  const server = createServer((here) => {
    const there = connect({ host: '127.0.0.1', port: to })
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: async () => {
      cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function publish(from: number, to: number): Promise<void> {
  const client = await broker.client()
  const channel = await client.createConfirmChannel()
  await channel.assertQueue(QUEUE, { durable: true })
  for (let i = from; i < to; i += 1)
    channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(orderDocument(`MQ-${i}`))), {
      persistent: true,
      messageId: `m-${i}`,
    })
  await channel.waitForConfirms()
  await client.close()
}

async function left(): Promise<number> {
  const client = await broker.client()
  const channel = await client.createChannel()
  const { messageCount } = await channel.checkQueue(QUEUE)
  await client.close()
  return messageCount
}

const kept = async (): Promise<number> => {
  const [row] = await hub.database.sql<{ count: bigint }>`
    select count(*) as count from inbox_message where transport = 'stream' and verdict = 'accepted'`
  return Number(row?.count ?? 0n)
}

async function until(holds: () => Promise<boolean>, words: () => string, ms: number): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 100) {
    assert.ok(waited < ms, words())
    await sleep(100)
  }
}

test('1,000 orders through restarts of the broker and a cut line: every one there, once, and the queue empty', async () => {
  await publish(0, 300)
  const { status, body } = await hub.call('POST', '/api/connections', {
    kind: 'rabbitmq',
    name: 'ERP 队列',
    settings: broker.settingsFor(QUEUE, { port: String(line.port), prefetch: '16' }),
  })
  assert.equal(status, 200, JSON.stringify(body))
  const { id } = body as { id: string }
  await until(
    async () => (await kept()) >= 100,
    () => 'the first hundred',
    15_000,
  )
  line.cut()
  await publish(300, 600)
  await until(
    async () => (await kept()) >= 330,
    () => 'on after the cut line',
    20_000,
  )
  await broker.stop('SIGTERM')
  await broker.start()
  await publish(600, 800)
  await until(
    async () => (await kept()) >= 630,
    () => 'on after the restart',
    30_000,
  )
  await broker.stop('SIGKILL')
  await broker.start()
  await publish(800, MESSAGES)
  await until(
    async () => (await kept()) >= MESSAGES,
    () => 'all',
    40_000,
  )
  await until(
    async () => (await left()) === 0,
    () => 'acknowledged',
    10_000,
  )
  const orders = async (): Promise<bigint | undefined> =>
    (
      await hub.database.sql<{ n: bigint }>`select count(*) as n from sales_order where connection_id = ${id}`
    )[0]?.n
  await until(
    async () => (await orders()) === BigInt(MESSAGES),
    () => 'orders',
    15_000,
  )
  const [counts] = await hub.database.sql<{ messages: bigint; orders: bigint; duplicates: bigint }>`
    select count(*) filter (where verdict = 'accepted') as messages, count(distinct order_no) as orders,
      count(*) filter (where verdict = 'duplicate') as duplicates
    from inbox_message where transport = 'stream'`
  assert.deepEqual([counts?.messages, counts?.orders], [BigInt(MESSAGES), BigInt(MESSAGES)])
  assert.equal(
    (await hub.database.sql`select 1 from outbox_intent`).length,
    0,
    'a queue takes no shipment reports',
  )
})

test('its depth is watched like a lane, and unreadable messages are parked where they can be seen', async () => {
  const client = await broker.client()
  const channel = await client.createConfirmChannel()
  for (let i = 0; i < 3; i += 1)
    channel.sendToQueue(QUEUE, Buffer.from(`no order ${i}`), { persistent: true })
  await channel.waitForConfirms()
  await client.close()
  type Told = { items: { code: string; count: number; connection: { kind: string } }[] }
  let groups: Told['items'] = []
  await until(
    async () => {
      groups = ((await hub.call('GET', '/api/backlog/dead-letters')).body as Told).items
      return groups[0]?.count === 3
    },
    () => JSON.stringify(groups),
    10_000,
  )
  assert.deepEqual([groups[0]?.code, groups[0]?.connection.kind], ['rabbitmq.unreadable', 'rabbitmq'])
  assert.equal(await left(), 0, 'not requeued for ever')
  type Backlog = {
    queues: { queue: string; depth: number; seenAt: string | null }[]
    lanes: { dead: number }[]
  }
  await until(
    async () => ((await hub.call('GET', '/api/backlog')).body as Backlog).queues[0]?.seenAt !== null,
    () => 'the queue is seen',
    20_000,
  )
  const told = (await hub.call('GET', '/api/backlog')).body as Backlog
  assert.deepEqual(
    told.queues.map(({ queue }) => queue),
    [QUEUE],
  )
  assert.equal(told.lanes[0]?.dead, 3)
})
