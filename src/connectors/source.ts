import type { HttpCall } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { Outage } from '#kernel/outage.ts'

/** The message says that it happened and not when. Shown as such; never replaced by another time that it happens to carry. */
export const NO_TIME: SourceTime = { raw: '', instant: null, zone: null, provenance: 'ambiguous' }

/** The version of a content register: epoch nanoseconds of the source's own update time; 0 where it gives none. */
export function versionOf(instant: Instant | null): bigint {
  return instant === null ? 0n : instant.epochNanoseconds
}

/** A call that only reads changes nothing: however it broke off, its outcome is known. */
export function knownRead(effect: 'read' | 'write', http: HttpCall): HttpCall {
  if (effect === 'write') return http
  return async (request) => {
    try {
      return await http(request)
    } catch (error) {
      if (!(error instanceof Outage) || !error.unknown) throw error
      const { code, message, retryable, retryAfterMs } = error
      throw new Outage(code, message, {
        retryable,
        cause: error,
        ...(retryAfterMs === null ? {} : { retryAfterMs }),
      })
    }
  }
}
