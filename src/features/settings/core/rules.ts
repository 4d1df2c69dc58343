import { ok, type Result, refuse } from '#kernel/result.ts'

/** What can be changed while the hub runs. */
export type HubSettings = {
  /** Zone of every time that is shown or sent. */
  readonly zone: string
  /** Days for which raw messages are kept, 1 to 3650. */
  readonly rawMessageDays: number
  /** Language of a person who has chosen none. */
  readonly locale: 'zh-CN' | 'en'
}
export type SettingsChange = { readonly [Name in keyof HubSettings]?: HubSettings[Name] | undefined }

export const DAYS_MOST = 3_650

export function checkChange(change: SettingsChange): Result<SettingsChange> {
  if (change.zone !== undefined && !isZone(change.zone))
    return refuse('settings.zone_unknown', `"${change.zone.slice(0, 60)}" is not an IANA time zone`)
  const days = change.rawMessageDays
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= DAYS_MOST))
    return refuse('settings.days_out_of_range', `raw messages are kept for 1 to ${DAYS_MOST} days`)
  return ok(change)
}

/** Stored values over the environment's; a stored one that no longer makes sense is passed over. */
export function mergeSettings(fallback: HubSettings, stored: Readonly<Record<string, unknown>>): HubSettings {
  const { zone, rawMessageDays, locale } = stored
  return {
    zone: typeof zone === 'string' && isZone(zone) ? zone : fallback.zone,
    rawMessageDays:
      typeof rawMessageDays === 'number' && checkChange({ rawMessageDays }).ok
        ? rawMessageDays
        : fallback.rawMessageDays,
    locale: locale === 'zh-CN' || locale === 'en' ? locale : fallback.locale,
  }
}

function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return /^[A-Z]/.test(zone)
  } catch {
    return false
  }
}
