// The machine's limit for a locking API: node:http alone, which reads the same JSON and answers as much of it.
import { createServer } from 'node:http'

const ANSWER = JSON.stringify({
  done: 1,
  refused: 0,
  results: [{ key: 'k'.repeat(24), hold: 'h'.repeat(420) }],
})
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { orders: unknown[] }
    response.writeHead(body.orders.length > 0 ? 200 : 400, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(ANSWER),
    })
    response.end(ANSWER)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`)
})
process.once('SIGTERM', () => server.close(() => process.exit(0)))
