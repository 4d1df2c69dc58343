import type { Instant } from '#kernel/clock.ts'
import type { Provenance } from '#kernel/instant.ts'
import { readTime } from '#kernel/source-time.ts'

export type TimeAnswer = {
  readonly id: unknown
  readonly instant: string | null
  readonly provenance: Provenance
  readonly zone: string | null
}

/**
 * `holdfast try time`: one input `{id?, carrier | system, raw, context?}` to what the hub reads in it. The instant is UTC
 * with as many digits of the second as were given (in groups of three), or null when the time is ambiguous.
 */
export function tryTime(input: unknown): TimeAnswer {
  const fields = isRecord(input) ? input : {}
  const system = fields.carrier ?? fields.system
  const context = fields.context
  const time = readTime({
    system: typeof system === 'string' ? system : '',
    raw: fields.raw,
    ...(isRecord(context) ? { context } : {}),
  })
  return {
    id: fields.id ?? null,
    instant: time.instant === null ? null : utcText(time.instant),
    provenance: time.provenance,
    zone: time.zone,
  }
}

function utcText(instant: Instant): string {
  const rest = Number(((instant.epochNanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
  const digits = rest === 0 ? 0 : rest % 1_000_000 === 0 ? 3 : rest % 1_000 === 0 ? 6 : 9
  return instant.toString({ fractionalSecondDigits: digits })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
