import type { Words } from '#domain/notice.ts'
import type { LockedPlan } from '#features/order-stock/index.ts'
import type { WorkedOut } from '../plan/work-out.ts'
import type { PlanRow, PlanState, PlanStep } from '../store.ts'

export type Standing = {
  readonly state: PlanState
  readonly step: PlanStep
  readonly code: string | null
  readonly words: Words
}

/** How an order stands in the pipeline after it was planned and its goods were asked for. */
export function standingOf({
  worked,
  before,
  lock,
  isHeld,
  isOnHold,
}: {
  /** Null: the plan stood. */
  readonly worked: Pick<WorkedOut, 'outcome' | 'step' | 'code' | 'words'> | null
  readonly before: Pick<PlanRow, 'state' | 'step' | 'code' | 'words'> | null
  readonly lock: Pick<LockedPlan, 'state' | 'code'> | 'uncounted' | null
  /** By a rule or a person. */
  readonly isHeld: boolean
  /** By its channel: its group is not complete, its risk is being looked into. */
  readonly isOnHold: boolean
}): Standing {
  if (worked !== null && (worked.outcome === 'unmatched' || worked.outcome === 'review'))
    return { state: worked.outcome, step: worked.step, code: worked.code, words: worked.words }
  if (worked === null && before?.state === 'review') return before
  if (isHeld) return HELD
  if (isOnHold) return ON_HOLD
  if (worked?.outcome === 'short')
    return { state: 'short', step: 'source', code: worked.code, words: worked.words }
  if (lock === 'uncounted') return PLANNED
  if (lock?.state === 'locked') return LOCKED
  return {
    state: 'short',
    step: 'lock',
    code: lock?.code ?? 'order_stock.short',
    words:
      lock?.code === 'order_stock.part_waits'
        ? { zh: '主品已锁库，赠品等货', en: 'the main goods are locked, a gift waits for stock' }
        : {
            zh: '库存没有锁到，来货后自动再试',
            en: 'its goods could not be locked; tried again as stock comes',
          },
  }
}

const HELD: Standing = {
  state: 'held',
  step: 'hold',
  code: 'fulfilment.held',
  words: { zh: '已拦截，等人放行', en: 'held: a person must release it' },
}
const ON_HOLD: Standing = {
  state: 'held',
  step: 'hold',
  code: 'fulfilment.on_hold',
  words: { zh: '渠道说暂不可发，放行后自动继续', en: 'its channel says that it must not ship yet' },
}
const PLANNED: Standing = {
  state: 'planned',
  step: 'ship',
  code: null,
  words: { zh: '已计划，等待出单', en: 'planned; waits for its waybill' },
}
const LOCKED: Standing = {
  state: 'locked',
  step: 'ship',
  code: null,
  words: { zh: '已锁库，等待出单', en: 'locked; waits for its waybill' },
}
