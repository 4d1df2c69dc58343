import {
  BEIJING,
  CITIES,
  COUNTRY_NAMES,
  COUNTRY_ZONES,
  normalName,
  REGION_ZONES,
  REGIONS,
  systemRule,
} from './source-time-zones.ts'

export type TimeContext = Readonly<Record<string, unknown>>
export type DeclaredZone =
  | { readonly zone: string; readonly by: 'carrier_zone' | 'place_zone' }
  | { readonly zone: null; readonly why: string }

/**
 * The zone of a text that does not say it: the context's own `zone`, then the system's declared rule, then the place when
 * it leaves no choice. A declared zone that cannot be understood is never replaced by a guess.
 */
export function declaredZone(system: string, context: TimeContext): DeclaredZone {
  const stated = context.zone ?? context.timezone ?? context.timeZone
  if (typeof stated === 'string' && stated.trim() !== '') {
    const zone = zoneOf(stated)
    return zone === null ? { zone: null, why: 'zone_not_understood' } : { zone, by: 'carrier_zone' }
  }
  const hours = context['header_lop-tz'] ?? context['lop-tz']
  if (hours !== undefined && hours !== null && hours !== '') {
    const zone = zoneOfHours(hours)
    return zone === null ? { zone: null, why: 'zone_not_understood' } : { zone, by: 'carrier_zone' }
  }
  const rule = systemRule(system, context)
  if (rule.rule === 'undocumented') return { zone: null, why: 'zone_not_documented' }
  if (rule.rule === 'always') return { zone: rule.zone, by: 'carrier_zone' }
  const place = placeOf(context)
  if (rule.rule === 'unless_abroad') {
    const abroad = place.country !== null && !['CN', 'HK', 'MO', 'TW'].includes(place.country)
    return abroad ? { zone: null, why: 'scan_abroad' } : { zone: rule.zone, by: 'carrier_zone' }
  }
  return place.zone === null ? { zone: null, why: 'no_zone' } : { zone: place.zone, by: 'place_zone' }
}

export type Place = { readonly country: string | null; readonly zone: string | null }

/** The country and, where it is beyond doubt, the zone that a context's place fields name. */
export function placeOf(given: TimeContext): Place {
  const context = flat(given)
  const text = textOf(context, ['location', 'service_area', 'depot', 'address'])
  const city = textOf(context, ['city', 'trackCity', 'addressLocality'])
  const spoken = text === null ? null : placeOfText(text)
  const country = countryCode(textOf(context, COUNTRY_KEYS)) ?? spoken?.country ?? null
  const region = textOf(context, [
    'state',
    'province',
    'region',
    'stateProvince',
    'trackProvince',
  ])?.toUpperCase()
  if (country === 'CN') return { country, zone: BEIJING }
  const single = country === null ? undefined : COUNTRY_ZONES[country]
  if (single !== undefined) return { country, zone: single }
  const regional = region === undefined ? null : regionOf(region, country)
  if (regional?.zone != null) return regional
  const known = city === null ? null : cityOf(city, country, region ?? null)
  if (known !== null) return known
  if (spoken !== null && (country === null || spoken.country === country)) return spoken
  return { country: country ?? regional?.country ?? null, zone: null }
}

/** DHL and others nest `location: { address: { countryCode } }`; inner names that the outer level has not taken count too. */
function flat(context: TimeContext): TimeContext {
  let merged: TimeContext = context
  for (const key of ['location', 'address']) {
    const inner = merged[key]
    if (typeof inner === 'object' && inner !== null)
      merged = { ...inner, ...merged, [key]: undefined, ...pick(inner, 'address') }
  }
  return merged
}

function pick(value: object, key: string): TimeContext {
  const found = (value as TimeContext)[key]
  return found === undefined ? {} : { [key]: found }
}

const COUNTRY_KEYS = ['country', 'countryCode', 'country_code', 'trackCountry', 'addressCountry']

function textOf(context: TimeContext, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = context[key]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return null
}

function countryCode(text: string | null): string | null {
  if (text === null) return null
  return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : (COUNTRY_NAMES[text.toLowerCase()] ?? null)
}

function cityOf(city: string, country: string | null, region: string | null): Place | null {
  const entry = CITIES.get(plain(city).replace(/市$/, ''))
  if (entry === undefined || (country !== null && entry[0] !== country)) return null
  if (region !== null && entry[1] !== '' && entry[1] !== sameRegion(region)) return null
  // London with province ON is not the one in Britain.
  const owner = region === null ? null : regionOf(region, country)?.country
  if (owner != null && owner !== entry[0]) return null
  return { country: entry[0], zone: entry[2] }
}

/** `TEANECK, NJ` · `Milan - Italy` · `MONTREAL SORT CTR/CTR TRIE, PQ`: the last part names region or country. */
function placeOfText(text: string): Place | null {
  const parts = text.split(/\s*[,，]\s*|\s+-\s+/).filter((part) => part !== '')
  const last = parts.at(-1) ?? ''
  const named = parts.length > 1 ? (COUNTRY_NAMES[last.toLowerCase()] ?? null) : null
  const regional = named === null && parts.length > 1 ? regionOf(last.toUpperCase(), null) : null
  const country = named ?? regional?.country ?? (COUNTRY_ZONES[last] === undefined ? null : last)
  const head = plain(parts[0] ?? '')
  for (const [city, entry] of CITIES) {
    if (head !== city && !head.startsWith(`${city} `)) continue
    const fits = country === null || entry[0] === country
    if (fits && (regional === null || entry[1] === sameRegion(last.toUpperCase())))
      return { country: entry[0], zone: entry[2] }
  }
  if (country === null) return null
  return { country, zone: regional?.zone ?? COUNTRY_ZONES[country] ?? null }
}

function regionOf(region: string, country: string | null): Place | null {
  const owner =
    country ?? (['US', 'CA', 'AU'] as const).find((candidate) => REGIONS[candidate].has(region)) ?? null
  return owner === null ? null : { country: owner, zone: REGION_ZONES[`${owner}-${region}`] ?? null }
}

/** Carriers still print Québec's old code. */
function sameRegion(region: string): string {
  return region.toUpperCase() === 'PQ' ? 'QC' : region.toUpperCase()
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase()
}

/** `Asia/Shanghai`, `UTC+9`, `GMT+08:00`, `+0530`, `-04.00`: as an id that Temporal takes, else null. */
export function zoneOf(text: string): string | null {
  const trimmed = text.trim()
  const offset = offsetZone(trimmed)
  if (offset !== null) return offset
  if (/^(utc|gmt|z|etc\/utc)$/i.test(trimmed)) return 'UTC'
  return /^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(trimmed) && isZone(trimmed) ? trimmed : null
}

/** A UTC offset as `+09:00`; the dot is how UPS writes the colon. */
export function offsetZone(text: string): string | null {
  const match = /^(?:utc|gmt)?\s*([+-])(\d{1,2})(?:[:.]?([0-5]\d))?$/i.exec(text)
  if (match === null) return null
  const hours = Number(match[2])
  if (hours > 18) return null
  if (hours === 0 && (match[3] ?? '00') === '00') return 'UTC'
  return `${match[1]}${String(hours).padStart(2, '0')}:${match[3] ?? '00'}`
}

function zoneOfHours(hours: unknown): string | null {
  const text = typeof hours === 'object' ? '' : String(hours).trim()
  return /^[+-]?\d{1,2}$/.test(text) ? offsetZone(/^[+-]/.test(text) ? text : `+${text}`) : zoneOf(text)
}

const zones = new Map<string, boolean>()

/** Whether the tz database knows the name; remembered, because a refused name costs an exception. */
export function isZone(name: string): boolean {
  const known = zones.get(name)
  if (known !== undefined) return known
  if (zones.size > 1_000) zones.clear()
  let valid = true
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
  } catch {
    valid = false
  }
  zones.set(name, valid)
  return valid
}

/** The country whose abbreviations a system uses, where it has one. */
export function homeCountry(system: string, context: TimeContext): string | null {
  const said = placeOf(context).country
  if (said !== null) return said
  const name = normalName(system)
  if (name === 'canadapost' || name === 'canada_post' || name === 'purolator') return 'CA'
  if (name === 'usps') return 'US'
  const rule = systemRule(system, context)
  return 'zone' in rule && rule.zone === BEIJING ? 'CN' : null
}
