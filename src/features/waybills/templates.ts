import type { RuleOrder } from '#domain/rule-order.ts'
import { ruleInputOf } from '#domain/rule-variables.ts'
import type { RuleCaseContent, RuleModel, RuleTemplate } from '#domain/rulebook.ts'

const BY_WEIGHT: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'table',
  nodes: [
    {
      type: 'table',
      id: 'table',
      label: '按货值、重量和地区选承运商',
      at: { x: 0, y: 0 },
      hit: 'first',
      columns: [
        { id: 'value', label: '包裹货值', input: 'parcel_value', type: 'money' },
        { id: 'weight', label: '包裹重量（未知按 0）', input: 'orElse(parcel_weight, 0)', type: 'int' },
        { id: 'region', label: '省份', input: 'orElse(province, "")', type: 'text' },
      ],
      outputs: [{ name: 'carrier', label: '承运商', type: 'choice' }],
      rows: [
        { id: 'dear', cells: ['>= 500.00', '', ''], outputs: ['"SF"'], note: '贵重走顺丰' },
        { id: 'heavy', cells: ['', '>= 20000', ''], outputs: ['"DEPPON"'], note: '大件走德邦' },
        { id: 'far', cells: ['', '', '新疆, 西藏'], outputs: ['"EMS"'], note: '偏远走 EMS' },
        { id: 'usual', cells: ['', '', ''], outputs: ['"ZTO"'], note: '其余走中通' },
      ],
      to: 'done',
      otherwise: null,
    },
    {
      type: 'result',
      id: 'done',
      label: '完成',
      at: { x: 320, y: 0 },
      outcome: 'decided',
      values: [{ name: 'carrier', expression: 'carrier' }],
      reason: '',
    },
  ],
  tables: [],
}

export const CARRIER_TEMPLATES: readonly RuleTemplate[] = [
  {
    id: 'weight_and_region',
    name: { zh: '按货值、重量和地区', en: 'by value, weight and region' },
    description: {
      zh: '货值 500 元起走顺丰，20 公斤起走德邦，新疆、西藏走 EMS，其余走中通。把承运商换成自己有账号的。',
      en: 'From ¥500 SF, from 20 kg Deppon, Xinjiang and Tibet EMS, else ZTO. Put your own carriers in.',
    },
    model: BY_WEIGHT,
    cases: [
      decided('499.99 元的普通包裹', { parcel_value: 49_999n }, 'ZTO'),
      decided('500 元', { parcel_value: 50_000n }, 'SF'),
      decided('20 公斤', { parcel_weight: 20_000n }, 'DEPPON'),
      decided('新疆', { province: '新疆' }, 'EMS'),
      decided('重量未知', { parcel_weight: null }, 'ZTO'),
    ],
  },
]

function decided(
  name: string,
  own: Readonly<Record<string, bigint | string | null>>,
  carrier: string,
): RuleCaseContent {
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
    lines: [],
    gifts: [],
  }
  const input = ruleInputOf(order, null)
  const values = {
    ...input.values,
    warehouse: 'EAST',
    parcel_weight: 500n,
    parcel_pieces: 1n,
    parcel_value: 9_900n,
    ...own,
  }
  return { name, input: { ...input, values }, expected: { outcome: 'decided', values: { carrier } } }
}
