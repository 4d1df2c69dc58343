import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessRow } from '#platform/processes/store.ts'
import { goneSignals } from './process-alarm.ts'

const AT = Temporal.Instant.from('2026-11-11T02:00:00Z')

function row(given: Partial<ProcessRow>): ProcessRow {
  return {
    id: 'p',
    roles: ['api', 'worker'],
    version: '1',
    host: 'a',
    pid: 7,
    home: '/data',
    pidMark: '',
    startedAt: AT,
    url: '',
    state: 'running',
    seenAt: AT,
    goneAt: null,
    silentMs: 0,
    held: true,
    cpuPercent: 0,
    memoryBytes: 0,
    loopDelayMs: 0,
    acceptedPerSecond: 0,
    interpretedPerSecond: 0,
    effectsPerSecond: 0,
    ...given,
  }
}
const gone = (given: Partial<ProcessRow>): ProcessRow => row({ goneAt: AT, silentMs: 180_000, ...given })
const told = (rows: readonly ProcessRow[]): unknown[] =>
  goneSignals(rows).map(({ subject, severity, evidence }) => [subject, severity, evidence.missing])

test('one that went and did not come back is told; critical where nobody does what it did', () => {
  assert.deepEqual(told([row({}), gone({ id: 'q', host: 'b', roles: ['worker'] })]), [
    ['b:/data', 'warning', ''],
  ])
  assert.deepEqual(told([row({ roles: ['api'] }), gone({ id: 'q', host: 'b' })]), [
    ['b:/data', 'critical', 'worker'],
  ])
  // However often it ended there, it is one place.
  assert.equal(told([gone({}), gone({ id: 'q', silentMs: 120_000 })]).length, 1)
})

test('nobody is called for one that is back, has just gone, or went a day ago', () => {
  assert.deepEqual(told([gone({}), row({ id: 'new' })]), [])
  assert.deepEqual(told([gone({ silentMs: 59_000 })]), [])
  assert.deepEqual(told([gone({ silentMs: 90_000_000 })]), [])
  assert.deepEqual(told([row({ silentMs: 61_000 })]), [], 'silent and alive')
})
