import { ok, type Result, refuse } from '#kernel/result.ts'

/** When the fallback poll asks. All numbers are whole. */
export type FallbackSettings = {
  readonly enabled: boolean
  /** Seconds between two questions about one subject; doubled with every fruitless one. 60 to 86,400. */
  readonly everySeconds: number
  /** Longest wait between two fruitless questions, in minutes. 5 to 1,440. */
  readonly longestMinutes: number
  /** A waybill without any scan for so long is asked about, in minutes. 5 to 10,080. */
  readonly noEventMinutes: number
  /** A parcel under way without news for so long is asked about, in minutes. 10 to 10,080. */
  readonly silentMinutes: number
  /** A paid, open order of which its shop has said nothing for so long is fetched, in minutes. 10 to 10,080. */
  readonly orderSilentMinutes: number
  /** Days after which an order is not asked about any more. 1 to 180. */
  readonly givenUpDays: number
  /** More than this share of news found by polls first, in percent, means that pushes are broken. 1 to 100. */
  readonly findsMuchPercent: number
}

export const STANDARD: FallbackSettings = {
  enabled: true,
  everySeconds: 180,
  longestMinutes: 240,
  noEventMinutes: 240,
  silentMinutes: 360,
  orderSilentMinutes: 120,
  givenUpDays: 30,
  findsMuchPercent: 20,
}

/** Least and most of each number. */
export const BOUNDS: Readonly<
  Record<Exclude<keyof FallbackSettings, 'enabled'>, readonly [least: number, most: number]>
> = {
  everySeconds: [60, 86_400],
  longestMinutes: [5, 1_440],
  noEventMinutes: [5, 10_080],
  silentMinutes: [10, 10_080],
  orderSilentMinutes: [10, 10_080],
  givenUpDays: [1, 180],
  findsMuchPercent: [1, 100],
}

export type NumberSetting = keyof typeof BOUNDS
export type FallbackChange = {
  readonly [Name in keyof FallbackSettings]?: FallbackSettings[Name] | null | undefined
}

/** What may differ per connection; the rest is about orders and holds for all. */
export const OWN_SETTINGS = ['enabled', 'everySeconds', 'longestMinutes'] as const

/** Refuses with `fallback.out_of_range`, or `fallback.not_per_connection` for a setting that holds for all. */
export function checkChange(change: FallbackChange, isOwn: boolean): Result<FallbackChange> {
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === null) continue
    if (isOwn && !(OWN_SETTINGS as readonly string[]).includes(name))
      return refuse('fallback.not_per_connection', `${name} is set for all connections at once`)
    if (name === 'enabled') continue
    const [least, most] = BOUNDS[name as NumberSetting]
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most)
      return refuse('fallback.out_of_range', `${name} is a whole number from ${least} to ${most}`)
  }
  return ok(change)
}

/** A stored value that makes no sense any more is passed over. */
export function mergeSettings(
  under: FallbackSettings,
  stored: Readonly<Record<string, unknown>>,
  isOwn: boolean,
): FallbackSettings {
  const merged: Record<string, unknown> = { ...under }
  for (const [name, value] of Object.entries(stored)) {
    if (!Object.hasOwn(STANDARD, name) || value === null) continue
    if (typeof value !== typeof STANDARD[name as keyof FallbackSettings]) continue
    if (checkChange({ [name]: value }, isOwn).ok) merged[name] = value
  }
  return merged as FallbackSettings
}
