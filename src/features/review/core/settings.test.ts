import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseQuestion } from './filter.ts'
import { ALL, dueOf, effectiveFor, latestDue, type SettingRow, settingsOf } from './settings.ts'

const RULE = { id: 'r', minutes: 120, severity: 'warning', dueMinutes: 60 } as const
const NOW = Temporal.Instant.from('2026-11-11T02:00:00Z')
const row = (connectionId: string, more: Partial<SettingRow>): SettingRow => ({
  rule: 'r',
  connectionId,
  active: null,
  minutes: null,
  severity: null,
  dueMinutes: null,
  owner: null,
  ...more,
})

test('a channel takes what it does not set from the row for every channel, and that from the rule', () => {
  const settings = settingsOf(RULE, [
    row(ALL, { minutes: 90, owner: '7' }),
    row('shop', { severity: 'critical' }),
    { ...row('shop', { minutes: 1 }), rule: 'another' },
  ])
  assert.deepEqual(effectiveFor(settings, 'shop'), {
    active: true,
    minutes: 90,
    severity: 'critical',
    dueMinutes: 60,
    owner: '7',
  })
  assert.deepEqual(effectiveFor(settings, 'elsewhere'), settings.all)
  assert.deepEqual(effectiveFor(settings, null), settings.all)
})

test('the bound of a sweep is that of the most impatient active channel', () => {
  const at = (...rows: SettingRow[]): string | null =>
    latestDue(settingsOf(RULE, rows), NOW)?.toString() ?? null
  assert.equal(at(), '2026-11-11T00:00:00Z')
  assert.equal(at(row('shop', { minutes: 30 })), '2026-11-11T01:30:00Z')
  assert.equal(at(row('shop', { minutes: 30, active: false })), '2026-11-11T00:00:00Z')
  assert.equal(
    at(row(ALL, { active: false }), row('shop', { active: true, minutes: 240 })),
    '2026-11-10T22:00:00Z',
  )
  assert.equal(at(row(ALL, { active: false })), null)
})

test('a case is due when the rule says, or sooner where something outside demands it', () => {
  const due = (deadline: string | null): string =>
    dueOf(NOW, 60, deadline === null ? null : Temporal.Instant.from(deadline)).toString()
  assert.equal(due(null), '2026-11-11T03:00:00Z')
  assert.equal(due('2026-11-11T02:20:00Z'), '2026-11-11T02:20:00Z')
  assert.equal(due('2026-11-11T09:00:00Z'), '2026-11-11T03:00:00Z')
  assert.equal(due('2026-11-10T09:00:00Z'), '2026-11-10T09:00:00Z', 'past already')
})

test('a filter shows open cases unless it names another state; today begins in the hub zone', () => {
  const about = { me: '7', now: NOW, zone: 'Asia/Shanghai' }
  const asked = (input: Parameters<typeof parseQuestion>[0]) => {
    const parsed = parseQuestion(input, about)
    assert.ok(parsed.ok)
    return parsed.value
  }
  assert.deepEqual([asked({}).filter.states, asked({}).sort], [['open'], 'due'])
  const today = asked({ resolvedToday: '1' })
  assert.deepEqual([today.filter.states, today.sort], [['resolved'], '-resolved'])
  // 10:00 in Shanghai: the day began at 16:00 UTC of the day before.
  assert.equal(today.filter.resolvedFrom?.toString(), '2026-11-10T16:00:00Z')
  assert.equal(asked({ owner: 'me' }).filter.owner, '7')
  const key = parseQuestion({ owner: 'me' }, { ...about, me: null })
  assert.ok(key.ok && key.value.filter.owner !== null, 'a key finds nothing of its own, and not everything')
  assert.deepEqual(asked({ q: 'A1, B2；A1\nC3' }).filter.numbers, ['A1', 'B2', 'C3'])
  for (const [input, code] of [
    [{ state: 'open,lost' }, 'review.unknown_state'],
    [{ severity: 'bad' }, 'review.unknown_severity'],
    [{ sort: 'age' }, 'review.unknown_sort'],
    [{ order: '1;2' }, 'review.bad_order'],
  ] as const) {
    const parsed = parseQuestion(input, about)
    assert.equal(parsed.ok ? null : parsed.refusal.code, code)
  }
})
