import { NO_CITY, simplified } from './aliases.ts'
import { type City, type District, type Province, regions, stateNames } from './region-data.ts'

/** Where an address's text says that it is; empty where it does not, or where it may be several places. */
export type ParsedAddress = {
  readonly province: string
  readonly city: string
  readonly district: string
  /** What follows: street, house, person's own words. */
  readonly rest: string
}
export type Known = {
  readonly province: Province | null
  readonly city: City | null
  readonly district: District | null
}

/**
 * Reads province, city and district off the front of a Chinese address, with or without spaces, 省 and 市, in simplified or traditional
 * characters. Parts may be left out where what is there names one place only (`昆山市玉山镇`); `朝阳区建国路` may be in several cities, so
 * nothing is read. A street called after a place (`南京东路`) is no place.
 */
export function parseAddress(text: string): ParsedAddress {
  const { known, rest } = readAddress(text, { province: null, city: null, district: null })
  return { ...namesOf(known), rest }
}

export function namesOf({ province, city, district }: Known): Omit<ParsedAddress, 'rest'> {
  return { province: province?.short ?? '', city: city?.name ?? '', district: district?.name ?? '' }
}

/** Reads on from what is known; what is known already may be repeated in the text, and is never changed by it. */
export function readAddress(text: string, known: Known): { readonly known: Known; readonly rest: string } {
  const state = { text: simplified(text), at: 0, ...known }
  skip(state, /(中国|中华人民共和国|China|收货地址|地址|[\s,，:：、·\-—/])*/iy)
  readProvince(state)
  skipGap(state)
  readCity(state)
  skipGap(state)
  readDistrict(state)
  skip(state, SEPARATORS)
  // A municipality is one city.
  if (state.province?.name.endsWith('市')) state.city ??= state.province.cities[0] ?? null
  return {
    known: { province: state.province, city: state.city, district: state.district },
    rest: text.slice(state.at).trim(),
  }
}

type State = {
  readonly text: string
  at: number
  province: Province | null
  city: City | null
  district: District | null
}

const SEPARATORS = /[\s,，、·\-—/]*/y
/** What makes a short name in front of it the name of a street, a house or a smaller place. */
const NO_PLACE =
  /^(市?[东西南北中]?[一二三四五六七八九十]?(路|街|道|大路|大道|大街|巷|里|弄|胡同|新村|花园|广场|大厦|大楼|大学|学院|中学|小学|医院|酒店|饭店|宾馆|商城|公园|小区|村|屯|庄|镇|乡|公寓|体育|机场|火车|车站|银行|证券|公司|科技|国际))/

function readProvince(state: State): void {
  const found = provinceAt(state)
  if (found === null) return
  if (state.province !== null && state.province !== found.province) return
  state.province = found.province
  state.at += found.length
  skip(state, SEPARATORS)
  // 海南省海南省, 上海上海市: forms that join two fields.
  const again = provinceAt(state)
  if (again?.province === found.province && !found.province.name.endsWith('市')) state.at += again.length
}

function provinceAt(state: State): { province: Province; length: number } | null {
  for (const [name, province] of regions().provinceNames) {
    if (!state.text.startsWith(name, state.at)) continue
    const after = state.text.slice(state.at + name.length)
    const isFull = name === province.name || name.endsWith('省')
    if (!isFull && (NO_PLACE.test(after) || /^[区县州藏]/.test(after) || isOtherCity(after, province)))
      continue
    if (longerCityAt(state, name.length)) continue
    return { province, length: name.length }
  }
  return null
}

/** `吉林市…`: the city's own name begins here; it names its province by itself. */
function isOtherCity(after: string, province: Province): boolean {
  return after.startsWith('市') && !province.name.endsWith('市')
}

/** `海南藏族自治州`, `海南州` are longer than `海南`. */
function longerCityAt(state: State, length: number): boolean {
  return longest(state, regions().cityNames.keys(), length + 1) !== null
}

function readCity(state: State): void {
  const within = state.province
  const names = within === null ? regions().cityNames : cityNamesOf(within)
  const name = longest(state, names.keys(), 2)
  const county = longest(state, countyNames(state), (name?.length ?? 1) + 1)
  if (county !== null || name === null) return
  const cities = (names.get(name) ?? []).filter((city) => isWhole(city, name) || !isStreet(state, name))
  const [city] = cities
  if (city === undefined || cities.length > 1) return
  if (state.city !== null && state.city !== city) return
  state.city = city
  state.province = city.province
  state.at += name.length
  skip(state, SEPARATORS)
  // 上海市上海市, 北京北京市: forms that join two fields. A county may begin with the city's name (唐山市汉沽管理区).
  const counties = city.districts.map((one) => one.name)
  if (longest(state, counties, 2) !== null) return
  for (const again of [city.name, city.short])
    if (state.text.startsWith(again, state.at) && !NO_PLACE.test(state.text.slice(state.at + again.length))) {
      state.at += again.length
      return
    }
}

function readDistrict(state: State): void {
  const name = longest(state, countyNames(state), 2)
  if (name === null) return
  const all = districtsOf(state, name)
  const [district] = all
  if (district === undefined || all.length > 1) return
  if (district.name !== name && isStreet(state, name)) return
  if (state.district !== null && state.district !== district) return
  state.district = district
  state.city = district.city
  state.province = district.city.province
  state.at += name.length
}

/** Names of districts that may stand here. Short ones (`昆山`) only of counties and county cities, and only where the province is known. */
function* countyNames(state: State): Iterable<string> {
  if (state.city === null && state.province === null) {
    yield* regions().districtNames.keys()
    return
  }
  for (const city of state.city === null ? (state.province?.cities ?? []) : [state.city])
    for (const district of city.districts) {
      yield district.name
      yield* district.former
      if (/(县|市|旗)$/.test(district.name)) yield district.short
    }
}

function districtsOf(state: State, name: string): readonly District[] {
  if (state.city === null && state.province === null) return regions().districtNames.get(name) ?? []
  const cities = state.city === null ? (state.province?.cities ?? []) : [state.city]
  const full = cities.flatMap((city) => city.districts.filter((one) => one.name === name))
  if (full.length > 0) return full
  const short = cities.flatMap((city) => city.districts.filter((one) => one.short === name))
  if (short.length > 0) return short
  return cities.flatMap((city) => city.districts.filter((one) => one.former.includes(name)))
}

const CITY_NAMES = new WeakMap<Province, ReadonlyMap<string, readonly City[]>>()
function cityNamesOf(province: Province): ReadonlyMap<string, readonly City[]> {
  const kept = CITY_NAMES.get(province)
  if (kept !== undefined) return kept
  const names = new Map<string, City[]>()
  for (const city of province.cities)
    for (const name of new Set([city.name, city.short, ...stateNames(city)]))
      names.set(name, [...(names.get(name) ?? []), city])
  CITY_NAMES.set(province, names)
  return names
}

function isWhole(city: City, name: string): boolean {
  return name === city.name || stateNames(city).includes(name)
}

function isStreet(state: State, name: string): boolean {
  const after = state.text.slice(state.at + name.length)
  return NO_PLACE.test(after) || /^[区县]/.test(after)
}

function longest(state: State, names: Iterable<string>, atLeast: number): string | null {
  let best: string | null = null
  for (const name of names)
    if (name.length >= Math.max(atLeast, (best?.length ?? 0) + 1) && state.text.startsWith(name, state.at))
      best = name
  return best
}

const GAPS = [...NO_CITY].sort((a, b) => b.length - a.length)
/** 市辖区, 省直辖县级行政区划: they say that there is no city in between. */
function skipGap(state: State): void {
  skip(state, SEPARATORS)
  // 新疆生产建设兵团第八师石河子市: the division stands where elsewhere the prefecture does.
  if (state.province?.short === '新疆') skip(state, /第[一二三四五六七八九十]{1,3}师[\s,，]*/y)
  for (const gap of GAPS)
    if (gap !== '县' && state.text.startsWith(gap, state.at)) {
      state.at += gap.length
      skip(state, SEPARATORS)
      return
    }
  if (state.province?.short === '重庆' && /^县[\s,，]/.test(state.text.slice(state.at))) state.at += 2
}

function skip(state: State, pattern: RegExp): void {
  pattern.lastIndex = state.at
  const match = pattern.exec(state.text)
  if (match !== null) state.at += match[0].length
}
