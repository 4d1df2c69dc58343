import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DrillCommand, isScenarioId, isSpeed, mayCommand, mayStart } from './command.ts'

const ANN = { kind: 'user', id: '1' }
const BOB = { kind: 'user', id: '2' }
const codeOf = (result: ReturnType<typeof mayStart>): string => (result.ok ? 'ok' : result.refusal.code)

test('DR1 one drill a person, as many as the hub takes, and none where drills are off', () => {
  assert.equal(codeOf(mayStart([], ANN, 2)), 'ok')
  assert.equal(codeOf(mayStart([BOB], ANN, 2)), 'ok')
  assert.equal(codeOf(mayStart([BOB, ANN], ANN, 2)), 'drills.running_conflict')
  assert.equal(codeOf(mayStart([BOB, { kind: 'key', id: '1' }], ANN, 2)), 'drills.full_conflict')
  assert.equal(codeOf(mayStart([BOB], ANN, 1)), 'drills.full_conflict')
  assert.equal(codeOf(mayStart([], ANN, 0)), 'drills.off')
})

test('DR2 only the person who trains commands it; an administrator may end it, and no more', () => {
  const run = { person: ANN, state: 'running' }
  const commands: DrillCommand[] = [
    { what: 'hint' },
    { what: 'answer', cause: 'x' },
    { what: 'act', action: 'x' },
    { what: 'speed', speed: 5 },
    { what: 'end' },
  ]
  for (const command of commands) {
    assert.equal(codeOf(mayCommand(run, { ...ANN, isAdmin: false }, command)), 'ok')
    assert.equal(codeOf(mayCommand(run, { ...BOB, isAdmin: false }, command)), 'drills.not_yours_forbidden')
    const asAdmin = command.what === 'end' ? 'ok' : 'drills.not_yours_forbidden'
    assert.equal(codeOf(mayCommand(run, { ...BOB, isAdmin: true }, command)), asAdmin)
    const asKey = mayCommand(run, { kind: 'key', id: '1', isAdmin: false }, command)
    assert.equal(codeOf(asKey), 'drills.not_yours_forbidden')
  }
})

test('a drill that is over takes no command, one that is being built only its end', () => {
  const by = { ...ANN, isAdmin: true }
  for (const state of ['ended', 'failed'])
    assert.equal(codeOf(mayCommand({ person: ANN, state }, by, { what: 'end' })), 'drills.over_conflict')
  const starting = { person: ANN, state: 'starting' }
  assert.equal(codeOf(mayCommand(starting, by, { what: 'hint' })), 'drills.starting_conflict')
  assert.equal(codeOf(mayCommand(starting, by, { what: 'end' })), 'ok')
})

test('speeds are 1 to 120; an id is a file name that leads nowhere else', () => {
  assert.deepEqual([0.5, 1, 120, 121, Number.NaN, Number.POSITIVE_INFINITY].map(isSpeed), [
    false,
    true,
    true,
    false,
    false,
    false,
  ])
  for (const id of ['ab', 'dhl-local-time', 'a_1']) assert.ok(isScenarioId(id), id)
  for (const id of ['a', '..', '../x', 'A-b', 'a/b', 'a.b', '-ab', 'x'.repeat(61)])
    assert.ok(!isScenarioId(id), id)
})
