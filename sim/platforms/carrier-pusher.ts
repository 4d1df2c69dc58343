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

type Queued = { readonly id: string; readonly fresh: () => Outgoing; readonly once: boolean }

/**
 * Sends messages one after the other (or `deps.pushesAtOnce` at a time) over real sockets, with the faults of `deps`: a dropped attempt is lost on the way, a
 * delayed one arrives after its successors. What is not acknowledged is sent again after each of `retryMs`, then given up.
 */
export function carrierPusher(deps: SimDeps, retryMs: readonly number[]): Pusher {
  return deps.post === undefined ? socketPusher(deps, retryMs) : postedBy(deps.post)
}

/** The post office delivers, and sends again what is not acknowledged. */
function postedBy(post: NonNullable<SimDeps['post']>): Pusher {
  let url: string | null = null
  let sent = 0
  return {
    pushTo: (to) => {
      url = to
    },
    send: (fresh) => {
      sent += 1
      post(() => url, fresh)
    },
    settled: async () => undefined,
    counts: () => ({ acknowledged: 0, refused: 0, sent }),
    close: () => undefined,
  }
}

function socketPusher(
  { random, faults, ledger, pushesAtOnce: atOnce = 1 }: SimDeps,
  retryMs: readonly number[],
): Pusher {
  const counts = { acknowledged: 0, refused: 0, sent: 0 }
  const queue: Queued[] = []
  const timers = timerSet()
  const state: State = { url: null, busy: 0, closed: false, open: 0, waiting: [] }
  const happens = (probability: number): boolean => probability > 0 && random.next() < probability

  const attempt = async (item: Queued, tries: number): Promise<void> => {
    const message = item.fresh()
    counts.sent += 1
    // An impostor tries once, and is not lost on the way.
    const lost = state.url === null || (!item.once && happens(faults.drop))
    const answer = lost ? null : await post(state.url ?? '', message.headers, message.body)
    const isAcknowledged = answer !== null && message.acknowledges(answer.status, answer.body)
    ledger?.answered(item.id, {
      body: message.body,
      forged: item.once,
      status: answer?.status ?? null,
      acknowledged: isAcknowledged,
    })
    if (isAcknowledged) counts.acknowledged += 1
    else if (answer !== null) counts.refused += 1
    const wait = isAcknowledged || item.once || state.closed ? undefined : retryMs[tries]
    if (wait !== undefined) return timers.later(wait, () => void attempt(item, tries + 1))
    state.open -= 1
    wake(state)
  }
  const drain = async (): Promise<void> => {
    if (state.busy >= atOnce || state.url === null) return
    state.busy += 1
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await attempt(item, 0)
    state.busy -= 1
  }
  const enqueue = (item: Queued): void => {
    const ahead = happens(faults.reorder) ? 1 : 0
    queue.splice(Math.max(0, queue.length - ahead), 0, item)
    void drain()
  }
  const send = (fresh: () => Outgoing): void => {
    if (state.closed) return
    const id = ledger?.queued(fresh()) ?? ''
    const forged = happens(faults.forge) ? fresh().forged : undefined
    const copies = happens(faults.duplicate) ? 2 : 1
    state.open += copies + (forged === undefined ? 0 : 1)
    if (forged !== undefined)
      enqueue({ id, once: true, fresh: () => ({ ...forged, acknowledges: fresh().acknowledges }) })
    for (let copy = 0; copy < copies; copy += 1) {
      const item: Queued = { id, fresh, once: false }
      if (happens(faults.delay)) timers.later(random.next() * faults.delayMs, () => enqueue(item))
      else enqueue(item)
    }
  }

  for (const { id, fresh } of ledger?.waiting ?? []) {
    state.open += 1
    queue.push({ id, fresh, once: false })
  }
  return {
    send,
    pushTo: (to) => {
      state.url = to
      void drain()
    },
    settled: () =>
      new Promise((resolve) => {
        state.waiting.push(resolve)
        wake(state)
      }),
    counts: () => ({ ...counts }),
    close: () => {
      state.closed = true
      timers.clear()
      queue.length = 0
      wake(state)
    },
  }
}

type State = {
  url: string | null
  /** Messages under way. */
  busy: number
  closed: boolean
  /** Messages neither acknowledged nor given up. */
  open: number
  readonly waiting: (() => void)[]
}

function wake(state: State): void {
  if (state.open > 0 && state.url !== null && !state.closed) return
  for (const resolve of state.waiting.splice(0)) resolve()
}

function timerSet() {
  const timers = new Set<NodeJS.Timeout>()
  return {
    later: (ms: number, act: () => void): void => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        act()
      }, ms)
      timers.add(timer)
    },
    clear: (): void => {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
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
