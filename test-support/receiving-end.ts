import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Claim } from '#domain/claim.ts'
import type { Connector, Receipt, Settings, StoredMessage } from '#domain/connector.ts'
import { connectionId } from '#kernel/id.ts'

export type ReceivingEnd = {
  readonly url: string
  /** Messages taken in, without their duplicates. */
  readonly stored: readonly StoredMessage[]
  readonly duplicates: () => number
  readonly refusals: readonly string[]
  /** All claims of all stored messages, each once, as JSON in a stable order. */
  readonly claims: () => readonly Claim[]
  /** The next answers say "send it again", as a hub without its database would. */
  readonly failNext: (times: number) => void
  readonly close: () => Promise<void>
}

/** A hub reduced to one connection: a real HTTP server that verifies, de-duplicates and answers as the connector says. */
export async function receivingEnd(connector: Connector, settings: Settings): Promise<ReceivingEnd> {
  const stored: StoredMessage[] = []
  const seen = new Set<string>()
  const refusals: string[] = []
  let duplicates = 0
  let failing = 0

  const take = (receipt: Receipt, headers: Readonly<Record<string, string>>, body: Uint8Array): void => {
    if (receipt.verdict === 'rejected') refusals.push(receipt.refusal.code)
    if (receipt.verdict !== 'accepted') return
    if (seen.has(receipt.dedupKey)) duplicates += 1
    else
      stored.push({
        connection: connectionId('test'),
        topic: receipt.topic,
        headers,
        body,
        receivedAt: Temporal.Now.instant(),
      })
    seen.add(receipt.dedupKey)
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = new Uint8Array(Buffer.concat(parts))
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const url = new URL(request.url ?? '/', 'http://loopback')
      const inbound = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.search.slice(1),
        headers,
        body,
      }
      failing -= 1
      const receipt = connector.receive?.(inbound, settings, Temporal.Now.instant())
      const reply = failing >= 0 || receipt === undefined ? connector.retryReply : receipt.reply
      if (failing < 0 && receipt !== undefined) take(receipt, headers, body)
      response.writeHead(reply.status, { 'content-type': reply.contentType })
      response.end(reply.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback/secret-token`,
    stored,
    duplicates: () => duplicates,
    refusals,
    claims: () => distinctClaims(stored, connector, settings),
    failNext: (times) => {
      failing = times
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function distinctClaims(
  stored: readonly StoredMessage[],
  connector: Connector,
  settings: Settings,
): readonly Claim[] {
  const byText = new Map<string, Claim>()
  for (const message of stored) {
    const reading = connector.read(message, settings)
    if (!reading.ok) throw new Error(`parked: ${reading.refusal.code} ${reading.refusal.detail}`)
    for (const claim of reading.value.claims) byText.set(JSON.stringify(claim), claim)
  }
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim)
}
