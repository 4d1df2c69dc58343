import type {
  Binding,
  PlanPiece,
  PlanUnit,
  SourceAnswer,
  SourcedParcel,
  SourceWarehouse,
  SplitParcel,
} from '#domain/fulfilment.ts'
import type { Words } from '#domain/notice.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { RuleDone } from '#domain/rulebook.ts'
import { type SourcingOptions, sourceParcels, sourcingOptionsOf } from '#features/sourcing/index.ts'
import { explainRefusal, splitOrder, unitsOf } from '#features/splitting/index.ts'
import type { Refusal } from '#kernel/result.ts'
import { checkManual, type ManualParcel } from '../core/manual.ts'
import { unmergedUnit } from '../core/merged-order.ts'
import type { PlanDeps } from '../deps.ts'
import type { Pins, PlanStep } from '../store.ts'
import { type Decided, decideKind, reasonOf } from './decide-kind.ts'

/** What a plan is made from. */
export type WorkAsk = {
  /** The order, or those that travel together as one. */
  readonly order: RuleOrder
  readonly isMerged: boolean
  readonly pins: Pins
  readonly manual: readonly ManualParcel[] | null
  readonly excluded: readonly string[]
  /** Of the route: which warehouses may serve it, the first goes first. */
  readonly warehouses: readonly SourceWarehouse[]
  readonly spread: 'never' | 'lines' | 'units'
  /** Pieces that may be had; null: no stock is counted. */
  readonly free: ReadonlyMap<string, number> | null
  readonly now: Temporal.Instant
}

export type Hold = { readonly decided: Decided; readonly node: string; readonly reason: string }

/** A plan as it was worked out; parcels are empty where it stopped before there were any. */
export type WorkedOut = {
  readonly outcome: 'placed' | 'short' | 'review' | 'unmatched'
  readonly step: PlanStep
  readonly code: string | null
  readonly words: Words
  readonly units: readonly PlanUnit[]
  readonly bindings: readonly Binding[]
  readonly parcels: readonly SourcedParcel[]
  readonly answer: SourceAnswer | null
  readonly refusal: Refusal | null
  readonly holds: readonly Hold[]
  readonly tags: readonly string[]
  readonly decided: readonly Decided[]
}

/** `workOut` that lets no order keep the others from their plans: one that it fails on goes to review, and the fault is told. */
export function planOrder(deps: PlanDeps, ask: WorkAsk): WorkedOut {
  try {
    return workOut(deps, ask)
  } catch (error) {
    deps.onProblem?.(error, ask.order.orderNo)
    return { ...NOTHING, outcome: 'review', step: 'split', ...PLAN_FAILED }
  }
}

/** Review, split, source: each by its rules where some are live, by its sensible default where none are. Never throws on what rules say. */
export function workOut(deps: PlanDeps, ask: WorkAsk): WorkedOut {
  const { order, isMerged, pins } = ask
  const found = unitsOf(order)
  const units = found.units.map((unit) => unmergedUnit(unit, isMerged))
  const base = { ...NOTHING, units, bindings: found.bindings }
  const unmatched = order.lines.filter((line) => line.sku === null).length
  if (order.lines.length === 0 || unmatched > 0)
    return { ...base, outcome: 'unmatched', step: 'split', code: 'fulfilment.unmatched', words: UNMATCHED }
  const review = decideKind(deps, 'review', order, { pinned: pins.review, values: {} })
  const split = decideKind(deps, 'split', order, { pinned: pins.split, values: {} })
  const holds = [...holdsOf(review), ...holdsOf(split)]
  const before: WorkedOut = {
    ...base,
    holds,
    tags: tagsOf(review),
    decided: [review, split].filter((one) => one !== null),
  }
  if (review?.decision.outcome === 'review') return toReview(before, 'hold', reasonOf(review.decision))
  const parcels = ask.manual === null ? splitBy(before, split) : arrangedBy(before, ask.manual)
  if (parcels.value === null) return parcels.stopped
  return source(deps, ask, { ...before, bindings: parcels.bindings }, parcels.value)
}

/** A fault of the hub: a person goes on with the order meanwhile. */
export const PLAN_FAILED = {
  code: 'fulfilment.plan_failed',
  words: {
    zh: '系统计算这一单时出错，已记入日志；请人工安排或联系管理员',
    en: 'the hub failed to work this order out, see its log: arrange it by hand or tell the administrator',
  },
} as const

const UNMATCHED: Words = {
  zh: '有商品还没有匹配到库存 SKU，先到「SKU 匹配」处理',
  en: 'some lines have no stock SKU yet: match them first',
}
const NOTHING: WorkedOut = {
  outcome: 'placed',
  step: 'lock',
  code: null,
  words: { zh: '', en: '' },
  units: [],
  bindings: [],
  parcels: [],
  answer: null,
  refusal: null,
  holds: [],
  tags: [],
  decided: [],
}

/**
 * Pieces that were left behind when the rest of their order went: what they were bound to has gone, so they are sourced by themselves,
 * all of them from one warehouse.
 */
export function planRest(deps: PlanDeps, ask: WorkAsk, pieces: readonly PlanPiece[]): WorkedOut {
  try {
    return workOutRest(deps, ask, pieces)
  } catch (error) {
    deps.onProblem?.(error, ask.order.orderNo)
    return { ...NOTHING, outcome: 'review', step: 'split', ...PLAN_FAILED }
  }
}

function workOutRest(deps: PlanDeps, ask: WorkAsk, pieces: readonly PlanPiece[]): WorkedOut {
  const { order, isMerged, pins } = ask
  const units = unitsOf(order).units.map((unit) => unmergedUnit(unit, isMerged))
  const split = decideKind(deps, 'split', order, { pinned: pins.split, values: {} })
  const parted = splitBy({ ...NOTHING, units }, split)
  const has = (unit: string): boolean => pieces.some((piece) => piece.unit === unit)
  const needs = (parted.value ?? []).flatMap((one) =>
    one.groups.flat().some((piece) => has(piece.unit)) ? one.needs : [],
  )
  const left = units.flatMap((unit) => {
    const quantity = pieces.reduce((sum, one) => sum + (one.unit === unit.key ? one.quantity : 0), 0)
    return quantity === 0 ? [] : [{ ...unit, quantity }]
  })
  const groups = left.map((unit) => [{ unit: unit.key, quantity: unit.quantity }])
  const parcel: SplitParcel = {
    groups,
    together: true,
    warehouse: null,
    needs: [...new Set(needs)],
    reasons: [],
  }
  return source(deps, ask, { ...NOTHING, units: left }, [parcel])
}

type Parted =
  | { readonly value: readonly SplitParcel[]; readonly bindings: readonly Binding[] }
  | { readonly value: null; readonly stopped: WorkedOut }

function splitBy(before: WorkedOut, split: Decided | null): Parted {
  if (split?.decision.outcome === 'review')
    return { value: null, stopped: toReview(before, 'split', reasonOf(split.decision)) }
  const answer = splitOrder({
    units: before.units,
    bindings: before.bindings,
    actions: split?.decision.actions ?? [],
  })
  if (!answer.ok) {
    const words = explainRefusal(answer.refusal)
    const stopped = toReview(before, 'split', { code: answer.refusal.code, words })
    return { value: null, stopped: { ...stopped, refusal: answer.refusal } }
  }
  return { value: answer.value.parcels, bindings: answer.value.bindings }
}

function arrangedBy(before: WorkedOut, manual: readonly ManualParcel[]): Parted {
  const parcels = checkManual(manual, before.units, before.bindings)
  if (parcels.ok) return { value: parcels.value, bindings: before.bindings }
  return {
    value: null,
    stopped: toReview(before, 'split', {
      code: 'fulfilment.manual_outdated',
      words: {
        zh: '人工安排的包裹与订单现在的内容不符，请重新安排或恢复自动',
        en: 'the parcels that a person arranged no longer fit the order: arrange them anew or go back to the rules',
      },
    }),
  }
}

function source(deps: PlanDeps, ask: WorkAsk, before: WorkedOut, parcels: readonly SplitParcel[]): WorkedOut {
  const { order } = ask
  const dueMinutes = order.shipBy === null ? null : Math.round(order.shipBy.since(ask.now).total('minutes'))
  const decided = decideKind(deps, 'sourcing', order, {
    pinned: ask.pins.sourcing,
    values: {
      parcel_count: BigInt(parcels.length),
      due_hours: dueMinutes === null ? null : BigInt(Math.floor(dueMinutes / 60)),
    },
  })
  const after: WorkedOut = {
    ...before,
    holds: [...before.holds, ...holdsOf(decided)],
    decided: decided === null ? before.decided : [...before.decided, decided],
  }
  if (decided?.decision.outcome === 'review') return toReview(after, 'source', reasonOf(decided.decision))
  const options = sourcingOptionsOf(decided?.decision.actions ?? [])
  if (ask.warehouses.length === 0) return withoutWarehouses(after, parcels, ask.free !== null)
  const { warehouses, excluded } = candidates(ask, options)
  const answer = sourceParcels({
    units: after.units,
    bindings: after.bindings,
    parcels,
    to: order.to,
    warehouses,
    free: ask.free,
    spread: options.spread ?? ask.spread,
    weights: options.weights,
    excluded,
    dueMinutes,
    stepsMost: options.stepsMost,
  })
  if (answer.ok) return { ...after, parcels: answer.value.parcels, answer: answer.value }
  const { code } = answer.refusal
  if (code === 'sourcing.short' || code === 'sourcing.no_warehouse')
    return {
      ...after,
      outcome: 'short',
      step: 'source',
      code,
      words: wordsOf(answer.refusal),
      refusal: answer.refusal,
    }
  return refused(after, 'source', answer.refusal)
}

/** The route says who may serve the order; rules and people narrow it down, and neither widens it. */
function candidates({ warehouses, excluded }: WorkAsk, options: SourcingOptions) {
  const byPerson: Words = { zh: '人工排除', en: 'excluded by a person' }
  const preferred = (code: string): number => {
    const at = options.prefer.indexOf(code)
    return at === -1 ? options.prefer.length : at
  }
  const ranked = [...warehouses]
    .filter((one) => options.only === null || options.only.includes(one.code))
    .sort((a, b) => preferred(a.code) - preferred(b.code))
    .map((one, priority) => ({ ...one, priority }))
  const onlyWords: Words = { zh: '规则限定了其他仓', en: 'the rules name other warehouses' }
  const left = warehouses.filter((one) => options.only !== null && !options.only.includes(one.code))
  return {
    warehouses: [...ranked, ...left],
    excluded: [
      ...options.excluded,
      ...left.map((one) => ({ warehouse: one.code, words: onlyWords })),
      ...excluded.map((warehouse) => ({ warehouse, words: byPerson })),
    ],
  }
}

/** Without any warehouse the parcels are planned all the same: who sends them is not the hub's to know yet. */
function withoutWarehouses(after: WorkedOut, parcels: readonly SplitParcel[], isCounted: boolean): WorkedOut {
  if (isCounted)
    return {
      ...after,
      outcome: 'short',
      step: 'source',
      code: 'order_stock.no_route',
      words: { zh: '没有仓库能发这一单', en: 'no warehouse serves this order' },
    }
  return {
    ...after,
    parcels: parcels.map((parcel) => ({
      warehouse: parcel.warehouse,
      pieces: parcel.groups.flat(),
      waits: false,
      reasons: parcel.reasons,
    })),
  }
}

function toReview(
  before: WorkedOut,
  step: PlanStep,
  { code, words }: { readonly code: string; readonly words: Words },
): WorkedOut {
  return { ...before, outcome: 'review', step, code, words }
}

function refused(before: WorkedOut, step: PlanStep, refusal: Refusal): WorkedOut {
  return { ...toReview(before, step, { code: refusal.code, words: wordsOf(refusal) }), refusal }
}

function wordsOf({ detail, data }: Refusal): Words {
  if (typeof data === 'object' && data !== null && 'words' in data) {
    const { words } = data
    if (typeof words === 'object' && words !== null && 'zh' in words && 'en' in words)
      return { zh: String(words.zh), en: String(words.en) }
  }
  return { zh: detail, en: detail }
}

function holdsOf(decided: Decided | null): Hold[] {
  if (decided === null) return []
  return decided.decision.actions
    .filter((one) => one.action === 'hold')
    .map((one) => ({ decided, node: one.node, reason: textOf(one, 'reason') }))
}

function tagsOf(decided: Decided | null): string[] {
  const tags = decided?.decision.actions.filter((one) => one.action === 'tag') ?? []
  return [...new Set(tags.map((one) => textOf(one, 'name')))].sort()
}

function textOf(done: RuleDone, param: string): string {
  const value = done.params[param]
  return typeof value === 'string' ? value : ''
}
