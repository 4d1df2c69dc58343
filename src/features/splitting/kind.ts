import { LINE_VARIABLES, ORDER_VARIABLES } from '#domain/rule-variables.ts'
import type { RuleAction, RuleGuard, RuleKind, RuleParam, RuleVariable } from '#domain/rulebook.ts'
import { SPLIT_TEMPLATES } from './templates/index.ts'

export const SPLIT = 'split'

const OWN_VARIABLES: readonly RuleVariable[] = [
  {
    name: 'line_count',
    label: { zh: '商品行数', en: 'lines' },
    type: 'int',
    bounds: { least: 0n, most: 1_000n },
  },
]

const LINES: RuleParam = {
  name: 'lines',
  label: { zh: '哪些商品行', en: 'which lines' },
  type: 'lines',
  required: true,
}
const SOME_LINES: RuleParam = {
  ...LINES,
  label: { zh: '哪些商品行（空：全部）', en: 'which lines (empty: all)' },
  required: false,
}
const REASON: RuleParam = {
  name: 'reason',
  label: { zh: '原因（给人看）', en: 'reason, as people see it' },
  type: 'text',
  required: true,
}

function limit(name: string, label: RuleAction['label'], type: 'int' | 'money', unit: RuleAction['label']) {
  return {
    name,
    label,
    params: [
      { name: 'most', label: unit, type, required: true },
      SOME_LINES,
      {
        name: 'oversize',
        label: { zh: '单件（或绑定的一组）就超限时', en: 'one piece, or a bound set, beyond it' },
        type: 'choice',
        choices: [
          { value: 'review', label: { zh: '转人工', en: 'to review' } },
          { value: 'own', label: { zh: '单独成包', en: 'a parcel of its own' } },
        ],
        required: false,
      },
    ],
  } as const satisfies RuleAction
}

export const SPLIT_ACTIONS: readonly RuleAction[] = [
  {
    name: 'keep_together',
    label: { zh: '绑定在一起', en: 'keep together' },
    params: [
      LINES,
      {
        name: 'strength',
        label: { zh: '强度', en: 'strength' },
        type: 'choice',
        choices: [
          {
            value: 'hard',
            label: { zh: '强：同一包裹，否则一起等', en: 'hard: one parcel, or all of it waits' },
          },
          { value: 'soft', label: { zh: '弱：尽量同一包裹', en: 'soft: one parcel where it can be' } },
        ],
        required: false,
      },
    ],
  },
  {
    name: 'force_together',
    label: { zh: '强制合并同一子单', en: 'force into one parcel' },
    params: [
      {
        name: 'ignore_stock_difference',
        label: { zh: '忽略仓库库存差异', en: 'also where a nearer warehouse has a part' },
        type: 'bool',
        required: true,
      },
      SOME_LINES,
    ],
  },
  {
    name: 'never_together',
    label: { zh: '不能同装', en: 'never in one parcel' },
    params: [LINES, { ...LINES, name: 'others', label: { zh: '与哪些商品行', en: 'with which lines' } }],
  },
  {
    name: 'separate',
    label: { zh: '单独成包', en: 'a parcel of its own' },
    params: [LINES, REASON],
  },
  {
    name: 'separate_by',
    label: { zh: '按属性分开', en: 'separate by' },
    params: [
      {
        name: 'by',
        label: { zh: '属性', en: 'what' },
        type: 'choice',
        choices: [
          { value: 'tag', label: { zh: '商品标签', en: 'SKU tags' } },
          { value: 'sku', label: { zh: '商品编码', en: 'SKU' } },
          { value: 'line', label: { zh: '商品行', en: 'line' } },
        ],
        required: true,
      },
      {
        name: 'prefix',
        label: { zh: '只看以此开头的标签（如 supplier:）', en: 'only tags that begin with (supplier:)' },
        type: 'text',
        required: false,
      },
    ],
  },
  limit('limit_weight', { zh: '单包限重', en: 'weight of a parcel' }, 'int', {
    zh: '最多（克）',
    en: 'most (g)',
  }),
  limit('limit_volume', { zh: '单包限体积', en: 'volume of a parcel' }, 'int', {
    zh: '最多（立方厘米）',
    en: 'most (cm3)',
  }),
  limit('limit_value', { zh: '单包限额', en: 'value of a parcel' }, 'money', {
    zh: '最多（金额）',
    en: 'most (amount)',
  }),
  limit('limit_pieces', { zh: '单包限件数', en: 'pieces of a parcel' }, 'int', {
    zh: '最多（件）',
    en: 'most (pieces)',
  }),
  {
    name: 'assign_warehouse',
    label: { zh: '指定仓库', en: 'give to a warehouse' },
    params: [
      { name: 'warehouse', label: { zh: '仓库编码', en: 'warehouse code' }, type: 'text', required: true },
      SOME_LINES,
    ],
  },
  {
    name: 'needs',
    label: { zh: '仓库须能处理', en: 'warehouse must take' },
    params: [{ name: 'tag', label: { zh: '标签', en: 'tag' }, type: 'text', required: true }, SOME_LINES],
  },
  { name: 'hold', label: { zh: '先不发', en: 'hold' }, params: [REASON] },
]

const GUARDS: readonly RuleGuard[] = [
  {
    metric: 'gift_apart',
    label: { zh: '赠品离开主品', en: 'gifts away from their products' },
    test: { is: 'never' },
  },
  {
    metric: 'parcels',
    label: { zh: '平均包裹数', en: 'parcels per order' },
    test: { is: 'mean', toleranceBps: 2_000, atLeast: 200 },
  },
  {
    metric: 'review',
    label: { zh: '转人工', en: 'to review' },
    test: { is: 'share', healthyBps: 100, brokenBps: 500 },
  },
]

/** Rules of which goods may travel together. What they ask for is carried out by `splitOrder`. */
export const splitKind: RuleKind = {
  kind: SPLIT,
  label: { zh: '拆单', en: 'splitting' },
  purpose: {
    zh: '决定一个订单的商品拆成几个包裹。没有生效的规则时：一个包裹，赠品跟主品、组合装不拆。',
    en: 'Which goods of an order share a parcel. Where no rule is live: one parcel, gifts with their products, bundles whole.',
  },
  // What a buyer is worth has no say in what fits into a box, and is worked out later.
  variables: [...ORDER_VARIABLES.filter(({ name }) => name !== 'customer_level'), ...OWN_VARIABLES],
  lineVariables: LINE_VARIABLES,
  values: [],
  actions: SPLIT_ACTIONS,
  guards: GUARDS,
  templates: SPLIT_TEMPLATES,
  gray: true,
}
