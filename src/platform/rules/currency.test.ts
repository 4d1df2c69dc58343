import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cel, RuleKind, RuleModel } from '#domain/rulebook.ts'
import { compileModel } from './compile.ts'

const at = { x: 0, y: 0 }
const words = { zh: '', en: '' }
const KIND: RuleKind = {
  kind: 'review',
  label: words,
  purpose: words,
  variables: [
    { name: 'buyer_note', label: words, type: 'text' },
    { name: 'order_amount', label: words, type: 'money' },
  ],
  lineVariables: [],
  values: [],
  actions: [
    { name: 'hold', label: words, params: [{ name: 'reason', label: words, type: 'text', required: true }] },
    { name: 'charge', label: words, params: [{ name: 'fee', label: words, type: 'money', required: true }] },
  ],
  guards: [],
  gray: false,
  templates: [],
}

function outcome(when: string, action: string, params: Readonly<Record<string, Cel>>): string {
  const model: RuleModel = {
    format: 1,
    currency: 'CNY',
    start: 'ask',
    nodes: [
      {
        id: 'ask',
        type: 'branch',
        label: '',
        at,
        branches: [{ id: 'yes', label: '', when, to: 'act' }],
        otherwise: 'end',
      },
      { id: 'act', type: 'action', label: '', at, action, params, to: 'end' },
      { id: 'end', type: 'result', label: '', at, outcome: 'decided', values: [], reason: '' },
    ],
    tables: [],
  }
  const rules = compileModel(KIND, model)
  assert.ok(rules.ok, JSON.stringify(rules))
  const values = { buyer_note: '改地址', order_amount: 9_900n }
  const { outcome: came, reason } = rules.value.decide({ currency: 'USD', values, lines: [] })
  return reason?.code ?? came
}

test('rules that speak of no amount decide orders in every currency', () => {
  assert.equal(outcome('buyer_note.contains("改地址")', 'hold', { reason: '"先确认"' }), 'decided')
})

test('rules that ask for an amount, name one or charge one decide those of their own currency only', () => {
  const other = 'rulebook.other_currency'
  assert.equal(outcome('order_amount > 100', 'hold', { reason: '"大额"' }), other)
  assert.equal(outcome('yuan("1.00") == 100', 'hold', { reason: '"一元"' }), other)
  assert.equal(outcome('buyer_note != ""', 'charge', { fee: '500' }), other)
})
