import { connect, type Socket } from 'node:net'
import { sfRequest } from '../../bench/lib/sf-requests.ts'
import { shopifyRequest } from '../../bench/lib/shopify-requests.ts'

/** Scans of a parcel after its order, so many seconds apart; the last but one is the delivery. */
export const SCANS = 7
export const SCAN_EVERY_SECONDS = 20
const SOCKETS = 32

export type Load = {
  readonly counts: () => {
    readonly sent: number
    readonly ok: number
    readonly orders: number
    readonly late: number
  }
  /** Milliseconds from when a message was due to its acknowledgement, since it was last asked. */
  readonly takeLatencies: () => readonly number[]
  readonly stop: () => Promise<void>
}
export type Target = { readonly port: number; readonly shop: string; readonly carrier: string }

/**
 * Sends messages at a fixed rate, whatever the answers do: each order is created, then its parcel's scans follow one after the other. So
 * after two minutes and a half an eighth of all messages are new orders, and as many parcels are delivered as orders come.
 */
export function startLoad(target: Target, perSecond: number, firstOrder: number): Load {
  const life = openLives(target, firstOrder)
  const begin = performance.now()
  let next = 0
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
      if (performance.now() - dueAt > 5_000) late += 1
      try {
        line ??= await openLine(target.port)
        const status = await line.send(life.next(performance.now()))
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
    counts: () => ({ sent: next, ok, orders: life.orders(), late }),
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

/** Whose turn it is: a scan that is due, the longest awaited first, or else a new order. */
export function openLives(target: Pick<Target, 'shop' | 'carrier'>, firstOrder: number) {
  /** By scan: the parcels that wait for it, in the order in which they will be due. */
  const waiting: { parcel: number; dueMs: number }[][] = Array.from({ length: SCANS }, () => [])
  const heads = new Array<number>(SCANS).fill(0)
  let order = firstOrder
  const after = (parcel: number, scan: number, nowMs: number): void => {
    waiting[scan]?.push({ parcel, dueMs: nowMs + SCAN_EVERY_SECONDS * 1_000 })
  }
  const takeScan = (nowMs: number): { parcel: number; scan: number } | null => {
    for (let scan = SCANS - 1; scan >= 0; scan -= 1) {
      const line = waiting[scan] ?? []
      const at = heads[scan] ?? 0
      const head = line[at]
      if (head === undefined || head.dueMs > nowMs) continue
      heads[scan] = at + 1
      if (at > 5_000) {
        waiting[scan] = line.slice(at + 1)
        heads[scan] = 0
      }
      return { parcel: head.parcel, scan }
    }
    return null
  }
  return {
    orders: () => order - firstOrder,
    next: (nowMs: number): Buffer => {
      const due = takeScan(nowMs)
      if (due !== null) {
        if (due.scan + 1 < SCANS) after(due.parcel, due.scan + 1, nowMs)
        return sfRequest(target.carrier, due)
      }
      order += 1
      after(order, 0, nowMs)
      return shopifyRequest(target.shop, order, `soak-${order}`)
    },
  }
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
