import type { Words } from '#domain/notice.ts'
import type { PlanState, PlanStep } from '../store.ts'

export type Explained = {
  /** Why it is where it is. */
  readonly why: Words
  readonly waitsFor: Words
  /** Who can move it, and by what. */
  readonly who: Words
  readonly actions: readonly (
    | 'release'
    | 'replan'
    | 'arrange'
    | 'match'
    | 'rules'
    | 'stock'
    | 'unmerge'
    | 'automatic'
  )[]
}

export type ExplainAsk = {
  readonly state: PlanState
  readonly step: PlanStep
  readonly words: Words
  readonly holds: readonly {
    readonly by: 'rule' | 'person'
    readonly placedBy: string
    readonly reason: string
  }[]
  readonly isMerged: boolean
  readonly isManual: boolean
}

const NOBODY: Words = { zh: '不需要人处理', en: 'nobody has to' }

/** Why an order stands in its step of the pipeline, what it waits for and who can move it. */
export function explainPlan(ask: ExplainAsk): Explained {
  const found = BY_STATE[ask.state](ask)
  const actions = [
    ...found.actions,
    ...(ask.isMerged && ask.state !== 'left' && ask.state !== 'ended' ? (['unmerge'] as const) : []),
    ...(ask.isManual && ask.state !== 'left' && ask.state !== 'ended' ? (['automatic'] as const) : []),
  ]
  return { ...found, actions }
}

/** A new state does not compile until it is explained. */
const BY_STATE: Readonly<Record<PlanState, (ask: ExplainAsk) => Explained>> = {
  held: ({ holds }) => {
    const [first] = holds
    const by =
      first?.by === 'rule'
        ? { zh: '审单规则', en: 'a review rule' }
        : { zh: first?.placedBy ?? '', en: first?.placedBy ?? '' }
    const reason = holds.map((hold) => hold.reason).join('；')
    return {
      why: { zh: `被${by.zh}拦截：${reason}`, en: `Held by ${by.en}: ${reason}` },
      waitsFor: {
        zh: '等人放行；货已为它锁住',
        en: 'It waits to be released; its goods are locked meanwhile',
      },
      who: { zh: '运营或仓库人员点「放行」', en: 'Operations or the warehouse, by “release”' },
      actions: ['release', 'arrange'],
    }
  },
  review: ({ step, words }) => ({
    why: {
      zh: `${STEP_WORDS[step].zh}无法由规则决定：${words.zh}`,
      en: `${STEP_WORDS[step].en} cannot be decided by the rules: ${words.en}`,
    },
    waitsFor: {
      zh: '等规则补全（发布后自动重算），或人工安排包裹',
      en: 'It waits for the rules to be completed (it is worked out anew when they are published), or for a person to arrange its parcels',
    },
    who: {
      zh: '运营：改规则，或在此人工拆单',
      en: 'Operations: change the rules, or arrange the parcels here',
    },
    actions: ['rules', 'arrange', 'replan'],
  }),
  unmatched: ({ words }) => ({
    why: words,
    waitsFor: { zh: '等商品匹配到库存 SKU', en: 'It waits for its lines to be matched' },
    who: { zh: '运营在「SKU 匹配」处理', en: 'Operations, on the page of SKU matching' },
    actions: ['match'],
  }),
  short: ({ words }) => ({
    why: words,
    waitsFor: {
      zh: '等来货、调拨或放宽条件；有货后一秒内自动再试',
      en: 'It waits for stock, a transfer or wider rules; tried again within a second of stock',
    },
    who: {
      zh: '仓库补货，或运营重新寻源、人工安排',
      en: 'The warehouse by stock, operations by sourcing it anew or arranging it',
    },
    actions: ['stock', 'replan', 'arrange'],
  }),
  planned: ({ words }) => ({
    why: words,
    waitsFor: { zh: '等仓库出单', en: 'It waits for its waybill' },
    who: { zh: '仓库', en: 'The warehouse' },
    actions: ['arrange', 'replan'],
  }),
  locked: ({ words }) => ({
    why: words,
    waitsFor: { zh: '等仓库出单', en: 'It waits for its waybill' },
    who: { zh: '仓库', en: 'The warehouse' },
    actions: ['arrange', 'replan'],
  }),
  left: ({ words }) => ({
    why: words,
    waitsFor: { zh: '等物流', en: 'It waits for the carrier' },
    who: NOBODY,
    actions: [],
  }),
  ended: ({ words }) => ({
    why: words,
    waitsFor: { zh: '已结束', en: 'It is over' },
    who: NOBODY,
    actions: [],
  }),
}

const STEP_WORDS: Readonly<Record<PlanStep, Words>> = {
  hold: { zh: '审单', en: 'Reviewing' },
  split: { zh: '拆单', en: 'Splitting' },
  source: { zh: '寻源', en: 'Sourcing' },
  lock: { zh: '锁库', en: 'Locking' },
  freight: { zh: '运费', en: 'Freight' },
  ship: { zh: '出单', en: 'Shipping' },
}
