import type { Clock, Instant } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import { dueOf, effectiveFor, type RuleSettings, settingsOf } from './core/settings.ts'
import type { Found, ReviewRule } from './rule.ts'
import { settleAlarms, type Thresholds } from './settle-alarms.ts'
import {
  markAnswersOver,
  markHeld,
  type NewCase,
  openCases,
  readAnswered,
  readSettings,
  readWatched,
  resolveGone,
  wakeSnoozed,
} from './store.ts'

export type SweepDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly rules: readonly ReviewRule[]
  readonly alarms: Alarms
  readonly thresholds: Thresholds
  /** Told of a rule that failed; the others go on. */
  readonly onError: (error: unknown, rule: string) => void
}

const OPEN_AT_ONCE = 1_000
const LOOK_AT_ONCE = 5_000
/** A run ends here and the next goes on: with a hundred thousand new cases the loop stays answerable. */
const RUN_AT_MOST_MS = 8_000

/**
 * One look at everything: wakes, closes, opens. Stateless but for the place where a run was cut short, so that a second process
 * or a restart begins anew and ends the same.
 */
export function reviewSweep(deps: SweepDeps): () => Promise<void> {
  const places = new Map<string, bigint>()
  return async () => {
    const { db, clock } = deps
    const endsAt = clock.now().add({ milliseconds: RUN_AT_MOST_MS })
    const inTime = (): boolean => Temporal.Instant.compare(clock.now(), endsAt) < 0
    const rows = await readSettings(db)
    while ((await wakeSnoozed(db, clock.now(), OPEN_AT_ONCE)) === OPEN_AT_ONCE && inTime());
    for (const rule of deps.rules) {
      const settings = settingsOf(rule, rows)
      try {
        // What falls due is never late for the sake of what is over: cases open first.
        while ((await openDue(deps, rule, settings)) === OPEN_AT_ONCE && inTime());
        await closeOver(deps, rule, settings, { places, inTime })
        await endAnswers(deps, rule, settings, { places, inTime })
      } catch (error) {
        deps.onError(error, rule.id)
      }
    }
    await settleAlarms(deps)
  }
}

async function openDue({ db, clock }: SweepDeps, rule: ReviewRule, settings: RuleSettings): Promise<number> {
  const now = clock.now()
  const found = await rule.sweep(db, settings, now, OPEN_AT_ONCE)
  await openCases(
    db,
    found.map((one) => caseOf(rule, settings, one, now)),
    now,
  )
  return found.length
}

function caseOf(rule: ReviewRule, settings: RuleSettings, found: Found, now: Instant): NewCase {
  const { severity, dueMinutes, owner } = effectiveFor(settings, found.connectionId)
  return {
    rule: rule.id,
    subject: found.subject,
    orderId: found.orderId,
    connectionId: found.connectionId,
    severity: found.severity ?? severity,
    ...found.words,
    evidence: found.evidence,
    nextAction: rule.next.action,
    owner,
    since: found.since,
    dueAt: dueOf(now, dueMinutes, found.deadline),
  }
}

type Run = { readonly places: Map<string, bigint>; readonly inTime: () => boolean }

/** Goes once around the unresolved cases of a rule and closes those whose trouble is over; cut short, it goes on there next time. */
async function closeOver(deps: SweepDeps, rule: ReviewRule, settings: RuleSettings, run: Run): Promise<void> {
  const { db, clock } = deps
  const watched = { id: rule.id, decision: rule.decision === true }
  await goAround(run, rule.id, async (after) => {
    const cases = await readWatched(db, watched, after, LOOK_AT_ONCE)
    const now = clock.now()
    const still = await stillTrue(deps, rule, settings, cases)
    const over = cases.filter((one) => !still.has(one.subject))
    const closable = over.filter((one) => !one.held).map((one) => one.id)
    if (closable.length > 0) await resolveGone(db, watched, closable, now)
    await markHeld(
      db,
      over.filter((one) => one.held && !one.gone).map((one) => one.id),
      'over',
      now,
    )
    await markHeld(
      db,
      cases.filter((one) => one.gone && still.has(one.subject)).map((one) => one.id),
      'back',
      now,
    )
    return cases
  })
}

async function endAnswers(
  deps: SweepDeps,
  rule: ReviewRule,
  settings: RuleSettings,
  run: Run,
): Promise<void> {
  if (rule.record === true) return
  await goAround(run, `${rule.id} answered`, async (after) => {
    const cases = await readAnswered(deps.db, rule.id, after, LOOK_AT_ONCE)
    const still = await stillTrue(deps, rule, settings, cases)
    await markAnswersOver(
      deps.db,
      cases.filter((one) => !still.has(one.subject)).map((one) => one.id),
      deps.clock.now(),
    )
    return cases
  })
}

async function stillTrue(
  { db, clock }: SweepDeps,
  rule: ReviewRule,
  settings: RuleSettings,
  cases: readonly { readonly subject: string }[],
): Promise<ReadonlySet<string>> {
  if (cases.length === 0) return new Set()
  return await rule.stillTrue(
    db,
    settings,
    clock.now(),
    cases.map((one) => one.subject),
  )
}

async function goAround(
  { places, inTime }: Run,
  name: string,
  look: (after: bigint) => Promise<readonly { readonly id: bigint }[]>,
): Promise<void> {
  do {
    const seen = await look(places.get(name) ?? 0n)
    places.set(name, seen.length < LOOK_AT_ONCE ? 0n : (seen.at(-1)?.id ?? 0n))
  } while ((places.get(name) ?? 0n) > 0n && inTime())
}
