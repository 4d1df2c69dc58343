import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judge, type LaneState, type Limits, type Open, type QueueState, RULES } from './limits.ts'

const LIMITS: Limits = { oldSeconds: 120, deadLetters: 50, queueDepth: 500 }
const lane = (more: Partial<LaneState>): LaneState => ({
  lane: 'taobao',
  title: '淘宝旗舰店',
  depth: 0,
  capped: false,
  alarmDepth: 500,
  oldestSeconds: null,
  arrival: 0,
  drain: 0,
  secondsToEmpty: 0,
  ...more,
})
const queue = (more: Partial<QueueState>): QueueState => ({
  connection: 'mq',
  name: 'ERP 队列',
  depth: 0,
  dead: 0,
  unseenSeconds: 0,
  growth: null,
  ...more,
})
const wrong = (state: Partial<Parameters<typeof judge>[0]>, open: readonly Open[] = []): string[] => {
  const found = judge({ lanes: [], dead: [], queues: [], ...state }, LIMITS, open)
  return RULES.flatMap((rule) => found[rule].map(({ subject, severity }) => `${rule} ${subject} ${severity}`))
}

test('each limit is an alarm of its own, critical at ten times', () => {
  assert.deepEqual(wrong({ lanes: [lane({ depth: 500 })] }), [])
  assert.deepEqual(wrong({ lanes: [lane({ depth: 501 })] }), ['backlog.deep taobao warning'])
  assert.deepEqual(wrong({ lanes: [lane({ depth: 5_000 })] }), ['backlog.deep taobao critical'])
  assert.deepEqual(wrong({ lanes: [lane({ depth: 1, oldestSeconds: 121 })] }), ['backlog.old taobao warning'])
  const group = { code: 'mapping.unknown_code', count: 51, capped: false, lanes: 2 }
  assert.deepEqual(wrong({ dead: [group] }), ['backlog.dead_letters mapping.unknown_code warning'])
  assert.deepEqual(wrong({ queues: [queue({ depth: 501, dead: 51 })] }), [
    'backlog.dead_letters queue:mq warning',
    'backlog.queue_deep mq warning',
  ])
  assert.deepEqual(wrong({ queues: [queue({ unseenSeconds: 180 })] }), [])
  assert.deepEqual(wrong({ queues: [queue({ unseenSeconds: 181 })] }), ['backlog.queue_unseen mq warning'])
})

test('an open alarm stays until the figure is at six tenths of its limit', () => {
  const open = [{ rule: 'backlog.deep', subject: 'taobao' }]
  assert.deepEqual(wrong({ lanes: [lane({ depth: 301 })] }, open), ['backlog.deep taobao warning'])
  assert.deepEqual(wrong({ lanes: [lane({ depth: 300 })] }, open), [])
  assert.deepEqual(wrong({ lanes: [lane({ lane: 'jd', depth: 301 })] }, open), [], 'another lane has its own')
})

test('a depth that swings around the limit opens once and closes once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 301, max: 900 }), { minLength: 1, maxLength: 40 }), (depths) => {
      let open: Open[] = []
      let changes = 0
      for (const depth of depths) {
        const found = judge({ lanes: [lane({ depth })], dead: [], queues: [] }, LIMITS, open)['backlog.deep']
        if (found.length !== open.length) changes += 1
        open = found.map(({ rule, subject }) => ({ rule, subject }))
      }
      assert.ok(changes <= 1)
    }),
  )
})

test('the words hold the figures, what to do first, and both languages', () => {
  const state = lane({ depth: 900, arrival: 12.34, drain: 2, secondsToEmpty: null })
  const [signal] = judge({ lanes: [state], dead: [], queues: [] }, LIMITS, [])['backlog.deep']
  assert.match(
    signal?.words.en ?? '',
    /900 messages wait in lane "淘宝旗舰店" \(limit 500\); 12\/s in, 2\/s out, at this pace it never empties/,
  )
  assert.match(
    signal?.words.zh ?? '',
    /泳道「淘宝旗舰店」积压 900 条（上限 500），每秒进 12 出 2，按目前速度不会清空/,
  )
  assert.equal(signal?.link, '/lanes?lane=taobao')
})
