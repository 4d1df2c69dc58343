import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { connectionId } from '#kernel/id.ts'
import { candidatesFor } from './choose-connection.ts'
import { decideBehind, decideFindsMuch } from './decide-alarms.ts'
import { dueAt, outcomeOfRefusal, waitSeconds } from './next-ask.ts'
import { checkChange, mergeSettings, STANDARD } from './settings.ts'

const at = (text: string): Temporal.Instant => Temporal.Instant.from(`2026-11-11T${text}Z`)

test('fruitless questions come after 3, 6, 12 ... minutes, never more than four hours apart', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 40].map((n) => waitSeconds(n, STANDARD) / 60),
    [3, 6, 12, 24, 48, 96, 192, 240, 240],
  )
})

test('a subject is due once something is missing, after its own wait, and never nearer than its platform allows', () => {
  const due = (askedAt: Temporal.Instant | null, fruitless: number, apart = 0): string =>
    dueAt(at('10:00:00'), { askedAt, fruitless }, STANDARD, apart).toString().slice(11, 19)
  assert.equal(due(null, 0), '10:00:00')
  assert.equal(due(at('09:00:00'), 0), '10:00:00')
  assert.equal(due(at('09:59:00'), 0), '10:02:00')
  assert.equal(due(at('09:59:00'), 3), '10:11:00')
  assert.equal(due(at('09:59:00'), 0, 1_800), '10:29:00')
})

test('more fruitless questions never make the next one come sooner', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 60, max: 86_400 }), (fruitless, everySeconds) => {
      const settings = { ...STANDARD, everySeconds }
      assert.ok(waitSeconds(fruitless, settings) <= waitSeconds(fruitless + 1, settings))
      assert.ok(waitSeconds(fruitless, settings) >= everySeconds)
    }),
  )
})

test('a refusal says whether there is nothing yet, whether it is wrong, and whether another may know', () => {
  assert.deepEqual(outcomeOfRefusal('sf.no_trace'), { outcome: 'nothing_yet', tryOther: false })
  assert.deepEqual(outcomeOfRefusal('sf.carrier_unknown'), { outcome: 'refused', tryOther: true })
  assert.deepEqual(outcomeOfRefusal('kuaidi100.quota'), { outcome: 'refused', tryOther: true })
  assert.deepEqual(outcomeOfRefusal('sf.signature_refused'), { outcome: 'refused', tryOther: false })
})

test("the carrier's own connection is asked before an aggregator, and one that does not know the carrier not at all", () => {
  const of = (id: string, kind: string) => ({ id: connectionId(id), kind })
  const all = [of('b', 'kuaidi100'), of('c', 'sf'), of('a', 'kdniao')]
  const ids = (unfit: string): string =>
    candidatesFor('SF', all, (connection) => connection === unfit)
      .map((one) => one.id)
      .join('')
  assert.equal(ids(''), 'cab')
  assert.equal(ids('c'), 'ab')
  assert.equal(
    candidatesFor('YTO', all, (connection) => connection === 'c')
      .map((one) => one.id)
      .join(''),
    'ab',
  )
})

test('a few finds are what polls are for; many against few pushes mean broken pushes', () => {
  const figures = (finds: number, pushes: number) => [{ connection: 'c', finds, pushes }]
  assert.deepEqual(decideFindsMuch(figures(4, 0), 20), [])
  assert.deepEqual(decideFindsMuch(figures(5, 20), 20), [], '5 of 25 is just 20%')
  assert.deepEqual(decideFindsMuch(figures(6, 20), 20), [
    { connection: 'c', finds: 6, pushes: 20, percent: 23 },
  ])
})

test('a question that has been due for a quarter of an hour is not kept up with', () => {
  const of = (text: string) => [{ connection: 'c', due: 9, oldestDue: at(text) }]
  assert.deepEqual(decideBehind(of('11:45:01'), at('12:00:00')), [])
  assert.deepEqual(decideBehind(of('11:45:00'), at('12:00:00')), [{ connection: 'c', due: 9, minutes: 15 }])
  assert.deepEqual(decideBehind([{ connection: 'c', due: 0, oldestDue: null }], at('12:00:00')), [])
})

test('settings are whole numbers within bounds, and what is about orders holds for all connections', () => {
  assert.equal(checkChange({ everySeconds: 59 }, true).ok, false)
  assert.equal(checkChange({ everySeconds: 60.5 }, true).ok, false)
  const refused = checkChange({ silentMinutes: 60 }, true)
  assert.ok(!refused.ok && refused.refusal.code === 'fallback.not_per_connection')
  assert.ok(checkChange({ everySeconds: null, enabled: false }, true).ok)
  assert.deepEqual(
    mergeSettings(STANDARD, { everySeconds: 600, silentMinutes: -1, nonsense: 1, enabled: 'no' }, false),
    { ...STANDARD, everySeconds: 600 },
  )
})
