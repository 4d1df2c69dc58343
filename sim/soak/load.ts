import { connect, type Socket } from 'node:net'
import { sfRequest } from '../../bench/lib/sf-requests.ts'
import { shopifyRequest } from '../../bench/lib/shopify-requests.ts'
import { stationRequest } from '../../bench/lib/station-requests.ts'

/** Messages that follow an order, so many seconds apart: its waybill is printed, then seven scans; the last but one is the delivery. */
export const STEPS = 8
export const STEP_EVERY_SECONDS = 20
const SOCKETS = 32

export type Load = {
  readonly counts: () => {
    readonly sent: number
    readonly ok: number
    readonly orders: number
    readonly late: number
  }
  /** Orders whose last message was sent. */
  readonly finished: () => number
  /** Milliseconds from when a message was due to its acknowledgement, since it was last asked. */
  readonly takeLatencies: () => readonly number[]
  readonly stop: () => Promise<void>
}
/** The paths at which the hub takes messages. */
export type Target = {
  readonly port: number
  readonly shop: string
  readonly station: string
  readonly carrier: string
}

/**
 * Sends messages at a fixed rate, whatever the answers do: each order is created, then printed, then its parcel's scans follow one after the
 * other. A ninth of the rate are new orders from the first second (orders alone at first would come back as waves of scans and calls,
 * without an end), so the whole rate is reached when the first parcels are delivered, and then as many are delivered as orders come.
 */
export function startLoad(target: Target, perSecond: number, firstOrder: number): Load {
  const begin = performance.now()
  const life = openLives(target, firstOrder, { perSecond: perSecond / (STEPS + 1), sinceMs: begin })
  let next = 0
  let sent = 0
  let ok = 0
  let late = 0
  let latencies: number[] = []
  let open = true
  const run = async (): Promise<void> => {
    let line: Line | null = null
    while (open) {
      const dueAt = begin + (next / perSecond) * 1_000
      next += 1
      const wait = dueAt - performance.now()
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
      if (!open) break
      const message = life.next(performance.now())
      if (message === null) continue
      sent += 1
      if (performance.now() - dueAt > 5_000) late += 1
      try {
        line ??= await openLine(target.port)
        const status = await line.send(message)
        if (status === 200) ok += 1
      } catch {
        line?.end()
        line = null
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      latencies.push(performance.now() - dueAt)
    }
    line?.end()
  }
  const running = Array.from({ length: SOCKETS }, run)
  return {
    counts: () => ({ sent, ok, orders: life.orders(), late }),
    finished: life.finished,
    takeLatencies: () => {
      const taken = latencies
      latencies = []
      return taken
    },
    stop: async () => {
      open = false
      await Promise.all(running)
    },
  }
}

export type Pace = { readonly perSecond: number; readonly sinceMs: number }

/** Whose turn it is: a step that is due, the later ones first, or else a new order; none where the pace of orders has been kept. */
export function openLives(
  target: Omit<Target, 'port'>,
  firstOrder: number,
  pace: Pace = { perSecond: Number.POSITIVE_INFINITY, sinceMs: Number.NEGATIVE_INFINITY },
) {
  /** By step: the orders that wait for it, in the order in which they will be due. */
  const waiting: { order: number; dueMs: number }[][] = Array.from({ length: STEPS }, () => [])
  const heads = new Array<number>(STEPS).fill(0)
  let last = firstOrder
  let finished = 0
  const waitFor = (order: number, step: number, nowMs: number): void => {
    waiting[step]?.push({ order, dueMs: nowMs + STEP_EVERY_SECONDS * 1_000 })
  }
  const takeDue = (nowMs: number): { order: number; step: number } | null => {
    for (let step = STEPS - 1; step >= 0; step -= 1) {
      const line = waiting[step] ?? []
      const at = heads[step] ?? 0
      const head = line[at]
      if (head === undefined || head.dueMs > nowMs) continue
      heads[step] = at + 1
      if (at > 5_000) {
        waiting[step] = line.slice(at + 1)
        heads[step] = 0
      }
      return { order: head.order, step }
    }
    return null
  }
  return {
    orders: () => last - firstOrder,
    finished: () => finished,
    next: (nowMs: number): Buffer | null => {
      const due = takeDue(nowMs)
      if (due !== null) {
        const { order, step } = due
        if (step === STEPS - 1) finished += 1
        waitFor(order, step + 1, nowMs)
        return step === 0
          ? stationRequest(target.station, order, momentOf(step))
          : sfRequest(target.carrier, { parcel: order, scan: step - 1, at: momentOf(step) })
      }
      if (last - firstOrder >= ((nowMs - pace.sinceMs) / 1_000) * pace.perSecond) return null
      last += 1
      waitFor(last, 0, nowMs)
      return shopifyRequest(target.shop, last, `soak-${last}`, 'orders/create', momentOf(-1))
    },
  }
}

/** Of now, and one after the other though the steps of an order are sent at once. */
function momentOf(step: number): Temporal.Instant {
  return Temporal.Now.instant().subtract({ seconds: 3 * (STEPS - step) })
}

type Line = { readonly send: (request: Buffer) => Promise<number>; readonly end: () => void }

/** A connection that is kept open; one request at a time. Answers the status. */
function openLine(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    let answered: { resolve: (status: number) => void; reject: (error: Error) => void } | null = null
    let isOver = false
    const fail = (error: Error): void => {
      isOver = true
      reject(error)
      answered?.reject(error)
      answered = null
    }
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('the line was closed')))
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer within 30 s')))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (text.length < headEnd + 4 + length) return
      const status = Number(text.slice(9, 12))
      text = ''
      answered?.resolve(status)
      answered = null
    })
    socket.once('connect', () =>
      resolve({
        send: (request) =>
          new Promise((done, failed) => {
            // Nothing more would be heard of it.
            if (isOver) return failed(new Error('the line was closed'))
            answered = { resolve: done, reject: failed }
            socket.write(request)
          }),
        end: () => socket.destroy(),
      }),
    )
  })
}
