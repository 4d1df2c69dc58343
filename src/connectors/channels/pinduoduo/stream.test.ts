import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FetchedMessage } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { openSockets } from '#platform/http-client/open-socket.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { contractFixtures, frame } from './fixtures/index.ts'
import { stream, type Timing } from './stream.ts'

const PATIENT: Timing = { heartbeat: 20, silence: 30_000, firstPause: 10, longestPause: 40 }
const QUICK: Timing = { ...PATIENT, silence: 120 }

type Line = { readonly socket: WebSocket; readonly heard: string[] }

/** A message server that says only what the test tells it to. */
async function lineTo(
  sink: (message: FetchedMessage) => Promise<void>,
  extra: Record<string, string> = {},
  timing = PATIENT,
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const lines: Line[] = []
  const arrivals: ((line: Line) => void)[] = []
  server.on('connection', (socket) => {
    const line: Line = { socket, heard: [] }
    socket.on('message', (data) => line.heard.push(data.toString()))
    lines.push(line)
    arrivals.shift()?.(line)
  })
  const abort = new AbortController()
  const states: string[] = []
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const next = (): Promise<Line> => new Promise((resolve) => arrivals.push(resolve))
  const first = next()
  const http = async () => assert.fail('the stream makes no API call')
  const onState = (state: string, words: string): void => void states.push(`${state} ${words}`)
  const deps = {
    http,
    clock: systemClock,
    random: seededRandom(1),
    openTcp: noTcp,
    openSocket: openSockets({ allowLoopback: true, allowPrivate: false }),
    sink,
    signal: abort.signal,
    onState,
  }
  const running = stream({ ...contractFixtures.settings, messageBase: address, ...extra }, deps, timing)
  const close = async (): Promise<void> => {
    abort.abort()
    await running
    server.close()
  }
  return { line: await first, next, states, close, lines }
}

const TID = '{"mall_id":987654321012345678,"tid":"260211-1"}'
const acks = ({ heard }: Line): string[] => heard.filter((text) => text.includes('"Ack"'))
/** Long enough for an answer that must not come. */
const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60))
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(holds())
}

test('the Ack follows the durable copy, never before it, with the digits that came', async () => {
  const durable = Promise.withResolvers<void>()
  const { line, close } = await lineTo(() => durable.promise)
  line.socket.send(frame('pdd_trade_TradeConfirmed', TID, '6912345678901234567'))
  await aMoment()
  assert.deepEqual(acks(line), [])
  durable.resolve()
  await until(() => acks(line).length > 0)
  const [ack] = acks(line)
  assert.match(ack ?? '', /"id":6912345678901234567,/)
  assert.match(ack ?? '', /"sendTime":1770772481000,/)
  assert.match(ack ?? '', /"type":"pdd_trade_TradeConfirmed","mallID":987654321012345678}$/)
  assert.ok(line.heard.some((text) => text.includes('HeartBeat')))
  await close()
})

test('what cannot be read is counted and not acknowledged; what cannot be stored neither', async () => {
  const { line, states, close } = await lineTo(async () => assert.fail('no database'))
  line.socket.send('{"id":1,"commandType":"Common","message":')
  line.socket.send('{"id":2,"commandType":"Common"}')
  line.socket.send(frame('pdd_trade_TradeConfirmed', TID))
  await until(() => states.includes('open 1 messages could not be stored, not acknowledged'))
  assert.ok(states.includes('open 2 unreadable frames, not acknowledged'))
  await aMoment()
  assert.deepEqual(acks(line), [])
  await close()
})

test("another shop's message is left for that shop's connection", async () => {
  const stored: FetchedMessage[] = []
  const keep = async (message: FetchedMessage): Promise<void> => void stored.push(message)
  const { line, close } = await lineTo(keep, { mallId: '111' })
  line.socket.send(frame('pdd_trade_TradeConfirmed', TID))
  line.socket.send(
    frame('pdd_trade_TradeConfirmed', TID).replace('"mallID":987654321012345678', '"mallID":111'),
  )
  await until(() => acks(line).length === 1)
  assert.equal(stored.length, 1)
  await close()
})

test('a silent server is given up, and the line is taken up again', async () => {
  const { line, next, states, close } = await lineTo(async () => undefined, {}, QUICK)
  const again = await next()
  assert.notEqual(again.socket, line.socket)
  assert.ok(states.some((text) => text.startsWith('closed no frame for')))
  await close()
})

test('a frame over 1 MiB ends the connection unread', async () => {
  const { line, next, close } = await lineTo(async () => assert.fail('must not be read'))
  const again = next()
  line.socket.send(frame('pdd_trade_TradeConfirmed', `{"tid":"${'9'.repeat(1_100_000)}"}`))
  await again
  await close()
})

test('stopping waits for what is being stored and still acknowledges it', async () => {
  const durable = Promise.withResolvers<void>()
  const { line, close } = await lineTo(() => durable.promise)
  line.socket.send(frame('pdd_trade_TradeConfirmed', TID))
  await aMoment()
  const closing = close()
  durable.resolve()
  await closing
  await until(() => acks(line).length === 1)
})

test('an address of the inner network is not connected to, by name or by number', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', () => assert.fail('connected'))
  const { port } = server.address() as AddressInfo
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
    const abort = new AbortController()
    const states: string[] = []
    const deps = {
      http: async () => assert.fail('the stream makes no API call'),
      clock: systemClock,
      random: seededRandom(1),
      openTcp: noTcp,
      openSocket: openSockets({ allowLoopback: false, allowPrivate: false }),
      sink: async () => undefined,
      signal: abort.signal,
      onState: (state: string, words: string): void => {
        states.push(`${state} ${words}`)
        if (state === 'closed') abort.abort()
      },
    }
    await stream({ ...contractFixtures.settings, messageBase: `ws://${host}:${port}` }, deps, PATIENT)
    assert.match(states[1] ?? '', /^closed connection failed: http\.forbidden_address; again/, host)
  }
  server.close()
})
