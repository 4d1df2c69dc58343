import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '#domain/connector.ts'
import {
  type CarrierBook,
  type CarrierDesk,
  carrierBook,
  type DeskPush,
  type DeskTerms,
} from '../carriers/book.ts'
import type { ParcelEvent } from '../carriers/events.ts'
import type { SimDeps, SimPlatform } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'

/** One call to a carrier's API, as it came. */
export type DeskCall = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export type DeskAnswer = { readonly status: number; readonly json: unknown }

/** How one carrier speaks: its answers to calls, and its pushes. */
export type DeskWire = {
  readonly terms: DeskTerms
  readonly account: string
  readonly settings: (origin: string) => Settings
  readonly answer: (call: DeskCall, desk: CarrierDesk) => DeskAnswer
  readonly pushOf: (push: DeskPush) => Outgoing
}
export type DeskOptions = {
  /** The world's book of parcels; one of its own unless given. */
  readonly book?: CarrierBook
  readonly retryMs?: readonly number[]
}
export type DeskPlatform = SimPlatform & {
  readonly account: Settings
  readonly desk: CarrierDesk
  readonly book: CarrierBook
}

/** A carrier on a real server over the book: what it is asked it answers from there, what happens there it pushes. */
export async function deskPlatform(
  deps: SimDeps,
  wire: DeskWire,
  options: DeskOptions,
): Promise<DeskPlatform> {
  const pusher = carrierPusher(deps, options.retryMs ?? [200, 500, 1_000])
  const book = options.book ?? carrierBook(deps)
  const desk = book.open(wire.terms)
  for (const carrier of wire.terms.mint === undefined ? [] : wire.terms.carriers)
    desk.openAccount({ account: wire.account, carrier, left: null })
  let told = false
  desk.onPush((push) => {
    // Whoever subscribed said where to; the world may have said it before.
    if (!told && push.callbackUrl !== null) pusher.pushTo(push.callbackUrl)
    pusher.send(() => wire.pushOf(push))
  })
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      const { status, json } = wire.answer(
        {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: Buffer.concat(parts).toString('utf8'),
        },
        desk,
      )
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify(json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    kind: wire.terms.kind,
    settings: wire.settings(`http://127.0.0.1:${port}`),
    account: {},
    desk,
    book,
    pushTo: (url) => {
      told = true
      pusher.pushTo(url)
    },
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      pusher.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

export function jsonOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Bearer tokens of an hour, for the client that is known. */
export function tokenDesk(
  { clock, random }: SimDeps,
  client: { readonly id: string; readonly secret: string },
) {
  const tokens = new Map<string, Temporal.Instant>()
  return {
    issue: (id: string | null, secret: string | null): { token: string; seconds: number } | null => {
      if (id !== client.id || secret !== client.secret) return null
      const token = Buffer.from(random.bytes(16)).toString('hex')
      tokens.set(token, clock.now().add({ seconds: 3_600 }))
      return { token, seconds: 3_600 }
    },
    isLive: (authorization: string | undefined): boolean => {
      const until = tokens.get((authorization ?? '').replace(/^Bearer /, ''))
      return until !== undefined && Temporal.Instant.compare(clock.now(), until) < 0
    },
  }
}

/** The clock at the event's place, `2026-02-11T18:44:22`, and its offset. */
export function localClock(event: ParcelEvent): { readonly clock: string; readonly offset: string } {
  const there = event.at.toZonedDateTimeISO(event.place.zone)
  return { clock: there.toPlainDateTime().toString({ smallestUnit: 'second' }), offset: there.offset }
}

/** What every sender of plain statuses takes for an acknowledgement. */
export function isTaken(status: number): boolean {
  return status >= 200 && status <= 299
}
