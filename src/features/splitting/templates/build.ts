import type { RuleOrderLine } from '#domain/rule-order.ts'
import { ruleInputOf } from '#domain/rule-variables.ts'
import type {
  Cel,
  NextNode,
  RuleCaseContent,
  RuleInput,
  RuleModel,
  RuleNode,
  RuleValue,
} from '#domain/rulebook.ts'

/** A model of a template; nodes stand below each other, as the canvas would lay them out. */
export function modelOf(start: string, nodes: readonly RuleNode[]): RuleModel {
  return { format: 1, currency: 'CNY', start, nodes, tables: [] }
}

/** A question with one "yes"; `row` is its place from above. */
export function ask(
  id: string,
  row: number,
  label: string,
  when: Cel,
  yes: NextNode,
  otherwise: NextNode,
): RuleNode {
  return {
    type: 'branch',
    id,
    label,
    at: { x: 0, y: row * 190 },
    branches: [{ id: 'yes', label: '是', when, to: yes }],
    otherwise,
  }
}

export function act(
  id: string,
  row: number,
  label: string,
  action: string,
  params: Readonly<Record<string, Cel>>,
  to: NextNode,
): RuleNode {
  return { type: 'action', id, label, at: { x: 320, y: row * 190 }, action, params, to }
}

export function done(row: number): RuleNode {
  const at = { x: 0, y: row * 190 }
  return { type: 'result', id: 'done', label: '完成', at, outcome: 'decided', values: [], reason: '' }
}

export function toReview(id: string, row: number, label: string, reason: string): RuleNode {
  const at = { x: 640, y: row * 190 }
  return { type: 'result', id, label, at, outcome: 'review', values: [], reason }
}

export type CaseLine = {
  readonly sku: string
  readonly quantity?: number
  readonly gift?: boolean
  readonly tags?: readonly string[]
  readonly weightG?: number | null
}

/** An order of a test case; lines are numbered from 1. */
export function orderInput(
  lines: readonly CaseLine[],
  own: Readonly<Record<string, RuleValue>> = {},
): RuleInput {
  const read = lines.map((line, index) => lineOf(line, index))
  const goods = read.reduce((sum, line) => sum + (line.paidMinor ?? 0n), 0n)
  const input = ruleInputOf(
    {
      id: 1n,
      connection: 'shop',
      connectorKind: 'douyin',
      orderNo: '1',
      status: 'awaiting_shipment',
      placedAt: null,
      paidAt: null,
      shipBy: null,
      currency: 'CNY',
      payableMinor: goods,
      goodsMinor: goods,
      shippingMinor: 0n,
      discountMinor: 0n,
      promotions: [],
      buyerId: null,
      earlierOrders: 0,
      earlierSpentMinor: 0n,
      to: { country: 'CN', province: '浙江', city: '杭州市', district: '西湖区' },
      recipientKey: null,
      buyerNote: '',
      sellerNote: '',
      flag: null,
      lines: read,
      gifts: [],
    },
    null,
  )
  return { ...input, values: { ...input.values, line_count: BigInt(lines.length), ...own } }
}

function lineOf(line: CaseLine, index: number): RuleOrderLine {
  const { sku, quantity = 1, gift = false, tags = [], weightG = 500 } = line
  return {
    lineId: String(index + 1),
    sku,
    shopSku: sku,
    title: sku,
    quantity,
    unitPriceMinor: gift ? 0n : 5_000n,
    paidMinor: gift ? 0n : 5_000n * BigInt(quantity),
    gift,
    weightG,
    volumeCm3: weightG === null ? null : weightG * 4,
    tags,
    parts: null,
  }
}

type Wanted = NonNullable<RuleCaseContent['expected']['actions']>
export function decided(name: string, input: RuleInput, actions: Wanted): RuleCaseContent {
  return { name, input, expected: { outcome: 'decided', actions } }
}
export function reviewed(name: string, input: RuleInput): RuleCaseContent {
  return { name, input, expected: { outcome: 'review' } }
}
