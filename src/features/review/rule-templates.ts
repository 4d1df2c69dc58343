import type {
  Cel,
  NextNode,
  RuleInput,
  RuleModel,
  RuleNode,
  RuleTemplate,
  RuleValue,
} from '#domain/rulebook.ts'

/** Starting points for review rules; amounts and words are the seller's own to change. */
export const REVIEW_TEMPLATES: readonly RuleTemplate[] = [
  {
    id: 'review_big_order',
    name: { zh: '大额订单人工审核', en: 'A person looks at large orders' },
    description: {
      zh: '满 2000 元的订单先拦下并建一条待办，满 10000 元的待办为紧急；其余放行',
      en: 'orders from 2,000.00 wait and become a case, from 10,000.00 an urgent one; all others pass',
    },
    model: modelOf('amount', [
      {
        type: 'branch',
        id: 'amount',
        label: '订单金额多大',
        at: { x: 0, y: 0 },
        branches: [
          { id: 'huge', label: '满 10000 元', when: 'order_amount >= yuan("10000.00")', to: 'huge_case' },
          { id: 'big', label: '满 2000 元', when: 'order_amount >= yuan("2000.00")', to: 'big_case' },
        ],
        otherwise: 'pass',
      },
      act(
        'huge_case',
        340,
        0,
        '建紧急待办',
        'case',
        { severity: '"critical"', reason: '"超大额订单"' },
        'hold',
      ),
      act('big_case', 340, 190, '建待办', 'case', { severity: '"warning"', reason: '"大额订单"' }, 'hold'),
      act('hold', 680, 90, '先拦下', 'hold', { reason: '"大额订单，等人工审核"' }, 'held'),
      done('held', 1020, 90, '拦下'),
      done('pass', 340, 380, '放行'),
    ]),
    cases: [
      caseOf('1999.99 元放行', { order_amount: 199_999n }, []),
      caseOf('2000 元拦下', { order_amount: 200_000n }, ['case', 'hold']),
      caseOf('10000 元紧急', { order_amount: 1_000_000n }, ['case', 'hold']),
    ],
  },
  {
    id: 'review_note_words',
    name: { zh: '备注含关键字先拦截', en: 'Certain words in a note stop the order' },
    description: {
      zh: '商家备注写了先不发，或买家备注要改地址、改规格时先拦下，处理好再放行；问发票的打标签不拦',
      en: "the seller's note says not to ship, or the buyer wants another address or variant: the order waits; invoices are tagged",
    },
    model: modelOf('note', [
      {
        type: 'branch',
        id: 'note',
        label: '备注里写了什么',
        at: { x: 0, y: 0 },
        branches: [
          {
            id: 'seller',
            label: '商家：先不发',
            when: 'seller_note.contains("先不发") || seller_note.contains("暂不发")',
            to: 'hold_seller',
          },
          {
            id: 'change',
            label: '买家：要改',
            when: 'buyer_note.contains("改地址") || buyer_note.contains("换地址") || buyer_note.contains("改规格")',
            to: 'hold_change',
          },
          { id: 'invoice', label: '买家：发票', when: 'buyer_note.contains("发票")', to: 'tag_invoice' },
        ],
        otherwise: 'pass',
      },
      act('hold_seller', 340, 0, '拦下', 'hold', { reason: '"商家备注：先不发"' }, 'pass'),
      act('hold_change', 340, 190, '拦下', 'hold', { reason: '"买家要求修改，先确认"' }, 'pass'),
      act('tag_invoice', 340, 380, '打标签', 'tag', { name: '"要发票"' }, 'pass'),
      done('pass', 680, 190, '完成'),
    ]),
    cases: [
      caseOf('没有备注放行', {}, []),
      caseOf('商家写先不发', { seller_note: '等电话，先不发' }, ['hold']),
      caseOf('买家要改地址', { buyer_note: '麻烦改地址' }, ['hold']),
      caseOf('买家要发票', { buyer_note: '开发票谢谢' }, ['tag']),
    ],
  },
  {
    id: 'review_remote_heavy',
    name: { zh: '偏远地区大件', en: 'Heavy goods to remote places' },
    description: {
      zh: '寄往新疆、西藏、青海、内蒙古且超过 10 公斤的先拦下核运费；重量未知的建待办补商品档案',
      en: 'over 10 kg to Xinjiang, Tibet, Qinghai or Inner Mongolia waits for the freight to be looked at; an unknown weight is a case',
    },
    model: modelOf('remote', [
      ask('remote', 0, 0, '是偏远地区', 'province in ["新疆", "西藏", "青海", "内蒙古"]', 'weighed', 'pass'),
      ask('weighed', 340, 0, '重量已知', 'known(weight)', 'heavy', 'no_weight'),
      ask('heavy', 680, 0, '超过 10 公斤', 'weight > 10000', 'hold', 'pass'),
      act('hold', 1020, 0, '先拦下', 'hold', { reason: '"偏远地区大件，先核运费"' }, 'mark'),
      act('mark', 1360, 0, '打标签', 'tag', { name: '"偏远大件"' }, 'pass'),
      act(
        'no_weight',
        680,
        190,
        '建待办',
        'case',
        { severity: '"info"', reason: '"偏远地区，商品没有重量"' },
        'pass',
      ),
      done('pass', 1700, 190, '完成'),
    ]),
    cases: [
      caseOf('浙江大件放行', { province: '浙江', weight: 30_000n }, []),
      caseOf('新疆 10 公斤放行', { province: '新疆', weight: 10_000n }, []),
      caseOf('新疆 10.001 公斤拦下', { province: '新疆', weight: 10_001n }, ['hold', 'tag']),
      caseOf('西藏重量未知', { province: '西藏', weight: null }, ['case']),
    ],
  },
]

function modelOf(start: string, nodes: readonly RuleNode[]): RuleModel {
  return { format: 1, currency: 'CNY', start, nodes, tables: [] }
}

function ask(
  id: string,
  x: number,
  y: number,
  label: string,
  when: Cel,
  yes: NextNode,
  otherwise: NextNode,
): RuleNode {
  return {
    type: 'branch',
    id,
    label,
    at: { x, y },
    branches: [{ id: 'yes', label: '是', when, to: yes }],
    otherwise,
  }
}

function act(
  id: string,
  x: number,
  y: number,
  label: string,
  action: string,
  params: Readonly<Record<string, Cel>>,
  to: NextNode,
): RuleNode {
  return { type: 'action', id, label, at: { x, y }, action, params, to }
}

function done(id: string, x: number, y: number, label: string): RuleNode {
  return { type: 'result', id, label, at: { x, y }, outcome: 'decided', values: [], reason: '' }
}

function caseOf(
  name: string,
  values: Readonly<Record<string, RuleValue>>,
  actions: readonly string[],
): RuleTemplate['cases'][number] {
  const input: RuleInput = {
    currency: 'CNY',
    values: {
      order_amount: 9_900n,
      weight: 500n,
      province: '浙江',
      buyer_note: '',
      seller_note: '',
      ...values,
    },
    lines: [],
  }
  return {
    name,
    input,
    expected: {
      outcome: 'decided',
      actions: actions.map((action) => ({ action, params: {} })),
    },
  }
}
