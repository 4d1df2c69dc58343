import type {
  NextNode,
  NodePlace,
  RuleCaseContent,
  RuleInput,
  RuleNode,
  RuleValue,
} from '#domain/rulebook.ts'

// How the templates of this feature write their nodes: one line a node, places on a grid.

/** Column and row of the canvas' grid. */
export function at(column: number, row: number): NodePlace {
  return { x: column * 352, y: row * 190 }
}

type Step = { id: string; label: string; at: NodePlace; to: NextNode; note?: string }

export function charge(step: Step, label: string, amount: string, action = 'charge'): RuleNode {
  return { ...step, type: 'action', action, params: { label: JSON.stringify(label), amount } }
}

export function carrier(step: Step, code: string): RuleNode {
  return { ...step, type: 'action', action: 'carrier', params: { code: JSON.stringify(code) } }
}

export function decided(id: string, label: string, place: NodePlace): RuleNode {
  return { id, type: 'result', label, at: place, outcome: 'decided', values: [], reason: '' }
}

export function review(id: string, label: string, place: NodePlace, reason: string): RuleNode {
  return { id, type: 'result', label, at: place, outcome: 'review', values: [], reason }
}

/** An ordinary order to vary in test cases: 1 piece of 500 g from 抖音 to 杭州, a known customer of one earlier order, 50.00. */
const PLAIN: RuleInput['values'] = {
  order_source: 'douyin',
  shop: 'demo',
  customer_level: 'old',
  order_count: 1n,
  order_amount: 5_000n,
  goods_amount: 5_000n,
  shipping_paid: 0n,
  discount_amount: 0n,
  weight: 500n,
  volume: 1_000n,
  pieces: 1n,
  country: 'CN',
  province: '浙江',
  city: '杭州市',
  district: '西湖区',
  items: ['SKU-1'],
  tags: [],
  promotions: [],
  has_gift: false,
  buyer_note: '',
  seller_note: '',
  flag: '',
  is_remote: false,
  region_class: 'mainland',
  parcel_count: 1n,
  merged_orders: 1n,
}

type Charged = readonly (readonly [action: string, label: string, amount: bigint | null])[]

/** A test case: the plain order with these values, and either what is charged or `review`. */
export function freightCase(
  name: string,
  values: Readonly<Record<string, RuleValue>>,
  expected: 'review' | Charged,
): RuleCaseContent {
  const input: RuleInput = { currency: 'CNY', values: { ...PLAIN, ...values }, lines: [] }
  if (expected === 'review') return { name, input, expected: { outcome: 'review' } }
  const actions = expected.map(([action, label, amount]) => ({
    action,
    params:
      action === 'carrier'
        ? { code: label }
        : amount === null
          ? { label }
          : ({ label, amount } as Record<string, RuleValue>),
  }))
  return { name, input, expected: { outcome: 'decided', actions } }
}
