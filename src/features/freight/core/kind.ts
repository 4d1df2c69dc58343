import { CARRIERS } from '#domain/carrier.ts'
import { LINE_VARIABLES, ORDER_VARIABLES } from '#domain/rule-variables.ts'
import type { RuleKind, RuleParam, RuleVariable } from '#domain/rulebook.ts'
import { FREIGHT_TEMPLATES } from './templates.ts'

const VARIABLES: readonly RuleVariable[] = [
  ...ORDER_VARIABLES,
  { name: 'is_remote', label: { zh: '偏远地区', en: 'remote area' }, type: 'bool' },
  {
    name: 'region_class',
    label: { zh: '地区类别', en: 'class of region' },
    type: 'choice',
    choices: [
      { value: 'mainland', label: { zh: '普通地区', en: 'mainland' } },
      { value: 'remote', label: { zh: '偏远地区', en: 'remote' } },
      { value: 'hmt', label: { zh: '港澳台', en: 'Hong Kong, Macao, Taiwan' } },
      { value: 'abroad', label: { zh: '境外', en: 'abroad' } },
    ],
  },
  {
    name: 'parcel_count',
    label: { zh: '包裹数', en: 'parcels' },
    type: 'int',
    bounds: { least: 1n, most: 500n },
  },
  {
    name: 'merged_orders',
    label: { zh: '合单订单数', en: 'orders merged' },
    type: 'int',
    bounds: { least: 1n, most: 100n },
  },
]

const LABEL: RuleParam = {
  name: 'label',
  label: { zh: '名称', en: 'name' },
  type: 'text',
  required: true,
}
const AMOUNT: RuleParam = {
  name: 'amount',
  label: { zh: '金额', en: 'amount' },
  type: 'money',
  required: true,
}

/** Rules that say what an order's freight is, what it is made of, and who carries it. */
export const FREIGHT_KIND: RuleKind = {
  kind: 'freight',
  label: { zh: '运费', en: 'Freight' },
  purpose: {
    zh: '算出一张订单的运费、构成与承运商；没有生效的规则时不报价，订单照常走。',
    en: 'Says what the freight of an order is, what it is made of and who carries it; where none is live, there is no quote and the order goes on.',
  },
  variables: VARIABLES,
  lineVariables: LINE_VARIABLES,
  values: [],
  actions: [
    { name: 'charge', label: { zh: '加收', en: 'charge' }, params: [LABEL, AMOUNT] },
    {
      name: 'charge_per_parcel',
      label: { zh: '按包裹加收', en: 'charge per parcel' },
      params: [LABEL, AMOUNT],
    },
    { name: 'reduce', label: { zh: '减收', en: 'reduce' }, params: [LABEL, AMOUNT] },
    { name: 'waive', label: { zh: '包邮（之前的都免）', en: 'waive all so far' }, params: [LABEL] },
    {
      name: 'carrier',
      label: { zh: '指定承运商', en: 'choose the carrier' },
      params: [
        {
          name: 'code',
          label: { zh: '承运商', en: 'carrier' },
          type: 'choice',
          choices: Object.entries(CARRIERS).map(([value, name]) => ({
            value,
            label: { zh: name, en: value },
          })),
          required: true,
        },
      ],
    },
  ],
  guards: [
    {
      metric: 'review',
      label: { zh: '转人工占比', en: 'share sent to review' },
      test: { is: 'share', healthyBps: 200, brokenBps: 800 },
    },
    { metric: 'broken', label: { zh: '算不出金额', en: 'no amount comes of it' }, test: { is: 'never' } },
    {
      metric: 'freight',
      label: { zh: '平均运费', en: 'mean freight' },
      test: { is: 'mean', toleranceBps: 3_000, atLeast: 200, figure: 'money' },
    },
    {
      metric: 'free',
      label: { zh: '包邮占比', en: 'share shipped free' },
      test: { is: 'mean', toleranceBps: 3_000, atLeast: 200, figure: 'share' },
    },
  ],
  templates: FREIGHT_TEMPLATES,
  gray: true,
}
