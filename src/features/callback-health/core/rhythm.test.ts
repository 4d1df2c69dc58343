import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hourOfWeek, learnRhythm, type Stretch, startOfLocalHour, trimmedMean } from './rhythm.ts'
import { canBeWatched, expectedBetween, judgeFixedSilence, judgeSilence } from './silence.ts'

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text)
const RULES = { probability: 1e-4, leastSeconds: 180 }
/** Monday 2026-03-02 00:00 in Shanghai. */
const MONDAY = at('2026-03-01T16:00:00Z')

function hourly(from: Temporal.Instant, hours: number, rate: (hour: number) => number): Stretch[] {
  return Array.from({ length: hours }, (_, i) => ({ from: from.add({ hours: i }), count: rate(i) }))
}

test('hour of week is Monday 00:00 first, in the hub zone', () => {
  assert.equal(hourOfWeek(MONDAY, 'Asia/Shanghai'), 0)
  assert.equal(hourOfWeek(MONDAY.subtract({ seconds: 1 }), 'Asia/Shanghai'), 167)
  assert.equal(hourOfWeek(MONDAY, 'UTC'), 160)
})

test('an hour that is named twice when clocks go back is two hours, and half-hour zones keep their own hours', () => {
  // Berlin, 2026-10-25: 02:30 summer time and, an hour later, 02:30 winter time.
  const summer = startOfLocalHour(at('2026-10-25T00:30:00Z'), 'Europe/Berlin')
  const winter = startOfLocalHour(at('2026-10-25T01:30:00Z'), 'Europe/Berlin')
  assert.equal(summer.toString(), '2026-10-25T00:00:00Z')
  assert.equal(winter.toString(), '2026-10-25T01:00:00Z')
  assert.equal(
    startOfLocalHour(at('2026-03-02T10:05:00Z'), 'Asia/Kolkata').toString(),
    '2026-03-02T09:30:00Z',
  )
})

test('the trimmed mean forgets one big day and one outage', () => {
  assert.equal(trimmedMean([]), 0)
  assert.equal(trimmedMean([4]), 4)
  assert.equal(trimmedMean([0, 10, 12, 14, 900]), 12)
})

test('nothing is learned from less than three days; four even weeks are learned exactly', () => {
  const to = MONDAY.add({ hours: 71 })
  assert.equal(learnRhythm([], { from: MONDAY, to }, 'Asia/Shanghai'), null)
  // 60 an hour by day (08-22), none at night.
  const rate = (hour: number): number => (hour % 24 >= 8 && hour % 24 < 22 ? 60 : 0)
  const span = { from: MONDAY, to: MONDAY.add({ hours: 28 * 24 }) }
  const rhythm = learnRhythm(hourly(MONDAY, 28 * 24, rate), span, 'Asia/Shanghai')
  assert.equal(rhythm?.weeks, 4)
  assert.deepEqual(
    [rhythm?.perHour[0], rhythm?.perHour[8], rhythm?.perHour[21], rhythm?.perHour[22]],
    [0, 60, 60, 0],
  )
})

test('a promotion in a young record is not taken for the usual', () => {
  const hours = 8 * 24
  // 10 an hour, but 10,000 an hour on the fourth day (Thursday).
  const rate = (hour: number): number => (Math.floor(hour / 24) === 3 ? 10_000 : 10)
  const rhythm = learnRhythm(
    hourly(MONDAY, hours, rate),
    { from: MONDAY, to: MONDAY.add({ hours }) },
    'Asia/Shanghai',
  )
  // One week of evidence: own capped at twice the usual 10, drawn towards it: (1*20 + 2*10) / 3.
  assert.equal(Math.round((rhythm?.perHour[3 * 24 + 12] ?? 0) * 100) / 100, 13.33)
})

test('a rhythm learned over the change of clocks stays with the wall clock', () => {
  // Berlin, four weeks around 2026-03-29: 30 messages an hour from 09:00 to 10:00 by the clock on the wall, else none.
  const from = at('2026-03-15T23:00:00Z')
  const stretches = Array.from({ length: 28 * 24 * 4 }, (_, i) => from.add({ minutes: 15 * i }))
    .filter((instant) => instant.toZonedDateTimeISO('Europe/Berlin').hour === 9)
    .map((instant) => ({ from: instant, count: 7.5 }))
  const rhythm = learnRhythm(stretches, { from, to: from.add({ hours: 28 * 24 }) }, 'Europe/Berlin')
  assert.deepEqual(
    [8, 9, 10].map((hour) => rhythm?.perHour[hour]),
    [0, 30, 0],
  )
})

test('silence: minutes at night are nothing, the same minutes at noon are', () => {
  const perHour = Array.from({ length: 168 }, (_, slot) => (slot % 24 >= 8 ? 60 : 0.01))
  const judge = (last: string, now: string) =>
    judgeSilence(perHour, at(last), at(now), { zone: 'Asia/Shanghai', rules: RULES })
  // 02:00 to 07:59 in Shanghai: 0.06 to expect.
  assert.equal(judge('2026-03-02T18:00:00Z', '2026-03-02T23:59:00Z').silent, false)
  // 12:00 to 12:09: 9 to expect, e^-9 = 1.2e-4, not yet; at 12:10 e^-10 = 4.5e-5.
  assert.equal(judge('2026-03-03T04:00:00Z', '2026-03-03T04:09:00Z').silent, false)
  assert.equal(judge('2026-03-03T04:00:00Z', '2026-03-03T04:10:00Z').silent, true)
  // Very busy: certain after a second, but never before the least gap.
  const busy = perHour.map(() => 3_600_000)
  const after = (seconds: number) =>
    judgeSilence(busy, at('2026-03-03T04:00:00Z'), at('2026-03-03T04:00:00Z').add({ seconds }), {
      zone: 'UTC',
      rules: RULES,
    })
  assert.deepEqual([after(179).silent, after(180).silent], [false, true])
})

test('a fixed limit, and what cannot be watched at all', () => {
  const last = at('2026-03-03T04:00:00Z')
  assert.equal(judgeFixedSilence(last, last.add({ minutes: 29 }), 30).silent, false)
  assert.equal(judgeFixedSilence(last, last.add({ minutes: 30 }), 30).silent, true)
  // -ln(1e-4) = 9.21 in 72 h: 0.128 an hour.
  assert.equal(
    canBeWatched(
      Array.from({ length: 168 }, () => 0.12),
      RULES,
    ),
    false,
  )
  assert.equal(
    canBeWatched(
      Array.from({ length: 168 }, () => 0.13),
      RULES,
    ),
    true,
  )
})

const zones = fc.constantFrom(
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'UTC',
)
const starts = fc
  .integer({ min: 1_750_000_000, max: 1_800_000_000 })
  .map((s) => Temporal.Instant.fromEpochMilliseconds(s * 1_000))

test('what is to be expected adds up over any cut, in every zone, for rates from 0.1 an hour to 1,000 a second', () => {
  fc.assert(
    fc.property(
      zones,
      starts,
      fc.integer({ min: 1, max: 14 * 86_400 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.double({ min: 0.1, max: 3_600_000, noNaN: true }), { minLength: 168, maxLength: 168 }),
      (zone, from, seconds, share, perHour) => {
        const to = from.add({ seconds })
        const cut = from.add({ seconds: Math.floor(seconds * share) })
        const whole = expectedBetween(perHour, from, to, zone)
        const parts = expectedBetween(perHour, from, cut, zone) + expectedBetween(perHour, cut, to, zone)
        assert.ok(Math.abs(whole - parts) <= 1e-6 * Math.max(1, whole))
        const hours = seconds / 3_600
        assert.ok(
          whole <= Math.max(...perHour) * hours * (1 + 1e-9) &&
            whole >= Math.min(...perHour) * hours * (1 - 1e-9),
        )
      },
    ),
  )
})

test('an even rate is learned as it is, and silence under it is found when e^-rt says so and not before', () => {
  fc.assert(
    fc.property(zones, starts, fc.double({ min: 0.2, max: 3_600_000, noNaN: true }), (zone, start, rate) => {
      const from = startOfLocalHour(start, zone)
      const perHour = Array.from({ length: 168 }, () => rate)
      const due = Math.max(RULES.leastSeconds, (-Math.log(RULES.probability) / rate) * 3_600)
      const judge = (seconds: number) =>
        judgeSilence(perHour, from, from.add({ milliseconds: Math.round(seconds * 1_000) }), {
          zone,
          rules: RULES,
        }).silent
      assert.equal(judge(due * 1.001 + 1), true)
      assert.equal(judge(due * 0.999 - 1), false)
    }),
  )
})

test('messages whenever expected are never silence: any message within the window resets it', () => {
  fc.assert(
    fc.property(zones, starts, fc.double({ min: 0.1, max: 1_000, noNaN: true }), (zone, last, rate) => {
      const judged = judgeSilence(
        Array.from({ length: 168 }, () => rate),
        last,
        last,
        { zone, rules: RULES },
      )
      assert.deepEqual([judged.silent, judged.probability, judged.expected], [false, 1, 0])
    }),
  )
})
