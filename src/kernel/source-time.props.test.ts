import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { explainTime, readTime } from './source-time.ts'

const ZONES = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
]
const zone = fc.constantFrom(...ZONES)
const second = fc.integer({ min: 700_000_000, max: 2_500_000_000 })
const offset = fc
  .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 14 }), fc.constantFrom('00', '15', '30', '45'))
  .map(([sign, hours, minutes]) => `${sign}${String(hours).padStart(2, '0')}:${minutes}`)

test('a clock written in a zone and read in that zone is the same instant, or is flagged as said twice', () => {
  fc.assert(
    fc.property(second, zone, fc.constantFrom(' ', 'T'), (seconds, zoneName, separator) => {
      const instant = Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
      const clock = instant
        .toZonedDateTimeISO(zoneName)
        .toPlainDateTime()
        .toString({ smallestUnit: 'second' })
      const time = explainTime({
        system: 'generic',
        raw: clock.replace('T', separator),
        context: { zone: zoneName },
      })
      if (time.instant === null) {
        assert.equal(time.why, 'clock_occurs_twice')
        assert.ok(time.candidates.some((candidate) => candidate.equals(instant)))
        return
      }
      assert.equal(time.instant.toString(), instant.toString())
    }),
    { numRuns: 2_000 },
  )
})

test('an offset in the text is honoured, whatever system and context say', () => {
  fc.assert(
    fc.property(
      second,
      offset,
      zone,
      fc.constantFrom('sf', 'pinduoduo', 'kuaidi100', 'dhl', ''),
      fc.nat(999),
      (seconds, written, zoneName, system, ms) => {
        const instant = Temporal.Instant.fromEpochMilliseconds(seconds * 1000 + ms)
        const text = instant.toString({ timeZone: written, fractionalSecondDigits: 3 })
        const time = readTime({ system, raw: text, context: { zone: zoneName, country: 'CN' } })
        assert.equal(time.instant?.toString(), instant.toString())
        assert.equal(time.provenance, 'explicit_offset')
      },
    ),
    { numRuns: 2_000 },
  )
})

test('every unit of the epoch is told by its digits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }),
      fc.nat(999_999_999),
      (seconds, nanos) => {
        const whole = `${seconds}${String(nanos).padStart(9, '0')}`
        for (const digits of [10, 13, 16, 19]) {
          const time = readTime({ system: 'generic', raw: whole.slice(0, digits) })
          assert.equal(time.instant?.epochNanoseconds, BigInt(whole.slice(0, digits).padEnd(19, '0')))
        }
      },
    ),
  )
})

test('without offset, zone or place there is never an instant', () => {
  fc.assert(
    fc.property(
      second,
      fc.constantFrom('dhl', 'fedex', 'generic', 'seko', 'kuaidi100'),
      (seconds, system) => {
        const clock = Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
          .toString()
          .slice(0, 19)
        for (const country of [undefined, 'US', 'BR', 'ES', 'AU']) {
          const time = readTime({
            system,
            raw: clock,
            ...(country === undefined ? {} : { context: { country } }),
          })
          assert.equal(time.instant, null)
          assert.equal(time.zone, null)
          assert.equal(time.provenance, 'ambiguous')
        }
      },
    ),
  )
})

test('any text and any object is answered without an exception, and instant and provenance agree', () => {
  const value = fc.oneof(
    fc.string(),
    fc.anything({ maxDepth: 2 }),
    fc.stringMatching(/^[0-9T:.\-/+Z年月日 ]{0,30}$/),
  )
  fc.assert(
    fc.property(value, fc.constantFrom('sf', 'ups', '17track', 'generic'), (raw, system) => {
      const time = readTime({ system, raw })
      assert.equal(time.instant === null, time.provenance === 'ambiguous')
      assert.equal(typeof time.raw, 'string')
    }),
    { numRuns: 3_000 },
  )
})
