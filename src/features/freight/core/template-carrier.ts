import type { RuleModel, RuleTemplate } from '#domain/rulebook.ts'
import { at, carrier, charge, decided, freightCase, review } from './model-parts.ts'

const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'frozen',
  nodes: [
    {
      id: 'frozen',
      type: 'branch',
      label: '要特殊照看？',
      note: '冷冻与危险品先看：选错承运商比多花几元贵得多。',
      at: at(0, 1),
      branches: [
        { id: 'hazmat', label: '含危险品', when: '"hazmat" in tags', to: 'by_hand' },
        { id: 'frozen', label: '含冷冻', when: '"frozen" in tags', to: 'sf_fee' },
      ],
      otherwise: 'where',
    },
    {
      id: 'where',
      type: 'branch',
      label: '寄到哪里？',
      at: at(1, 1),
      branches: [
        {
          id: 'beyond',
          label: '港澳台、境外',
          when: 'region_class == "hmt" || region_class == "abroad"',
          to: 'by_hand',
        },
        { id: 'remote', label: '偏远地区', when: 'is_remote', to: 'ems_fee' },
      ],
      otherwise: 'weight',
    },
    {
      id: 'weight',
      type: 'branch',
      label: '多重？',
      note: '重量未知的当作普通小件；商品档案补齐之前，不因为缺重量停单。',
      at: at(2, 1),
      branches: [{ id: 'heavy', label: '20 kg 以上', when: 'orElse(weight, 0) >= 20000', to: 'deppon_fee' }],
      otherwise: 'zto_fee',
    },
    charge(
      { id: 'sf_fee', label: '冷链 30', at: at(3, 0), to: 'sf' },
      '冷链运费',
      'yuan("30.00")',
      'charge_per_parcel',
    ),
    carrier({ id: 'sf', label: '顺丰', at: at(4, 0), to: 'done' }, 'SF'),
    charge(
      { id: 'ems_fee', label: '偏远 15', at: at(3, 1), to: 'ems' },
      '偏远地区运费',
      'yuan("15.00")',
      'charge_per_parcel',
    ),
    carrier({ id: 'ems', label: 'EMS', at: at(4, 1), to: 'done' }, 'EMS'),
    charge(
      { id: 'deppon_fee', label: '大件 40', at: at(3, 2), to: 'deppon' },
      '大件运费',
      'yuan("40.00")',
      'charge_per_parcel',
    ),
    carrier({ id: 'deppon', label: '德邦', at: at(4, 2), to: 'done' }, 'DEPPON'),
    charge(
      { id: 'zto_fee', label: '普通 8', at: at(3, 3), to: 'zto' },
      '运费',
      'yuan("8.00")',
      'charge_per_parcel',
    ),
    carrier({ id: 'zto', label: '中通', at: at(4, 3), to: 'done' }, 'ZTO'),
    decided('done', '定了承运商', at(5, 1)),
    review('by_hand', '转人工', at(2, 3), '危险品、港澳台与境外由人选承运商'),
  ],
  tables: [],
}

export const CARRIER_TEMPLATE: RuleTemplate = {
  id: 'carrier_choice',
  name: { zh: '按商品、地区、重量选承运商', en: 'Carrier by goods, region and weight' },
  description: {
    zh: '冷冻走顺丰，偏远走 EMS，20 kg 以上走德邦，其余走中通；运费按包裹收。',
    en: 'Frozen goods by SF, remote areas by EMS, 20 kg and more by Deppon, the rest by ZTO; freight per parcel.',
  },
  model: MODEL,
  cases: [
    freightCase('普通小件', {}, [
      ['charge_per_parcel', '运费', 800n],
      ['carrier', 'ZTO', null],
    ]),
    freightCase('冷冻', { tags: ['frozen'] }, [
      ['charge_per_parcel', '冷链运费', 3_000n],
      ['carrier', 'SF', null],
    ]),
    freightCase('西藏', { province: '西藏', city: '拉萨市', is_remote: true, region_class: 'remote' }, [
      ['charge_per_parcel', '偏远地区运费', 1_500n],
      ['carrier', 'EMS', null],
    ]),
    freightCase('20 kg', { weight: 20_000n }, [
      ['charge_per_parcel', '大件运费', 4_000n],
      ['carrier', 'DEPPON', null],
    ]),
    freightCase('危险品：转人工', { tags: ['hazmat'] }, 'review'),
    freightCase('地区不明：转人工', { province: '', is_remote: null, region_class: null }, 'review'),
  ],
}
