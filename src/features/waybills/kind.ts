import { CARRIERS } from '#domain/carrier.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import { LINE_VARIABLES, ORDER_VARIABLES, ruleInputOf } from '#domain/rule-variables.ts'
import type {
  Decision,
  DryRunItem,
  DryRunOutcome,
  RuleInput,
  RuleKind,
  RuleKindPart,
  RuleVariable,
} from '#domain/rulebook.ts'
import { CARRIER_TEMPLATES } from './templates.ts'

export const CARRIER_KIND = 'carrier'

const CARRIER_CHOICES = Object.entries(CARRIERS).map(([value, zh]) => ({
  value,
  label: { zh, en: value },
}))

const PARCEL_VARIABLES: readonly RuleVariable[] = [
  {
    name: 'warehouse',
    label: { zh: '发货仓编码', en: 'warehouse code' },
    type: 'text',
    examples: ['EAST'],
    maybeUnknown: true,
  },
  {
    name: 'parcel_weight',
    label: { zh: '包裹重量', en: 'weight of the parcel' },
    type: 'int',
    bounds: { least: 0n, most: 10_000_000n },
    unit: 'g',
    maybeUnknown: true,
  },
  {
    name: 'parcel_pieces',
    label: { zh: '包裹件数', en: 'pieces in the parcel' },
    type: 'int',
    bounds: { least: 1n, most: 100_000n },
    unit: '件',
  },
  {
    name: 'parcel_value',
    label: { zh: '包裹货值', en: 'value of the parcel' },
    type: 'money',
    bounds: { least: 0n, most: 100_000_000_000n },
  },
]

/** Which carrier takes a parcel. */
export const carrierKind: RuleKind = {
  kind: CARRIER_KIND,
  label: { zh: '承运商', en: 'carriers' },
  purpose: {
    zh: '包裹走哪个承运商、哪个产品。没有生效规则时用运费规则给出的承运商，再没有就用仓库里优先级最高的账号。',
    en: 'Which carrier takes a parcel, with which product. Without live rules the freight rules’ carrier, else the warehouse’s first account.',
  },
  variables: [...ORDER_VARIABLES, ...PARCEL_VARIABLES],
  lineVariables: LINE_VARIABLES,
  values: [
    {
      name: 'carrier',
      label: { zh: '承运商', en: 'carrier' },
      type: 'choice',
      choices: CARRIER_CHOICES,
      required: true,
    },
    {
      name: 'service',
      label: { zh: '产品代码（承运商自己的）', en: 'the carrier’s product code' },
      type: 'text',
      required: false,
    },
  ],
  actions: [],
  guards: [
    {
      metric: 'review',
      label: { zh: '转人工比例', en: 'share sent to people' },
      test: { is: 'share', healthyBps: 50, brokenBps: 300 },
    },
  ],
  templates: CARRIER_TEMPLATES,
  gray: true,
}

/** What carrier rules see of a parcel; without one (a dry run) the order travels in one. */
export function carrierInputOf(
  order: RuleOrder,
  parcel: {
    readonly warehouse: string | null
    readonly weightG: number | null
    readonly pieces: number
    readonly valueMinor: bigint
  } | null,
  customerLevel: string | null = null,
): RuleInput {
  const input = ruleInputOf(order, customerLevel)
  const seen = parcel ?? {
    warehouse: null,
    weightG: weightOf(order),
    pieces: order.lines.reduce((total, line) => total + line.quantity, 0),
    valueMinor: order.payableMinor,
  }
  return {
    ...input,
    values: {
      ...input.values,
      warehouse: seen.warehouse,
      parcel_weight: seen.weightG === null ? null : BigInt(Math.round(seen.weightG)),
      parcel_pieces: BigInt(Math.max(1, seen.pieces)),
      parcel_value: seen.valueMinor,
    },
  }
}

function weightOf(order: RuleOrder): number | null {
  let sum = 0
  for (const line of order.lines) {
    if (line.weightG === null) return null
    sum += line.weightG * line.quantity
  }
  return sum
}

/** The kind with what a dry run needs. */
export const carrierPart: RuleKindPart = { kind: carrierKind, item: itemOf, outcome: outcomeOf }

function itemOf(order: RuleOrder): DryRunItem | null {
  if (order.lines.length === 0) return null
  const { id, orderNo, connection, connectorKind } = order
  return {
    orderId: id,
    orderNo,
    connection,
    connectorKind,
    input: carrierInputOf(order, null),
    context: null,
  }
}

function outcomeOf(decision: Decision): DryRunOutcome {
  if (decision.outcome === 'review') {
    const { zh, en } = decision.reason?.words ?? { zh: '规则转人工', en: 'the rules ask a person' }
    return {
      words: { zh: `转人工：${zh}`, en: `review: ${en}` },
      group: 'review',
      figures: { review: 1n },
    }
  }
  const carrier = String(decision.values.carrier ?? '')
  const product = decision.values.service == null ? '' : ` ${String(decision.values.service)}`
  return {
    words: {
      zh: `${CARRIERS[carrier as keyof typeof CARRIERS] ?? carrier}${product}`,
      en: `${carrier}${product}`,
    },
    group: `${carrier}${product}`,
    figures: { review: 0n },
  }
}
