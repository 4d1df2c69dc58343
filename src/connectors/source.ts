import type { Instant } from '#kernel/clock.ts'
import type { SourceTime } from '#kernel/instant.ts'

/** The message says that it happened and not when. Shown as such; never replaced by another time that it happens to carry. */
export const NO_TIME: SourceTime = { raw: '', instant: null, zone: null, provenance: 'ambiguous' }

/** The version of a content register: epoch nanoseconds of the source's own update time; 0 where it gives none. */
export function versionOf(instant: Instant | null): bigint {
  return instant === null ? 0n : instant.epochNanoseconds
}
