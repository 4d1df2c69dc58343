import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CarrierBook, CarrierDesk, DeskTerms } from '../carriers/book.ts'
import type { ParcelEvent, ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps } from '../platform.ts'
import { carrierPusher, type Outgoing, type Pusher } from './carrier-pusher.ts'
import { beijingText } from './carrier-server.ts'

// What the four franchise carriers (中通, 圆通, 韵达, 申通) have in common as servers: a desk in the book, a branch with a stock of numbers,
// raw bodies in, JSON out, pushes of one event each. How each signs and speaks stands in its own file.

export type RawCall = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export type RawAnswer = { readonly status?: number; readonly contentType?: string; readonly body: unknown }

export type RawServer = { readonly origin: string; readonly close: () => Promise<void> }

/** A real HTTP server on a free loopback port that hands over each body as it came. A text goes out as it is, the rest as JSON. */
export async function rawServer(answer: (call: RawCall) => RawAnswer): Promise<RawServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = new URL(request.url ?? '/', 'http://loopback').pathname
      const { status, contentType, body } = answer({
        path,
        headers: request.headers,
        body: Buffer.concat(parts).toString('utf8'),
      })
      response.writeHead(status ?? 200, { 'content-type': contentType ?? 'application/json; charset=utf-8' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
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

export type FranchiseOptions = {
  /** Numbers that its branch has in stock; 10,000 unless given. */
  readonly stock?: number
  /** Waits before a refused push comes again; the real ones are not documented. */
  readonly retryMs?: readonly number[]
}

export const BRANCH = 'SIMBRANCH'

/** The desk with its branch account, and one pusher for each address that is told. */
export function franchiseDesk(
  deps: SimDeps,
  book: CarrierBook,
  terms: DeskTerms,
  options: FranchiseOptions,
): { readonly desk: CarrierDesk; readonly pusher: Pusher } {
  const desk = book.open(terms)
  const carrier = terms.carriers[0] ?? ''
  desk.openAccount({ account: BRANCH, carrier, left: options.stock ?? 10_000 })
  return { desk, pusher: carrierPusher(deps, options.retryMs ?? [300, 300, 300]) }
}

/** Pushes every event of the desk that the carrier has a word for. */
export function pushEvents(
  { desk, pusher, deps }: { readonly desk: CarrierDesk; readonly pusher: Pusher; readonly deps?: SimDeps },
  words: Readonly<Partial<Record<ParcelEventKind, string>>>,
  message: (event: PushedEvent) => Outgoing,
): void {
  desk.onPush(({ event, parcel }) => {
    const code = words[event.kind]
    if (code === undefined) return
    const isStrange =
      deps !== undefined && deps.faults.unknownCode > 0 && deps.random.next() < deps.faults.unknownCode
    const told = toldTime(desk, event, deps)
    const pushed = message({
      id: event.id,
      number: event.trackingNo,
      reference: parcel.reference,
      // A new word for what was always told by another one.
      code: isStrange ? `SIM_${code}` : code,
      time: beijingText(told),
      city: event.place.name,
      words: event.words,
    })
    pusher.send(() => pushed)
  })
}

/** Beijing's clock shows eight hours more than the one that a wrongly set counter goes by. */
const BEHIND_HOURS = 8

function toldTime(desk: CarrierDesk, event: ParcelEvent, deps?: SimDeps): Temporal.Instant {
  const chance = deps?.faults.wrongZone ?? 0
  if (deps === undefined || chance === 0 || deps.random.next() >= chance) return event.at
  const told = event.at.subtract({ hours: BEHIND_HOURS })
  desk.misdate(event, told)
  return told
}

export type PushedEvent = {
  readonly id: string
  readonly number: string
  readonly reference: string
  readonly code: string
  /** Beijing's clock. */
  readonly time: string
  readonly city: string
  readonly words: string
}

export function parsed(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

export function field(value: unknown, ...path: readonly string[]): string {
  let here: unknown = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return ''
    here = (here as Record<string, unknown>)[key]
  }
  return typeof here === 'string' || typeof here === 'number' ? String(here) : ''
}

/** A sort code as labels carry it, the same for the same place. */
export function sortCodeOf(city: string): string {
  const sum = [...city].reduce((total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) % 900, 7)
  return `${sum + 100}-${String((sum * 7) % 100).padStart(2, '0')} ${String((sum * 13) % 1000).padStart(3, '0')}`
}
