import type { Fact, FactKind } from '#domain/fact.ts'
import { subjectKey } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'

export const DIFFERENCES = ['added', 'removed', 'moved', 'rekinded', 'reworded'] as const
export type DifferenceKind = (typeof DIFFERENCES)[number]

/** A fact as it is stored, as far as a comparison needs it. */
export type StoredFact = {
  readonly subject: string
  readonly id: string
  readonly kind: FactKind
  readonly at: Instant | null
  readonly raw: string
  readonly provenance: string
  readonly code: string
}

export type Difference = {
  readonly what: DifferenceKind
  readonly subject: string
  readonly code: string
  readonly before: StoredFact | null
  readonly after: Fact | null
  readonly cause: string
}

export type Comparison = {
  /** Facts that this message proves, as they were made when it was read. */
  readonly stored: readonly StoredFact[]
  /** What today's reader and mapping make of it. */
  readonly fresh: readonly Fact[]
  /** Codes that nobody has decided: what was made of them stays. */
  readonly unknown: readonly string[]
  /** Fresh facts that are there already, proven by another message: key to kind. */
  readonly elsewhere: ReadonlyMap<string, FactKind>
}

export function factKey(subject: string, id: string): string {
  return `${subject}\n${id}`
}

/** What reading a message again would change. Pure; the same comparison of an unchanged reader is empty. */
export function compareMessage({ stored, fresh, unknown, elsewhere }: Comparison): Difference[] {
  const before = new Map(stored.map((fact) => [factKey(fact.subject, fact.id), fact]))
  const after = new Map(fresh.map((fact) => [factKey(subjectKey(fact.subject), fact.id), fact]))
  const differences: Difference[] = []
  for (const [key, fact] of after) {
    const known = before.get(key)
    const kind = known?.kind ?? elsewhere.get(key)
    if (kind === undefined || kind === fact.kind) continue
    const subject = subjectKey(fact.subject)
    differences.push({
      what: 'rekinded',
      subject,
      code: fact.code,
      before: known ?? { ...storedOf(fact), kind },
      after: fact,
      cause: `rekinded ${fact.code} ${kind}>${fact.kind}`,
    })
  }
  const silent = new Set(unknown)
  const gone = [...before].flatMap(([key, fact]) => (after.has(key) || silent.has(fact.code) ? [] : [fact]))
  const fits = [...after].flatMap(([key, fact]) => (before.has(key) || elsewhere.has(key) ? [] : [fact]))
  return [...differences, ...paired(gone, fits)]
}

/** One event that reads otherwise than before is one difference: the same code about the same subject, in the order of their instants. */
function paired(gone: readonly StoredFact[], fits: readonly Fact[]): Difference[] {
  const olds = Map.groupBy(gone.toSorted(byTime), (fact) => factKey(fact.subject, fact.code))
  const news = Map.groupBy(
    fits.toSorted((a, b) => byTime(storedOf(a), storedOf(b))),
    (fact) => factKey(subjectKey(fact.subject), fact.code),
  )
  return [...new Set([...olds.keys(), ...news.keys()])].flatMap((key) =>
    pairsOf(olds.get(key) ?? [], news.get(key) ?? []).map(([before, after]) => differenceOf(before, after)),
  )
}

/** The same words, or words of which one was cut short, are the same event; what is left goes by order. */
function pairsOf(olds: readonly StoredFact[], news: readonly Fact[]): [StoredFact | null, Fact | null][] {
  const free = new Set(news)
  const pairs = olds.map((before): [StoredFact, Fact | null] => {
    const same = [...free].find(
      ({ at }) => at.raw === before.raw || at.raw.startsWith(before.raw) || before.raw.startsWith(at.raw),
    )
    if (same !== undefined) free.delete(same)
    return [before, same ?? null]
  })
  const left = [...free]
  const full = pairs.map(([before, after]): [StoredFact, Fact | null] => [
    before,
    after ?? left.shift() ?? null,
  ])
  return [...full, ...left.map((after): [null, Fact] => [null, after])]
}

function differenceOf(before: StoredFact | null, after: Fact | null): Difference {
  const code = before?.code ?? after?.code ?? ''
  const subject = before?.subject ?? (after === null ? '' : subjectKey(after.subject))
  if (before === null || after === null) {
    const what = before === null ? 'added' : 'removed'
    return { what, subject, code, before, after, cause: `${what} ${code}` }
  }
  const isSame =
    before.at === null || after.at.instant === null
      ? before.at === after.at.instant
      : before.at.equals(after.at.instant)
  const what = isSame ? 'reworded' : 'moved'
  const cause = isSame
    ? `reworded ${code}`
    : `moved ${shiftOf(before.at, after.at.instant)} ${before.provenance}>${after.at.provenance}`
  return { what, subject, code, before, after, cause }
}

/** `+7:00`, `-0:30`, `+1:00:05`; where one of the two is not known, `?`. */
export function shiftOf(before: Instant | null, after: Instant | null): string {
  if (before === null || after === null) return '?'
  const seconds = Math.round((after.epochMilliseconds - before.epochMilliseconds) / 1_000)
  const [all, sign] = [Math.abs(seconds), seconds < 0 ? '-' : '+']
  const [hours, minutes, rest] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60, all % 60]
  const text = `${sign}${hours}:${String(minutes).padStart(2, '0')}`
  return rest === 0 ? text : `${text}:${String(rest).padStart(2, '0')}`
}

function storedOf(fact: Fact): StoredFact {
  return {
    subject: subjectKey(fact.subject),
    id: fact.id,
    kind: fact.kind,
    at: fact.at.instant,
    raw: fact.at.raw,
    provenance: fact.at.provenance,
    code: fact.code,
  }
}

function byTime(a: StoredFact, b: StoredFact): number {
  if (a.at !== null && b.at !== null && !a.at.equals(b.at)) return Temporal.Instant.compare(a.at, b.at)
  if ((a.at === null) !== (b.at === null)) return a.at === null ? 1 : -1
  return a.id < b.id ? -1 : 1
}
