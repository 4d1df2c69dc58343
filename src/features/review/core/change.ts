import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export const CASE_STATES = ['open', 'snoozed', 'resolved'] as const
export type CaseState = (typeof CASE_STATES)[number]

/** How a person says that a case ended; `gone` is the hub's own word: the trouble was over by itself. */
export const OUTCOMES = ['fixed', 'contacted_buyer', 'cancelled', 'no_action', 'other'] as const
export type Outcome = (typeof OUTCOMES)[number]

export type Change =
  | { readonly action: 'assign'; readonly to: string | null }
  /** Case by case to the next of them, in the order given. */
  | { readonly action: 'spread'; readonly among: readonly string[] }
  | { readonly action: 'snooze'; readonly until: Instant }
  | { readonly action: 'wake' }
  | { readonly action: 'resolve'; readonly outcome: Outcome; readonly note: string | null }
  | { readonly action: 'reopen'; readonly note: string | null }
  | { readonly action: 'note'; readonly note: string }
export type ChangeAction = Change['action']

export type CaseFace = {
  readonly state: CaseState
  readonly owner: string | null
  readonly snoozedUntil: Instant | null
  readonly note: string | null
  readonly revision: number
  /** Another open case of the same rule and subject exists. */
  readonly twin: boolean
}

export type Skip = { readonly code: string; readonly detail: string }

/**
 * Why this change cannot be made on this case, or null. Precedence: the view was stale, the case is past it, there is
 * nothing to change.
 */
export function decideChange(face: CaseFace, change: Change, seenRevision: number | null): Skip | null {
  if (seenRevision !== null && seenRevision !== face.revision)
    return skip('review.changed_conflict', 'somebody else changed this case meanwhile; look at it again')
  if (change.action === 'reopen') {
    if (face.state !== 'resolved') return skip('review.still_open_conflict', 'the case is not resolved')
    return face.twin
      ? skip('review.reopen_exists', 'the same trouble has a newer open case; work on that one')
      : null
  }
  if (change.action === 'note') return face.note === change.note ? skip(...NOTHING) : null
  if (face.state === 'resolved')
    return skip('review.resolved_conflict', 'the case is resolved; reopen it first')
  if (change.action === 'assign' && change.to === face.owner) return skip(...NOTHING)
  if (change.action === 'wake' && face.state === 'open') return skip(...NOTHING)
  if (change.action === 'snooze' && face.snoozedUntil !== null && face.snoozedUntil.equals(change.until))
    return skip(...NOTHING)
  return null
}

const NOTHING = ['review.nothing_to_change', 'it is so already'] as const
/** Longest nap: a case that sleeps for a season is a forgotten one. */
export const SNOOZE_AT_MOST_DAYS = 90

/** What holds whatever the case. Refuses with `review.bad_until`, `review.note_needed`, `review.nobody_chosen`. */
export function checkChange(change: Change, now: Instant): Result<Change> {
  switch (change.action) {
    case 'snooze': {
      const latest = now.add({ hours: 24 * SNOOZE_AT_MOST_DAYS })
      const inside =
        Temporal.Instant.compare(change.until, now) > 0 && Temporal.Instant.compare(change.until, latest) <= 0
      return inside
        ? ok(change)
        : refuse('review.bad_until', `a time after now and at most ${SNOOZE_AT_MOST_DAYS} days ahead`)
    }
    case 'resolve':
      return change.outcome === 'other' && (change.note ?? '').trim() === ''
        ? refuse('review.note_needed', 'the outcome "other" needs a note that says what was done')
        : ok(change)
    case 'note':
      return change.note.trim() === '' ? refuse('review.note_needed', 'the note is empty') : ok(change)
    case 'spread':
      return change.among.length === 0
        ? refuse('review.nobody_chosen', 'name at least one person')
        : ok(change)
    case 'assign':
    case 'wake':
    case 'reopen':
      return ok(change)
  }
}

/** After saying so, the trouble has this long to go; then it is asked again. The other outcomes hold until it was gone once. */
const PROMISED_MINUTES = 60

/** Until when a person's answer keeps the same trouble from becoming a new case; null: until it was gone once. */
export function answeredUntil(outcome: Outcome, now: Instant): Instant | null {
  switch (outcome) {
    case 'fixed':
    case 'cancelled':
      return now.add({ minutes: PROMISED_MINUTES })
    case 'contacted_buyer':
    case 'no_action':
    case 'other':
      return null
  }
}

function skip(code: string, detail: string): Skip {
  return { code, detail }
}
