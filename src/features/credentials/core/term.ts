import type { Words } from '#domain/notice.ts'

export type TermSource = 'connector' | 'certificate' | 'token' | 'hand'

/** Something that a connection lives by, and when it ends. */
export type Term = {
  readonly field: string
  readonly what: Words
  readonly expiresAt: Temporal.Instant
  readonly renewable: boolean
  readonly source: TermSource
  readonly note: string
}

/** Days before the end at which people are told, the largest first; the last one is critical. */
export type Steps = readonly [number, number, number]
export type TermState = 'fine' | 'expiring' | 'critical' | 'expired'

export function daysLeft(expiresAt: Temporal.Instant, now: Temporal.Instant): number {
  return expiresAt.since(now).total('hours') / 24
}

/**
 * How a term stands. What the protocol renews by itself is no matter for people as long as it does: `refreshing` false says that the last
 * tries failed.
 */
export function judgeTerm(
  term: Pick<Term, 'expiresAt' | 'renewable'>,
  now: Temporal.Instant,
  [first, second, last]: Steps,
  refreshing: boolean,
): { readonly state: TermState; readonly step: number | null } {
  const days = daysLeft(term.expiresAt, now)
  if (days <= 0) return { state: 'expired', step: 0 }
  if (term.renewable && refreshing) return { state: 'fine', step: null }
  if (days <= last) return { state: 'critical', step: last }
  if (days <= second) return { state: 'expiring', step: second }
  return days <= first ? { state: 'expiring', step: first } : { state: 'fine', step: null }
}

/** Of two terms of one field the connector's own word goes first, then what lies in the value itself, then what a person typed. */
const RANK: Readonly<Record<TermSource, number>> = { connector: 0, certificate: 1, token: 2, hand: 3 }

export function joinTerms(terms: readonly Term[]): Term[] {
  const byField = new Map<string, Term>()
  for (const term of terms) {
    const known = byField.get(term.field)
    if (known === undefined || RANK[term.source] < RANK[known.source]) byField.set(term.field, term)
  }
  return [...byField.values()].sort((a, b) => Temporal.Instant.compare(a.expiresAt, b.expiresAt))
}

/** Least and most minutes ahead of its end at which a token is renewed, where its whole life is known: a fifth of it. */
const AHEAD_LEAST = 10
const AHEAD_MOST = 3 * 24 * 60

export type RefreshKnown = {
  readonly refreshedAt: Temporal.Instant | null
  readonly triedAt: Temporal.Instant | null
  readonly failures: number
  /** The system said that it has expired, after the last refresh. */
  readonly saidExpired: boolean
}

/**
 * Whether the credentials are to be renewed now: ahead of the end of the first that the protocol renews, or since the system said so. After
 * failures it waits twice as long each time, from one minute up to an hour.
 */
export function isRefreshDue(
  terms: readonly Pick<Term, 'expiresAt' | 'renewable'>[],
  known: RefreshKnown,
  now: Temporal.Instant,
  aheadMinutes: number,
): boolean {
  const [first] = terms.filter((term) => term.renewable)
  const wanted =
    known.saidExpired ||
    (first !== undefined && minutesTo(first.expiresAt, now) <= aheadOf(first, known, aheadMinutes))
  if (!wanted) return false
  if (known.triedAt === null || known.failures === 0) return true
  const waitMinutes = Math.min(60, 2 ** (known.failures - 1))
  return now.since(known.triedAt).total('minutes') >= waitMinutes
}

function aheadOf(
  { expiresAt }: Pick<Term, 'expiresAt'>,
  { refreshedAt }: RefreshKnown,
  usual: number,
): number {
  if (refreshedAt === null) return usual
  const life = expiresAt.since(refreshedAt).total('minutes')
  return life <= 0 ? usual : Math.min(AHEAD_MOST, Math.max(Math.min(AHEAD_LEAST, life / 2), life / 5))
}

function minutesTo(at: Temporal.Instant, now: Temporal.Instant): number {
  return at.since(now).total('minutes')
}
