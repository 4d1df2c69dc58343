import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FeedChange, FeedMapping, FeedTable } from '#domain/stock-feed.ts'
import { compareBatch, DIFFERENCES_SHOWN, type LedgerFigure, NOTHING_COMPARED } from './compare.ts'
import { grantScripts } from './grants.ts'
import { checkColumns, checkMapping, checkWarehouses, emptyMapping, stepOf } from './mapping.ts'
import { previewRows } from './preview-rows.ts'
import { FILE, PUSH } from './sources.ts'
import { matchWarehouse, type SampleRow, stockLikeness, suggestMapping } from './suggest-mapping.ts'

const WAREHOUSES = [
  { code: 'SH1', name: '上海仓' },
  { code: 'GZ1', name: '广州仓' },
]
const HINTS = { knownSkus: new Set(['PET-1001', 'CUP-3001']), warehouses: WAREHOUSES, zone: 'Asia/Shanghai' }
const table = (name: string, columns: Record<string, string>, keys: string[] = []): FeedTable => ({
  name,
  rows: null,
  columns: Object.entries(columns).map(([column, type]) => ({
    name: column,
    type,
    key: keys.includes(column),
  })),
})

const WMS = table(
  'wms.wms_stock',
  {
    id: 'bigint(20)',
    warehouse_code: 'varchar(20)',
    sku_code: 'varchar(64)',
    qty: 'int(11)',
    locked_qty: 'int(11)',
    updated_at: 'timestamp(6)',
  },
  ['id'],
)
const WMS_ROWS: SampleRow[] = [
  {
    id: '1',
    warehouse_code: 'SH1',
    sku_code: 'PET-1001',
    qty: '12',
    locked_qty: '0',
    updated_at: '2026-11-01 10:00:00.000001Z',
  },
  {
    id: '2',
    warehouse_code: 'GZ1',
    sku_code: 'CUP-3001',
    qty: '0',
    locked_qty: '1',
    updated_at: '2026-11-01 10:00:01.000000Z',
  },
  {
    id: '3',
    warehouse_code: 'SH1',
    sku_code: 'NEW-1',
    qty: '7',
    locked_qty: '0',
    updated_at: '2026-11-01 10:00:02.000000Z',
  },
]

test('an English WMS table is understood, with reasons', () => {
  const { mapping, guesses, open } = suggestMapping(WMS, WMS_ROWS, HINTS)
  assert.deepEqual(mapping, {
    mode: 'levels',
    table: 'wms.wms_stock',
    sku: 'sku_code',
    quantity: 'qty',
    warehouse: 'warehouse_code',
    version: 'updated_at',
    id: null,
    reference: null,
    zone: 'Asia/Shanghai',
  } satisfies FeedMapping)
  assert.deepEqual(open, [])
  const sku = guesses.find(({ field }) => field === 'sku')
  assert.ok((sku?.confidence ?? 0) >= 80)
  assert.ok(sku?.reasons.some(({ zh }) => zh === '样本里 67% 是中枢已知的 SKU'))
})

test('Chinese and pinyin heads are understood', () => {
  const chinese = table('库存表', {
    货品编码: 'varchar',
    仓库: 'varchar',
    库存数量: 'decimal(12,3)',
    更新时间: 'datetime',
  })
  const pinyin = table('kc', { hpbm: 'varchar', ckbm: 'varchar', kcsl: 'int', gxsj: 'datetime' })
  const pick = ({ mapping }: ReturnType<typeof suggestMapping>) => [
    mapping.sku,
    mapping.warehouse,
    mapping.quantity,
    mapping.version,
  ]
  assert.deepEqual(pick(suggestMapping(chinese, [], HINTS)), ['货品编码', '仓库', '库存数量', '更新时间'])
  assert.deepEqual(pick(suggestMapping(pinyin, [], HINTS)), ['hpbm', 'ckbm', 'kcsl', 'gxsj'])
})

test('a table of movements is told from one of levels', () => {
  const moves = table(
    'wms.stock_movement',
    { id: 'bigint', sku: 'varchar', wh: 'varchar', delta: 'int', doc_no: 'varchar', created_at: 'datetime' },
    ['id'],
  )
  const rows: SampleRow[] = [
    { id: '1', sku: 'PET-1001', wh: 'SH1', delta: '-2', doc_no: 'SO1', created_at: '2026-11-01 10:00:00' },
    { id: '2', sku: 'PET-1001', wh: 'SH1', delta: '5', doc_no: 'PO1', created_at: '2026-11-01 10:00:00' },
  ]
  const { mapping } = suggestMapping(moves, rows, HINTS)
  assert.deepEqual(
    [mapping.mode, mapping.sku, mapping.quantity, mapping.id, mapping.warehouse, mapping.reference],
    ['movements', 'sku', 'delta', 'id', 'wh', 'doc_no'],
  )
})

test('what stands in a column weighs more than its name', () => {
  const odd = table('t', { qty: 'varchar', amount: 'int', sku: 'varchar', code: 'varchar' })
  const rows = [{ qty: 'piece', amount: '3', sku: '2026-01-01 10:00:00', code: 'PET-1001' }]
  const { mapping } = suggestMapping(odd, rows, HINTS)
  assert.deepEqual([mapping.sku, mapping.quantity], ['code', 'amount'])
})

test('what nobody can know is left open', () => {
  const { mapping, open } = suggestMapping(
    table('x', { a: 'text', b: 'text' }),
    [{ a: 'foo', b: 'bar' }],
    HINTS,
  )
  assert.deepEqual([mapping.sku, mapping.quantity, open], ['', '', ['sku', 'quantity']])
})

test('the stock table goes before orders, users and the log of movements', () => {
  const likeness = [
    WMS,
    table('wms.kc_move', {
      warehouse_code: 'varchar(20)',
      sku_code: 'varchar(64)',
      delta: 'decimal(12,3)',
      stock_version: 'bigint(20)',
    }),
    table('wms.stock_log', { sku: 'varchar', qty: 'int' }),
    table('wms.orders', { order_no: 'varchar', amount: 'decimal' }),
    table('wms.sys_user', { name: 'varchar' }),
  ].map(stockLikeness)
  assert.deepEqual(
    likeness.toSorted((a, b) => b - a),
    likeness,
  )
  assert.ok((likeness[0] ?? 0) > (likeness[1] ?? 0))
})

test('a source’s code finds its warehouse; one that could be two finds none', () => {
  assert.equal(matchWarehouse('sh-1', WAREHOUSES), 'SH1')
  assert.equal(matchWarehouse('上海', WAREHOUSES), 'SH1')
  assert.equal(matchWarehouse('仓', WAREHOUSES), null)
  assert.equal(
    matchWarehouse('华东', [
      { code: 'A', name: '华东一仓' },
      { code: 'B', name: '华东二仓' },
    ]),
    null,
  )
  assert.equal(matchWarehouse('', WAREHOUSES), null)
})

const MAPPING = suggestMapping(WMS, WMS_ROWS, HINTS).mapping

test('a mapping is whole or says what lacks', () => {
  const codeOf = (result: { ok: boolean; refusal?: { code: string } }) =>
    result.ok ? 'ok' : result.refusal?.code
  assert.equal(codeOf(checkMapping(MAPPING, 'connection')), 'ok')
  assert.equal(codeOf(checkMapping({ ...MAPPING, table: '' }, 'connection')), 'capture.mapping_incomplete')
  assert.equal(codeOf(checkMapping({ ...MAPPING, table: '' }, 'file')), 'ok')
  assert.equal(codeOf(checkMapping({ ...MAPPING, quantity: '' }, 'file')), 'capture.mapping_incomplete')
  assert.equal(
    codeOf(checkMapping({ ...MAPPING, mode: 'movements' }, 'connection')),
    'capture.mapping_incomplete',
  )
  assert.equal(
    codeOf(checkMapping({ ...MAPPING, quantity: MAPPING.sku }, 'connection')),
    'capture.mapping_incomplete',
  )
  assert.equal(codeOf(checkColumns(MAPPING, ['sku_code', 'qty', 'updated_at'])), 'capture.column_missing')
  assert.equal(codeOf(checkWarehouses(MAPPING, [])), 'capture.warehouses_missing')
  assert.equal(
    codeOf(checkWarehouses(MAPPING, [{ sourceCode: '', warehouse: 'SH1' }])),
    'capture.warehouses_missing',
  )
  assert.equal(
    codeOf(checkWarehouses({ ...MAPPING, warehouse: null }, [{ sourceCode: '', warehouse: 'SH1' }])),
    'ok',
  )
  const twice = [
    { sourceCode: 'A', warehouse: 'SH1' },
    { sourceCode: 'A', warehouse: 'GZ1' },
  ]
  assert.equal(codeOf(checkWarehouses(MAPPING, twice)), 'capture.source_code_twice')
})

test('the wizard knows where it stands', () => {
  const feed = {
    state: 'draft' as const,
    source: 'connection' as const,
    mapping: emptyMapping('c', 'UTC'),
    warehouses: [],
  }
  assert.equal(stepOf(feed), 'check')
  assert.equal(stepOf({ ...feed, mapping: { ...feed.mapping, table: 'wms.stock' } }), 'mapping')
  assert.equal(
    stepOf({ ...feed, mapping: MAPPING, warehouses: [{ sourceCode: 'SH1', warehouse: 'SH1' }] }),
    'dry_run',
  )
  assert.equal(stepOf({ ...feed, state: 'dry_run' }), 'live')
  assert.equal(emptyMapping(PUSH, 'UTC').sku, 'sku')
  assert.equal(emptyMapping(FILE, 'UTC').sku, '')
})

test('a preview says of each row what it would do', () => {
  const seen = previewRows(
    MAPPING,
    [{ sourceCode: 'SH1', warehouse: 'SH1' }],
    [...WMS_ROWS, { ...WMS_ROWS[0], qty: 'x' }],
    {
      skus: HINTS.knownSkus,
      warehouses: WAREHOUSES,
    },
  )
  assert.equal(seen.good, 3)
  assert.deepEqual(seen.unknownSkus, ['NEW-1'])
  assert.deepEqual(
    seen.faults.map(({ code, count }) => [code, count]),
    [['feed.bad_quantity', 1]],
  )
  assert.deepEqual(seen.warehouses, [
    { sourceCode: 'SH1', rows: 2, warehouse: 'SH1', isProposed: false },
    { sourceCode: 'GZ1', rows: 1, warehouse: 'GZ1', isProposed: true },
  ])
  assert.deepEqual(
    seen.rows.map(({ warehouse }) => warehouse),
    ['SH1', null, 'SH1', null],
  )
})

const level = (sku: string, warehouse: string, quantity: number): FeedChange => ({
  kind: 'level',
  sku,
  warehouse,
  quantity,
  version: null,
  reference: null,
  removed: false,
})

test('a comparison counts what is new, the same and different', () => {
  const ledger = new Map<string, LedgerFigure>([
    ['A', { physical: 5, unseenOut: 0, isCaptured: false }],
    // 2 have left that the warehouse has not counted down yet: its 9 is our 7.
    ['B', { physical: 7, unseenOut: 2, isCaptured: true }],
    ['C', { physical: 3, unseenOut: 0, isCaptured: false }],
  ])
  const changes = [
    level('A', 'x', 5),
    level('B', 'x', 9),
    level('C', 'x', 8),
    level('D', 'x', 4),
    level('E', 'y', 1),
    level('TWO', 'x', 1),
  ]
  const compared = compareBatch(
    NOTHING_COMPARED,
    { changes, faults: [{ code: 'feed.no_sku' }] },
    {
      homeOf: (code) => (code === 'x' ? 'SH1' : null),
      figureOf: (sku) => ledger.get(sku) ?? null,
      isKnownSku: (sku) => sku !== 'D',
      isSecond: (sku) => sku === 'TWO',
    },
  )
  assert.deepEqual(compared, {
    rows: 7,
    opening: 1,
    openingPieces: 4,
    same: 2,
    different: 1,
    differences: [{ sku: 'C', warehouse: 'SH1', ledger: 3, captured: 8 }],
    unknownSkus: 1,
    unknownSkuList: ['D'],
    unmapped: { y: 1 },
    faults: { 'feed.no_sku': 1, 'capture.row_twice': 1 },
  })
})

test('cut into any batches, a comparison ends the same and stays small', () => {
  const changes = fc.array(
    fc.record({
      sku: fc.integer({ min: 0, max: 400 }).map(String),
      quantity: fc.integer({ min: 0, max: 90 }),
    }),
    { maxLength: 300 },
  )
  const known = {
    homeOf: () => 'SH1',
    figureOf: (sku: string) =>
      Number(sku) % 3 === 0 ? null : { physical: 10, unseenOut: 0, isCaptured: false },
    isKnownSku: (sku: string) => Number(sku) % 2 === 0,
  }
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 50 }), (list, size) => {
      const all = list.map(({ sku, quantity }) => level(sku, 'x', quantity))
      const once = compareBatch(NOTHING_COMPARED, { changes: all, faults: [] }, known)
      let cut = NOTHING_COMPARED
      for (let i = 0; i < all.length; i += size)
        cut = compareBatch(cut, { changes: all.slice(i, i + size), faults: [] }, known)
      assert.equal(once.opening + once.same + once.different, all.length)
      assert.ok(cut.differences.length <= DIFFERENCES_SHOWN)
      const far = (one: { captured: number; ledger: number }) => Math.abs(one.captured - one.ledger)
      assert.deepEqual(
        { ...cut, differences: cut.differences.map(far) },
        { ...once, differences: once.differences.map(far) },
      )
    }),
  )
})

test('the account that the hub asks for can change nothing', () => {
  const scripts = grantScripts({
    kind: 'mysql-binlog',
    user: "o'x",
    from: '10.0.0.5',
    database: 'wms',
    table: 'wms.st`ock',
  })
  const [maria] = scripts
  assert.match(maria?.script ?? '', /GRANT SELECT ON `wms`\.`st``ock` TO 'ox'@'10\.0\.0\.5';/)
  for (const { script } of scripts)
    assert.doesNotMatch(script, /\b(INSERT|UPDATE|DELETE|ALL PRIVILEGES|SUPER)\b/)
  assert.equal(grantScripts({ kind: 'shopify', user: '', from: '', database: '', table: '' }).length, 0)
  assert.match(
    grantScripts({ kind: 'redis-stream', user: 'hub', from: '', database: '', table: 's' })[0]?.script ?? '',
    /'><password>' resetkeys ~s resetchannels -@all .*\+time .*\+xautoclaim \+cluster\|slots/,
  )
})
