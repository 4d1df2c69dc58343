import type { RuleModel, RuleNode, RuleTemplate } from '#domain/rulebook.ts'
import { at, charge, decided, freightCase, review } from './model-parts.ts'
import { REGION_SURCHARGES } from './region-tables.ts'

const WHERE: RuleNode = {
  id: 'where',
  type: 'branch',
  label: '寄到哪里？',
  note: '省份不明、港澳台和境外不猜：转人工。',
  at: at(0, 2),
  branches: [
    { id: 'unknown', label: '省份不明', when: 'province == ""', to: 'unknown_place' },
    { id: 'hmt', label: '港澳台', when: 'region_class == "hmt"', to: 'ask_price' },
    { id: 'abroad', label: '境外', when: 'region_class == "abroad"', to: 'ask_price' },
  ],
  otherwise: 'first',
}

const FIRST: RuleNode = {
  id: 'first',
  type: 'branch',
  label: '抖音新客首单？',
  note: '首单全免，新疆也免：“首单免运费”说的是运费，不是金额段。买家未知的不算新客。',
  at: at(1, 2),
  branches: [
    {
      id: 'yes',
      label: '抖音新客首单',
      when: 'order_source == "douyin" && orElse(customer_level, "") == "new" && orElse(order_count, 1) == 0',
      to: 'first_free',
    },
  ],
  otherwise: 'bands',
}

const BANDS: RuleNode = {
  id: 'bands',
  type: 'table',
  label: '客户与金额段',
  note:
    '“满 99 包邮”与老客 99–199 收 8 元相冲突：写得更具体的优先，老客按三档，其余客户（新客非首单、其他渠道新客、买家未知）满 99 包邮、不满 99 同老客。' +
    '想让老客也满 99 包邮，把第二行改成 0 且不加地区系数。',
  at: at(2, 2),
  hit: 'unique',
  columns: [
    { id: 'old', label: '老客', input: 'orElse(customer_level, "") == "old"', type: 'bool' },
    { id: 'amount', label: '订单金额', input: 'order_amount', type: 'money' },
  ],
  outputs: [
    { name: 'base_fee', label: '基础运费', type: 'money' },
    { name: 'with_region', label: '加地区系数', type: 'bool' },
  ],
  rows: [
    { id: 'old_low', cells: ['true', '< 99'], outputs: ['yuan("12.00")', 'true'] },
    { id: 'old_middle', cells: ['true', '[99, 199)'], outputs: ['yuan("8.00")', 'true'] },
    { id: 'old_high', cells: ['true', '>= 199'], outputs: ['yuan("0.00")', 'false'] },
    { id: 'other_low', cells: ['false', '< 99'], outputs: ['yuan("12.00")', 'true'] },
    { id: 'other_full', cells: ['false', '>= 99'], outputs: ['yuan("0.00")', 'false'] },
  ],
  to: 'base',
  otherwise: null,
}

const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'where',
  nodes: [
    WHERE,
    FIRST,
    BANDS,
    charge({ id: 'base', label: '基础运费', at: at(3, 2), to: 'region' }, '基础运费', 'base_fee'),
    {
      id: 'region',
      type: 'branch',
      label: '加地区系数？',
      note: '“新疆加收 15”只用在包邮单上：不包邮的单子，地区系数里已经含新疆的 15，不收两次。',
      at: at(4, 2),
      branches: [
        { id: 'yes', label: '加地区系数', when: 'with_region', to: 'coefficient' },
        { id: 'xinjiang', label: '包邮，新疆', when: 'province == "新疆"', to: 'xinjiang' },
      ],
      otherwise: 'done',
    },
    {
      id: 'coefficient',
      type: 'lookup',
      label: '地区系数',
      note: '按自己的承运合同改这张表，可以从表格导入。',
      at: at(5, 1),
      table: 'region',
      keys: ['province'],
      bind: [{ column: 'surcharge', as: 'region_fee' }],
      to: 'add',
      missing: 'unknown_place',
    },
    charge({ id: 'add', label: '加地区系数', at: at(6, 1), to: 'done' }, '地区系数', 'region_fee'),
    charge({ id: 'xinjiang', label: '新疆加收', at: at(5, 3), to: 'done' }, '新疆加收', 'yuan("15.00")'),
    charge(
      { id: 'first_free', label: '首单免运费', at: at(2, 3), to: 'done' },
      '抖音新客首单免运费',
      'yuan("0.00")',
    ),
    decided('done', '算出运费', at(7, 2)),
    review('unknown_place', '转人工：地区不明', at(6, 0), '收货省份不明或不在地区系数表里'),
    review('ask_price', '转人工：问价', at(1, 0), '港澳台与境外按单问价'),
  ],
  tables: [REGION_SURCHARGES],
}

const FREE = ['charge', '基础运费', 0n] as const
const TWELVE = ['charge', '基础运费', 1_200n] as const
const region = (amount: bigint) => ['charge', '地区系数', amount] as const

export const RECOMMENDED_TEMPLATE: RuleTemplate = {
  id: 'recommended',
  name: { zh: '推荐：满额包邮 + 地区系数', en: 'Recommended: free above an amount, and regions' },
  description: {
    zh: '满 99 包邮（新疆加收 15）、抖音新客首单免、老客三档加地区系数；缺口都已补齐，每处怎么定的写在节点备注里。',
    en: 'Free above 99 (新疆 +15), the first order of a new 抖音 customer free, three bands with regions for old ones; gaps closed, and each node says how.',
  },
  model: MODEL,
  cases: [
    freightCase('老客 98.99 浙江：12 + 0', { order_amount: 9_899n }, [TWELVE, region(0n)]),
    freightCase('老客 99.00 浙江：8 + 0', { order_amount: 9_900n }, [
      ['charge', '基础运费', 800n],
      region(0n),
    ]),
    freightCase(
      '老客 198.99 新疆：8 + 15',
      { order_amount: 19_899n, province: '新疆', is_remote: true, region_class: 'remote' },
      [['charge', '基础运费', 800n], region(1_500n)],
    ),
    freightCase('老客 199.00：包邮', { order_amount: 19_900n }, [FREE]),
    freightCase(
      '新客 满 99：包邮',
      { customer_level: 'new', order_count: 0n, order_source: 'youzan', order_amount: 9_900n },
      [FREE],
    ),
    freightCase(
      '满 99 新疆：加收 15',
      {
        customer_level: 'new',
        order_source: 'youzan',
        order_amount: 9_900n,
        province: '新疆',
        is_remote: true,
        region_class: 'remote',
      },
      [FREE, ['charge', '新疆加收', 1_500n]],
    ),
    freightCase('抖音新客首单：免', { customer_level: 'new', order_count: 0n }, [
      ['charge', '抖音新客首单免运费', 0n],
    ]),
    freightCase(
      '抖音新客首单 新疆：也免',
      { customer_level: 'new', order_count: 0n, province: '新疆', is_remote: true, region_class: 'remote' },
      [['charge', '抖音新客首单免运费', 0n]],
    ),
    freightCase(
      '买家未知 50 元 广东：12 + 2',
      { customer_level: null, order_count: null, province: '广东' },
      [TWELVE, region(200n)],
    ),
    freightCase('省份不明：转人工', { province: '', is_remote: null, region_class: null }, 'review'),
    freightCase('香港：转人工', { province: '香港', region_class: 'hmt' }, 'review'),
  ],
}
