import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Fact } from '#domain/fact.ts'
import { connectionId } from '#kernel/id.ts'
import { readTime } from '#kernel/source-time.ts'
import { fact } from '#test-support/facts.ts'
import { tellOnce } from './told-once.ts'

/** A scan as a source wrote it: `raw` in its own manner. */
function scan(id: string, source: string, code: string, raw: string, words = ''): Fact {
  return {
    ...fact('in_transit', 0, { on: 'parcel', id, detail: { words } }),
    source: connectionId(source),
    code,
    at: readTime({ system: 'zto', raw }),
  }
}

const AT = '2026-02-11 18:44:22'
const AS_EPOCH = '1770806662000'
const pushed = scan('b', 'zto', 'push:ARRIVAL', AT, '快件已到达 上海')
const queried = scan('a', 'zto', 'query:到件', AS_EPOCH, '到件')
const relayed = scan('c', 'kd100', 'statusCode:0', AT, '到达上海分拨中心')

function ids(facts: readonly Fact[]): string[] {
  return tellOnce(facts).map(({ told, also }) => [told, ...also].map(({ id }) => id).join('+'))
}

test('a scan that was pushed, asked for and told by an aggregator is one happening with three voices', () => {
  assert.ok(pushed.at.instant?.equals(queried.at.instant ?? fact('placed', 0).receivedAt))
  assert.deepEqual(ids([pushed, queried, relayed]), ['c+b+a'])
})

test('the same scan with a reason beside it in one answer and without in the other is one', () => {
  const bare = scan('x', 'sf', 'opCode:31', AT, '到达')
  const reasoned = { ...bare, id: 'y', detail: { ...bare.detail, reason: '天气' } }
  assert.deepEqual(ids([reasoned, bare]), ['x+y'])
})

test('two scans of one voice in one second stay two, whoever else tells of one of them', () => {
  const left = scan('l', 'zto', 'push:DEPARTURE', AT, '离开 苏州')
  assert.deepEqual(ids([pushed, left, relayed]).sort(), ['b+c', 'l'])
})

test('other kinds, other moments and events without any time stay by themselves', () => {
  const other: Fact = { ...relayed, id: 'd', kind: 'exception' }
  const later = scan('e', 'zto', 'push:ARRIVAL', '2026-02-11 18:44:23')
  const never = (id: string): Fact => ({ ...scan(id, 'zto', 'push:abort', ''), id })
  assert.deepEqual(ids([pushed, other, later, never('f'), never('g')]), ['b', 'd', 'e', 'f', 'g'])
})

test('the order in which they came changes nothing', () => {
  const all = [pushed, queried, relayed, scan('l', 'zto', 'push:DEPARTURE', AT, '离开 苏州')]
  const expected = ids(all).sort()
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (facts) => {
      const found = tellOnce(facts)
      assert.deepEqual(found.map(({ told }) => told.id).sort(), expected.map((one) => one[0] ?? '').sort())
      assert.equal(
        found.reduce((sum, { also }) => sum + 1 + also.length, 0),
        all.length,
      )
    }),
  )
})
