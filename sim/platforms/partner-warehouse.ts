import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SimDeps, SimPlatform } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'

const KEY = 'simulated-partner-warehouse-key!'
const SECRET = `whsec_${Buffer.from(KEY).toString('base64')}`

export type PartnerVerdict = 'accepted' | 'refused' | 'too_late'
export type PartnerStatus = PartnerVerdict | 'returning' | 'back'
export type PartnerOptions = {
  /** What they make of an instruction; accepted unless given. */
  readonly decide?: (trackingNo: string) => PartnerVerdict
  /** How the goods come back by themselves after an accepted instruction; null: only when `report` says so. */
  readonly courseMs?: { readonly returning: number; readonly back: number } | null
  readonly retryMs?: readonly number[]
}
export type SimPartner = SimPlatform & {
  /** Instructions as they came, each once. */
  readonly instructions: () => readonly Instruction[]
  /** Tells the hub how an instruction stands now. */
  readonly report: (requestId: string, status: PartnerStatus, words?: string) => void
  /** The next answers do not leave the building: taken, but never heard of. */
  readonly loseAnswers: (times: number) => void
  /** The next instructions are lost on their way in. */
  readonly loseInstructions: (times: number) => void
}
export type Instruction = {
  readonly requestId: string
  readonly trackingNo: string
  readonly carrier: string
  readonly what: string
  readonly reason: string
  readonly status: PartnerStatus
}

const WORDS: Readonly<Record<PartnerStatus, string>> = {
  accepted: 'told the dock to hold it',
  refused: 'not one of our parcels',
  too_late: 'handed over to the last mile',
  returning: 'held at the dock, on its way back',
  back: 'received at dock 4',
}

/** A warehouse abroad that takes instructions to stop parcels, answers questions about them, and reports what became of each. */
export async function simPartnerWarehouse(deps: SimDeps, options: PartnerOptions = {}): Promise<SimPartner> {
  const { clock } = deps
  const { decide = () => 'accepted', courseMs = null } = options
  const pusher = carrierPusher(deps, options.retryMs ?? [100, 200, 400])
  const known = new Map<string, Instruction>()
  const timers = new Set<NodeJS.Timeout>()
  const lost = { answers: 0, instructions: 0 }
  let serial = 0

  const report = (requestId: string, status: PartnerStatus, words = WORDS[status]): void => {
    const one = known.get(requestId)
    if (one === undefined) return
    known.set(requestId, { ...one, status })
    serial += 1
    const id = `report_${requestId}_${serial}`
    const at = clock.now().toString({ timeZone: 'Europe/Berlin', smallestUnit: 'second' }).slice(0, 25)
    const data = { requestId, trackingNo: one.trackingNo, carrier: one.carrier, status, at, words }
    const body = JSON.stringify({ type: 'parcel.intercept.status', data })
    pusher.send(() => outgoing(id, body, Math.floor(clock.now().epochMilliseconds / 1_000)))
  }
  const later = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }
  const take = (data: Readonly<Record<string, unknown>>): Instruction => {
    const text = (name: string): string => String(data[name] ?? '')
    const former = known.get(text('requestId'))
    if (former !== undefined) return former
    const status = decide(text('trackingNo'))
    const one = {
      requestId: text('requestId'),
      trackingNo: text('trackingNo'),
      carrier: text('carrier'),
      what: text('what'),
      reason: text('reason'),
      status,
    }
    known.set(one.requestId, one)
    if (status === 'accepted' && courseMs !== null) {
      later(courseMs.returning, () => report(one.requestId, 'returning'))
      later(courseMs.back, () => report(one.requestId, 'back'))
    }
    return one
  }
  const answer = (type: unknown, data: Readonly<Record<string, unknown>>): [number, object] | null => {
    if (type === 'ping') return [200, {}]
    if (type === 'parcel.intercept.query') {
      const one = known.get(String(data.requestId ?? ''))
      return one === undefined ? [404, { status: 'unknown' }] : [200, saying(one)]
    }
    if (type !== 'parcel.intercept') return [400, { words: 'unknown type' }]
    if (lost.instructions > 0) {
      lost.instructions -= 1
      return null
    }
    const one = take(data)
    if (lost.answers > 0) {
      lost.answers -= 1
      return null
    }
    return [one.status === 'accepted' ? 202 : 200, saying(one)]
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      const header = (name: string): string => String(request.headers[name] ?? '')
      const [id, time] = [header('webhook-id'), header('webhook-timestamp')]
      const mac = createHmac('sha256', KEY).update(`${id}.${time}.`).update(body).digest('base64')
      const isOurs = same(header('webhook-signature'), `v1,${mac}`)
      const isFresh = Math.abs(clock.now().epochMilliseconds / 1_000 - Number(time)) <= 300
      const message = isOurs && isFresh ? parsed(body) : null
      const said =
        message === null ? ([401, { words: 'signature' }] as const) : answer(message.type, message.data)
      if (said === null) return void request.socket.destroy()
      response.writeHead(said[0], { 'content-type': 'application/json' }).end(JSON.stringify(said[1]))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    kind: 'partner-warehouse',
    settings: { url: `${origin}/intercepts`, query_url: `${origin}/intercepts/query`, secret: SECRET },
    pushTo: pusher.pushTo,
    instructions: () => [...known.values()],
    report,
    loseAnswers: (times) => {
      lost.answers = times
    },
    loseInstructions: (times) => {
      lost.instructions = times
    },
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      pusher.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function saying({ status }: Instruction): object {
  return { status, words: WORDS[status] }
}

function outgoing(id: string, body: string, seconds: number): Outgoing {
  const headersOf = (key: string): Readonly<Record<string, string>> => ({
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`,
  })
  return {
    headers: headersOf(KEY),
    body,
    acknowledges: (status, text) => status === 200 && text === '{"accepted":1}',
    forged: { headers: headersOf('guessed'), body },
  }
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function parsed(body: Buffer): { type: unknown; data: Record<string, unknown> } | null {
  try {
    const { type, data } = JSON.parse(body.toString('utf8')) as {
      type: unknown
      data: Record<string, unknown>
    }
    return { type, data: data ?? {} }
  } catch {
    return null
  }
}
