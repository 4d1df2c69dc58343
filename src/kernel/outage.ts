/**
 * The world failed: a time-out, a 5xx, a lost connection. Thrown by `platform/` and by a connector's one
 * translate function; handled by job runner and outbox only.
 *
 * `unknown` is set when the request may have taken effect although no answer came: query first, retry after.
 */
export class Outage extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly unknown: boolean
  /** Nothing was begun, as it is not its time yet: looked at again after `retryAfterMs`, and no attempt is used. */
  readonly held: boolean
  /** Of one that is held: the other side has just said that nothing of it is there, so an earlier attempt is in doubt no more. */
  readonly absent: boolean
  /** Milliseconds that the other side asked us to wait, or null. */
  readonly retryAfterMs: number | null
  constructor(
    code: string,
    message: string,
    options: {
      retryable?: boolean
      unknown?: boolean
      held?: boolean
      absent?: boolean
      retryAfterMs?: number
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Outage'
    this.code = code
    this.retryable = options.retryable ?? true
    this.unknown = options.unknown ?? false
    this.held = options.held ?? false
    this.absent = options.absent ?? false
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}
