import type { RuleOrder } from '#domain/rule-order.ts'
import { LINE_VARIABLES, ORDER_VARIABLES, ruleInputOf } from '#domain/rule-variables.ts'
import type {
  Cel,
  Decision,
  DryRunItem,
  DryRunOutcome,
  RuleKind,
  RuleKindPart,
  RuleNode,
  RuleTemplate,
  RuleValue,
} from '#domain/rulebook.ts'
import { KEEPS, type Keep, type RuledPromise } from '../core/clocks.ts'

const MINUTES_MOST = 527_040n
/** Where the rules do not say. */
const WARN_MINUTES = 60

const KEEP_WORDS: Readonly<Record<Keep, { readonly zh: string; readonly en: string }>> = {
  waybill_issued: { zh: '出面单', en: 'waybill issued' },
  dispatched: { zh: '发货', en: 'dispatched' },
  picked_up: { zh: '揽收', en: 'picked up' },
  delivered: { zh: '签收', en: 'delivered' },
}

const RESULT = [
  {
    name: 'ship_minutes',
    label: { zh: '付款后多少分钟', en: 'minutes from payment' },
    type: 'int',
    bounds: { least: 1n, most: MINUTES_MOST },
    unit: 'min',
    required: true,
  },
  {
    name: 'warn_minutes',
    label: { zh: '提前多少分钟提醒', en: 'minutes of warning' },
    type: 'int',
    bounds: { least: 0n, most: MINUTES_MOST },
    unit: 'min',
    required: false,
  },
  {
    name: 'keeps',
    label: { zh: '做到哪一步算守约', en: 'what keeps the promise' },
    type: 'choice',
    choices: KEEPS.map((value) => ({ value, label: KEEP_WORDS[value] })),
    required: true,
  },
  {
    name: 'platform_first',
    label: { zh: '平台给了期限时以平台为准', en: "the platform's own deadline goes first" },
    type: 'bool',
    required: false,
  },
] as const

/** 时效规则: what is promised of an order, by its goods, places and buyers instead of its channel alone. */
export const promiseKind: RuleKind = {
  kind: 'promise',
  label: { zh: '发货时效', en: 'promise' },
  purpose: {
    zh: '一个订单付款后多久要做到哪一步；没有规则生效或不能决定时，按“发货时效”页的固定规则',
    en: 'how long after payment what has to be done; where no rules are live, or they cannot decide, the fixed rules of the promises page hold',
  },
  variables: ORDER_VARIABLES,
  lineVariables: LINE_VARIABLES,
  values: RESULT,
  actions: [],
  guards: [
    {
      metric: 'minutes',
      label: { zh: '平均承诺时长', en: 'minutes promised on average' },
      test: { is: 'mean', toleranceBps: 5_000, atLeast: 50 },
    },
  ],
  templates: templates(),
  gray: true,
}

/** What a decision promises; null where it cannot be decided, or asks for more than a year. */
export function promiseOf(decision: Decision, setId: bigint): RuledPromise | null {
  if (decision.outcome === 'review') return null
  const { ship_minutes: minutes, warn_minutes: warn, keeps, platform_first: platformFirst } = decision.values
  const kept = KEEPS.find((one) => one === keeps)
  if (kept === undefined || typeof minutes !== 'bigint' || minutes < 1n || minutes > MINUTES_MOST) return null
  const warnMinutes =
    typeof warn === 'bigint' && warn >= 0n && warn <= MINUTES_MOST ? Number(warn) : WARN_MINUTES
  return {
    source: `rulebook:${setId}`,
    keeps: kept,
    minutes: Number(minutes),
    warnMinutes,
    platformFirst: platformFirst !== false,
  }
}

export const promisePart: RuleKindPart = { kind: promiseKind, item: promiseItem, outcome: outcomeOf }

export function promiseItem(order: RuleOrder): DryRunItem {
  const { id, orderNo, connection, connectorKind } = order
  const input = ruleInputOf(order, null)
  return { orderId: id, orderNo, connection, connectorKind, input, context: null }
}

function outcomeOf(decision: Decision): DryRunOutcome {
  const promise = promiseOf(decision, 0n)
  if (promise === null) {
    const why = decision.reason?.words ?? { zh: '没有给出时效', en: 'no promise was named' }
    return {
      words: { zh: `按固定规则：${why.zh}`, en: `fixed rules: ${why.en}` },
      group: 'review',
      figures: {},
    }
  }
  const words = wordsOf(promise)
  return {
    words,
    group: `${promise.keeps} ${promise.minutes}`,
    figures: { minutes: BigInt(promise.minutes) },
  }
}

export function wordsOf({ keeps, minutes, warnMinutes }: Omit<RuledPromise, 'source'>) {
  const { zh, en } = KEEP_WORDS[keeps]
  return {
    zh: `付款后 ${minutes} 分钟内${zh}，提前 ${warnMinutes} 分钟提醒`,
    en: `${en} within ${minutes} min of payment, warned ${warnMinutes} min before`,
  }
}

function templates(): readonly RuleTemplate[] {
  return [
    {
      id: 'promise_by_goods',
      name: { zh: '按商品和地区定发货时效', en: 'Promises by goods and place' },
      description: {
        zh: '冷冻品 24 小时、偏远地区 72 小时、其余 48 小时内发货；平台给了期限时以平台为准',
        en: 'frozen goods in 24 h, remote places in 72 h, all others in 48 h; a deadline of the platform goes first',
      },
      model: {
        format: 1,
        currency: 'CNY',
        start: 'what',
        tables: [],
        nodes: [
          {
            type: 'branch',
            id: 'what',
            label: '什么订单',
            at: { x: 0, y: 0 },
            branches: [
              { id: 'frozen', label: '有冷冻品', when: '"frozen" in tags', to: 'day' },
              {
                id: 'remote',
                label: '偏远地区',
                when: 'province in ["新疆", "西藏", "青海", "内蒙古"]',
                to: 'three_days',
              },
            ],
            otherwise: 'two_days',
          },
          promised('day', -320, '24 小时发货', '1440', '240'),
          promised('three_days', 0, '72 小时发货', '4320', '480'),
          promised('two_days', 320, '48 小时发货', '2880', '240'),
        ],
      },
      cases: [
        caseOf('普通订单 48 小时', {}, 2_880n),
        caseOf('冷冻品 24 小时', { tags: ['frozen'] }, 1_440n),
        caseOf('新疆 72 小时', { province: '新疆' }, 4_320n),
        caseOf('新疆冷冻品仍 24 小时', { province: '新疆', tags: ['frozen'] }, 1_440n),
      ],
    },
  ]
}

function promised(id: string, x: number, label: string, minutes: Cel, warn: Cel): RuleNode {
  return {
    type: 'result',
    id,
    label,
    at: { x, y: 160 },
    outcome: 'decided',
    values: [
      { name: 'ship_minutes', expression: minutes },
      { name: 'warn_minutes', expression: warn },
      { name: 'keeps', expression: '"dispatched"' },
    ],
    reason: '',
  }
}

function caseOf(
  name: string,
  values: Readonly<Record<string, RuleValue>>,
  minutes: bigint,
): RuleTemplate['cases'][number] {
  return {
    name,
    input: { currency: 'CNY', values: { tags: [], province: '浙江', ...values }, lines: [] },
    expected: { outcome: 'decided', values: { ship_minutes: minutes, keeps: 'dispatched' } },
  }
}
