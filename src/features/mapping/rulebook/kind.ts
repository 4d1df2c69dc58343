import { FACT_KINDS } from '#domain/fact.ts'
import type { Decision, DryRunOutcome, RuleKind, RuleKindPart } from '#domain/rulebook.ts'
import { modelOfRules } from './model.ts'

const FACTS = [...FACT_KINDS, 'none'].map((value) => ({ value, label: { zh: value, en: value } }))

/** 状态映射: which code of a kind of system, or of one connection, is which fact. */
export const mappingKind: RuleKind = {
  kind: 'status_mapping',
  label: { zh: '状态映射', en: 'status mapping' },
  purpose: {
    zh: '平台的状态码是哪个事实；没有规则的码按连接器默认，默认也没有就停放等人决定',
    en: "which code of a platform is which fact; others are read by the connector's defaults, and where it has none they wait",
  },
  variables: [
    {
      name: 'code',
      label: { zh: '平台状态码', en: 'upstream code' },
      type: 'text',
      examples: ['order_status:1', 'order_status:2'],
    },
  ],
  lineVariables: [],
  values: [
    { name: 'fact', label: { zh: '事实', en: 'fact' }, type: 'choice', choices: FACTS, required: true },
  ],
  actions: [],
  guards: [],
  templates: [
    {
      id: 'mapping_codes',
      name: { zh: '状态码表', en: 'A table of codes' },
      description: {
        zh: '三行示例：付款、发货、与订单状态无关的码；换成自己平台的码，其余的码按连接器默认',
        en: 'three rows to begin with: paid, dispatched, and a code that says nothing of the order; put your platform’s codes there',
      },
      model: modelOfRules({
        'order_status:PAID': 'paid',
        'order_status:SHIPPED': 'dispatched',
        'order_status:REMARKED': 'none',
      }),
      cases: [
        {
          name: '已付款',
          input: { currency: 'CNY', values: { code: 'order_status:PAID' }, lines: [] },
          expected: { outcome: 'decided', values: { fact: 'paid' } },
        },
        {
          name: '没见过的码等人决定',
          input: { currency: 'CNY', values: { code: 'order_status:NEW' }, lines: [] },
          expected: { outcome: 'review' },
        },
      ],
    },
  ],
  gray: false,
}

/** Codes are decided message by message: such rules say nothing of an order as a whole, and are tried on recorded messages. */
export const mappingPart: RuleKindPart = { kind: mappingKind, item: () => null, outcome: outcomeOf }

function outcomeOf(decision: Decision): DryRunOutcome {
  const fact = decision.values.fact
  const words = typeof fact === 'string' && decision.outcome === 'decided' ? fact : '?'
  return { words: { zh: words, en: words }, group: words, figures: {} }
}
