import type { RuleModel, RuleTemplate } from '#domain/rulebook.ts'
import { at, charge, decided, freightCase, review } from './model-parts.ts'
import { WEIGHT_PRICES } from './region-tables.ts'

const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'known_weight',
  nodes: [
    {
      id: 'known_weight',
      type: 'branch',
      label: '重量知道吗？',
      note: '任何一件商品没有重量，整单重量就是未知：去商品档案补上。',
      at: at(0, 1),
      branches: [{ id: 'known', label: '知道', when: 'known(weight)', to: 'heavy' }],
      otherwise: 'no_weight',
    },
    {
      id: 'heavy',
      type: 'branch',
      label: '超过 50 kg？',
      at: at(1, 1),
      branches: [{ id: 'yes', label: '超过 50 kg', when: 'weight > 50000', to: 'too_heavy' }],
      otherwise: 'price',
    },
    {
      id: 'price',
      type: 'lookup',
      label: '查价格',
      note: '一行写到城市的，比只写省份（城市为 *）的优先。',
      at: at(2, 1),
      table: 'price',
      keys: ['province', 'city'],
      bind: [
        { column: 'first', as: 'first_fee' },
        { column: 'further', as: 'further_fee' },
      ],
      to: 'first',
      missing: 'no_price',
    },
    charge({ id: 'first', label: '首重', at: at(3, 1), to: 'more' }, '首重 1 kg', 'first_fee'),
    {
      id: 'more',
      type: 'branch',
      label: '有续重？',
      at: at(4, 1),
      branches: [{ id: 'yes', label: '超过 1 kg', when: 'weight > 1000', to: 'further' }],
      otherwise: 'done',
    },
    charge(
      { id: 'further', label: '续重', note: '不足 1 kg 按 1 kg。', at: at(5, 0), to: 'done' },
      '续重',
      'ceilDiv(weight - 1000, 1000) * further_fee',
    ),
    decided('done', '算出运费', at(6, 1)),
    review('no_weight', '转人工：没有重量', at(1, 3), '商品没有重量'),
    review('too_heavy', '转人工：大件', at(2, 3), '超过 50 kg，要问大件物流'),
    review('no_price', '转人工：没有价格', at(3, 3), '这个地区不在价格表里'),
  ],
  tables: [WEIGHT_PRICES],
}

export const WEIGHT_TEMPLATE: RuleTemplate = {
  id: 'first_and_further_weight',
  name: { zh: '首重续重', en: 'First and further kilograms' },
  description: {
    zh: '按省份（可细到城市）查首重与续重价；没有重量、超过 50 kg、没有价格的转人工。',
    en: 'First and further kilograms by province, or by city; without a weight, above 50 kg or without a price a person decides.',
  },
  model: MODEL,
  cases: [
    freightCase('1,000 g 浙江：首重 6', { weight: 1_000n }, [['charge', '首重 1 kg', 600n]]),
    freightCase('1,001 g 浙江：6 + 1', { weight: 1_001n }, [
      ['charge', '首重 1 kg', 600n],
      ['charge', '续重', 100n],
    ]),
    freightCase(
      '3,200 g 新疆：20 + 3×18',
      { weight: 3_200n, province: '新疆', city: '喀什地区', is_remote: true, region_class: 'remote' },
      [
        ['charge', '首重 1 kg', 2_000n],
        ['charge', '续重', 5_400n],
      ],
    ),
    freightCase('没有重量：转人工', { weight: null }, 'review'),
    freightCase('50,001 g：转人工', { weight: 50_001n }, 'review'),
    freightCase('香港：转人工', { province: '香港', city: '九龙', region_class: 'hmt' }, 'review'),
  ],
}
