import type { SimDeps } from '../platform.ts'

type Pending = {
  readonly type: string
  readonly content: string
  readonly sendTime: number
  attempts: number
  /** Ids under which it was sent; an acknowledgement of any of them counts. */
  readonly ids: Set<string>
  timer: NodeJS.Timeout | null
}

export type MessageQueue = {
  readonly push: (type: string, content: string) => void
  /** A client is there, or is gone. */
  readonly connected: (send: ((text: string) => void) | null) => void
  /** An Ack frame as it came. */
  readonly acknowledge: (text: string) => void
  readonly settled: () => Promise<void>
  readonly counts: () => { readonly acknowledged: number; readonly refused: number; readonly sent: number }
  readonly close: () => void
}

const MOST_ATTEMPTS = 50
/** Beyond 2^53, where a client that reads ids as floats would acknowledge another message. */
const FIRST_ID = 6_912_345_678_901_234_567n

/** Keeps every message until it is acknowledged with its id, type and shop; each sending has an id of its own. */
export function messageQueue(deps: SimDeps, mallId: string, redeliverMs: number): MessageQueue {
  const { clock, random, faults } = deps
  const counts = { acknowledged: 0, refused: 0, sent: 0 }
  const pending = new Set<Pending>()
  const waiting: (() => void)[] = []
  const held: (() => void)[] = []
  const state = { send: null as ((text: string) => void) | null, met: false, closed: false, nextId: FIRST_ID }

  const happens = (probability: number): boolean => probability > 0 && random.next() < probability
  const wake = (): void => {
    if (pending.size === 0 || !state.met || state.closed) for (const resolve of waiting.splice(0)) resolve()
  }
  const finish = (message: Pending): void => {
    if (message.timer !== null) clearTimeout(message.timer)
    pending.delete(message)
    wake()
  }
  const write = (message: Pending): void => {
    if (state.send === null || !pending.has(message)) return
    const id = String(state.nextId)
    state.nextId += 1n
    message.ids.add(id)
    counts.sent += 1
    if (!happens(faults.drop)) state.send(frameText(id, message, mallId, clock.now().epochMilliseconds))
  }
  const attempt = (message: Pending): void => {
    if (state.closed || state.send === null) return
    message.attempts += 1
    if (message.attempts > MOST_ATTEMPTS) {
      finish(message)
      return
    }
    if (message.timer !== null) clearTimeout(message.timer)
    message.timer = setTimeout(() => attempt(message), redeliverMs)
    // Nothing is signed on this channel; an impostor's frame is one that breaks off.
    if (happens(faults.forge)) state.send('{"id":1,"commandType":"Common","message":')
    if (happens(faults.reorder)) {
      held.push(() => write(message))
      return
    }
    if (happens(faults.delay)) setTimeout(() => write(message), random.next() * faults.delayMs)
    else write(message)
    if (happens(faults.duplicate)) write(message)
    for (const late of held.splice(0)) late()
  }
  const queue = (type: string, content: string): void => {
    const sendTime = clock.now().epochMilliseconds
    const message: Pending = { type, content, sendTime, attempts: 0, ids: new Set(), timer: null }
    pending.add(message)
    attempt(message)
  }

  return {
    push: (type, content) => {
      if (state.closed) return
      if (happens(faults.unknownCode)) queue('pdd_trade_TradeSimulatedUnknown', content)
      queue(type, content)
    },
    connected: (send) => {
      state.send = send
      if (send === null) return
      state.met = true
      for (const message of [...pending]) attempt(message)
    },
    acknowledge: (text) => {
      const id = /"id"\s*:\s*(\d+)/.exec(text)?.[1] ?? ''
      const message = [...pending].find(({ ids }) => ids.has(id))
      if (message === undefined) return
      if (isAckOf(text, message, mallId)) {
        counts.acknowledged += 1
        finish(message)
      } else counts.refused += 1
    },
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        wake()
      }),
    counts: () => ({ ...counts }),
    close: () => {
      state.closed = true
      for (const { timer } of pending) if (timer !== null) clearTimeout(timer)
      wake()
    },
  }
}

function isAckOf(text: string, message: Pending, mallId: string): boolean {
  const shop = /"mallID"\s*:\s*"?(\d+)/.exec(text)?.[1]
  const sendTime = /"sendTime"\s*:\s*"?(\d+)/.exec(text)?.[1]
  return (
    shop === mallId &&
    sendTime === String(message.sendTime) &&
    text.includes(`"type":${JSON.stringify(message.type)}`)
  )
}

/** Written as text, because the ids do not fit into a number. */
function frameText(id: string, message: Pending, mallId: string, now: number): string {
  const { type, content, sendTime } = message
  const inner = `{"type":${JSON.stringify(type)},"mallID":${mallId},"content":${JSON.stringify(content)}}`
  return `{"id":${id},"commandType":"Common","time":${now},"sendTime":${sendTime},"message":${inner}}`
}
