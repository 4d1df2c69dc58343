import { connect, type Socket } from 'node:net'

export type LoadResult = {
  readonly sent: number
  readonly ok: number
  readonly seconds: number
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * Closed loop over keep-alive sockets: each caller sends its next ready-made request when the answer to the last one came.
 * Written on bare sockets, because a full HTTP client costs more than the server under test. Latencies in milliseconds.
 */
export async function closedLoop(options: {
  port: number
  callers: number
  requests: readonly Buffer[]
  warmup?: number
  isOk?: (head: string) => boolean
}): Promise<LoadResult> {
  const { port, callers, requests, warmup = 0, isOk = (head) => head.startsWith('HTTP/1.1 200') } = options
  const latencies = new Float64Array(requests.length)
  let next = 0
  let ok = 0
  let startedAt = 0
  const clock = (): number => performance.now()
  const run = async (): Promise<void> => {
    const socket = await openSocket(port)
    const answers = readAnswers(socket)
    for (;;) {
      const index = next
      next += 1
      const request = requests[index]
      if (request === undefined) break
      if (index === warmup) startedAt = clock()
      const sentAt = clock()
      socket.write(request)
      const head = await answers.next()
      latencies[index] = clock() - sentAt
      if (index >= warmup && isOk(head)) ok += 1
    }
    socket.destroy()
  }
  startedAt = clock()
  await Promise.all(Array.from({ length: callers }, run))
  const seconds = (clock() - startedAt) / 1_000
  return {
    ...summary(latencies.subarray(warmup)),
    ok,
    seconds,
    rate: (requests.length - warmup) / seconds,
    sent: requests.length - warmup,
  }
}

/**
 * Open loop: requests leave at a fixed rate whatever the answers do, and latency counts from the moment a request was due, so
 * that a stall is not hidden. `callers` bounds the requests under way.
 */
export async function openLoop(options: {
  port: number
  callers: number
  requests: readonly Buffer[]
  perSecond: number
}): Promise<LoadResult & { readonly latencies: Float64Array }> {
  const { port, callers, requests, perSecond } = options
  const latencies = new Float64Array(requests.length)
  const begin = performance.now()
  let next = 0
  let ok = 0
  const run = async (): Promise<void> => {
    const socket = await openSocket(port)
    const answers = readAnswers(socket)
    for (;;) {
      const index = next
      next += 1
      const request = requests[index]
      if (request === undefined) break
      const dueAt = begin + (index / perSecond) * 1_000
      const wait = dueAt - performance.now()
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
      socket.write(request)
      const head = await answers.next()
      latencies[index] = performance.now() - dueAt
      if (head.startsWith('HTTP/1.1 200')) ok += 1
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: callers }, run))
  const seconds = (performance.now() - begin) / 1_000
  const sent = requests.length
  return { ...summary(latencies), ok, seconds, rate: sent / seconds, sent, latencies }
}

export function summary(latencies: Float64Array): { p50: number; p99: number; max: number } {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}

/** Answers one after another: the head of each, once its whole body (by content-length) has come. */
function readAnswers(socket: Socket): { next: () => Promise<string> } {
  let buffered: Buffer = Buffer.alloc(0)
  let waiting: { resolve: (head: string) => void; reject: (error: Error) => void } | null = null
  const tryTake = (): void => {
    if (waiting === null) return
    const headEnd = buffered.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = buffered.subarray(0, headEnd).toString('latin1')
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const end = headEnd + 4 + length
    if (buffered.length < end) return
    buffered = buffered.subarray(end)
    const { resolve } = waiting
    waiting = null
    resolve(head)
  }
  const fail = (error: Error): void => waiting?.reject(error)
  socket.on('data', (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    tryTake()
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        tryTake()
      }),
  }
}
