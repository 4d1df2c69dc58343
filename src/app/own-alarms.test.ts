import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { silentLog } from '#platform/log.ts'
import { openOwnAlarms } from './own-alarms.ts'

const FILLING = {
  rule: 'spool.filling',
  subject: 'hub/p0',
  severity: 'warning' as const,
  words: { zh: '将满', en: 'it fills up' },
  evidence: {},
  link: null,
}

/** Alarms over a database that may be away: then a raise goes to the phone alone, and nothing can be resolved. */
function open(mayBeOpen: readonly string[] = []) {
  const state = { isAway: false }
  const said: string[] = []
  const alarms = {
    raise: async ({ rule }: { rule: string }) =>
      void said.push(`${state.isAway ? 'phone' : 'stored'} ${rule}`),
    clear: async (rule: string) => {
      if (state.isAway) throw new Error('away')
      said.push(`clear ${rule}`)
    },
    settle: async () => undefined,
  }
  const own = openOwnAlarms({
    alarms,
    log: silentLog(),
    subject: FILLING.subject,
    isAway: () => state.isAway,
    mayBeOpen,
  })
  const look = async (signal: typeof FILLING | null): Promise<string[]> => {
    own.keep(FILLING.rule, signal)
    await turn()
    return said.splice(0)
  }
  return { state, look }
}

test('a trouble is raised at every look, so that a phone that was not reached is tried again', async () => {
  const { state, look } = open()
  state.isAway = true
  assert.deepEqual(await look(FILLING), ['phone spool.filling'])
  assert.deepEqual(await look(FILLING), ['phone spool.filling'])
})

test('what began and ended while the database was away is written down and resolved once it is back', async () => {
  const { state, look } = open()
  state.isAway = true
  await look(FILLING)
  assert.deepEqual(await look(null), [], 'nothing can be resolved yet')
  state.isAway = false
  assert.deepEqual(await look(null), ['stored spool.filling', 'clear spool.filling'])
  assert.deepEqual(await look(null), [], 'once')
})

test('what was stored, and ends while the database is away, is resolved once it is back, and not raised anew', async () => {
  const { state, look } = open()
  assert.deepEqual(await look(FILLING), ['stored spool.filling'])
  state.isAway = true
  assert.deepEqual(await look(null), [])
  state.isAway = false
  assert.deepEqual(await look(null), ['clear spool.filling'])
})

test('what an earlier process may have left open is closed once, as soon as the database is there', async () => {
  const { state, look } = open([FILLING.rule])
  state.isAway = true
  assert.deepEqual(await look(null), [])
  state.isAway = false
  assert.deepEqual(await look(null), ['clear spool.filling'])
  assert.deepEqual(await look(null), [])
})
