import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLives, STEP_EVERY_SECONDS, STEPS, startLoad } from './load.ts'

const PATHS = { shop: '/in/shop', station: '/in/station', carrier: '/in/carrier' }

test('new orders are a ninth of the rate from the first second, so that steps do not come in waves', () => {
  const life = openLives(PATHS, 0, { perSecond: 10, sinceMs: 0 })
  const bySecond: number[] = []
  const settled = STEPS * STEP_EVERY_SECONDS + 20
  for (let second = 1; second <= settled; second += 1) {
    let messages = 0
    while (life.next(second * 1_000) !== null) messages += 1
    bySecond.push(messages)
    assert.equal(life.orders(), second * 10)
  }
  assert.deepEqual(bySecond.slice(0, STEP_EVERY_SECONDS), new Array<number>(STEP_EVERY_SECONDS).fill(10))
  assert.deepEqual(new Set(bySecond.slice(STEPS * STEP_EVERY_SECONDS)), new Set([10 * (STEPS + 1)]))
})

test('a line that the other side ended between two messages is opened anew, and the end waits for none of them', async () => {
  const server = createServer((request, response) => {
    request.resume()
    response.end('{}', () => setTimeout(() => request.socket.destroy(), 2))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const load = startLoad({ port, ...PATHS }, 1_800, 0)
  for (let waited = 0; load.counts().ok <= 32 && waited < 20_000; waited += 50) await sleep(50)
  const ended = await Promise.race([load.stop().then(() => true), sleep(2_000, false)])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  assert.equal(ended, true)
  assert.ok(load.counts().ok > 32, `${load.counts().ok} were answered`)
})
