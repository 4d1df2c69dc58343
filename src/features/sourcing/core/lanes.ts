import type { ShipTo } from '#domain/rule-order.ts'

export type Lane = {
  readonly warehouse: string
  /** Short names; `*`: anywhere. */
  readonly province: string
  readonly city: string
  readonly hours: number | null
  readonly firstKgMinor: bigint | null
  readonly furtherKgMinor: bigint | null
  readonly currency: string
}

/** The closest row: of the city, else of the province, else of anywhere. `city` is the short name. */
export function laneTo(lanes: readonly Lane[], province: ShipTo['province'], city: string): Lane | null {
  return (
    (city === '' ? undefined : lanes.find((lane) => lane.province === province && lane.city === city)) ??
    (province === '' ? undefined : lanes.find((lane) => lane.province === province && lane.city === '*')) ??
    lanes.find((lane) => lane.province === '*') ??
    null
  )
}

/** Minutes of a day until then, by that clock; negative when it is over. `cutoff` as `HH:MM`. */
export function minutesUntil(cutoff: string, now: Temporal.Instant, zone: string): number {
  const here = now.toZonedDateTimeISO(zone)
  const [hour = 0, minute = 0] = cutoff.split(':').map(Number)
  return hour * 60 + minute - (here.hour * 60 + here.minute)
}
