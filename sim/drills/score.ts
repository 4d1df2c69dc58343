import { type DrillScore, HINT_COST, WRONG_ANSWER_COST } from '#domain/drill.ts'

/** Within how many virtual minutes of the fault a practised crew notices, finds and mends it; and how many orders hurt are many. */
export type Targets = {
  readonly notice: number
  readonly find: number
  readonly fix: number
  readonly hurt: number
}

const SHARES = { notice: 25, find: 25, fix: 30, hurt: 20 } as const
/** From so many times the target on a part counts nothing. */
const WORST = 4

/**
 * 0 to 100. Each of the three times has its full share up to its target and falls evenly to nothing at four times that; what never
 * happened counts nothing. Orders hurt take their share away evenly up to `targets.hurt`. Hints and wrong answers cost what the port says.
 */
export function scoreOf(did: Omit<DrillScore, 'points'>, targets: Targets): DrillScore {
  const timed = (minutes: number | null, target: number, share: number): number =>
    minutes === null ? 0 : share * clamp((WORST - minutes / target) / (WORST - 1))
  // Who never mended it cannot say that the rest came to no harm.
  const spared = did.toFix === null ? 0 : SHARES.hurt * clamp(1 - did.ordersHurt / targets.hurt)
  const sum =
    timed(did.toNotice, targets.notice, SHARES.notice) +
    timed(did.toFind, targets.find, SHARES.find) +
    timed(did.toFix, targets.fix, SHARES.fix) +
    spared -
    did.hintsOpened * HINT_COST -
    did.wrongAnswers * WRONG_ANSWER_COST
  return { ...did, points: Math.round(Math.min(100, Math.max(0, sum))) }
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}
