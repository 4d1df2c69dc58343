import type { RuleModel, RuleTemplate } from '#domain/rulebook.ts'
import { at, charge, decided, freightCase } from './model-parts.ts'
import { REGION_SURCHARGES } from './region-tables.ts'

/**
 * 满 99 包邮但新疆加收 15 元；抖音新客首单免运费；老客 <99 → 12 + 地区系数，99–199 → 8 + 地区系数，≥199 → 0, drawn as it is said and in that
 * order. What it leaves open stays open: 新疆 has no node, customers who are neither have none, and 满 99 swallows two of the three bands.
 */
const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'full99',
  nodes: [
    {
      id: 'full99',
      type: 'branch',
      label: '满 99 包邮？',
      note: '“满 99 包邮但新疆加收 ¥15”：新疆这一路还没有接到任何节点。',
      at: at(0, 0),
      branches: [
        {
          id: 'xinjiang',
          label: '满 99，新疆',
          when: 'order_amount >= yuan("99.00") && province == "新疆"',
          to: null,
        },
        { id: 'full', label: '满 99', when: 'order_amount >= yuan("99.00")', to: 'free' },
      ],
      otherwise: 'who',
    },
    {
      id: 'who',
      type: 'branch',
      label: '哪类客户？',
      note: '抖音新客首单、老客之外的客户（例如其他渠道的新客）没有说怎么收。',
      at: at(1, 1),
      branches: [
        {
          id: 'first',
          label: '抖音新客首单',
          when: 'order_source == "douyin" && customer_level == "new" && order_count == 0',
          to: 'first_free',
        },
        { id: 'old', label: '老客', when: 'customer_level == "old"', to: 'bands' },
      ],
      otherwise: null,
    },
    {
      id: 'bands',
      type: 'table',
      label: '老客金额段',
      note: '“满 99 包邮”排在前面，后两行永远走不到：哪一条优先，要先定下来。',
      at: at(2, 2),
      hit: 'first',
      columns: [{ id: 'amount', label: '订单金额', input: 'order_amount', type: 'money' }],
      outputs: [{ name: 'base_fee', label: '基础运费', type: 'money' }],
      rows: [
        { id: 'low', cells: ['< 99'], outputs: ['yuan("12.00")'] },
        { id: 'middle', cells: ['[99, 199)'], outputs: ['yuan("8.00")'] },
        { id: 'high', cells: ['>= 199'], outputs: ['yuan("0.00")'] },
      ],
      to: 'coefficient',
      otherwise: null,
    },
    {
      id: 'coefficient',
      type: 'lookup',
      label: '地区系数',
      note: '表里没有的省份（港澳台、没写省份）还没有去处。',
      at: at(3, 2),
      table: 'region',
      keys: ['province'],
      bind: [{ column: 'surcharge', as: 'region_fee' }],
      to: 'base',
      missing: null,
    },
    charge({ id: 'base', label: '基础运费', at: at(4, 2), to: 'add' }, '基础运费', 'base_fee'),
    charge({ id: 'add', label: '加地区系数', at: at(5, 2), to: 'done' }, '地区系数', 'region_fee'),
    charge({ id: 'free', label: '包邮', at: at(2, 0), to: 'done' }, '满 99 包邮', 'yuan("0.00")'),
    charge(
      { id: 'first_free', label: '首单免运费', at: at(2, 1), to: 'done' },
      '抖音新客首单免运费',
      'yuan("0.00")',
    ),
    decided('done', '算出运费', at(6, 1)),
  ],
  tables: [REGION_SURCHARGES],
}

export const SOURCE_TEMPLATE: RuleTemplate = {
  id: 'source_example',
  name: { zh: '常见写法（含缺口）', en: 'The usual wording, with its gaps' },
  description: {
    zh: '把“满 99 包邮但新疆加收 15、抖音新客首单免、老客三档”照原话画出来。检查会指出缺口与走不到的行，适合练手；补齐之前不能发布。',
    en: 'The usual wording drawn as it is said. The check shows its gaps and rows that nothing reaches: to learn with. It cannot be published before they are closed.',
  },
  model: MODEL,
  cases: [
    freightCase('老客 50 元 浙江', {}, [
      ['charge', '基础运费', 1_200n],
      ['charge', '地区系数', 0n],
    ]),
    freightCase('抖音新客首单', { customer_level: 'new', order_count: 0n }, [
      ['charge', '抖音新客首单免运费', 0n],
    ]),
  ],
  hasGaps: true,
}
