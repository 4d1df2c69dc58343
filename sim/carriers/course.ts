import type { Random } from '#kernel/random.ts'
import { EVENT_WORDS, type ParcelEvent, type ParcelEventKind, type Place } from './events.ts'

/** How a parcel's life goes. */
export const COURSES = [
  'plain',
  'failed_once', // nobody at home, the next day it works
  'self_pickup',
  'no_first_scan', // nothing ever happens to it
  'lost_first_scan', // it travels, but the pick-up was never scanned
  'stalled', // it moves once and never again
  'customs_stuck',
  'customs_slow',
  'wrong_direction', // missorted, found, sent on
  'astray', // missorted and left there
  'refused_twice', // tried twice in vain
  'coming_back', // on its way back to the sender
  'revoked', // delivered, revoked, delivered again
  'taken_back', // delivered, revoked, and nothing since
  'revoked_for_good', // delivered, revoked, sent back
  'returned',
  'number_changed',
] as const
export type Course = (typeof COURSES)[number]

/** What a courier writes who finds a parcel where it does not belong. */
const ASTRAY_WORDS = { zh: '快件错分，正在转回', en: 'Missorted, being sent back' } as const

type Step = {
  readonly kind: ParcelEventKind
  readonly afterMinutes: number
  readonly where: 'start' | 'way' | 'end' | 'astray'
}

const step = (kind: ParcelEventKind, afterMinutes: number, where: Step['where'] = 'way'): Step => ({
  kind,
  afterMinutes,
  where,
})
const PICKED = step('picked_up', 90, 'start')
const LEFT = step('departed', 180, 'start')
const HUB = step('arrived', 360)
const OUT = step('out_for_delivery', 300, 'end')
const DONE = step('delivered', 120, 'end')

const STEPS: Readonly<Record<Course, readonly Step[]>> = {
  plain: [PICKED, LEFT, HUB, OUT, DONE],
  failed_once: [
    PICKED,
    LEFT,
    HUB,
    OUT,
    step('delivery_failed', 60, 'end'),
    step('out_for_delivery', 240, 'end'),
    DONE,
  ],
  self_pickup: [PICKED, LEFT, HUB, step('ready_for_pickup', 300, 'end'), DONE],
  no_first_scan: [],
  lost_first_scan: [LEFT, HUB, OUT, DONE],
  stalled: [PICKED, LEFT],
  customs_stuck: [PICKED, LEFT, step('customs_held', 240)],
  customs_slow: [PICKED, LEFT, step('customs_held', 180), step('customs_released', 300), OUT, DONE],
  wrong_direction: [
    PICKED,
    LEFT,
    step('arrived', 240, 'astray'),
    step('departed', 240, 'astray'),
    HUB,
    OUT,
    DONE,
  ],
  astray: [PICKED, LEFT, step('arrived', 240, 'astray')],
  refused_twice: [
    PICKED,
    LEFT,
    HUB,
    OUT,
    step('delivery_failed', 60, 'end'),
    step('out_for_delivery', 240, 'end'),
    step('delivery_failed', 60, 'end'),
  ],
  coming_back: [PICKED, LEFT, HUB, step('delivery_failed', 240, 'end'), step('returning', 120, 'end')],
  revoked: [
    PICKED,
    LEFT,
    HUB,
    OUT,
    DONE,
    step('delivery_revoked', 60, 'end'),
    step('out_for_delivery', 60, 'end'),
    DONE,
  ],
  taken_back: [PICKED, LEFT, HUB, OUT, DONE, step('delivery_revoked', 60, 'end')],
  revoked_for_good: [
    PICKED,
    LEFT,
    HUB,
    OUT,
    DONE,
    step('delivery_revoked', 60, 'end'),
    step('returning', 60, 'end'),
    step('signed_back', 300, 'start'),
  ],
  returned: [
    PICKED,
    LEFT,
    HUB,
    step('delivery_failed', 240, 'end'),
    step('returning', 120, 'end'),
    step('signed_back', 360, 'start'),
  ],
  number_changed: [PICKED, LEFT, step('number_changed', 180), HUB, OUT, DONE],
}

export type Shares = Readonly<Partial<Record<Course, number>>>

/** Of a thousand parcels, how many go which way; the rest go plainly. */
export const USUAL_SHARES: Shares = {
  failed_once: 0.04,
  self_pickup: 0.05,
  no_first_scan: 0.01,
  lost_first_scan: 0.03,
  stalled: 0.01,
  customs_stuck: 0.01,
  customs_slow: 0.02,
  wrong_direction: 0.01,
  revoked: 0.01,
  revoked_for_good: 0.005,
  returned: 0.02,
  number_changed: 0.01,
}

/** A course by chance, among those that a carrier has words for. */
export function drawCourse(random: Random, shares: Shares, says: ReadonlySet<ParcelEventKind>): Course {
  const chance = random.next()
  let sum = 0
  for (const course of COURSES) {
    sum += shares[course] ?? 0
    if (chance < sum) return canTell(course, says) ? course : 'plain'
  }
  return 'plain'
}

export function canTell(course: Course, says: ReadonlySet<ParcelEventKind>): boolean {
  return STEPS[course].every(({ kind }) => says.has(kind))
}

export type Route = {
  readonly start: Place
  readonly way: Place
  readonly end: Place
  readonly astray: Place
}

/** Events of a course in the order in which they happen; what a carrier has no word for is not scanned at all. */
export function planEvents(
  course: Course,
  parcel: {
    readonly trackingNo: string
    readonly from: Temporal.Instant
    readonly route: Route
    readonly lang: 'zh' | 'en'
    readonly pace: number
  },
  says: ReadonlySet<ParcelEventKind>,
  chance: {
    readonly random: Random
    readonly withoutOffset: number
    readonly serial: () => string
    readonly renumber: () => string
  },
): ParcelEvent[] {
  let { from: at, trackingNo } = parcel
  const events: ParcelEvent[] = []
  for (const { kind, afterMinutes, where } of STEPS[course]) {
    // Whole seconds, since most carriers write no finer ones.
    at = at.add({ seconds: Math.ceil((afterMinutes * 60 * (0.5 + chance.random.next())) / parcel.pace) })
    if (!says.has(kind)) continue
    const newTrackingNo = kind === 'number_changed' ? chance.renumber() : null
    events.push({
      id: chance.serial(),
      trackingNo,
      kind,
      at,
      place: parcel.route[where],
      words: `${(where === 'astray' && kind === 'arrived' ? ASTRAY_WORDS : EVENT_WORDS[kind])[parcel.lang]}${newTrackingNo === null ? '' : ` ${newTrackingNo}`}`,
      isWithoutOffset: chance.random.next() < chance.withoutOffset,
      newTrackingNo,
    })
    trackingNo = newTrackingNo ?? trackingNo
  }
  return events
}

/** Somewhere among these places, to where the sender says or to a third one. */
export function drawRoute(
  random: Random,
  places: readonly Place[],
  to: { readonly name: string; readonly country?: string; readonly zone?: string } | null | undefined,
): Route {
  const first = Math.floor(random.next() * places.length)
  const place = (nth: number): Place => places[(first + nth) % places.length] as Place
  const end =
    to === null || to === undefined
      ? place(2)
      : { name: to.name, country: to.country ?? 'CN', zone: to.zone ?? 'Asia/Shanghai' }
  return { start: place(0), way: place(1), end, astray: place(4) }
}
