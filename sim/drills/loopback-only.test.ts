import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import './loopback-only.ts'

test('a sandbox reaches this machine and nothing else, by address or by name', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    for (const host of ['127.0.0.1', 'localhost']) {
      const socket = connect({ port, host, family: 4 })
      await once(socket, 'connect')
      socket.destroy()
    }
    const away = [{ host: '192.0.2.1' }, { host: 'api-eu.dhl.com' }, { host: '2001:db8::1' }]
    for (const { host } of away) {
      const [error] = await once(connect({ port: 443, host }), 'error')
      assert.match(String(error), /outside this machine/)
    }
    const [error] = await once(connect(443, '192.0.2.1'), 'error')
    assert.match(String(error), /outside this machine/)
    await assert.rejects(fetch('http://198.51.100.7/'), ({ cause }: Error) =>
      /outside this machine/.test(String(cause)),
    )
  } finally {
    server.close()
  }
})
