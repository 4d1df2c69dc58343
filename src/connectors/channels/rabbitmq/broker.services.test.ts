import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel } from 'amqplib'
import type { FetchedMessage, Line, OpenTcp, Settings } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { type RabbitBroker, rabbitBroker, STRANGER } from '#test-support/rabbitmq.ts'
import { calls } from './client.ts'
import { orderDocument } from './fixtures/index.ts'
import { stream, type Timing } from './stream.ts'

const QUICK: Timing = {
  reconnect: { first: 40, longest: 200 },
  store: { first: 40, longest: 200 },
  settledMs: 100,
  goodbyeMs: 1_000,
}

let broker: RabbitBroker
let client: ChannelModel
before(async () => {
  broker = await rabbitBroker()
  client = await broker.client()
})
after(async () => {
  await client.close().catch(() => undefined)
  await broker.close()
})

const lines: Line[] = []
const openTcp: OpenTcp = async (target) => {
  const line = await openTcpTo({ allowLoopback: true, allowPrivate: false })(target)
  lines.push(line)
  return line
}

type Running = { readonly states: string[]; readonly stop: () => Promise<void> }

function consume(
  settings: Settings,
  sink: (message: FetchedMessage) => Promise<void>,
  timing = QUICK,
): Running {
  const abort = new AbortController()
  const states: string[] = []
  const running = stream(
    settings,
    {
      http: async () => assert.fail('no HTTP here'),
      openTcp,
      clock: systemClock,
      random: seededRandom(1),
      openSocket: () => assert.fail('no WebSocket here'),
      sink,
      signal: abort.signal,
      onState: (state, words) => void states.push(`${state} ${words}`.trim()),
    },
    timing,
  )
  return {
    states,
    stop: async () => {
      abort.abort()
      await running
    },
  }
}

async function queueOf(name: string, count: number, options: object = {}): Promise<void> {
  const channel = await client.createConfirmChannel()
  await channel.assertQueue(name, { durable: true, ...options })
  for (let i = 0; i < count; i += 1)
    channel.sendToQueue(name, Buffer.from(JSON.stringify(orderDocument(`${name}-${i}`))), {
      persistent: true,
      messageId: `${name}-${i}`,
    })
  await channel.waitForConfirms()
  await channel.close()
}

async function readyIn(name: string): Promise<number> {
  const channel = await client.createChannel()
  const { messageCount } = await channel.checkQueue(name)
  await channel.close()
  return messageCount
}

async function until(
  holds: () => boolean | Promise<boolean>,
  words: () => string,
  ms = 8_000,
): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 20) {
    assert.ok(waited < ms, words())
    await sleep(20)
  }
}

test('nothing is acknowledged before it is stored: the broker has all of it back when the hub is gone', async () => {
  await queueOf('unstored', 5)
  let asked = 0
  const held = Promise.withResolvers<void>()
  const consumer = consume(broker.settingsFor('unstored', { prefetch: '3' }), async () => {
    asked += 1
    await held.promise
  })
  await until(
    () => asked === 3,
    () => `asked ${asked}`,
  )
  await sleep(100)
  assert.equal(asked, 3, 'the prefetch bounds what is in hand')
  lines.at(-1)?.destroy()
  held.reject(new Error('the process died'))
  await consumer.stop()
  await until(
    async () => (await readyIn('unstored')) === 5,
    () => 'all five are back',
  )
})

test('while the hub cannot store, the messages wait in hand and are tried again in steps, then each is acknowledged', async () => {
  await queueOf('outage', 40)
  let away = true
  let tries = 0
  const seen = new Set<string>()
  const consumer = consume(broker.settingsFor('outage', { prefetch: '10' }), async (message) => {
    tries += 1
    if (away) throw new Outage('database.unreachable', 'gone')
    assert.equal(message.headers.redelivered, 'false', 'no message had to be handed out twice')
    seen.add(message.dedupKey)
  })
  await until(
    () => tries >= 10,
    () => `tries ${tries}`,
  )
  await sleep(500)
  // 10 in hand, pauses of 20 to 200 ms: some ten rounds at most in half a second, where a loop would make thousands.
  assert.ok(tries <= 120, `${tries} tries`)
  assert.ok(
    consumer.states.some((state) => state.startsWith('open rabbitmq.not_stored: database.unreachable')),
  )
  away = false
  await until(
    () => seen.size === 40,
    () => `${seen.size} stored`,
  )
  await consumer.stop()
  assert.equal(await readyIn('outage'), 0)
  assert.ok(consumer.states.includes('open'), consumer.states.join('\n'))
})

test('a body that nobody can read is handed to the inbox and acknowledged, once', async () => {
  await queueOf('garbage', 0)
  const channel = await client.createConfirmChannel()
  channel.sendToQueue('garbage', Buffer.from('<<<'), { persistent: true })
  await channel.waitForConfirms()
  const topics: string[] = []
  const consumer = consume(broker.settingsFor('garbage'), async ({ topic }) => void topics.push(topic))
  await until(
    async () => topics.length === 1 && (await readyIn('garbage')) === 0,
    () => topics.join(),
  )
  await sleep(100)
  await consumer.stop()
  assert.deepEqual(topics, ['unreadable'])
})

test('the count of deaths and the redelivery mark come with the message', async () => {
  const channel = await client.createConfirmChannel()
  await channel.assertQueue('work', { deadLetterExchange: '', deadLetterRoutingKey: 'work.dead' })
  await channel.assertQueue('work.dead', {})
  channel.sendToQueue('work', Buffer.from(JSON.stringify(orderDocument('D1'))))
  await channel.waitForConfirms()
  const one = await channel.get('work')
  assert.ok(one)
  channel.nack(one, false, false)
  await until(
    async () => (await readyIn('work.dead')) === 1,
    () => 'dead-lettered',
  )
  const heard: FetchedMessage[] = []
  const consumer = consume(broker.settingsFor('work.dead'), async (message) => void heard.push(message))
  await until(
    () => heard.length === 1,
    () => 'one message',
  )
  await consumer.stop()
  const deaths = JSON.parse(heard[0]?.headers['x-death'] ?? '[]') as { reason: string; queue: string }[]
  assert.deepEqual([deaths[0]?.reason, deaths[0]?.queue], ['rejected', 'work'])
})

test('a queue that is missing, a wrong password, a closed virtual host and a queue one may not read are told apart', async () => {
  await queueOf('theirs', 0)
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [broker.settingsFor('nowhere'), 'rabbitmq.queue_missing'],
    [broker.settingsFor('theirs', { password: 'wrong-password' }), 'rabbitmq.credentials'],
    [broker.settingsFor('theirs', { vhostName: 'absent' }), 'rabbitmq.vhost'],
    [broker.settingsFor('theirs', { vhostName: 'closed' }), 'rabbitmq.vhost'],
    [broker.settingsFor('theirs', STRANGER), 'rabbitmq.access_refused'],
  ]
  for (const [settings, code] of cases) {
    const consumer = consume(settings, async () => assert.fail('nothing to take'))
    await until(
      () => consumer.states.some((state) => state.startsWith(`closed ${code}: `)),
      () => `${code}: ${consumer.states}`,
    )
    await consumer.stop()
    assert.ok(!consumer.states.join().includes(settings.password ?? ''), 'no secret in a state')
    // A passive declare needs no permission, so that the depth stays visible to who may not read.
    const looked = await calls(settings, deps()).queueDepth?.()
    const expected = code === 'rabbitmq.access_refused' ? 'seen' : code
    assert.equal(looked?.ok === false ? looked.refusal.code : 'seen', expected)
  }
})

const deps = () => ({
  http: async () => assert.fail('no HTTP here'),
  openTcp,
  clock: systemClock,
  random: seededRandom(1),
})

test('a queue that is deleted under the consumer is told, and consuming goes on once it is there again', async () => {
  await queueOf('moved', 0)
  const heard: string[] = []
  const consumer = consume(broker.settingsFor('moved'), async ({ orderNo }) => void heard.push(orderNo ?? ''))
  await until(
    () => consumer.states.includes('open'),
    () => consumer.states.join(),
  )
  const channel = await client.createChannel()
  await channel.deleteQueue('moved')
  await until(
    () => consumer.states.some((state) => state.includes('rabbitmq.consumer_cancelled')),
    () => consumer.states.join(),
  )
  await queueOf('moved', 1)
  await until(
    () => heard.length === 1,
    () => consumer.states.join(),
  )
  await consumer.stop()
  assert.equal(await readyIn('moved'), 0)
})

test('depth is read without taking a message, the dead-letter queue with it', async () => {
  await queueOf('deep', 7)
  await queueOf('deep.dead', 2)
  const looked = await calls(
    broker.settingsFor('deep', { deadLetterQueue: 'deep.dead' }),
    deps(),
  ).queueDepth?.()
  assert.deepEqual(looked, { ok: true, value: { ready: 7, deadLetters: 2 } })
  const alone = await calls(broker.settingsFor('deep'), deps()).test()
  assert.deepEqual(alone, { ok: true, value: { words: 'queue deep: 7 ready' } })
  const nowhere = calls({ ...broker.settingsFor('deep'), port: '1' }, deps()).queueDepth
  await assert.rejects(
    async () => await nowhere?.(),
    (error) => error instanceof Outage && error.code === 'http.unreachable',
  )
  assert.equal(await readyIn('deep'), 7)
})

test('an address of the inner network is refused before anything is sent', async () => {
  const guarded = { ...deps(), openTcp: openTcpTo({ allowLoopback: false, allowPrivate: false }) }
  const { queueDepth } = calls(broker.settingsFor('deep'), guarded)
  await assert.rejects(
    async () => await queueDepth?.(),
    (error) => error instanceof Outage && error.code === 'http.forbidden_address',
  )
})
