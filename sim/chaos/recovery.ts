import type { Entry } from './book.ts'

/** A fault from its beginning until what was hurt was there again; milliseconds since 1970. */
export type Span = { readonly kind: string; readonly from: number; readonly to: number }

/** The worst of all faults of a kind. Null: nothing of that came before the next fault began or the run was over, so nothing can be said. */
export type Recovery = {
  readonly times: number
  /** How long a sender waited while it lasted, until somebody was acknowledged, and after its end. */
  readonly firstAck: Waits
  /** The same until a carrier issued a number. */
  readonly firstWaybill: Waits
}
export type Waits = { readonly fromBeginMs: number | null; readonly fromEndMs: number | null }

export type Marks = {
  /** When messages were acknowledged. */
  readonly acknowledged: readonly number[]
  /** When carriers issued numbers; null where no parcels are sent. */
  readonly waybills: readonly number[] | null
  /** When the run mended everything itself, both hubs anew: what came after that recovered from nothing. */
  readonly calmAtMs: number
}

const NOTHING: Waits = { fromBeginMs: null, fromEndMs: null }

export function acknowledgedAt(entries: readonly Entry[]): number[] {
  return entries.flatMap((entry) =>
    entry.t === 'attempt' && entry.acknowledged && !entry.forged
      ? [Temporal.Instant.from(entry.at).epochMilliseconds]
      : [],
  )
}

export function recoveriesOf(
  spans: readonly Span[],
  { acknowledged, waybills, calmAtMs }: Marks,
): Record<string, Recovery> {
  const found: Record<string, Recovery> = {}
  const [acks, numbers] = [sorted(acknowledged), sorted(waybills ?? [])]
  for (const [i, span] of spans.entries()) {
    const until = spans[i + 1]?.from ?? calmAtMs
    const before = found[span.kind] ?? { times: 0, firstAck: NOTHING, firstWaybill: NOTHING }
    found[span.kind] = {
      times: before.times + 1,
      firstAck: worst(before.firstAck, waitsOf(acks, span, until)),
      firstWaybill: worst(before.firstWaybill, waitsOf(numbers, span, until)),
    }
  }
  return found
}

function waitsOf(marks: readonly number[], { from, to }: Span, until: number): Waits {
  return { fromBeginMs: firstAfter(marks, from, until), fromEndMs: firstAfter(marks, to, until) }
}

function firstAfter(marks: readonly number[], at: number, until: number): number | null {
  const first = marks.find((mark) => mark >= at)
  return first === undefined || first > until ? null : first - at
}

function worst(a: Waits, b: Waits): Waits {
  const most = (x: number | null, y: number | null): number | null =>
    x === null ? y : y === null ? x : Math.max(x, y)
  return { fromBeginMs: most(a.fromBeginMs, b.fromBeginMs), fromEndMs: most(a.fromEndMs, b.fromEndMs) }
}

function sorted(marks: readonly number[]): number[] {
  return [...marks].sort((a, b) => a - b)
}
