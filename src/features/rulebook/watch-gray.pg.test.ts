import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { DecisionRecord } from '#domain/rulebook.ts'
import { manualClock } from '#kernel/clock.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { feeInput, feeModel, openTestRulebook } from '#test-support/rulebook.ts'
import {
  ann,
  bob,
  code,
  countedAlarms,
  GRAY,
  LIVE,
  newSet,
  ready,
  value,
} from '#test-support/rulebook-steps.ts'
import { settleRuleAlarms } from './alarms.ts'
import type { RulebookDeps } from './deps.ts'
import { promote, publishVersion, rollBack } from './publish-version.ts'
import { recordDecisions } from './record-decisions.ts'
import { readEvents, readSet, readVersion } from './store.ts'
import { watchGray } from './watch-gray.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
const because = { zh: '试', en: 'test' }

let database: FreshDatabase
let deps: RulebookDeps
before(async () => {
  database = await freshDatabase({ connections: 8 })
  await ensurePartitions(database.sql, START.toZonedDateTimeISO('UTC').toPlainDate())
  deps = await openTestRulebook(database.sql, { clock })
})
after(async () => {
  await deps.directory.stop()
  await database.close()
})

function record(chosen: DecisionRecord['chosen'], over: Partial<DecisionRecord> = {}): DecisionRecord {
  const decision = { outcome: 'decided', reason: null, values: {}, actions: [], path: [] } as const
  return {
    chosen,
    orderId: 1n,
    orderNo: 'NO-1',
    connection: 'x',
    input: feeInput(1n),
    decision,
    result: {},
    observations: [],
    at: clock.now(),
    ...over,
  }
}
async function keep(records: readonly DecisionRecord[]): Promise<void> {
  await database.sql.begin((tx) => recordDecisions(tx, records))
}
async function graySet() {
  const set = await newSet(deps)
  const first = await ready(deps, set.id, feeModel('10.00'))
  value(await publishVersion(deps, ann, first, LIVE))
  const second = await ready(deps, set.id, feeModel('12.00'))
  value(await publishVersion(deps, ann, second, GRAY))
  const of = (versionId: bigint, arm: 'live' | 'gray') =>
    ({ kind: 'fee', setId: set.id, versionId, number: 1, arm }) as const
  return { ...set, first, second, live: of(first, 'live'), gray: of(second, 'gray') }
}
const seen = (metric: string, bad: number) => ({ metric, n: 1, bad, sum: bad })

test('a broken guard takes the version back by itself, with the reason, and says so', async () => {
  const set = await graySet()
  await keep([
    ...Array.from({ length: 20 }, () => record(set.live, { observations: [seen('lost', 0)] })),
    ...Array.from({ length: 20 }, () => record(set.gray, { observations: [seen('lost', 0)] })),
  ])
  await watchGray(deps)
  assert.equal((await readSet(database.sql, set.id))?.gray_version, set.second)
  await keep([record(set.gray, { observations: [seen('lost', 1)] })])
  await watchGray(deps)
  const after = await readSet(database.sql, set.id)
  assert.deepEqual([after?.gray_version, after?.live_version], [null, set.first])
  assert.equal(set.choose('NO-1', set.second)?.versionId, set.first)
  const retired = await readVersion(database.sql, set.second)
  assert.equal(retired?.state, 'retired')
  assert.match(retired?.retired_words ?? '', /21 单中出现 1 次/)
  const [event] = await readEvents(database.sql, set.id, null, 1)
  assert.deepEqual([event?.what, event?.actor, event?.detail.guard], ['rolled_back', 'hub', 'lost'])
  const raised = new Map<string, number>()
  await settleRuleAlarms(countedAlarms(deps, raised))
  assert.equal(raised.get('rules.rolled_back'), 1)
  const third = await ready(deps, set.id, feeModel('13.00'))
  value(await publishVersion(deps, ann, third, GRAY))
  await settleRuleAlarms(countedAlarms(deps, raised))
  assert.equal(raised.get('rules.rolled_back'), 0, 'heals with the next publication')
})

test('undecided orders take a version back too, and what others tally at the same time adds up', async () => {
  const set = await graySet()
  const review = {
    outcome: 'review',
    reason: { code: 'rulebook.no_branch', node: 'a', words: because },
  } as const
  const undecided = record(set.gray, { decision: { ...record(set.gray).decision, ...review } })
  await Promise.all(
    Array.from({ length: 8 }, () =>
      keep([...Array.from({ length: 10 }, () => record(set.live)), undecided, record(set.gray)]),
    ),
  )
  const [sum] = await database.sql<{ n: string; bad: string }>`
    select sum(n) as n, sum(bad) as bad from rule_tally where set_id = ${set.id} and version_id = ${set.second} and metric = 'review'`
  assert.deepEqual(sum, { n: '16', bad: '8' })
  await watchGray(deps)
  assert.equal((await readSet(database.sql, set.id))?.gray_version, null)
})

test('healthy to the end: promoted by itself; too few orders: watched on, told once', async () => {
  const set = await graySet()
  clock.advance({ minutes: 121 })
  await watchGray(deps)
  const waiting = await readSet(database.sql, set.id)
  assert.deepEqual([waiting?.gray_version, waiting?.gray_waits], [set.second, 'few_decisions'])
  await keep(Array.from({ length: 100 }, () => record(set.gray)))
  await watchGray(deps)
  assert.equal((await readSet(database.sql, set.id))?.live_version, set.first, 'not before its next time')
  clock.advance({ minutes: 16 })
  // A hub that was started anew goes on with what is kept.
  const restarted = await openTestRulebook(database.sql, { clock })
  await watchGray(restarted)
  await restarted.directory.stop()
  const promoted = await readSet(database.sql, set.id)
  assert.deepEqual([promoted?.live_version, promoted?.previous_version], [set.second, set.first])
  const events = await readEvents(database.sql, set.id, null, 3)
  assert.deepEqual(
    events.map(({ what, actor }) => [what, actor]),
    [
      ['promoted', 'hub'],
      ['prolonged', 'hub'],
      ['gray', 'ann'],
    ],
  )
})

test('the sweep cannot end a watch that a person has ended meanwhile', async () => {
  const set = await graySet()
  const watch = (await readSet(database.sql, set.id))?.gray_watch ?? ''
  value(await rollBack(deps, ann, set.id, { because, to: null }))
  assert.equal(code(await promote(deps, bob, set.id, because, watch)), 'rulebook.no_gray_conflict')
  assert.equal(
    code(await rollBack(deps, bob, set.id, { because, to: null, watch })),
    'rulebook.no_gray_conflict',
  )
})
