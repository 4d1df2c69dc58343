import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  answeredUntil,
  CASE_STATES,
  type CaseFace,
  type Change,
  checkChange,
  decideChange,
  OUTCOMES,
} from './change.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const LATER = NOW.add({ hours: 1 })
const OPEN: CaseFace = {
  state: 'open',
  owner: null,
  snoozedUntil: null,
  note: null,
  revision: 3,
  twin: false,
}

const CHANGES: Readonly<Record<Change['action'], Change>> = {
  assign: { action: 'assign', to: '7' },
  spread: { action: 'spread', among: ['7', '8'] },
  snooze: { action: 'snooze', until: LATER },
  wake: { action: 'wake' },
  resolve: { action: 'resolve', outcome: 'fixed', note: null },
  reopen: { action: 'reopen', note: null },
  note: { action: 'note', note: 'called the buyer' },
}

/** Every state against every change: null where it can be made. */
const EXPECTED: Readonly<Record<CaseFace['state'], Readonly<Record<Change['action'], string | null>>>> = {
  open: {
    assign: null,
    spread: null,
    snooze: null,
    wake: 'review.nothing_to_change',
    resolve: null,
    reopen: 'review.still_open_conflict',
    note: null,
  },
  snoozed: {
    assign: null,
    spread: null,
    snooze: null,
    wake: null,
    resolve: null,
    reopen: 'review.still_open_conflict',
    note: null,
  },
  resolved: {
    assign: 'review.resolved_conflict',
    spread: 'review.resolved_conflict',
    snooze: 'review.resolved_conflict',
    wake: 'review.resolved_conflict',
    resolve: 'review.resolved_conflict',
    reopen: null,
    note: null,
  },
}

for (const state of CASE_STATES)
  for (const change of Object.values(CHANGES))
    test(`${change.action} on a case that is ${state}`, () => {
      const face = { ...OPEN, state, snoozedUntil: state === 'snoozed' ? LATER.add({ hours: 1 }) : null }
      assert.equal(decideChange(face, change, null)?.code ?? null, EXPECTED[state][change.action])
    })

test('what is so already is not changed again', () => {
  const same = { ...OPEN, owner: '7', note: 'called the buyer' }
  assert.equal(decideChange(same, CHANGES.assign, null)?.code, 'review.nothing_to_change')
  assert.equal(decideChange(same, CHANGES.note, null)?.code, 'review.nothing_to_change')
  const asleep = { ...OPEN, state: 'snoozed', snoozedUntil: LATER } as const
  assert.equal(decideChange(asleep, CHANGES.snooze, null)?.code, 'review.nothing_to_change')
})

test('a stale view is refused before anything else, whatever the case and the change', () => {
  const face = fc.record({
    state: fc.constantFrom(...CASE_STATES),
    owner: fc.constantFrom(null, '7'),
    snoozedUntil: fc.constant(null),
    note: fc.constant(null),
    revision: fc.integer({ min: 1, max: 9 }),
    twin: fc.boolean(),
  })
  fc.assert(
    fc.property(
      face,
      fc.constantFrom(...Object.values(CHANGES)),
      fc.integer({ min: 1, max: 9 }),
      (one, change, seen) => {
        const stale = decideChange(one, change, seen)?.code === 'review.changed_conflict'
        assert.equal(stale, seen !== one.revision)
      },
    ),
  )
})

test('a newer case of the same trouble stands in the way of reopening', () => {
  assert.equal(
    decideChange({ ...OPEN, state: 'resolved', twin: true }, CHANGES.reopen, null)?.code,
    'review.reopen_exists',
  )
})

test('a nap ends after now and within 90 days', () => {
  const code = (until: Temporal.Instant): string | null => {
    const checked = checkChange({ action: 'snooze', until }, NOW)
    return checked.ok ? null : checked.refusal.code
  }
  assert.equal(code(NOW), 'review.bad_until')
  assert.equal(code(NOW.add({ nanoseconds: 1 })), null)
  assert.equal(code(NOW.add({ hours: 24 * 90 })), null)
  assert.equal(code(NOW.add({ hours: 24 * 90, nanoseconds: 1 })), 'review.bad_until')
})

test('only "other" needs a note, and nobody is chosen by an empty list', () => {
  const needing = OUTCOMES.filter(
    (outcome) => !checkChange({ action: 'resolve', outcome, note: ' ' }, NOW).ok,
  )
  assert.deepEqual(needing, ['other'])
  assert.equal(checkChange({ action: 'spread', among: [] }, NOW).ok, false)
})

test('"fixed" and "cancelled" are promises for an hour, the other outcomes hold until the trouble was gone', () => {
  assert.deepEqual(
    OUTCOMES.map((outcome) => answeredUntil(outcome, NOW)?.toString() ?? null),
    ['2026-11-11T01:00:00Z', null, '2026-11-11T01:00:00Z', null, null],
  )
})
