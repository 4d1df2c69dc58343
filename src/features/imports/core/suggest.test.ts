import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guessDateFormat } from './date-format.ts'
import { columnIndex, findHeader, headerNames } from './header.ts'
import { suggestTemplate } from './suggest.ts'

const DEFAULTS = { zone: 'Asia/Shanghai', currency: 'CNY' }

test('a number above 12 tells day from month, and nothing else does', () => {
  const format = (...samples: string[]) => {
    const guess = guessDateFormat(samples)
    return [guess?.format, guess?.question ?? null]
  }
  assert.deepEqual(format('10/2/2017 10:56', '7/24/2018 20:41'), ['M/d/yyyy H:mm', null])
  assert.deepEqual(format('2/10/2017 10:56', '24/7/2018 20:41'), ['d/M/yyyy H:mm', null])
  assert.deepEqual(format('2/10/2017 10:56', '4/7/2018 20:41'), ['M/d/yyyy H:mm', 'day_or_month'])
  assert.deepEqual(format('24/7/2018', '7/24/2018'), ['M/d/yyyy', 'day_or_month'])
  assert.deepEqual(format('02.10.17 10:56:07'), ['d.M.yy H:mm:ss', null])
  assert.deepEqual(format('1/31/2026 9:05 PM'), ['M/d/yyyy h:mm a', null])
  assert.deepEqual(format('1/31/2026'), ['M/d/yyyy', 'date_only'])
  assert.deepEqual(format('2026-01-31 09:05:00'), ['', null])
  assert.deepEqual(format('2026-01-31'), ['', 'date_only'])
  assert.deepEqual(format('1700000000', '1700000001'), ['epoch', null])
  assert.deepEqual(format('43010.4555'), ['excel', null])
  assert.deepEqual(format('tomorrow'), ['', 'no_times'])
  assert.equal(guessDateFormat(['', ' ']), null)
})

test('columns are found by their Chinese and English names', () => {
  const columns = [
    '订单编号',
    '订单状态',
    '下单时间',
    '发货时间',
    '运单号',
    '快递公司',
    '商家编码',
    '数量',
    '实付金额(元)',
    '收货人',
  ].map((name) => ({ name, samples: [] }))
  const { template } = suggestTemplate('x', columns, DEFAULTS)
  assert.deepEqual(
    Object.fromEntries(Object.entries(template.columns).map(([field, one]) => [field, one.column])),
    {
      order_no: '订单编号',
      status: '订单状态',
      placed: '下单时间',
      handed_over: '发货时间',
      tracking_no: '运单号',
      carrier: '快递公司',
      sku: '商家编码',
      quantity: '数量',
      total: '实付金额(元)',
      recipient_name: '收货人',
    },
  )
})

test('what the file does not say is asked', () => {
  const { template, questions } = suggestTemplate(
    'x',
    [
      { name: 'Order Number', samples: ['1'] },
      { name: 'created_at', samples: ['2/3/2026 10:00'] },
      { name: 'Total', samples: ['1.00'] },
      { name: 'status', samples: ['Delivered', 'On its way'] },
    ],
    DEFAULTS,
  )
  assert.deepEqual(
    questions.map(({ code, about }) => `${code} ${about}`),
    ['day_or_month created_at', 'zone Asia/Shanghai', 'currency CNY', 'unknown_status On its way'],
  )
  assert.deepEqual(template.statusMap, { Delivered: 'delivered' })
  const nameless = suggestTemplate('x', [{ name: 'colour', samples: [] }], DEFAULTS)
  assert.deepEqual(
    nameless.questions.map(({ code }) => code),
    ['no_order_no'],
  )
})

test('a column that cannot tell day from month is told by its neighbour', () => {
  const { template, questions } = suggestTemplate(
    'x',
    [
      { name: 'order_id', samples: ['1'] },
      { name: 'paid_at', samples: ['2/3/2026 10:00'] },
      { name: 'shipped_at', samples: ['25/3/2026 10:00'] },
    ],
    DEFAULTS,
  )
  assert.equal(template.dateFormat, 'd/M/yyyy H:mm')
  assert.deepEqual(
    questions.map(({ code }) => code),
    ['zone'],
  )
})

test('a title above the header is passed over', () => {
  const rows = [['订单导出 2026-01'], [], ['订单编号', '数量', '数量', ''], ['A1', '2', '3', 'x']]
  const head = rows.map((cells, index) => ({ row: index + 1, cells }))
  assert.equal(findHeader(head), 3)
  assert.deepEqual(headerNames(rows[2] ?? [], 5), ['订单编号', '数量', '数量 (2)', '#4', '#5'])
  assert.equal(columnIndex(['Order ID', 'b'], 'order_id'), 0)
  assert.equal(columnIndex(['Order ID', 'b'], 'c'), -1)
})
