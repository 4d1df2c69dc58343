import type { RuleObservation } from '#domain/rulebook.ts'
import type { Decided } from './decide-kind.ts'
import type { WorkedOut } from './work-out.ts'

const STEP_OF: Readonly<Record<string, string>> = { split: 'split', sourcing: 'source', freight: 'freight' }

/** What a decision of a kind came to, for its guards. */
export function observationsOf({ kind }: Decided, worked: WorkedOut): readonly RuleObservation[] {
  const parcels = share('parcels', worked.parcels.length)
  if (kind === 'review') {
    const isHeld = worked.holds.some((hold) => hold.decided.kind === 'review')
    return [{ ...bad('held', isHeld), sum: isHeld ? 1 : 0 }]
  }
  // Decided by the rules, and not to be done with these goods.
  if (worked.outcome === 'review' && worked.step === STEP_OF[kind]) return [bad('review', true)]
  if (worked.outcome === 'review' || worked.outcome === 'unmatched') return []
  switch (kind) {
    case 'split':
      return worked.parcels.length === 0 ? [] : [parcels, bad('gift_apart', giftsLeaveAlone(worked))]
    case 'sourcing': {
      const short = bad('short', worked.outcome === 'short')
      const cost = worked.answer?.score.costMinor ?? null
      if (worked.outcome === 'short') return [short]
      return [short, parcels, ...(cost === null ? [] : [share('cost', cost)])]
    }
    default:
      return []
  }
}

function share(metric: string, sum: number | bigint): RuleObservation {
  return { metric, n: 1, bad: 0, sum }
}
function bad(metric: string, isBad: boolean): RuleObservation {
  return { metric, n: 1, bad: isBad ? 1 : 0, sum: 0 }
}

/** The decision's outcome in short, beside its trace. */
export function resultOf({ kind }: Decided, worked: WorkedOut): Readonly<Record<string, unknown>> {
  if (kind === 'review') {
    const reasons = worked.holds.filter((hold) => hold.decided.kind === 'review').map((hold) => hold.reason)
    const shown = [...reasons, ...worked.tags].join('；')
    const words =
      reasons.length > 0
        ? { zh: `拦截：${shown}`, en: `held: ${shown}` }
        : { zh: `审单通过 ${shown}`.trim(), en: `passed review ${shown}`.trim() }
    return { words, holds: reasons, tags: worked.tags }
  }
  const units = new Map(worked.units.map((unit) => [unit.key, unit.sku]))
  const parcels = worked.parcels.map((parcel) => ({
    warehouse: parcel.warehouse,
    waits: parcel.waits,
    pieces: parcel.pieces.map(({ unit, quantity }) => `${units.get(unit) ?? unit}×${quantity}`),
  }))
  return {
    words: {
      zh: worked.outcome === 'placed' ? `${parcels.length} 个包裹` : worked.words.zh,
      en: worked.outcome === 'placed' ? `${parcels.length} parcels` : worked.words.en,
    },
    parcels,
    ...(worked.code === null ? {} : { code: worked.code }),
  }
}

/** A parcel of gifts alone that leaves, though the order has main goods. */
function giftsLeaveAlone({ parcels, units }: WorkedOut): boolean {
  const gifts = new Set(units.filter((unit) => unit.gift).map((unit) => unit.key))
  if (gifts.size === units.length) return false
  return parcels.some((parcel) => !parcel.waits && parcel.pieces.every((piece) => gifts.has(piece.unit)))
}
