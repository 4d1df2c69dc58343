import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addOpenMinutes, type Calendar, checkCalendar } from './calendar.ts'

const OFFICE = { from: '09:00', to: '18:00' }
const SHANGHAI: Calendar = {
  zone: 'Asia/Shanghai',
  week: [OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, null, null],
  exceptions: [
    { date: '2026-10-01', open: false, hours: null, name: '国庆节' },
    { date: '2026-10-10', open: true, hours: { from: '10:00', to: '12:00' }, name: '调休' },
  ],
}
const at = (text: string): Temporal.Instant => Temporal.Instant.from(text)
const due = (
  start: string,
  minutes: number,
  calendar: Calendar | null = SHANGHAI,
  cutoff: string | null = null,
) =>
  addOpenMinutes(at(start), minutes, calendar, cutoff)
    .toZonedDateTimeISO('Asia/Shanghai')
    .toPlainDateTime()
    .toString()

test('without a calendar every minute counts', () => {
  assert.equal(due('2026-11-11T00:00:00+08:00', 2_880, null), '2026-11-13T00:00:00')
})

test('only opening hours count, over the night and the weekend', () => {
  // 2026-11-13 is a Friday: one hour is left that day, the second one is on Monday.
  assert.equal(due('2026-11-13T17:00:00+08:00', 120), '2026-11-16T10:00:00')
  assert.equal(
    due('2026-11-13T17:00:00+08:00', 60),
    '2026-11-13T18:00:00',
    'due when the doors close, not at the next opening',
  )
  assert.equal(due('2026-11-14T12:00:00+08:00', 30), '2026-11-16T09:30:00')
  assert.equal(due('2026-11-13T06:00:00+08:00', 30), '2026-11-13T09:30:00')
})

test('a holiday is skipped and a day worked instead has its own hours', () => {
  // Wednesday 30 September, one hour left; the 1st is closed, the 2nd is a Friday.
  assert.equal(due('2026-09-30T17:00:00+08:00', 120), '2026-10-02T10:00:00')
  // Saturday the 10th is worked from 10 to 12; the rest follows on Monday.
  assert.equal(due('2026-10-10T11:00:00+08:00', 90), '2026-10-12T09:30:00')
})

test('what comes at or after the cut-off starts at the next opening', () => {
  assert.equal(due('2026-11-11T15:59:59+08:00', 60, SHANGHAI, '16:00'), '2026-11-11T16:59:59')
  assert.equal(due('2026-11-11T16:00:00+08:00', 60, SHANGHAI, '16:00'), '2026-11-12T10:00:00')
})

test('the clock follows its zone through a change of offset', () => {
  const always = { from: '00:00', to: '24:00' }
  const berlin: Calendar = { zone: 'Europe/Berlin', week: Array(7).fill(always), exceptions: [] }
  // 25 October 2026 has 25 hours in Berlin: 24 of them end an hour before midnight.
  const end = addOpenMinutes(at('2026-10-25T00:00:00+02:00'), 24 * 60, berlin, null)
  assert.equal(end.toString(), '2026-10-25T22:00:00Z')
  const night: Calendar = { ...berlin, week: Array(7).fill({ from: '02:00', to: '04:00' }) }
  // 29 March 2026 has no 02:00 to 03:00, so that night is an hour long and the rest falls on the next one.
  assert.equal(
    addOpenMinutes(at('2026-03-29T00:00:00+01:00'), 90, night, null).toString(),
    '2026-03-30T00:30:00Z',
  )
})

test('a calendar that cannot be counted by is refused with what is wrong', () => {
  const wrong = (part: Partial<Calendar>): string => {
    const checked = checkCalendar({ ...SHANGHAI, ...part })
    return checked.ok ? 'ok' : checked.refusal.detail
  }
  assert.match(wrong({ zone: 'Beijing' }), /IANA/)
  assert.match(wrong({ week: [OFFICE] }), /seven/)
  assert.match(wrong({ week: Array(7).fill(null) }), /opening hours/)
  assert.match(
    wrong({ week: [{ from: '09:00', to: '09:30' }, null, null, null, null, null, null] }),
    /opening hours/,
  )
  assert.match(wrong({ week: [{ from: '18:00', to: '09:00' }, null, null, null, null, null, null] }), /later/)
  assert.match(
    wrong({ exceptions: [{ date: '2026-02-30', open: false, hours: null, name: '' }] }),
    /2026-02-30/,
  )
  const day = { date: '2026-10-01', open: false, hours: null, name: '' }
  assert.match(wrong({ exceptions: [day, day] }), /twice/)
  assert.equal(wrong({}), 'ok')
})

test('a clock is never due before its minutes have passed, and is later the more minutes it has', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 * 365 * 24 * 60 }),
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 20_000 }),
      fc.option(fc.constantFrom('08:00', '12:00', '18:00'), { nil: null }),
      (offset, a, b, cutoff) => {
        const start = at('2026-01-01T00:00:00Z').add({ minutes: offset })
        const [few, many] = a < b ? [a, b] : [b, a]
        const soon = addOpenMinutes(start, few, SHANGHAI, cutoff)
        const late = addOpenMinutes(start, many, SHANGHAI, cutoff)
        assert.ok(soon.since(start).total('minutes') >= few)
        assert.ok(Temporal.Instant.compare(soon, late) <= 0)
        const local = soon.toZonedDateTimeISO(SHANGHAI.zone).toPlainTime().toString().slice(0, 5)
        assert.ok(local > '09:00' && local <= '18:00', `due at ${local}`)
      },
    ),
  )
})

test('a year of opening time in a shop that hardly opens has an end', () => {
  const hour = { from: '09:00', to: '10:00' }
  const seldom: Calendar = { zone: 'UTC', week: [hour, null, null, null, null, null, null], exceptions: [] }
  const start = at('2026-01-01T00:00:00Z')
  const end = addOpenMinutes(start, 527_040, seldom, null)
  assert.ok(Temporal.Instant.compare(end, at('2030-01-01T00:00:00Z')) < 0, end.toString())
})
