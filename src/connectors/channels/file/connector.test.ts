import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileProblem } from '#domain/file-order.ts'
import { formatMoney } from '#kernel/money.ts'
import { serialToWall } from './cells.ts'
import { orderOf } from './fixtures/index.ts'
import { readFileOrder } from './read.ts'

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const read = (cells: Readonly<Record<string, string>>, more: object = {}) =>
  readFileOrder({ body: bytes(orderOf(cells, more)) })
function mustRead(cells: Readonly<Record<string, string>>, more: object = {}) {
  const reading = read(cells, more)
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.refusal))
  return reading.value
}
function problems(cells: Readonly<Record<string, string>>, more: object = {}): string[] {
  const reading = read(cells, more)
  assert.ok(!reading.ok)
  const { problems: found } = reading.refusal.data as { problems: FileProblem[] }
  return found.map(({ row, column, code }) => `${row} ${column} ${code}`)
}
const withFormat = (field: string, format: string) => ({
  columns: { order_no: { column: 'no' }, [field]: { column: field, format } },
})

test("a spreadsheet's day number is the clock that the sheet shows", () => {
  // 1 January 2000 is day 36526; noon is half a day. Day 60 is a 29 February 1900 that never was.
  assert.equal(serialToWall('36526.5'), '2000-01-01 12:00:00')
  assert.equal(serialToWall('43010.455555556'), '2017-10-02 10:56:00')
  assert.equal(serialToWall('43010'), '2017-10-02 00:00:00')
  assert.equal(serialToWall('60'), null)
  assert.equal(serialToWall('9999999'), null)
  const reading = mustRead({ order_no: 'A1', placed: '43010.455555556' }, withFormat('placed', 'excel'))
  assert.equal(reading.claims[0]?.at.instant?.toString(), '2017-10-02T13:56:00Z')
  assert.equal(reading.claims[0]?.at.raw, '43010.455555556')
})

test('amounts: symbols, groups and decimal commas; nothing is rounded', () => {
  const total = (text: string, format: string) => {
    const payable = mustRead({ order_no: 'A1', total: text }, withFormat('total', format)).content[0]?.parts
      .totals?.payable
    return payable === undefined ? null : formatMoney(payable)
  }
  assert.equal(total('￥1,234.50', 'decimal'), '1234.50')
  assert.equal(total('R$ 12.30', 'decimal'), '12.30')
  assert.equal(total('12元', 'decimal'), '12.00')
  assert.equal(total('1.234,50', 'decimal_comma'), '1234.50')
  assert.equal(total('12345', 'minor'), '123.45')
  for (const [text, format] of [
    ['12,30', 'decimal'],
    ['1,23,456', 'decimal'],
    ['12.305', 'decimal'],
    ['1e3', 'decimal'],
    ['12.30', 'minor'],
    ['free', 'decimal'],
  ] as const)
    assert.deepEqual(problems({ order_no: 'A1', total: text }, withFormat('total', format)), [
      '2 total file.bad_amount',
    ])
})

test('what programs write for no time is no time; what is no time at all is an error', () => {
  for (const nothing of ['', '  ', '0000-00-00 00:00:00', '1900-01-01 00:00:00', '1970-01-01 00:00:00'])
    assert.deepEqual(mustRead({ order_no: 'A1', paid: nothing }).claims, [], nothing)
  for (const wrong of ['soon', '13/45/2017 10:00', '2/30/2018 10:00', '1/1/2018 25:00'])
    assert.deepEqual(problems({ order_no: 'A1', paid: wrong }), ['2 paid file.bad_time'], wrong)
  const [claim] = mustRead({ order_no: 'A1', paid: '2018-01-02T10:00:00+08:00' }).claims
  assert.equal(claim?.at.instant?.toString(), '2018-01-02T02:00:00Z', 'an offset in the text always wins')
})

test('a part of the rows in a parcel leaves the others waiting', () => {
  const rows = (second: Readonly<Record<string, string>>, first: Readonly<Record<string, string>> = {}) => ({
    columns: Object.fromEntries(
      ['order_no', 'sku', 'handed_over', 'tracking_no'].map((field) => [field, { column: field }]),
    ),
    rows: [
      { row: 2, cells: { sku: 'S1', handed_over: '2/21/2018 9:30', ...first } },
      { row: 3, cells: { sku: 'S2', ...second } },
    ],
  })
  const codes = (more: object) => mustRead({ order_no: 'A1' }, more).claims.map(({ code }) => code)
  assert.deepEqual(codes(rows({})), ['column:part_handed_over'])
  assert.deepEqual(codes(rows({ handed_over: '2/21/2018 9:30' })), ['column:handed_over'])
  const parcels = mustRead(
    { order_no: 'A1' },
    rows({ handed_over: '2/21/2018 9:30', tracking_no: 'T2' }, { tracking_no: 'T1' }),
  ).claims
  assert.deepEqual(
    parcels.map(({ code, detail }) => [code, detail.trackingNo, detail.lines]),
    [
      ['column:handed_over', 'T1', [{ lineId: 'sku:S1', quantity: 1 }]],
      ['column:handed_over', 'T2', [{ lineId: 'sku:S2', quantity: 1 }]],
    ],
  )
})

test('two rows of one SKU are two lines; one line id twice is an error', () => {
  const twice = (cells: Readonly<Record<string, string>>) => ({
    columns: Object.fromEntries(Object.keys(cells).map((field) => [field, { column: field }])),
    rows: [
      { row: 2, cells },
      { row: 5, cells },
    ],
  })
  const sku = { sku: 'S1', quantity: '2', line_total: '3.00' }
  const lines = mustRead({ order_no: 'A1' }, twice(sku)).content[0]?.parts.lines ?? []
  assert.deepEqual(
    lines.map((line) => [line.lineId, line.quantity, formatMoney(line.unitPrice)]),
    [
      ['sku:S1', 2, '1.50'],
      ['sku:S1#2', 2, '1.50'],
    ],
  )
  assert.deepEqual(problems({ order_no: 'A1' }, twice({ line_id: '7', sku: 'S1' })), [
    '5 line_id file.duplicate_line',
  ])
})

test('the version follows the source first and the upload second; a time to come counts for nothing', () => {
  const version = (cells: Readonly<Record<string, string>>, uploadedAt: string) =>
    mustRead({ order_no: 'A1', ...cells }, { uploadedAt }).content[0]?.version ?? 0n
  const [early, late] = ['2026-01-25T01:00:00Z', '2026-01-26T01:00:00Z']
  const placed = { placed: '1/2/2018 10:00' }
  const shipped = { ...placed, handed_over: '1/3/2018 10:00' }
  assert.ok(version(shipped, early) > version(placed, late))
  assert.ok(version(placed, late) > version(placed, early))
  assert.equal(version({ ...placed, delivered: '1/3/2062 10:00' }, early), version(placed, early))
  assert.ok(version({ ...shipped, updated_at: '1/1/2018 10:00' }, early) < version(shipped, early))
})

test('a carrier is known by the name that people write', () => {
  const carrier = (words: string) =>
    mustRead({ order_no: 'A1', tracking_no: 'T1', carrier: words }).claims[0]?.detail.carrier
  assert.equal(carrier('圆通'), 'YTO')
  assert.equal(carrier(' 顺丰速运 '), 'SF')
  assert.equal(carrier('zto'), 'ZTO')
  assert.equal(carrier('小飞象'), 'other:小飞象')
})

test('an order number is one line of 200 characters at most', () => {
  const codeOf = (orderNo: string) => {
    const reading = readFileOrder({ body: bytes({ ...orderOf({ order_no: 'A1' }), orderNo }) })
    return reading.ok ? 'ok' : reading.refusal.code
  }
  assert.equal(codeOf('x'.repeat(200)), 'ok')
  assert.equal(codeOf('x'.repeat(201)), 'order_no.too_long')
  assert.equal(codeOf('A\n1'), 'order_no.bad_character')
})
