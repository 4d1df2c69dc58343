import type { Fact } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import { isMovement, type Standing } from './standing.ts'
import type { Finding } from './states.ts'

/** What is known beside the facts of the parcel itself. */
export type Beside = {
  /** Short name of the province that it goes to; null where nobody knows. */
  readonly destination: string | null
  /** Short name of the province of a place; null where it names none for certain. */
  readonly provinceOf: (place: string) => string | null
  /** When the buyer asked for the money back, where that was after the delivery; null: not so. */
  readonly refundAskedAt: Instant | null
  /** The order is paid back or closed: that the parcel comes back is as it should be. */
  readonly refunded: boolean
  /** A person noted that the buyer has not got it. */
  readonly disputedAt: Instant | null
}

export type Found = { readonly finding: Finding; readonly since: Instant; readonly why: string }

/** Failed deliveries from which on a person should call. */
const FAILURES_MANY = 2

const CUSTOMS = /海关|清关|通关|报关|关务|\bcustoms\b|\bclearance\b/i
const RELEASED =
  /放行|(?:清关|通关|报关)(?:已)?(?:完成|成功|结束)|完成(?:清关|通关|报关)|\breleased\b|\bcleared\b|clearance (?:completed?|processing complete|finished)|completed? clearance/i
const HELD =
  /扣留|扣押|扣关|扣件|查验|滞留|退运|禁限|清关(?:异常|失败|延误)|待补|补充资料|缺少资料|\bheld\b|\bhold\b|on hold|detain|inspection|clearance (?:delay|event|exception|fail)|additional (?:information|documents?)/i
const MISROUTED =
  /错发|错分|错派|误发|发错|missort|misrout|mis-sort|sent to (?:the )?wrong|wrong (?:facility|destination|route)/i

/** Whether the latest word is of the customs, and not that they let it go. */
export function isAtCustoms(last: Fact): boolean {
  const words = wordsOf(last)
  return isMovement(last) && CUSTOMS.test(words) && !RELEASED.test(words)
}

/** What is wrong with a parcel, by its facts alone; the gravest first. What the clock makes of its silence is the watch's. */
export function findingOf(standing: Standing, events: readonly Fact[], beside: Beside): Found | null {
  const at = standing.last.at.instant ?? standing.last.receivedAt
  const disputed = disputeOf(standing, beside, at)
  if (disputed !== null) return disputed
  if (standing.state === 'returning' || standing.state === 'returned')
    return beside.refunded ? null : { finding: 'returning', since: at, why: standing.state }
  if (!standing.open) return null
  const words = wordsOf(standing.last)
  if (isAtCustoms(standing.last) && HELD.test(words))
    return { finding: 'customs', since: at, why: clip(words) }
  const away = wrongWay(standing, events, beside)
  if (away !== null) return away
  if (standing.failures >= FAILURES_MANY)
    return { finding: 'delivery_failed', since: at, why: `${standing.failures}` }
  return standing.state === 'exception' ? { finding: 'exception', since: at, why: clip(words) } : null
}

function disputeOf(standing: Standing, beside: Beside, at: Instant): Found | null {
  if (standing.revokedLast) return { finding: 'disputed', since: at, why: 'revoked' }
  if (standing.state !== 'delivered') return null
  if (beside.disputedAt !== null) return { finding: 'disputed', since: beside.disputedAt, why: 'buyer' }
  return beside.refundAskedAt === null
    ? null
    : { finding: 'disputed', since: beside.refundAskedAt, why: 'refund_asked' }
}

/**
 * Wrong direction needs evidence: the carrier's own words, or that the parcel was seen in the province that it goes to and later in
 * another one, though it did not set out from there. A place that names no province for certain says nothing.
 */
function wrongWay({ last }: Standing, events: readonly Fact[], beside: Beside): Found | null {
  const at = last.at.instant ?? last.receivedAt
  if (MISROUTED.test(wordsOf(last))) return { finding: 'wrong_way', since: at, why: clip(wordsOf(last)) }
  const { destination, provinceOf } = beside
  if (destination === null) return null
  const seen = events.flatMap((fact) => {
    const place = fact.at.instant === null || !isMovement(fact) ? '' : (fact.detail.place ?? '')
    const province = place === '' ? null : provinceOf(place)
    return province === null ? [] : [{ province, fact }]
  })
  const [first, end] = [seen[0], seen.at(-1)]
  if (first === undefined || end === undefined || first.province === destination) return null
  if (end.province === destination || end.fact.id !== last.id) return null
  const arrived = seen.findLastIndex((one) => one.province === destination)
  if (arrived === -1) return null
  const left = seen[arrived + 1]?.fact ?? end.fact
  return {
    finding: 'wrong_way',
    since: left.at.instant ?? left.receivedAt,
    why: `${destination} → ${end.province}`,
  }
}

function wordsOf({ code, detail }: Fact): string {
  return [detail.words, detail.reason, code].filter(Boolean).join(' ')
}

function clip(words: string): string {
  return words.slice(0, 200)
}
