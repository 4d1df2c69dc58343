import type { Severity, Words } from '#domain/notice.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import { LINE_VARIABLES, ORDER_VARIABLES, ruleInputOf } from '#domain/rule-variables.ts'
import type {
  Decision,
  DryRunItem,
  DryRunOutcome,
  RuleKind,
  RuleKindPart,
  RuleValue,
} from '#domain/rulebook.ts'
import { REVIEW_TEMPLATES } from './rule-templates.ts'

const SEVERITIES = [
  { value: 'info', label: { zh: '提示', en: 'info' } },
  { value: 'warning', label: { zh: '警告', en: 'warning' } },
  { value: 'critical', label: { zh: '紧急', en: 'critical' } },
] as const

/** 审单规则: what is looked at before an order is split and sourced. */
export const reviewKind: RuleKind = {
  kind: 'review',
  label: { zh: '审单', en: 'review' },
  purpose: {
    zh: '付款后先看订单：拦下、打标签、建待办；没有规则生效时全部放行',
    en: 'looks at orders once they are paid: holds, tags, cases; where no rules are live every order passes',
  },
  variables: ORDER_VARIABLES,
  lineVariables: LINE_VARIABLES,
  values: [],
  actions: [
    {
      name: 'hold',
      label: { zh: '拦下', en: 'hold' },
      params: [{ name: 'reason', label: { zh: '原因', en: 'why' }, type: 'text', required: true }],
    },
    {
      name: 'tag',
      label: { zh: '打标签', en: 'tag' },
      params: [{ name: 'name', label: { zh: '标签', en: 'tag' }, type: 'text', required: true }],
    },
    {
      name: 'case',
      label: { zh: '建待办', en: 'open a case' },
      params: [
        {
          name: 'severity',
          label: { zh: '级别', en: 'severity' },
          type: 'choice',
          choices: SEVERITIES,
          required: true,
        },
        { name: 'reason', label: { zh: '原因', en: 'why' }, type: 'text', required: true },
      ],
    },
  ],
  guards: [
    {
      metric: 'held',
      label: { zh: '被拦下的订单', en: 'orders that are held' },
      test: { is: 'share', healthyBps: 500, brokenBps: 2_000 },
    },
  ],
  templates: REVIEW_TEMPLATES,
  gray: true,
}

/** What review rules ask for, read from a decision. */
export type ReviewRuling = {
  readonly holds: readonly { readonly node: string; readonly reason: string }[]
  readonly tags: readonly { readonly node: string; readonly name: string }[]
  readonly cases: readonly { readonly node: string; readonly severity: Severity; readonly reason: string }[]
}

export function reviewRulingOf(decision: Decision): ReviewRuling {
  const of = (action: string) => decision.actions.filter((one) => one.action === action)
  return {
    holds: of('hold').map(({ node, params }) => ({ node, reason: textOf(params.reason) })),
    tags: of('tag').map(({ node, params }) => ({ node, name: textOf(params.name) })),
    cases: of('case').map(({ node, params }) => ({
      node,
      severity: SEVERITIES.find((one) => one.value === params.severity)?.value ?? 'warning',
      reason: textOf(params.reason),
    })),
  }
}

function textOf(value: RuleValue | undefined): string {
  return typeof value === 'string' ? value.slice(0, TEXT_LIMIT) : ''
}
const TEXT_LIMIT = 300

export const reviewPart: RuleKindPart = { kind: reviewKind, item: itemOf, outcome: outcomeOf }

function itemOf(order: RuleOrder): DryRunItem {
  const { id, orderNo, connection, connectorKind } = order
  const input = ruleInputOf(order, null)
  return { orderId: id, orderNo, connection, connectorKind, input, context: null }
}

function outcomeOf(decision: Decision): DryRunOutcome {
  if (decision.outcome === 'review') {
    const why = decision.reason?.words ?? { zh: '规则转人工', en: 'the rules ask a person' }
    return outcome('review', { zh: `转人工：${why.zh}`, en: `review: ${why.en}` }, decision)
  }
  const { holds, tags, cases } = reviewRulingOf(decision)
  const parts = [
    ...holds.map(({ reason }) => ({ zh: `拦下：${reason}`, en: `held: ${reason}` })),
    ...cases.map(({ reason }) => ({ zh: `待办：${reason}`, en: `case: ${reason}` })),
    ...tags.map(({ name }) => ({ zh: `标签：${name}`, en: `tag: ${name}` })),
  ]
  const words = { zh: parts.map((one) => one.zh).join('，'), en: parts.map((one) => one.en).join(', ') }
  if (holds.length > 0) return outcome('hold', words, decision)
  return parts.length > 0 ? outcome('marked', words, decision) : outcome('pass', PASSES, decision)
}

const PASSES: Words = { zh: '放行', en: 'passes' }

function outcome(group: string, words: Words, decision: Decision): DryRunOutcome {
  const { holds, cases } = reviewRulingOf(decision)
  const figures = { held: holds.length > 0 ? 1n : 0n, cases: BigInt(cases.length) }
  return { words, group, figures }
}
