import type { CallName } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import type { Refusal } from '#kernel/result.ts'

export type Urgency = 'urgent' | 'routine'

/** A platform that answers after this is slow; a signal of its own, not an error. */
export const SLOW_MS = 5_000

/** Polls and looks can wait; what an order or a person waits for cannot. */
const ROUTINE: ReadonlySet<CallName> = new Set([
  'listUpdated',
  'fetchTracking',
  'callbackAddresses',
  'queueDepth',
  'waybillBalance',
])

export function urgencyOf(name: CallName): Urgency {
  return ROUTINE.has(name) ? 'routine' : 'urgent'
}

/**
 * What one exchange says of the platform. `ours`: it never got there by our own doing and says nothing. A refusal of business
 * (4xx) is a good answer: the platform is well.
 */
export type Verdict =
  | { readonly is: 'ok' }
  | { readonly is: 'ours' }
  | { readonly is: 'credentials'; readonly code: string }
  | { readonly is: 'throttled'; readonly code: string; readonly retryAfterMs: number | null }
  | { readonly is: 'error'; readonly code: string }

const OK: Verdict = { is: 'ok' }
const OURS = ['http.bad_url', 'http.forbidden_address', 'connections.test_timeout']

export function judgeStatus(status: number, retryAfter: number | null): Verdict {
  if (status === 429) return { is: 'throttled', code: 'http_429', retryAfterMs: retryAfter }
  if (status === 503 && retryAfter !== null) return { is: 'error', code: 'http_503' }
  if (status >= 500) return { is: 'error', code: `http_${status}` }
  if (status === 401 || status === 403) return { is: 'credentials', code: `http_${status}` }
  return OK
}

/** What a thrown error says, of HTTP itself or of the connector that read the answer. */
export function judgeError(error: unknown): Verdict {
  if (!(error instanceof Outage)) return { is: 'ours' }
  const { code } = error
  if (isHeldBack(code) || OURS.includes(code) || code.startsWith('database.')) return { is: 'ours' }
  if (/\.(rate_limited|throttled)$/.test(code))
    return { is: 'throttled', code, retryAfterMs: error.retryAfterMs }
  return { is: 'error', code }
}

const CREDENTIALS =
  /\.(unauthorized|token_expired|wrong_keys|no_permission|not_permitted|forbidden|signature_refused|ip_not_allowed)$/

export function judgeRefusal({ code }: Refusal): Verdict {
  return CREDENTIALS.test(code) ? { is: 'credentials', code } : OK
}

/** Refused by ourselves before anything was sent. */
export function isHeldBack(code: string): boolean {
  return code === 'outward.breaker_open' || code === 'outward.rate_limited'
}
