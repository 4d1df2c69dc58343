// The machine's limit for receiving: node:http alone with the same HMAC check over the same bodies.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { SECRET } from './shopify-requests.ts'

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const given = Buffer.from(String(request.headers['x-shopify-hmac-sha256']), 'base64')
    const wanted = createHmac('sha256', SECRET).update(Buffer.concat(chunks)).digest()
    const ok = given.length === wanted.length && timingSafeEqual(given, wanted)
    response.writeHead(ok ? 200 : 401, { 'content-type': 'text/plain', 'content-length': 2 })
    response.end('ok')
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`)
})
process.once('SIGTERM', () => server.close(() => process.exit(0)))
