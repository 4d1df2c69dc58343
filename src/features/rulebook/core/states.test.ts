import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateAfter, TRANSITIONS, VERSION_EVENTS, VERSION_STATES } from './states.ts'

// The whole table once more, as a person reads it: what is not here is refused.
const ALLOWED: readonly string[] = [
  'draft -save-> draft',
  'draft -pass-> checked',
  'draft -drop-> gone',
  'checked -save-> draft',
  'checked -pass-> checked',
  'checked -try-> gray',
  'checked -publish-> live',
  'checked -drop-> gone',
  'gray -promote-> live',
  'gray -replace-> retired',
  'gray -stop-> retired',
  'live -replace-> retired',
  'live -stop-> retired',
  'retired -restore-> live',
]

test('every state and event is decided, and only these are possible', () => {
  const found = VERSION_STATES.flatMap((state) =>
    VERSION_EVENTS.flatMap((event) => {
      const next = stateAfter(state, event)
      return next === null ? [] : [`${state} -${event}-> ${next}`]
    }),
  )
  assert.deepEqual([...found].sort(), [...ALLOWED].sort())
})

test('nothing that was not checked ever decides, and what decided is never changed or dropped', () => {
  for (const event of ['try', 'publish', 'promote'] as const) assert.equal(TRANSITIONS.draft[event], null)
  for (const state of ['gray', 'live', 'retired'] as const) {
    assert.equal(TRANSITIONS[state].save, null)
    assert.equal(TRANSITIONS[state].drop, null)
  }
})
