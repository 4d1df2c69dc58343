import type { PlanPiece, PlanUnit, SplitAnswer, SplitAsk, SplitParcel } from '#domain/fulfilment.ts'
import type { Words } from '#domain/notice.ts'
import type { RuleObservation } from '#domain/rulebook.ts'
import type { Refusal, Result } from '#kernel/result.ts'
import { piecesOf } from './split-order.ts'
import { compareText } from './units.ts'

const SKUS_SHOWN = 4
const PARCELS_SHOWN = 5

/** `2 个包裹：A×1 + B×1 | C×2`, for a person; long plans are cut short. */
export function explainParcels(
  units: readonly PlanUnit[],
  parcels: readonly Pick<SplitParcel, 'groups'>[],
): Words {
  const skuOf = new Map(units.map((unit) => [unit.key, unit.sku]))
  const shown = parcels.slice(0, PARCELS_SHOWN).map((parcel) => partsOf(piecesOf(parcel), skuOf))
  const tail = parcels.length > PARCELS_SHOWN ? ' | …' : ''
  const list = shown.join(' | ') + tail
  return {
    zh: `${parcels.length} 个包裹${list === '' ? '' : `：${list}`}`,
    en: `${parcels.length} parcel${parcels.length === 1 ? '' : 's'}${list === '' ? '' : `: ${list}`}`,
  }
}

function partsOf(pieces: readonly PlanPiece[], skuOf: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>()
  for (const { unit, quantity } of pieces) {
    const sku = skuOf.get(unit) ?? unit
    counts.set(sku, (counts.get(sku) ?? 0) + quantity)
  }
  const parts = [...counts]
    .sort(([a], [b]) => compareText(a, b))
    .map(([sku, quantity]) => `${sku}×${quantity}`)
  return (
    parts.slice(0, SKUS_SHOWN).join(' + ') +
    (parts.length > SKUS_SHOWN ? ` + …${parts.length - SKUS_SHOWN}` : '')
  )
}

/** Why an order cannot be split by its rules, in the words of the person who decides now. */
export function explainRefusal(refusal: Refusal): Words {
  const data = (refusal.data ?? {}) as {
    readonly skus?: readonly string[]
    readonly nodes?: readonly string[]
  }
  const skus = (data.skus ?? []).slice(0, 8).join('、')
  const zh: Readonly<Record<string, string>> = {
    'splitting.bindings_conflict': `${skus} 绑定在一起发，又被规则要求分开`,
    'splitting.cannot_fit': `${skus} 单独就超出了单包上限`,
    'splitting.unknown_measure': `${skus} 没有重量或体积，无法按上限拆包；请在商品档案中补上`,
    'splitting.warehouse_conflict': '两条规则给同一批商品指定了不同的仓库',
    'splitting.too_many_parcels': '拆出的包裹太多，请检查规则的上限',
    'splitting.too_many_units': '商品行太多，请人工拆单',
    'splitting.bad_action': '规则里有无法执行的动作',
  }
  return { zh: zh[refusal.code] ?? refusal.detail, en: refusal.detail }
}

/** What the guards of the kind watch, of one split. */
export function observeSplit(
  ask: Pick<SplitAsk, 'units'>,
  answer: Result<SplitAnswer>,
): readonly RuleObservation[] {
  const review = { metric: 'review', n: 1, bad: answer.ok ? 0 : 1, sum: 0 }
  if (!answer.ok) return [review]
  const { parcels, bindings } = answer.value
  const apart = giftsApart(ask.units, parcels, bindings)
  return [
    review,
    { metric: 'parcels', n: 1, bad: 0, sum: parcels.length },
    { metric: 'gift_apart', n: 1, bad: apart > 0 ? 1 : 0, sum: 0 },
  ]
}

/** Gifts bound hard that are not with their main product, and parcels of gifts alone while products leave elsewhere. */
export function giftsApart(
  units: readonly PlanUnit[],
  parcels: readonly Pick<SplitParcel, 'groups'>[],
  bindings: SplitAnswer['bindings'],
): number {
  const held = parcels.map((parcel) => new Set(piecesOf(parcel).map(({ unit }) => unit)))
  const torn = bindings.filter(
    ({ why, strength, units: keys }) =>
      why === 'gift' &&
      strength === 'hard' &&
      held.some(
        (keysHere) => keys.some((key) => keysHere.has(key)) && !keys.every((key) => keysHere.has(key)),
      ),
  )
  const gifts = new Set(units.filter(({ gift }) => gift).map(({ key }) => key))
  const hasProducts = units.some(({ gift }) => !gift)
  const alone = held.filter((keys) => keys.size > 0 && [...keys].every((key) => gifts.has(key)))
  return torn.length + (hasProducts ? alone.length : 0)
}
