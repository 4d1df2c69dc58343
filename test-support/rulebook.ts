import type { RuleInput, RuleKind, RuleKindPart, RuleModel } from '#domain/rulebook.ts'
import {
  openRulebook,
  type RulebookDeps,
  type RulebookDirectory,
  type RuleEngine,
  runCases,
} from '#features/rulebook/index.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import type { Database } from '#platform/postgres/database.ts'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { hashOfModel, parseModel } from '#platform/rules/parse-model.ts'

const words = (text: string) => ({ zh: text, en: text })

/** A fee by the amount: as small as a kind of rules can be, with a guard of each form. */
export const feeKind: RuleKind = {
  kind: 'fee',
  label: words('fee'),
  purpose: words('what an order costs to send'),
  variables: [
    { name: 'amount', label: words('amount'), type: 'money', bounds: { least: 0n, most: 10_000_000n } },
  ],
  lineVariables: [],
  values: [{ name: 'fee', label: words('fee'), type: 'money', required: true }],
  actions: [],
  guards: [
    { metric: 'lost', label: words('lost'), test: { is: 'never' } },
    { metric: 'errors', label: words('errors'), test: { is: 'share', healthyBps: 30, brokenBps: 100 } },
    { metric: 'mean_fee', label: words('mean fee'), test: { is: 'mean', toleranceBps: 2_000, atLeast: 30 } },
  ],
  templates: [],
  gray: true,
}

/** Free from `free` yuan on, else `fee` yuan. */
export function feeModel(fee: string, free = '99.00'): RuleModel {
  const at = { x: 0, y: 0 }
  return {
    format: 1,
    currency: 'CNY',
    start: 'amount',
    nodes: [
      {
        id: 'amount',
        type: 'branch',
        label: '满额包邮',
        at,
        branches: [{ id: 'enough', label: '满', when: `amount >= yuan("${free}")`, to: 'free' }],
        otherwise: 'pays',
      },
      result('free', '0.00'),
      result('pays', fee),
    ],
    tables: [],
  }
  function result(id: string, amount: string): RuleModel['nodes'][number] {
    const values = [{ name: 'fee', expression: `yuan("${amount}")` }]
    return { id, type: 'result', label: id, at, outcome: 'decided', values, reason: '' }
  }
}

export function feeInput(amount: bigint | null): RuleInput {
  return { currency: 'CNY', values: { amount }, lines: [] }
}

const withTemplate: RuleKind = {
  ...feeKind,
  templates: [
    {
      id: 'simple',
      name: words('simple'),
      description: words('free from 99 yuan on'),
      model: feeModel('10.00'),
      cases: [
        {
          name: 'boundary',
          input: feeInput(9_900n),
          expected: { outcome: 'decided', values: { fee: 0n } },
        },
      ],
    },
  ],
}

export const feePart: RuleKindPart = {
  kind: withTemplate,
  outcome: ({ values }) => ({ words: words(`fee ${values.fee}`), group: 'fee', figures: {} }),
  item: (order) => ({
    orderId: order.id,
    orderNo: order.orderNo,
    connection: order.connection,
    connectorKind: order.connectorKind,
    input: feeInput(order.payableMinor),
    context: null,
  }),
}

export const testEngine: RuleEngine = {
  parse: parseModel,
  hashOf: hashOfModel,
  compile: compileModel,
  check: async (kind, model) => ok(checkModel(kind, model)),
  quickCheck: () => [],
}

/** A rulebook over a database with the kinds given; the directory is open. */
export async function openTestRulebook(
  db: Database,
  options: {
    readonly clock?: Clock
    readonly kinds?: readonly RuleKindPart[]
    readonly over?: Partial<RulebookDeps>
  } = {},
): Promise<RulebookDeps & { directory: RulebookDirectory }> {
  const { clock = systemClock, kinds = [feePart], over = {} } = options
  const parts = new Map(kinds.map((part) => [part.kind.kind, part]))
  const engine = over.engine ?? testEngine
  const directory = openRulebook({ db, clock, engine, parts })
  await directory.start()
  return {
    db,
    clock,
    engine,
    directory,
    parts,
    hooks: {},
    runCases,
    watch: { minutes: 120, decisions: 100 },
    orders: null,
    kindOf: (connection) => (connection === 'shop-1' ? 'shopify' : null),
    nameOf: (connection) => (connection === 'shop-1' ? 'First shop' : null),
    ...over,
  }
}
