import type { ShipTo } from '#domain/rule-order.ts'
import { CITY_LETTERS, NO_CITY, simplified } from './aliases.ts'
import { shortCity } from './names.ts'
import { type Known, namesOf, readAddress } from './parse-address.ts'
import { type City, type District, type Province, regions, stateNames } from './region-data.ts'

export type PlaceText = {
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  /** Street and house; read only where the other parts are not enough. */
  readonly address: string
}

const KEPT_MOST = 20_000
const kept = new Map<string, ShipTo>()

/**
 * Where a parcel goes, in the words that rules use: short province, city and district as in the data. Takes long and short, simplified and
 * traditional, English and pinyin names, missing and misplaced parts. Empty where nobody knows, where the parts contradict each other, or
 * where a name may be several places: nothing is guessed. Places outside China keep their own words. Pure; the last 20,000 are remembered.
 */
export function normaliseShipTo(place: PlaceText): ShipTo {
  const key = `${place.country}\n${place.province}\n${place.city}\n${place.district}\n${place.address}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const to = normalise(place)
  if (kept.size >= KEPT_MOST) kept.delete(kept.keys().next().value ?? '')
  kept.set(key, to)
  return to
}

const CHINA = new Set([
  'cn',
  'chn',
  'china',
  'prc',
  "people's republic of china",
  '中国',
  '中华人民共和国',
  '中国大陆',
  'mainland china',
])
/** Countries in some shops, provinces here. */
const REGION_COUNTRIES: Readonly<Record<string, string>> = {
  hk: '香港',
  hkg: '香港',
  'hong kong': '香港',
  'hong kong sar china': '香港',
  香港: '香港',
  中国香港: '香港',
  mo: '澳门',
  mac: '澳门',
  macao: '澳门',
  macau: '澳门',
  澳门: '澳门',
  中国澳门: '澳门',
  tw: '台湾',
  twn: '台湾',
  taiwan: '台湾',
  台湾: '台湾',
  中国台湾: '台湾',
}

function normalise(place: PlaceText): ShipTo {
  const country = simplified(place.country.trim()).toLowerCase()
  const region = REGION_COUNTRIES[country]
  if (country !== '' && region === undefined && !CHINA.has(country)) return abroad(place)
  const known = readFields({ ...place, province: region ?? place.province })
  if (known === 'contradiction') return { country: 'CN', province: '', city: '', district: '' }
  const full = completed(known, place)
  // A municipality is one city.
  const city = full.city ?? (full.province?.name.endsWith('市') ? (full.province.cities[0] ?? null) : null)
  const names = namesOf({ ...full, city })
  return { country: names.province === '' && country === '' ? '' : 'CN', ...names }
}

function abroad({ country, province, city, district }: PlaceText): ShipTo {
  const code = country.trim()
  return {
    country: /^[A-Za-z]{2,3}$/.test(code) ? code.toUpperCase() : code,
    province: province.trim(),
    city: city.trim(),
    district: district.trim(),
  }
}

function readFields(place: PlaceText): Known | 'contradiction' {
  const [provinceText, cityText, districtText] = [place.province, place.city, place.district].map(clean) as [
    string,
    string,
    string,
  ]
  const province = findProvince(provinceText)
  if (cityText === '' || NO_CITY.has(cityText)) return withDistrict(province, null, districtText)
  const city = findCity(province, cityText)
  if (city !== null) return withDistrict(city.province, city, districtText)
  // 昆山市 or 朝阳区 in the city's field.
  const district = findDistrict(province, null, cityText)
  if (district !== null) {
    const within = findDistrict(district.city.province, district.city, districtText)
    return { province: district.city.province, city: district.city, district: within ?? district }
  }
  const elsewhere = province === null ? null : findCity(null, cityText)
  if (elsewhere !== null) return 'contradiction'
  return withDistrict(province, null, districtText)
}

function withDistrict(province: Province | null, city: City | null, text: string): Known {
  if (text === '') return { province, city, district: null }
  const district = findDistrict(province, city, text)
  if (district !== null) return { province: district.city.province, city: district.city, district }
  // 仙桃市 in the district's field: where counties of the province stand, there is no district below.
  const direct = city === null && province !== null ? findCity(province, text) : null
  return direct === null ? { province, city, district: null } : { province, city: direct, district: null }
}

/** What the fields leave open is read off the texts, from the front, as far as they agree. */
function completed(known: Known, place: PlaceText): Known {
  if (known.district !== null || (known.city !== null && known.city.districts.length === 0)) return known
  let now = known
  for (const text of [place.province, place.city, place.district, place.address]) {
    if (clean(text) === '' || NO_CITY.has(clean(text)) || now.district !== null) continue
    const { known: read } = readAddress(text, now)
    now = read
  }
  return now
}

function clean(text: string): string {
  return simplified(text.trim())
}

function findProvince(text: string): Province | null {
  const { provinceOf } = regions()
  const lower = text.toLowerCase()
  return (
    provinceOf.get(lower) ??
    provinceOf.get(lower.replace(/^cn[-_ ]/, '')) ??
    provinceOf.get(
      lower
        .replace(/[\s-]*(province|municipality|autonomous region|s\.?a\.?r\.?|sheng|shi|zizhiqu)\.?$/, '')
        .replace(/(省|市|自治区|特别行政区)$/, '')
        .trim(),
    ) ??
    null
  )
}

function findCity(province: Province | null, text: string): City | null {
  const letters =
    CITY_LETTERS[
      text
        .toLowerCase()
        .replace(/[\s-]*(city|shi)$/, '')
        .replace(/[\s']/g, '')
    ]
  const name = letters ?? text
  if (province === null) return only(regions().cityNames.get(name) ?? [])
  const exact = province.cities.filter((city) => city.name === name || stateNames(city).includes(name))
  return (
    only(exact) ??
    only(
      province.cities.filter(
        (city) => city.short === name || (city.short === shortCity(name) && !/[区县]$/.test(name)),
      ),
    )
  )
}

/** By full name; by a short one only within a known city, or where the province has one such county. */
function findDistrict(province: Province | null, city: City | null, text: string): District | null {
  if (text.length < 2) return null
  const all =
    city !== null
      ? city.districts
      : province !== null
        ? province.cities.flatMap((one) => one.districts)
        : (regions().districtNames.get(text) ?? [])
  const full = all.filter((one) => one.name === text)
  if (full.length > 0) return only(full)
  return only(all.filter((one) => one.short === text)) ?? only(all.filter((one) => one.former.includes(text)))
}

function only<T>(found: readonly T[]): T | null {
  return found.length === 1 ? (found[0] ?? null) : null
}

export type RegionJson = { readonly code: string; readonly name: string; readonly hasMore: boolean }

/** The provinces, or what lies in a province or city by its code; null for an unknown code. */
export function regionsIn(parent: string | null): readonly RegionJson[] | null {
  const { provinces, byCode } = regions()
  if (parent === null)
    return provinces.map(({ code, short, cities }) => ({ code, name: short, hasMore: cities.length > 0 }))
  const found = byCode.get(parent)
  if (found === undefined) return null
  if ('cities' in found)
    return found.cities.map(({ code, name, districts }) => ({ code, name, hasMore: districts.length > 0 }))
  return 'districts' in found ? found.districts.map(({ code, name }) => ({ code, name, hasMore: false })) : []
}
