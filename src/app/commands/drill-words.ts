import type { DrillMoment, DrillRun, DrillWords } from '#domain/drill.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Environment } from '../config.ts'

// How a drill speaks at the command line: in whose language, by whose clock, and what the lines that it is given mean.

export type Tongue = 'zh' | 'en' | 'both'

/** What the terminal is set to; where that says nothing (a container is seldom set to anything), both. */
export function tongueOf(env: Environment): Tongue {
  const said = /^(zh|en)/i.exec(env.LC_ALL ?? env.LANG ?? '')?.[1]?.toLowerCase()
  return said === 'zh' || said === 'en' ? said : 'both'
}

export function inTongue(tongue: Tongue, { zh, en }: DrillWords): string {
  return tongue === 'both' ? `${zh} / ${en}` : tongue === 'zh' ? zh : en
}

/** The same for texts of several lines: both stand below each other. */
export function paragraphIn(tongue: Tongue, { zh, en }: DrillWords): string {
  return tongue === 'both' ? `${zh}\n${en}` : tongue === 'zh' ? zh : en
}

/** The time of day as the hub's pages show it. */
export function timeOfDay(iso: string | null, zone: string): string {
  if (iso === null) return ''
  return Temporal.Instant.from(iso)
    .toZonedDateTimeISO(zone)
    .toPlainTime()
    .toString({ smallestUnit: 'second' })
}

/**
 * What is still to be told of the timeline, where so many moments were told before. When the fault happened comes with the end: while it
 * runs the sandbox keeps that to itself.
 */
export function untoldOf({ timeline, state }: DrillRun, told: number): readonly DrillMoment[] {
  const isFault = ({ kind }: DrillMoment): boolean => kind === 'fault'
  const faults = state === 'running' ? [] : timeline.filter(isFault)
  return [...faults, ...timeline.filter((one) => !isFault(one)).slice(told)]
}

const CODES = { a: 'drills.unknown_cause', d: 'drills.unknown_action' } as const

/** The id of the cause behind `a2`, or of the action behind `d1`. */
export function choiceOf(
  key: keyof typeof CODES,
  number: string,
  list: readonly { readonly id: string }[],
): Result<string> {
  const chosen = list[Number(number) - 1]
  if (chosen !== undefined) return ok(chosen.id)
  const there = list.length === 0 ? 'there is nothing to choose' : `there are ${key}1 to ${key}${list.length}`
  return refuse(CODES[key], `there is no "${key}${number}"; ${there}`)
}
