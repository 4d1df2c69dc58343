import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FeedMapping } from '#domain/stock-feed.ts'
import { entryMeaning, rowsOf } from './entry.ts'
import { compareIds, doubtOf, parsePlace, placeText, type StreamFacts } from './place.ts'
import { parseStreamSettings } from './settings.ts'

const PLACE = { id: '1000-5', read: 50 }
const FACTS: StreamFacts = { length: 10, lastId: '2000-0', firstId: '1500-0', added: 60, maxDeletedId: '0-0' }

test('a place is read back as it was written, and anything else is none', () => {
  assert.deepEqual(parsePlace(placeText(PLACE)), PLACE)
  assert.deepEqual(parsePlace(placeText({ id: '1-0', read: null })), { id: '1-0', read: null })
  for (const text of [
    '',
    '1000-5',
    '{"v":1}',
    '{"v":1,"id":"x","read":1}',
    '{"v":2,"id":"1-1","read":1}',
    '{"v":1,"id":"1-1","read":-1}',
  ])
    assert.equal(parsePlace(text), null, text)
})

test('ids compare as two numbers of 64 bits', () => {
  const id = fc.tuple(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  )
  fc.assert(
    fc.property(id, id, ([am, an], [bm, bn]) => {
      const expected = am === bm ? (an < bn ? -1 : an > bn ? 1 : 0) : am < bm ? -1 : 1
      assert.equal(compareIds(`${am}-${an}`, `${bm}-${bn}`), expected)
    }),
  )
  assert.equal(compareIds('10-0', '9-99'), 1)
})

test('whether entries were lost: ten of sixty are left, so that fifty were removed', () => {
  assert.equal(doubtOf(PLACE, FACTS, false), null, 'we had read fifty')
  assert.equal(doubtOf({ ...PLACE, read: 49 }, FACTS, false), 'trimmed')
  assert.equal(doubtOf({ ...PLACE, read: null }, FACTS, false), 'trimmed', 'nobody counted')
  assert.equal(doubtOf(PLACE, { ...FACTS, added: null }, false), 'trimmed', 'before Redis 7')
  assert.equal(doubtOf({ ...PLACE, read: null }, FACTS, true), null, 'our last entry is still there')
  assert.equal(
    doubtOf({ id: '2000-0', read: null }, { ...FACTS, length: 0, firstId: null }, false),
    null,
    'nothing came since',
  )
  assert.equal(doubtOf({ id: '2000-1', read: 60 }, FACTS, false), 'stream_went_back')
  assert.equal(doubtOf(PLACE, { ...FACTS, maxDeletedId: '1700-0' }, true), 'deleted')
  assert.equal(
    doubtOf(PLACE, { ...FACTS, maxDeletedId: '900-0' }, false),
    null,
    'what we had read was deleted',
  )
})

/** The oracle keeps the whole stream and knows which entries nobody read. */
test('property: a gap is told exactly when an entry that was not read is gone', () => {
  const history = fc.record({
    before: fc.integer({ min: 1, max: 30 }),
    after: fc.integer({ min: 0, max: 30 }),
    keep: fc.integer({ min: 0, max: 60 }),
  })
  fc.assert(
    fc.property(history, ({ before, after, keep }) => {
      const ids = Array.from({ length: before + after }, (_, i) => `${1_000 + i}-0`)
      const left = ids.slice(Math.max(0, ids.length - keep))
      const facts: StreamFacts = {
        length: left.length,
        lastId: ids.at(-1) ?? '0-0',
        firstId: left[0] ?? null,
        added: ids.length,
        maxDeletedId: '0-0',
      }
      const place = { id: ids[before - 1] ?? '0-0', read: before }
      const lost = ids.slice(before).some((id) => !left.includes(id))
      assert.equal(doubtOf(place, facts, left.includes(place.id)) !== null, lost)
    }),
  )
})

const MAPPING: FeedMapping = {
  mode: 'levels',
  table: 'wms:stock',
  sku: 'item.sku',
  quantity: 'qty',
  warehouse: null,
  version: 'ver',
  id: null,
  reference: null,
  zone: 'UTC',
}

test('JSON keeps 64-bit numbers digit by digit and is flattened by dots', () => {
  const entry = {
    id: '5-0',
    fields: ['data', '{"item":{"sku":"A"},"qty":12.0,"ver":900719925474099301,"tags":["x"]}'],
  }
  const rows = rowsOf(entry, 'data')
  assert.deepEqual(rows, [
    { 'item.sku': 'A', qty: '12.0', ver: '900719925474099301', tags: '["x"]', $id: '5-0' },
  ])
  const said = entryMeaning(MAPPING, entry, 'data')
  assert.deepEqual(said.changes, [
    {
      kind: 'level',
      warehouse: '',
      sku: 'A',
      quantity: 12,
      version: 900_719_925_474_099_301n,
      reference: null,
      removed: false,
    },
  ])
})

test('any entry is read or a fault with a code, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (text, asJson) => {
      const said = entryMeaning(MAPPING, { id: '1-1', fields: ['data', text] }, asJson ? 'data' : null)
      for (const { code } of said.faults) assert.match(code, /^(feed|redis_stream)\.[a-z_]+$/)
    }),
  )
})

test('settings: each fault names its field', () => {
  const detail = (given: Record<string, string>): string => {
    const read = parseStreamSettings(given)
    return read.ok ? JSON.stringify(read.value.nodes) : `${read.refusal.code} ${read.refusal.detail}`
  }
  assert.equal(detail({ nodes: 'redis' }), '[{"host":"redis","port":6379}]')
  assert.equal(
    detail({ nodes: '[::1]:7000, b:7001', mode: 'cluster' }),
    '[{"host":"::1","port":7000},{"host":"b","port":7001}]',
  )
  assert.match(detail({}), /^redis_stream\.settings nodes/)
  assert.match(detail({ nodes: 'redis://user:pass@host' }), /nodes/)
  assert.match(detail({ nodes: 'a,b' }), /cluster/)
  assert.match(detail({ nodes: 'a', mode: 'cluster', database: '1' }), /database/)
  assert.match(detail({ nodes: 'a', tls: 'x' }), /tls/)
})
