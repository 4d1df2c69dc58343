import type { InboundRequest, Reply } from '#domain/connector.ts'
import { Bug } from '#kernel/assert.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { type Refusal, refuse } from '#kernel/result.ts'
import { headersText } from '#platform/inbox/headers.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Arrival } from '#platform/inbox/store.ts'
import type { Connected } from './ports.ts'

export type ReceiveDeps = {
  readonly intake: Intake
  readonly clock: Clock
  readonly onReceived?: (seen: Reception) => void
  /** Called once a message is durable, so that a worker takes it at once. */
  readonly onAccepted?: (lane: string) => void
  /** For an address that is no secret: whether one more refusal of a sender who proved nothing is put on record. Absent: every one. */
  readonly keepsUnproven?: (connection: string) => boolean
}

/** What is kept of the body of a sender who proved nothing, where the address is no secret. */
const UNPROVEN_BYTES = 16_384
/** The status by which a receiver says that the sender proved nothing. */
const UNPROVEN = 401

/** What is counted of every answered request; never its content. */
export type Reception = {
  readonly connection: string
  readonly kind: string
  readonly verdict: 'accepted' | 'duplicate' | 'challenge' | 'rejected' | 'unavailable'
  readonly code: string | null
  readonly status: number
  readonly seconds: number
  /** Scheme and host under which the sender called us, as far as a trusted proxy or the socket tells; null: unknown. */
  readonly origin: string | null
}

export type Received = {
  readonly reply: Reply
  readonly refusal: Refusal | null
  readonly retryAfterSeconds: number | null
}

/**
 * Takes one pushed request: verified on its raw bytes, kept, and only then acknowledged, in the words the platform expects. A
 * redelivery gets the same answer as the first delivery. What cannot be kept is never acknowledged: the platform's own
 * "try again" answer goes out, with `Retry-After`.
 */
export async function receive(
  deps: ReceiveDeps,
  connected: Connected,
  request: InboundRequest,
  origin: string | null = null,
): Promise<Received> {
  const receivedAt = deps.clock.now()
  const receipt = judge(connected, request, receivedAt)
  const isOpen =
    deps.keepsUnproven !== undefined && receipt.verdict === 'rejected' && receipt.reply.status === UNPROVEN
  const seen = isOpen ? { ...request, body: request.body.subarray(0, UNPROVEN_BYTES) } : request
  const arrival = arrivalOf(connected, seen, receipt, receivedAt, deps)
  const isKept = !isOpen || deps.keepsUnproven?.(connected.id) !== false
  try {
    const kept = isKept ? await deps.intake.keep(arrival) : { verdict: 'rejected' as const }
    deps.onReceived?.({
      connection: connected.id,
      kind: connected.kind,
      verdict: kept.verdict,
      code: arrival.refusalCode,
      status: receipt.reply.status,
      seconds: secondsSince(receivedAt, deps.clock),
      origin,
    })
    if (kept.verdict === 'accepted') deps.onAccepted?.(arrival.lane)
    return {
      reply: receipt.reply,
      refusal: receipt.verdict === 'rejected' ? receipt.refusal : null,
      retryAfterSeconds: null,
    }
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    deps.onReceived?.({
      connection: connected.id,
      kind: connected.kind,
      verdict: 'unavailable',
      code: error.code,
      status: connected.connector.retryReply.status,
      seconds: secondsSince(receivedAt, deps.clock),
      origin,
    })
    return {
      reply: connected.connector.retryReply,
      refusal: { code: error.code, detail: error.message },
      retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 5_000) / 1_000),
    }
  }
}

/**
 * Puts a request on record that the HTTP surface refused before its connector saw it (too large, compressed, broken off): its
 * headers and the reason, without its body. Counted and in the log, best effort: its sender has been refused either way.
 */
export async function noteRefused(
  deps: ReceiveDeps,
  connected: Connected,
  request: InboundRequest,
  refused: { readonly refusal: Refusal; readonly status: number; readonly origin: string | null },
): Promise<void> {
  const { refusal, status, origin } = refused
  const receivedAt = deps.clock.now()
  deps.onReceived?.({
    connection: connected.id,
    kind: connected.kind,
    verdict: 'rejected',
    code: refusal.code,
    status,
    seconds: 0,
    origin,
  })
  if (deps.keepsUnproven?.(connected.id) === false) return
  const reply = { status, contentType: 'application/problem+json', body: refusal.code }
  const receipt = { verdict: 'rejected' as const, refusal, reply }
  await deps.intake.keep(arrivalOf(connected, request, receipt, receivedAt, deps)).catch((error) => {
    if (!(error instanceof Outage)) throw error
  })
}

type Judged =
  | {
      readonly verdict: 'accepted'
      readonly topic: string
      readonly dedupKey: string
      readonly orderNo: string | null
      readonly reply: Reply
    }
  | { readonly verdict: 'challenge'; readonly topic: string; readonly reply: Reply }
  | { readonly verdict: 'rejected'; readonly refusal: Refusal; readonly reply: Reply }

/** A connector that throws on outside bytes is our bug; the request is refused and kept, the hub goes on. */
function judge(connected: Connected, request: InboundRequest, now: Instant): Judged {
  if (connected.connector.receive === undefined) {
    const { refusal } = refuse('intake.no_push', `${connected.kind} connections take no pushed messages`)
    return {
      verdict: 'rejected',
      refusal,
      reply: { status: 404, contentType: 'text/plain', body: refusal.detail },
    }
  }
  try {
    return connected.connector.receive(request, connected.settings, now)
  } catch (error) {
    const detail = error instanceof Bug || error instanceof Error ? error.message : String(error)
    return {
      verdict: 'rejected',
      refusal: { code: 'intake.receiver_failed', detail: detail.slice(0, 300) },
      reply: connected.connector.retryReply,
    }
  }
}

const KEPT_TEXT = 2_000

function arrivalOf(
  connected: Connected,
  request: InboundRequest,
  receipt: Judged,
  receivedAt: Instant,
  { intake, clock }: ReceiveDeps,
): Arrival {
  const refusal = receipt.verdict === 'rejected' ? receipt.refusal : null
  return {
    connection: connected.id,
    lane: intake.laneOf(connected.id),
    transport: 'http',
    topic: receipt.verdict === 'rejected' ? 'rejected' : storable(receipt.topic),
    dedupKey: receipt.verdict === 'accepted' ? receipt.dedupKey.replaceAll('\u0000', '') : '',
    orderNo: receipt.verdict === 'accepted' && receipt.orderNo !== null ? storable(receipt.orderNo) : null,
    headers: headersText({
      ...withoutSharedSecrets(connected, request.headers),
      ':method': request.method,
      ':query': request.query,
    }),
    body: request.body,
    verdict: receipt.verdict,
    refusalCode: refusal?.code ?? null,
    refusalDetail: refusal?.detail.replaceAll('\u0000', '').slice(0, KEPT_TEXT) ?? null,
    responseStatus: receipt.reply.status,
    responseBody: receipt.reply.body.replaceAll('\u0000', '').slice(0, KEPT_TEXT),
    receivedAt,
    latencyUs: Math.round(secondsSince(receivedAt, clock) * 1e6),
  }
}

/** Shorter ones are no secrets, and stand in other headers by chance. */
const SECRET_LEAST = 6

/**
 * A sender that signs nothing proves itself by a secret in a header of whatever name: it was compared already, and the vault alone
 * keeps it.
 */
function withoutSharedSecrets(
  { connector, settings }: Connected,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const secrets = connector.fields.flatMap(({ name, secret }) => {
    const value = secret ? (settings[name] ?? '') : ''
    return value.length >= SECRET_LEAST ? [value] : []
  })
  if (secrets.length === 0) return headers
  const entries = Object.entries(headers)
  if (!entries.some(([, value]) => secrets.some((secret) => value.includes(secret)))) return headers
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      secrets.reduce((text, secret) => text.replaceAll(secret, '***'), value),
    ]),
  )
}

const KEY_TEXT = 200

/** What a column with an index takes; one message that it does not would refuse the whole batch that it is committed with. */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, KEY_TEXT)
}

function secondsSince(start: Instant, clock: Clock): number {
  return Number(clock.now().epochNanoseconds - start.epochNanoseconds) / 1e9
}
