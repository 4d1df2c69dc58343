import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '#domain/connector.ts'
import type { Book } from './book.ts'
import { sha256 } from './ledger.ts'

const KEY = Buffer.from('chaos-webhook-receiver-key-of-32')

export const NOTICE_SECRET: Settings = { secret: `whsec_${KEY.toString('base64')}` }

/** Who gets the alarms: a receiver of Standard Webhooks that writes every notice into the book before it answers. */
export async function openNoticeReceiver(
  book: Book,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('error', () => undefined)
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': given } = request.headers
      const wanted = `v1,${createHmac('sha256', KEY).update(`${id}.${at}.${body}`).digest('base64')}`
      const isSigned = String(given ?? '')
        .split(' ')
        .some((one) => one.length === wanted.length && timingSafeEqual(Buffer.from(one), Buffer.from(wanted)))
      if (isSigned) book.write({ t: 'notice', id: String(id), sha: sha256(body), body, answered: true })
      response.writeHead(isSigned ? 204 : 401)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
