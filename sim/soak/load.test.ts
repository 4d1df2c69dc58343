import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLoad } from './load.ts'

test('a line that the other side ended between two messages is opened anew, and the end waits for none of them', async () => {
  const server = createServer((request, response) => {
    request.resume()
    response.end('{}', () => setTimeout(() => request.socket.destroy(), 2))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const load = startLoad({ port, shop: '/in/shop', carrier: '/in/carrier' }, 200, 0)
  await sleep(600)
  const ended = await Promise.race([load.stop().then(() => true), sleep(2_000, false)])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  assert.equal(ended, true)
  assert.ok(load.counts().ok > 32, `${load.counts().ok} were answered`)
})
