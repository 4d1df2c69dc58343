import type { RuleModel } from '#domain/rulebook.ts'
import type { RuleSample } from '../demo-rules.ts'

/** One shop's own freight: eight yuan, and nothing from 99 on, by a waiver of what was charged. */
const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'charge',
  nodes: [
    {
      id: 'charge',
      type: 'action',
      label: '每单 8 元',
      at: { x: 0, y: 0 },
      action: 'charge',
      params: { label: '"运费"', amount: 'yuan("8.00")' },
      to: 'enough',
    },
    {
      id: 'enough',
      type: 'branch',
      label: '满 99？',
      at: { x: 280, y: 0 },
      branches: [{ id: 'yes', label: '满 99', when: 'order_amount >= yuan("99.00")', to: 'waive' }],
      otherwise: 'done',
    },
    {
      id: 'waive',
      type: 'action',
      label: '包邮',
      at: { x: 560, y: -120 },
      action: 'waive',
      params: { label: '"满 99 包邮"' },
      to: 'done',
    },
    {
      id: 'done',
      type: 'result',
      label: '算出运费',
      at: { x: 840, y: 0 },
      outcome: 'decided',
      values: [],
      reason: '',
    },
  ],
  tables: [],
}

export const OWN_FREIGHT: RuleSample = {
  kind: 'freight',
  name: '有赞小铺运费',
  note: '只管这一家店',
  template: null,
  connectorKind: 'youzan',
  connectionId: 'demo-youzan',
  model: MODEL,
}
