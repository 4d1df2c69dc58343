import { request } from 'node:http'
import type { SimDeps } from '../platform.ts'

/** One message on its way to the hub, complete with headers and signature. */
export type Outgoing = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether an answer is exactly the acknowledgement that the platform's document demands. */
  readonly acknowledges: (status: number, body: string) => boolean
  /** The same message as an impostor would send it, once, ahead of the real one; absent where nothing is signed. */
  readonly forged?: { readonly headers: Readonly<Record<string, string>>; readonly body: string }
}

export type Pusher = {
  readonly pushTo: (url: string) => void
  /** Queues a message; `fresh` makes each attempt anew, for senders that sign the time of sending. */
  readonly send: (fresh: () => Outgoing) => void
  readonly settled: () => Promise<void>
  readonly counts: () => { readonly acknowledged: number; readonly refused: number; readonly sent: number }
  readonly close: () => void
}

type Queued = { readonly fresh: () => Outgoing; readonly once: boolean }

/**
 * Sends messages one after the other over real sockets, with the faults of `deps`: a dropped attempt is lost on the way, a
 * delayed one arrives after its successors. What is not acknowledged is sent again after each of `retryMs`, then given up.
 */
export function carrierPusher(deps: SimDeps, retryMs: readonly number[]): Pusher {
  const { random, faults } = deps
  const counts = { acknowledged: 0, refused: 0, sent: 0 }
  const queue: Queued[] = []
  const timers = new Set<NodeJS.Timeout>()
  const waiting: (() => void)[] = []
  let url: string | null = null
  let busy = false
  let closed = false
  /** Messages neither acknowledged nor given up. */
  let open = 0

  const happens = (probability: number): boolean => probability > 0 && random.next() < probability
  const later = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }
  const wake = (): void => {
    if (open === 0 || url === null || closed) for (const resolve of waiting.splice(0)) resolve()
  }
  const finished = (): void => {
    open -= 1
    wake()
  }
  const enqueue = (item: Queued): void => {
    if (happens(faults.reorder) && queue.length > 0) queue.splice(queue.length - 1, 0, item)
    else queue.push(item)
    void drain()
  }
  const attempt = async (item: Queued, tries: number): Promise<void> => {
    const message = item.fresh()
    counts.sent += 1
    const answer =
      url === null || happens(faults.drop) ? null : await post(url, message.headers, message.body)
    if (answer !== null && message.acknowledges(answer.status, answer.body)) {
      counts.acknowledged += 1
      return finished()
    }
    if (answer !== null) counts.refused += 1
    const wait = item.once ? undefined : retryMs[tries]
    if (wait === undefined || closed) return finished()
    later(wait, () => void attempt(item, tries + 1))
  }
  const drain = async (): Promise<void> => {
    if (busy || url === null) return
    busy = true
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await attempt(item, 0)
    busy = false
  }

  return {
    pushTo: (to) => {
      url = to
      void drain()
    },
    send: (fresh) => {
      if (closed) return
      const forged = happens(faults.forge) ? fresh().forged : undefined
      if (forged !== undefined) {
        open += 1
        enqueue({ once: true, fresh: () => ({ ...forged, acknowledges: fresh().acknowledges }) })
      }
      const copies = happens(faults.duplicate) ? 2 : 1
      open += copies
      for (let copy = 0; copy < copies; copy += 1) {
        if (happens(faults.delay))
          later(random.next() * faults.delayMs, () => enqueue({ fresh, once: false }))
        else enqueue({ fresh, once: false })
      }
    },
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        wake()
      }),
    counts: () => ({ ...counts }),
    close: () => {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      queue.length = 0
      wake()
    },
  }
}

/** Null where nobody answered. */
function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ readonly status: number; readonly body: string } | null> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body, 'utf8')
    const outgoing = request(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': String(bytes.length) }, timeout: 10_000 },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
        )
        response.on('error', () => resolve(null))
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 10 s')))
    outgoing.on('error', () => resolve(null))
    outgoing.end(bytes)
  })
}
