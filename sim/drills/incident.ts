import type { DrillText, MeasureName } from '#app/drill-scenario.ts'
import type { DrillIncident, DrillWords } from '#domain/drill.ts'
import { lateBy, longestLate } from './measures.ts'

// The incident left a figure ("412 transfers"); how near this drill came to it. A drill that is won stays far below; one that is left
// alone gets there.

/** What became of it so far. */
export type Toll = { longest: number; readonly late: Set<string> }

type Look = Parameters<typeof lateBy>[2] & {
  readonly faultAt: Temporal.Instant
  /** Late before anything was broken. */
  readonly before: ReadonlySet<string>
}

export function openToll(): Toll {
  return { longest: 0, late: new Set() }
}

/** Of the orders that were late before the fault none counts. */
export function lateAtFault({ incident }: DrillText, look: Parameters<typeof lateBy>[2]): string[] {
  return incident?.count === undefined ? [] : lateBy(incident.measure, incident.minutes ?? 0, look)
}

export function countToll({ incident }: DrillText, toll: Toll, look: Look): void {
  if (incident?.late !== undefined)
    toll.longest = Math.max(toll.longest, longestLate(incident.measure, look.faultAt, look))
  if (incident?.count !== undefined)
    for (const no of lateBy(incident.measure, incident.minutes ?? 0, look))
      if (!look.before.has(no)) toll.late.add(no)
}

/** Null where the incident left no figure. */
export function incidentOf({ incident }: DrillText, toll: Toll): DrillIncident | null {
  if (incident === undefined) return null
  const { zh, en, measure, count, late } = incident
  return {
    source: { zh, en },
    here: late === undefined ? countWords(measure, toll.late.size) : minuteWords(toll.longest),
    isAsBad: late === undefined ? toll.late.size >= (count ?? 0) : Math.round(toll.longest) >= late,
  }
}

const NOUNS: Partial<Readonly<Record<MeasureName, DrillWords>>> = {
  scan_unknown: { zh: '个包裹', en: 'parcels' },
  transfer_unlocked: { zh: '张调拨单', en: 'transfers' },
}
const ORDERS: DrillWords = { zh: '单', en: 'orders' }

function countWords(measure: MeasureName, count: number): DrillWords {
  const { zh, en } = NOUNS[measure] ?? ORDERS
  return { zh: `${count} ${zh}`, en: `${count} ${count === 1 ? en.slice(0, -1) : en}` }
}

const HOURS_FROM = 180

function minuteWords(minutes: number): DrillWords {
  if (minutes < HOURS_FROM)
    return { zh: `最晚 ${Math.round(minutes)} 分钟`, en: `${Math.round(minutes)} min at worst` }
  const hours = Math.round(minutes / 6) / 10
  return { zh: `最晚 ${hours} 小时`, en: `${hours} h at worst` }
}
