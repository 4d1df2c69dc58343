import { LINE_VARIABLES, ORDER_VARIABLES } from '#domain/rule-variables.ts'
import type { RuleAction, RuleGuard, RuleKind, RuleParam, RuleVariable } from '#domain/rulebook.ts'
import { SOURCING_TEMPLATES } from './templates.ts'

export const SOURCING = 'sourcing'

const OWN_VARIABLES: readonly RuleVariable[] = [
  {
    name: 'due_hours',
    label: { zh: '距承诺发货小时数', en: 'hours until it must be handed over' },
    type: 'int',
    bounds: { least: -1_000n, most: 10_000n },
    unit: 'h',
  },
  {
    name: 'parcel_count',
    label: { zh: '拆单后包裹数', en: 'parcels after splitting' },
    type: 'int',
    bounds: { least: 1n, most: 1_000n },
  },
]

const CODE: RuleParam = {
  name: 'code',
  label: { zh: '仓库编码', en: 'warehouse code' },
  type: 'text',
  required: true,
}
const REASON: RuleParam = {
  name: 'reason',
  label: { zh: '原因（给人看）', en: 'reason, as people see it' },
  type: 'text',
  required: true,
}

function weight(name: string, zh: string, en: string): RuleParam {
  return { name, label: { zh: `${zh} 0–100`, en: `${en} 0 to 100` }, type: 'int', required: true }
}

export const SOURCING_ACTIONS: readonly RuleAction[] = [
  {
    name: 'weights',
    label: { zh: '目标权重', en: 'weights' },
    params: [
      weight('parcels', '包裹少', 'few parcels'),
      weight('distance', '距离近', 'near'),
      weight('cost', '费用低', 'cheap'),
      weight('promise', '送达快', 'quick'),
      weight('balance', '负载均衡', 'balanced'),
    ],
  },
  {
    name: 'only_warehouses',
    label: { zh: '只用这些仓', en: 'only these warehouses' },
    params: [
      { name: 'codes', label: { zh: '仓库编码', en: 'warehouse codes' }, type: 'texts', required: true },
    ],
  },
  { name: 'exclude_warehouse', label: { zh: '排除仓库', en: 'exclude a warehouse' }, params: [CODE, REASON] },
  { name: 'prefer', label: { zh: '优先用仓', en: 'prefer a warehouse' }, params: [CODE] },
  {
    name: 'spread',
    label: { zh: '跨仓方式', en: 'over several warehouses' },
    params: [
      {
        name: 'choice',
        label: { zh: '方式', en: 'how' },
        type: 'choice',
        choices: [
          { value: 'never', label: { zh: '整单一仓', en: 'one warehouse or none' } },
          { value: 'lines', label: { zh: '按行分仓', en: 'line by line' } },
          { value: 'units', label: { zh: '一行也可多仓', en: 'pieces of a line too' } },
        ],
        required: true,
      },
    ],
  },
  { name: 'hold', label: { zh: '先不发', en: 'hold' }, params: [REASON] },
]

const GUARDS: readonly RuleGuard[] = [
  {
    metric: 'short',
    label: { zh: '寻不到货', en: 'nothing to be had' },
    test: { is: 'share', healthyBps: 200, brokenBps: 800 },
  },
  {
    metric: 'parcels',
    label: { zh: '平均包裹数', en: 'parcels per order' },
    test: { is: 'mean', toleranceBps: 2_000, atLeast: 200 },
  },
  {
    metric: 'cost',
    label: { zh: '平均发货成本', en: 'cost per order' },
    test: { is: 'mean', toleranceBps: 2_000, atLeast: 200, figure: 'money' },
  },
  {
    metric: 'review',
    label: { zh: '转人工', en: 'to review' },
    test: { is: 'share', healthyBps: 100, brokenBps: 500 },
  },
]

/** Rules of where parcels leave from. What they ask for is carried out by `sourceParcels`. */
export const sourcingKind: RuleKind = {
  kind: SOURCING,
  label: { zh: '寻源', en: 'sourcing' },
  purpose: {
    zh: '决定包裹从哪个仓发。没有生效的规则时：包裹最少，其次按仓库优先级。',
    en: 'Which warehouses send the parcels. Where no rule is live: the fewest parcels, then the warehouses in their order.',
  },
  variables: [...ORDER_VARIABLES, ...OWN_VARIABLES],
  lineVariables: LINE_VARIABLES,
  values: [],
  actions: SOURCING_ACTIONS,
  guards: GUARDS,
  templates: SOURCING_TEMPLATES,
  gray: true,
}
