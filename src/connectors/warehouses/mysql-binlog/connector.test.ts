import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FeedMapping } from '#domain/stock-feed.ts'
import { BATCH_MOST, type Piece, takePieces } from './batches.ts'
import { gtidTrack, shapeOf } from './facts.ts'
import { serverFault } from './faults.ts'
import { decideStart, type LogFacts, type Position, parsePosition, positionText } from './position.ts'
import { changesOf } from './rows.ts'
import { parseServerSettings, quotedTable, tableNameOf } from './settings.ts'
import { meaningOf } from './statement.ts'

const AT: Position = {
  server: 'uid-1',
  file: 'mysql-bin.000003',
  offset: 4_711,
  gtid: '0-1-99',
  shape: 'abc',
}
const FACTS: LogFacts = {
  server: 'uid-1',
  files: [
    { name: 'mysql-bin.000003', size: 9_000 },
    { name: 'mysql-bin.000004', size: 400 },
  ],
  gtidThere: '0-1-99',
  tellsGtid: true,
  hasGtids: true,
}

test('a position is read back as it was written, and anything else is none', () => {
  assert.deepEqual(parsePosition(positionText(AT)), AT)
  for (const text of [
    '',
    'mysql-bin.000003:4711',
    '{}',
    'null',
    positionText(AT).replace('"v":1', '"v":2'),
    positionText({ ...AT, offset: 3 }),
    positionText({ ...AT, offset: 1.5 }),
    positionText({ ...AT, file: '' }),
  ])
    assert.equal(parsePosition(text), null, text)
})

test('where following begins: file and offset, ids on another server or after a purge, or a gap', () => {
  const by = (facts: Partial<LogFacts>, at: Position = AT): string => {
    const start = decideStart(at, { ...FACTS, ...facts })
    return start.by === 'gap' ? `gap ${start.why}` : start.by
  }
  assert.equal(by({}), 'file')
  assert.equal(
    by({ gtidThere: null, tellsGtid: false }, { ...AT, gtid: null }),
    'file',
    'MySQL without GTIDs',
  )
  assert.equal(by({ server: 'uid-2' }), 'gtid')
  assert.equal(by({ server: 'uid-2', hasGtids: false }), 'gap server_replaced')
  assert.equal(by({ server: 'uid-2' }, { ...AT, gtid: null }), 'gap server_replaced')
  assert.equal(by({ files: FACTS.files.slice(1) }), 'gtid')
  assert.equal(by({ files: FACTS.files.slice(1), hasGtids: false }), 'gap purged')
  assert.equal(by({ files: [{ name: AT.file, size: 4_710 }] }), 'gap history_differs')
  assert.equal(by({ gtidThere: '0-1-98' }), 'gap history_differs')
  assert.equal(by({ gtidThere: '1-2-5,0-1-99' }, { ...AT, gtid: '0-1-99,1-2-5' }), 'file', 'in any order')
})

test('statements: what touches the table, and how', () => {
  const table = { schema: 'wms', name: 'stock' }
  const cases: readonly (readonly [string, string, ReturnType<typeof meaningOf>])[] = [
    ['BEGIN', 'wms', 'nothing'],
    ['COMMIT', 'wms', 'commit'],
    ['ROLLBACK', '', 'commit'],
    ['ROLLBACK TO SAVEPOINT a', 'wms', 'nothing'],
    ["XA COMMIT X'61',X'',1", '', 'commit'],
    ['alter table stock add column a int', 'wms', 'definition'],
    ['/* by hand */ ALTER TABLE `wms`.`stock` DROP COLUMN a', 'erp', 'definition'],
    ['/*!40000 ALTER TABLE `stock` DISABLE KEYS */', 'wms', 'definition'],
    ['ALTER TABLE stock ADD a INT', 'erp', 'nothing'],
    ['ALTER TABLE stock_history ADD a INT', 'wms', 'nothing'],
    ['ALTER TABLE my_stock ADD a INT', 'wms', 'nothing'],
    ['RENAME TABLE stock TO stock_old, stock_new TO stock', 'wms', 'definition'],
    ['DROP DATABASE wms', '', 'definition'],
    ['TRUNCATE TABLE stock', 'wms', 'emptied'],
    ['truncate stock', 'wms', 'emptied'],
    ['UPDATE stock SET qty = 1', 'wms', 'written'],
    ['-- nightly\nDELETE FROM wms.stock', '', 'written'],
    ['UPDATE product SET qty = 1', 'wms', 'nothing'],
    ['GRANT SELECT ON wms.stock TO reader', '', 'nothing'],
  ]
  for (const [text, schema, meaning] of cases) assert.equal(meaningOf(text, schema, table), meaning, text)
})

test('pieces are taken in order, never more than 1,000 rows together, none lost', () => {
  const piece = (rows: number, offset: number): Piece => ({
    changes: Array.from({ length: rows }, (_, i) => ({
      kind: 'movement',
      warehouse: '',
      sku: 'A',
      delta: 1,
      id: `${offset}.${i}`,
      reference: null,
    })),
    faults: [],
    position: { ...AT, offset },
    at: offset,
  })
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: BATCH_MOST }), { maxLength: 30 }), (sizes) => {
      const waiting = sizes.map((rows, i) => piece(rows, 4 + i))
      const ids: string[] = []
      let taken = 0
      for (let next = takePieces(waiting); next !== null; next = takePieces(waiting.slice(taken))) {
        assert.ok(next.batch.changes.length <= BATCH_MOST)
        taken += next.taken
        assert.equal(next.batch.position.offset, waiting[taken - 1]?.position.offset)
        ids.push(...next.batch.changes.map((one) => (one.kind === 'movement' ? one.id : '')))
      }
      assert.deepEqual(
        ids,
        waiting.flatMap(({ changes }) => changes.map((one) => (one.kind === 'movement' ? one.id : ''))),
      )
    }),
  )
})

test('ids of committed transactions are added to where following began; a set that began nowhere stays unknown', () => {
  const maria = gtidTrack('0-1-5,3-1-9')
  maria.add('0-2-6')
  assert.equal(maria.text(), '0-2-6,3-1-9')
  const huge = gtidTrack('0-1-9007199254740993')
  assert.equal(huge.text(), '0-1-9007199254740993')
  const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562'
  const mysql = gtidTrack(`${uuid}:1-5`)
  mysql.add(`${uuid}:6`)
  assert.equal(mysql.text(), `${uuid}:1-6`)
  const unknown = gtidTrack(null)
  unknown.add(`${uuid}:6`)
  assert.equal(unknown.text(), null)
})

const LEVELS: FeedMapping = {
  mode: 'levels',
  table: 'wms.stock',
  sku: 'sku',
  quantity: 'qty',
  warehouse: 'wh',
  version: null,
  id: null,
  reference: null,
  zone: 'UTC',
}

test('a row that moves to another warehouse is gone there and new here; one whose mapped columns stay says nothing', () => {
  const before = { sku: 'A', qty: '5', wh: 'SH', note: 'x' }
  const moved = changesOf(LEVELS, new Map(), { kind: 'changed', before, after: { ...before, wh: 'BJ' } })
  assert.deepEqual(
    moved.changes.map((one) => (one.kind === 'level' ? [one.warehouse, one.quantity, one.removed] : [])),
    [
      ['SH', 0, true],
      ['BJ', 5, false],
    ],
  )
  const noted = changesOf(LEVELS, new Map(), { kind: 'changed', before, after: { ...before, note: 'y' } })
  assert.deepEqual(noted, { changes: [], faults: [] })
})

test('settings: each fault names its field, never the password', () => {
  const good = { host: 'db', database: 'wms', user: 'u', password: 'secret-word' }
  const codeOf = (more: Record<string, string>): string => {
    const read = parseServerSettings({ ...good, ...more })
    return read.ok ? 'ok' : `${read.refusal.code} ${read.refusal.detail}`
  }
  assert.equal(codeOf({}), 'ok')
  assert.match(codeOf({ host: 'db:3306' }), /^mysql_binlog\.settings host/)
  assert.match(codeOf({ port: '0' }), /port/)
  assert.match(codeOf({ database: ' ' }), /database/)
  assert.match(codeOf({ tls: 'maybe' }), /tls/)
  assert.match(codeOf({ authority: 'no pem' }), /authority/)
  assert.deepEqual(tableNameOf('stock', 'wms'), { schema: 'wms', name: 'stock' })
  assert.equal(quotedTable({ schema: 'wms', name: 'a`b' }), '`wms`.`a``b`')
  assert.equal(tableNameOf('a.b.c', 'wms'), null)
  assert.equal(tableNameOf('stock; drop table x', 'wms')?.name, 'stock; drop table x', 'quoted as one name')
})

test('a changed type, order or name is another shape', () => {
  const columns = [
    { name: 'sku', type: 'varchar(64)', charset: 'utf8mb4' },
    { name: 'qty', type: 'INT(11)', charset: null },
  ]
  assert.equal(shapeOf(columns), shapeOf(columns.map((one) => ({ ...one, type: one.type.toLowerCase() }))))
  assert.notEqual(shapeOf(columns), shapeOf(columns.toReversed()))
  assert.notEqual(shapeOf(columns), shapeOf([...columns, { name: 'x', type: 'int(11)', charset: null }]))
})

test('what the server says is told apart, and what only a person can mend is settled', () => {
  const said = (errno: number, message: string): string => {
    const { code, settled } = serverFault(Object.assign(new Error(message), { errno }))
    return `${code} ${settled}`
  }
  assert.equal(said(1045, "Access denied for user 'u'@'h'"), 'login true')
  assert.equal(said(1227, 'Access denied; you need REPLICATION SLAVE'), 'replication_rights true')
  assert.equal(
    said(1236, 'Could not find first log file name in binary log index file'),
    'position_lost false',
  )
  assert.equal(said(1236, 'log event entry exceeded max_allowed_packet'), 'unreadable_log true')
  assert.equal(
    said(1236, 'A slave with the same server_uuid/server_id as this slave has connected'),
    'connection_lost false',
  )
  assert.equal(said(1040, 'Too many connections'), 'busy false')
  assert.equal(
    serverFault(new Error('Connection lost: The server closed the connection.')).code,
    'connection_lost',
  )
})
