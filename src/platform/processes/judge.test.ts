import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeProcesses, SILENT_MS, type Sightings } from './judge.ts'
import type { ProcessRow } from './store.ts'

const AT = Temporal.Instant.from('2026-11-11T00:00:00Z')
const row = (change: Partial<ProcessRow> = {}): ProcessRow => ({
  id: 'a',
  roles: ['worker'],
  version: '1',
  host: 'h',
  pid: 1,
  home: '',
  pidMark: '',
  startedAt: AT,
  url: '',
  state: 'running',
  seenAt: AT,
  goneAt: null,
  silentMs: 0,
  held: false,
  cpuPercent: 0,
  memoryBytes: 0,
  loopDelayMs: 0,
  acceptedPerSecond: 0,
  interpretedPerSecond: 0,
  effectsPerSecond: 0,
  ...change,
})
const elsewhere = (): null => null
const NOBODY: Sightings = new Map()
const idsOf = (rows: readonly ProcessRow[]): string[] => rows.map(({ id }) => id)

test('without its lock it is dead once it was seen silent for long enough, and not before', () => {
  const first = judgeProcesses(NOBODY, [row()], 1_000, elsewhere)
  assert.deepEqual(idsOf(first.gone), [])
  const soon = judgeProcesses(first.sightings, [row()], 1_000 + SILENT_MS - 1, elsewhere)
  assert.deepEqual(idsOf(soon.gone), [])
  const late = judgeProcesses(soon.sightings, [row()], 1_000 + SILENT_MS, elsewhere)
  assert.deepEqual([idsOf(late.gone), idsOf(late.ended)], [['a'], []])
})

test('a sign of life begins the silence anew, and so does a database that was away', () => {
  const first = judgeProcesses(NOBODY, [row()], 0, elsewhere)
  const spoke = judgeProcesses(
    first.sightings,
    [row({ seenAt: AT.add({ seconds: 1 }) })],
    SILENT_MS,
    elsewhere,
  )
  assert.deepEqual(idsOf(spoke.gone), [])
  // An old row after an outage: the judge starts from nothing, for nobody could speak meanwhile.
  const back = judgeProcesses(NOBODY, [row({ silentMs: 600_000 })], 1_000_000, elsewhere)
  assert.deepEqual(idsOf(back.gone), [])
})

test('who holds his lock lives, however silent; who lost it in between is watched from then on', () => {
  const first = judgeProcesses(NOBODY, [row()], 0, elsewhere)
  const held = judgeProcesses(first.sightings, [row({ held: true })], SILENT_MS, elsewhere)
  assert.deepEqual([idsOf(held.gone), held.sightings.size], [[], 0])
  assert.deepEqual(idsOf(judgeProcesses(held.sightings, [row()], SILENT_MS * 2, elsewhere).gone), [])
})

test('our own machine decides: what runs there is never dead, what ended there is dead at once', () => {
  const first = judgeProcesses(NOBODY, [row()], 0, () => true)
  assert.deepEqual(idsOf(judgeProcesses(first.sightings, [row()], SILENT_MS * 9, () => true).gone), [])
  const ended = judgeProcesses(NOBODY, [row()], 0, () => false)
  assert.deepEqual([idsOf(ended.gone), idsOf(ended.ended)], [['a'], ['a']])
  // Its lock says that it has a connection: a number that cannot be looked up rightly from here does not outweigh that.
  assert.deepEqual(idsOf(judgeProcesses(NOBODY, [row({ held: true })], 0, () => false).gone), [])
})

test('what another process has already found dead stays so', () => {
  assert.deepEqual(idsOf(judgeProcesses(NOBODY, [row({ goneAt: AT })], 0, elsewhere).gone), ['a'])
})
