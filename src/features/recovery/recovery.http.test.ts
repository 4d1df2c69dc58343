import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { keepArrivals } from '#platform/inbox/store.ts'
import { spoolArrival } from '#platform/spool/testing.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'
import { hashOf } from './merge-file.ts'
import { addReceipts, addToRun, startRun } from './store.ts'

let running: RunningHub
before(async () => {
  running = await runningHub()
})
after(() => running.close())

type Receipts = { items: { id: string; outcome: string; decision: string | null }[]; next: string | null }

test('level and spool are told, receipts listed, and a conflict decided once', async () => {
  const { sql } = running.database
  const level = await running.call('GET', '/api/emergency/level')
  const now = level.body as { level: number; spool: { usable: boolean; records: number } }
  assert.deepEqual([level.status, now.level, now.spool.usable, now.spool.records], [200, 0, true, 0])
  assert.equal((await running.call('POST', '/api/emergency/merge')).status, 200)

  const ours = spoolArrival(1, { connection: 'gone' })
  const theirs = { ...ours, body: Buffer.from('{"order":1,"later":true}') }
  const [first, second] = [await keepArrivals(sql, [ours]), await keepArrivals(sql, [theirs])]
  const at = Temporal.Now.instant()
  await startRun(sql, 'run', '/elsewhere', at)
  await addReceipts(sql, { run: 'run', now: at }, [
    {
      file: 'f',
      offset: 1,
      arrival: theirs,
      outcome: 'conflict',
      messageId: first[0]?.id ?? null,
      ownMessageId: second[0]?.id ?? null,
      hash: hashOf(theirs.body),
      detail: null,
    },
  ])
  const one = { accepted: 0, duplicate: 0, conflict: 1, rejected: 0, files: 1, damaged: 0 }
  await addToRun(sql, 'run', one, at)
  const state = (await running.call('GET', '/api/emergency')).body as {
    openConflicts: number
    runs: { source: string; conflict: number }[]
  }
  assert.deepEqual(
    [state.openConflicts, state.runs.map((run) => [run.source, run.conflict])],
    [1, [['/elsewhere', 1]]],
  )
  const open = (await running.call('GET', '/api/emergency/receipts?open=true')).body as Receipts
  const [conflict] = open.items
  assert.ok(conflict)
  const path = `/api/emergency/conflicts/${conflict.id}`
  const sides = (await running.call('GET', path)).body as { ours: { body: string }; theirs: { body: string } }
  assert.deepEqual([sides.ours.body, sides.theirs.body], ['{"order":1}', '{"order":1,"later":true}'])
  assert.equal((await running.call('POST', `${path}/decision`, { decision: 'both' })).status, 400)
  const taken = await running.call('POST', `${path}/decision`, { decision: 'theirs' })
  assert.equal(taken.status, 200)
  assert.match((taken.body as { messageId: string }).messageId, /^\d{8}-\d+$/)
  const late = await running.call('POST', `${path}/decision`, { decision: 'ours' })
  assert.deepEqual([late.status, (late.body as { code: string }).code], [409, 'recovery.decided_conflict'])
  assert.equal((await running.call('GET', '/api/emergency/conflicts/99999')).status, 404)
  const after = (await running.call('GET', '/api/emergency/receipts?outcome=conflict')).body as Receipts
  assert.deepEqual(
    after.items.map((row) => row.decision),
    ['theirs'],
  )
  const bad = await running.call('GET', '/api/emergency/receipts?cursor=nonsense')
  assert.equal((bad.body as { code: string }).code, 'http.bad_cursor')
  const [audit] = await sql<{ action: string; actor_name: string }>`
    select action, actor_name from audit_entry where action = 'recovery.decided'`
  assert.deepEqual(audit, { action: 'recovery.decided', actor_name: 'test' })
})
