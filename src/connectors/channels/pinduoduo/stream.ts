import { sha256Hex } from '#connectors/digest.ts'
import { filledAt } from '#connectors/json.ts'
import type { FetchedMessage, Settings, Socket, StreamDeps } from '#domain/connector.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import { orderNumberIn } from './read.ts'
import { type Frame, parseFrame } from './schema.ts'
import { connectPath } from './sign.ts'

export const MESSAGE_URL = 'wss://message-api.pinduoduo.com'

/** Milliseconds. The heartbeat and the silence after which a connection is given up are the platform guide's. */
export type Timing = {
  readonly heartbeat: number
  readonly silence: number
  readonly firstPause: number
  readonly longestPause: number
}
const TIMING: Timing = { heartbeat: 5_000, silence: 60_000, firstPause: 1_000, longestPause: 60_000 }
const MAX_FRAME_BYTES = 1_048_576
const MAX_IN_FLIGHT = 256

type Session = { readonly frames: number; readonly words: string }

/**
 * Keeps a connection to the message server until the signal aborts. A message is acknowledged only after the sink has
 * made it durable; what is not acknowledged comes again, for seven days.
 */
export async function stream(settings: Settings, deps: StreamDeps, timing: Timing = TIMING): Promise<void> {
  let failures = 0
  while (!deps.signal.aborted) {
    deps.onState('connecting', '')
    const session = await holdConnection(settings, deps, timing)
    if (deps.signal.aborted) break
    failures = session.frames > 0 ? 0 : failures + 1
    const pause = pauseMs(failures, timing, deps.random)
    deps.onState('closed', `${session.words}; again in ${Math.ceil(pause / 1000)} s`)
    await sleep(pause, deps.signal)
  }
  deps.onState('closed', 'stopped')
}

/** Doubles from the first pause up to the longest, then somewhere in its upper half, so that hubs do not come back in step. */
export function pauseMs(failures: number, timing: Timing, random: Random): number {
  const full = Math.min(timing.longestPause, timing.firstPause * 2 ** Math.min(failures, 16))
  return full / 2 + (full / 2) * random.next()
}

const GOODBYE_MS = 2_000

/** One connection from handshake to close; resolves when it is closed and nothing of it is still being stored. */
async function holdConnection(settings: Settings, deps: StreamDeps, timing: Timing): Promise<Session> {
  let words = ''
  let lastHeard = performance.now()
  const { promise: closed, resolve } = Promise.withResolvers<number>()
  const request = {
    url: connectUrl(settings, deps),
    maxFrameBytes: MAX_FRAME_BYTES,
    handshakeMs: timing.silence,
  }
  let socket: Socket
  try {
    socket = deps.openSocket(request, {
      onOpen: () => {
        lastHeard = performance.now()
        deps.onState('open', '')
        socket.send(heartbeat(deps))
      },
      onMessage: (body) => {
        lastHeard = performance.now()
        intake.take(body)
      },
      onError: (error) => {
        words = connectionWords(error)
      },
      onClose: resolve,
    })
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return { frames: 0, words: connectionWords(error) }
  }
  const intake = openIntake(socket, settings, deps)
  const beat = setInterval(() => {
    if (performance.now() - lastHeard > timing.silence) {
      words = `no frame for ${Math.round(timing.silence / 1000)} s`
      socket.terminate()
    } else if (socket.isOpen()) socket.send(heartbeat(deps))
  }, timing.heartbeat)
  const stop = (): void => {
    void intake.drained().then(() => socket.close(1000))
    // A platform that does not answer the goodbye must not hold a hub back that stops.
    setTimeout(() => socket.terminate(), Math.min(timing.heartbeat, GOODBYE_MS)).unref()
  }
  deps.signal.addEventListener('abort', stop, { once: true })
  if (deps.signal.aborted) stop()
  const code = await closed
  clearInterval(beat)
  deps.signal.removeEventListener('abort', stop)
  await intake.drained()
  return { frames: intake.frames(), words: words === '' ? `closed with ${code}` : words }
}

/** Stores frames and acknowledges them; reads no further while too many are on their way to the disk. */
function openIntake(socket: Socket, settings: Settings, deps: StreamDeps) {
  let frames = 0
  let unreadable = 0
  let unstored = 0
  const storing = new Set<Promise<void>>()

  const store = async (message: FetchedMessage, frame: Frame): Promise<void> => {
    try {
      await deps.sink(message)
    } catch {
      unstored += 1
      deps.onState('open', `${unstored} messages could not be stored, not acknowledged`)
      return
    }
    if (socket.isOpen()) socket.send(acknowledgement(frame, deps))
  }
  const take = (body: Uint8Array): void => {
    frames += 1
    if (deps.signal.aborted) return
    const frame = parseFrame(body)
    const message = frame.ok ? toMessage(frame.value, body) : null
    if (!frame.ok || (message === null && isCommon(frame.value))) {
      unreadable += 1
      deps.onState('open', `${unreadable} unreadable frames, not acknowledged`)
      return
    }
    if (frame.value.commandType.toLowerCase() === 'fail')
      deps.onState('open', 'the platform answered Fail to one of our frames')
    if (message === null || isForeign(frame.value, settings)) return
    const task = store(message, frame.value).finally(() => {
      storing.delete(task)
      if (storing.size < MAX_IN_FLIGHT / 2 && socket.isPaused()) socket.resume()
    })
    storing.add(task)
    if (storing.size >= MAX_IN_FLIGHT) socket.pause()
  }
  return { take, frames: () => frames, drained: async () => void (await Promise.allSettled(storing)) }
}

function connectUrl(settings: Settings, deps: StreamDeps): string {
  const base = (settings.messageBase || MESSAGE_URL).replace(/\/+$/, '')
  const now = String(deps.clock.now().epochMilliseconds)
  return base + connectPath(settings.clientId ?? '', settings.clientSecret ?? '', now)
}

function heartbeat(deps: StreamDeps): string {
  const now = deps.clock.now().epochMilliseconds
  return `{"id":${now},"commandType":"HeartBeat","time":${now}}`
}

/** The int64 ids go back as the digits in which they came. */
function acknowledgement(frame: Frame, deps: StreamDeps): string {
  const fields = [
    `"id":${literal(frame.id)}`,
    '"commandType":"Ack"',
    `"time":${deps.clock.now().epochMilliseconds}`,
    `"sendTime":${literal(frame.sendTime)}`,
    `"type":${JSON.stringify(frame.message?.type ?? '')}`,
    `"mallID":${literal(frame.message?.mallId ?? null)}`,
  ]
  return `{${fields.join(',')}}`
}

function literal(text: string | null): string {
  if (text === null) return 'null'
  return /^-?(0|[1-9]\d*)$/.test(text) ? text : JSON.stringify(text)
}

function isCommon(frame: Frame): boolean {
  return frame.commandType.toLowerCase() === 'common'
}

/** One app's stream carries all its shops; another shop's message is left for that shop's connection. */
function isForeign(frame: Frame, settings: Settings): boolean {
  return Boolean(settings.mallId) && frame.message?.mallId !== settings.mallId
}

/** A redelivery may come under a new frame id, so the key is shop, topic, business key and version. */
export function toMessage(frame: Frame, body: Uint8Array): FetchedMessage | null {
  const message = frame.message
  if (!isCommon(frame) || message === null || frame.id === null) return null
  const content = message.content ?? {}
  const orderNo = orderNumberIn(content)
  const version = filledAt(content, 'modified') ?? frame.sendTime ?? ''
  const key = [filledAt(content, 'refund_id') ?? '', orderNo ?? ''].join('/')
  const hash = sha256Hex(canonicalJson(content)).slice(0, 16)
  const dedupKey = `${message.mallId ?? ''}:${message.type}:${key}:${version}:${hash}`
  return { topic: message.type, dedupKey, orderNo, headers: {}, body }
}

/** The error's words without the address, whose path carries the digest. */
function connectionWords(error: Error & { code?: string }): string {
  if (error.code !== undefined) return `connection failed: ${error.code}`
  const status = /Unexpected server response: (\d+)/.exec(error.message)?.[1]
  return status === undefined ? 'connection failed' : `the message server answered HTTP ${status}`
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', done)
    resolve()
  }
  const timer = setTimeout(done, ms)
  signal.addEventListener('abort', done, { once: true })
  if (signal.aborted) done()
  return promise
}
