import type { Words } from '#domain/notice.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import { ruleInputOf } from '#domain/rule-variables.ts'
import type { RuleCaseContent, RuleInput, RuleNode, RuleTemplate, RuleValue } from '#domain/rulebook.ts'

type Weights = readonly [parcels: number, distance: number, cost: number, promise: number, balance: number]

function simple(id: string, name: Words, description: Words, weights: Weights): RuleTemplate {
  return {
    id,
    name,
    description,
    model: {
      format: 1,
      currency: 'CNY',
      start: 'weights',
      nodes: [weigh('weights', 0, name.zh, weights, 'done'), done(1)],
      tables: [],
    },
    cases: [decided('杭州的订单', caseInput({}), weights)],
  }
}

/** Urgent by the promise, far away, else the ordinary mixture. What nobody promised is not urgent. */
const mixed: RuleTemplate = {
  id: 'mixed',
  name: { zh: '综合（加权）', en: 'weighted' },
  description: {
    zh: '平时包裹少优先、兼顾费用和距离；离承诺发货不到 12 小时按最快送达；新疆、西藏、青海按费用最低。',
    en: 'Few parcels first, then cost and distance; less than 12 h to the promise: the quickest; Xinjiang, Tibet, Qinghai: the cheapest.',
  },
  model: {
    format: 1,
    currency: 'CNY',
    start: 'urgent',
    nodes: [
      branch('urgent', 0, '快到承诺时间？', 'orElse(due_hours, 9999) < 12', 'quick', 'far'),
      weigh('quick', 0, '最快送达', [30, 0, 10, 60, 0], 'done'),
      branch('far', 1, '偏远地区？', 'province in ["新疆", "西藏", "青海"]', 'cheap', 'usual'),
      weigh('cheap', 1, '费用最低', [20, 0, 80, 0, 0], 'done'),
      weigh('usual', 2, '综合', [50, 15, 20, 10, 5], 'done'),
      done(3),
    ],
    tables: [],
  },
  cases: [
    decided('还有 11 小时', caseInput({ due_hours: 11n }), [30, 0, 10, 60, 0]),
    decided('还有 12 小时', caseInput({ due_hours: 12n }), [50, 15, 20, 10, 5]),
    decided('没有承诺', caseInput({ due_hours: null }), [50, 15, 20, 10, 5]),
    decided('新疆', caseInput({ province: '新疆', due_hours: 40n }), [20, 0, 80, 0, 0]),
  ],
}

export const SOURCING_TEMPLATES: readonly RuleTemplate[] = [
  simple(
    'nearest',
    { zh: '就近发货', en: 'nearest' },
    {
      zh: '从离收货地最近的仓发；多一个包裹相当于远 200 公里。',
      en: 'From the nearest warehouse; one more parcel weighs like 200 km.',
    },
    [20, 100, 0, 0, 0],
  ),
  simple(
    'fewest',
    { zh: '最少包裹', en: 'fewest parcels' },
    {
      zh: '先让包裹最少，一样多时看距离、费用和时效。',
      en: 'The fewest parcels come first; among those distance, cost and time.',
    },
    [100, 30, 30, 20, 10],
  ),
  simple(
    'cheapest',
    { zh: '成本最低', en: 'cheapest' },
    {
      zh: '按仓库「时效与费用」里的首重续重，算出总费用最低的发法。',
      en: 'The lowest sum of first and further kilograms, by the lanes of the warehouses.',
    },
    [10, 0, 100, 0, 0],
  ),
  simple(
    'quickest',
    { zh: '时效优先', en: 'quickest' },
    {
      zh: '最后一个包裹最早送到；赶不上截单时间的仓靠后。',
      en: 'The last parcel arrives as early as can be; who misses the cut-off comes last.',
    },
    [30, 0, 10, 100, 0],
  ),
  mixed,
  simple(
    'peak',
    { zh: '大促均衡', en: 'balanced for a peak' },
    {
      zh: '按今日产能的占用分散到各仓，不把一个仓压满。需要在「能力」里填每日产能。',
      en: 'Spreads over the warehouses by how full they are today; needs their daily capacities.',
    },
    [30, 5, 10, 10, 100],
  ),
]

function weigh(id: string, row: number, label: string, weights: Weights, to: string): RuleNode {
  const [parcels, distance, cost, promise, balance] = weights.map(String) as [
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    type: 'action',
    id,
    label,
    at: { x: 320, y: row * 190 },
    action: 'weights',
    params: { parcels, distance, cost, promise, balance },
    to,
  }
}

function branch(
  id: string,
  row: number,
  label: string,
  when: string,
  to: string,
  otherwise: string,
): RuleNode {
  const at = { x: 0, y: row * 190 }
  return { type: 'branch', id, label, at, branches: [{ id: 'yes', label: '是', when, to }], otherwise }
}

function done(row: number): RuleNode {
  const at = { x: 640, y: row * 190 }
  return { type: 'result', id: 'done', label: '完成', at, outcome: 'decided', values: [], reason: '' }
}

function decided(name: string, input: RuleInput, weights: Weights): RuleCaseContent {
  const [parcels, distance, cost, promise, balance] = weights.map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const params = { parcels, distance, cost, promise, balance }
  return { name, input, expected: { outcome: 'decided', actions: [{ action: 'weights', params }] } }
}

function caseInput(own: Readonly<Record<string, RuleValue>>): RuleInput {
  const order: RuleOrder = {
    id: 1n,
    connection: 'shop',
    connectorKind: 'douyin',
    orderNo: '1',
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    currency: 'CNY',
    payableMinor: 9_900n,
    goodsMinor: 9_900n,
    shippingMinor: 0n,
    discountMinor: 0n,
    promotions: [],
    buyerId: null,
    earlierOrders: 0,
    earlierSpentMinor: 0n,
    to: { country: 'CN', province: '浙江', city: '杭州市', district: '西湖区' },
    recipientKey: null,
    buyerNote: '',
    sellerNote: '',
    flag: null,
    lines: [
      {
        lineId: '1',
        sku: 'TEA',
        shopSku: 'TEA',
        title: 'TEA',
        quantity: 1,
        unitPriceMinor: 9_900n,
        paidMinor: 9_900n,
        gift: false,
        weightG: 500,
        volumeCm3: 2_000,
        tags: [],
        parts: null,
      },
    ],
    gifts: [],
  }
  const input = ruleInputOf(order, null)
  return { ...input, values: { ...input.values, due_hours: 24n, parcel_count: 1n, ...own } }
}
