// What is known about which zone a system or a place writes its times in. Small on purpose: what is not here is
// ambiguous, and a connection's own `zone` setting goes before all of it. Sources: the carriers' and channels' documents
// for systems, IANA tzdb `zone.tab` for places.

export const BEIJING = 'Asia/Shanghai'

/** Chinese channels, payment and ERP systems: text without offset is Beijing time wherever the buyer lives. */
const BEIJING_PLATFORMS =
  'pinduoduo pdd taobao tmall douyin doudian youzan weimob xiaohongshu kuaishou jd_shop wechat_shop ' +
  'alipay wechatpay wechatpay_v2 wechatpay_v3 jushuitan wangdian wangdian_qjb wangdian_qyb kingdee'

/** Domestic carriers and their scans: Beijing time, unless the scan is said to lie in another country. */
const BEIJING_CARRIERS =
  'sf shunfeng sf_express zto zhongtong yto yuantong sto shentong yunda ems chinapost china_post post youzhengguonei ' +
  'jd jdl jd_logistics jingdong jt jtexpress jitu deppon debang debangwuliu debangkuaidi best huitongkuaidi ttk tiantian ' +
  'uc youshuwuliu ane annengwuliu annto kuayue zjs zhaijisong cainiao cainiao_overseas cainiao_link'

/** Carriers of one country, whose "local time" is that country's. */
const ONE_COUNTRY: Readonly<Record<string, string>> = {
  dhl_poland: 'Europe/Warsaw',
  dhl_parcel_de: 'Europe/Berlin',
  royalmail: 'Europe/London',
  royal_mail: 'Europe/London',
  bluedart: 'Asia/Kolkata',
  // Its epoch field beside the text is the same instant in UTC.
  spring: 'UTC',
}

/** Neither system time nor scan time is documented, so a place says nothing about the clock. */
const UNDOCUMENTED = words('seko landmark')

const PLATFORMS = words(BEIJING_PLATFORMS)
const CARRIERS = words(BEIJING_CARRIERS)

export type SystemRule =
  | { readonly rule: 'always'; readonly zone: string }
  | { readonly rule: 'unless_abroad'; readonly zone: string }
  | { readonly rule: 'place' }
  | { readonly rule: 'undocumented' }

/** The declared rule of a system; an aggregator passes its carrier's text on, so the carrier's rule holds. */
export function systemRule(system: string, context: Readonly<Record<string, unknown>>): SystemRule {
  const name = normalName(system)
  if (name === 'kuaidi100' || name === 'kdniao') {
    const carrier = context[name === 'kuaidi100' ? 'com' : 'ShipperCode'] ?? context.carrier
    return typeof carrier === 'string' && isDomestic(carrier)
      ? { rule: 'unless_abroad', zone: BEIJING }
      : { rule: 'undocumented' }
  }
  if (PLATFORMS.has(name)) return { rule: 'always', zone: BEIJING }
  if (isBeijingCarrier(name)) return { rule: 'unless_abroad', zone: BEIJING }
  if (UNDOCUMENTED.has(name)) return { rule: 'undocumented' }
  const zone = ONE_COUNTRY[name]
  return zone === undefined ? { rule: 'place' } : { rule: 'always', zone }
}

/** Aggregators' codes of domestic carriers: 快递100 `com` in pinyin, 快递鸟 `ShipperCode` in capitals. */
const AGGREGATOR_CODES = words(
  'yzpy yzbk jtsd dbl dblky htky htky hhtt uc ane ztoky kyw kysy zjs jdky jdwl sfky ztkd yd jtexpress youzhengbk',
)

function isDomestic(code: string): boolean {
  const name = normalName(code)
  return isBeijingCarrier(name) || AGGREGATOR_CODES.has(name)
}

function isBeijingCarrier(name: string): boolean {
  return CARRIERS.has(name) || CARRIERS.has(name.replace(/_?(express|kuaidi|logistics|wuliu)$/, ''))
}

const names = new Map<string, string>()

/** `JD-Logistics` as `jd_logistics`. Remembered, since every message asks. */
export function normalName(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size > 1_000) names.clear()
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[\s.-]+/g, '_')
  names.set(text, name)
  return name
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}

/** ISO 3166 countries with one civil time everywhere (tzdb); a country with several is absent, so it is ambiguous. */
export const COUNTRY_ZONES: Readonly<Record<string, string>> = pairs(`
  CN=Asia/Shanghai HK=Asia/Hong_Kong MO=Asia/Macau TW=Asia/Taipei JP=Asia/Tokyo KR=Asia/Seoul SG=Asia/Singapore
  MY=Asia/Kuala_Lumpur TH=Asia/Bangkok VN=Asia/Ho_Chi_Minh PH=Asia/Manila KH=Asia/Phnom_Penh LA=Asia/Vientiane
  MM=Asia/Yangon BN=Asia/Brunei IN=Asia/Kolkata PK=Asia/Karachi BD=Asia/Dhaka LK=Asia/Colombo NP=Asia/Kathmandu
  AE=Asia/Dubai SA=Asia/Riyadh QA=Asia/Qatar KW=Asia/Kuwait BH=Asia/Bahrain OM=Asia/Muscat IL=Asia/Jerusalem
  JO=Asia/Amman LB=Asia/Beirut IQ=Asia/Baghdad IR=Asia/Tehran TR=Europe/Istanbul GE=Asia/Tbilisi AM=Asia/Yerevan
  AZ=Asia/Baku GB=Europe/London IE=Europe/Dublin FR=Europe/Paris DE=Europe/Berlin IT=Europe/Rome NL=Europe/Amsterdam
  BE=Europe/Brussels LU=Europe/Luxembourg CH=Europe/Zurich AT=Europe/Vienna PL=Europe/Warsaw CZ=Europe/Prague
  SK=Europe/Bratislava HU=Europe/Budapest SI=Europe/Ljubljana HR=Europe/Zagreb RS=Europe/Belgrade BA=Europe/Sarajevo
  MK=Europe/Skopje AL=Europe/Tirane GR=Europe/Athens BG=Europe/Sofia RO=Europe/Bucharest MD=Europe/Chisinau
  UA=Europe/Kyiv BY=Europe/Minsk LT=Europe/Vilnius LV=Europe/Riga EE=Europe/Tallinn FI=Europe/Helsinki
  SE=Europe/Stockholm NO=Europe/Oslo DK=Europe/Copenhagen IS=Atlantic/Reykjavik MT=Europe/Malta ZA=Africa/Johannesburg
  EG=Africa/Cairo NG=Africa/Lagos KE=Africa/Nairobi GH=Africa/Accra ET=Africa/Addis_Ababa MA=Africa/Casablanca
  TN=Africa/Tunis DZ=Africa/Algiers CO=America/Bogota PE=America/Lima VE=America/Caracas BO=America/La_Paz
  PY=America/Asuncion UY=America/Montevideo PR=America/Puerto_Rico DO=America/Santo_Domingo JM=America/Jamaica
  PA=America/Panama CR=America/Costa_Rica GT=America/Guatemala`)

/** States and provinces with one civil time throughout; those cut by a zone border are absent. */
export const REGION_ZONES: Readonly<Record<string, string>> = pairs(`
  ${regions('US', 'America/New_York', 'CT DE DC GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV')}
  ${regions('US', 'America/Chicago', 'AL AR IA IL LA MN MO MS OK WI')}
  ${regions('US', 'America/Denver', 'CO MT NM UT WY')} ${regions('US', 'America/Los_Angeles', 'CA WA')}
  US-HI=Pacific/Honolulu CA-AB=America/Edmonton CA-MB=America/Winnipeg CA-NB=America/Moncton CA-NS=America/Halifax
  CA-PE=America/Halifax CA-YT=America/Whitehorse AU-VIC=Australia/Melbourne AU-TAS=Australia/Hobart
  AU-QLD=Australia/Brisbane AU-SA=Australia/Adelaide AU-NT=Australia/Darwin AU-ACT=Australia/Sydney`)

/** Region codes that name a country by themselves, for addresses such as `TEANECK, NJ`. */
export const REGIONS: Readonly<Record<'US' | 'CA' | 'AU', ReadonlySet<string>>> = {
  US: words(
    'AL AK AZ AR CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR ' +
      'PA RI SC SD TN TX UT VA VT WI WV WY CA WA',
  ),
  CA: words('AB BC MB NB NL NS NT NU ON PE PQ QC SK YT'),
  AU: words('NSW VIC QLD TAS ACT'),
}

/** Cities that parcels pass through, in countries with several zones or named without a country: `country-region=zone`. */
const CITY_LIST: Readonly<Record<string, readonly [country: string, region: string, zone: string]>> = {
  'new york': ['US', 'NY', 'America/New_York'],
  atlanta: ['US', 'GA', 'America/New_York'],
  boston: ['US', 'MA', 'America/New_York'],
  miami: ['US', 'FL', 'America/New_York'],
  philadelphia: ['US', 'PA', 'America/New_York'],
  louisville: ['US', 'KY', 'America/New_York'],
  detroit: ['US', 'MI', 'America/Detroit'],
  indianapolis: ['US', 'IN', 'America/Indiana/Indianapolis'],
  chicago: ['US', 'IL', 'America/Chicago'],
  memphis: ['US', 'TN', 'America/Chicago'],
  nashville: ['US', 'TN', 'America/Chicago'],
  dallas: ['US', 'TX', 'America/Chicago'],
  houston: ['US', 'TX', 'America/Chicago'],
  denver: ['US', 'CO', 'America/Denver'],
  phoenix: ['US', 'AZ', 'America/Phoenix'],
  'los angeles': ['US', 'CA', 'America/Los_Angeles'],
  'long beach': ['US', 'CA', 'America/Los_Angeles'],
  'san francisco': ['US', 'CA', 'America/Los_Angeles'],
  seattle: ['US', 'WA', 'America/Los_Angeles'],
  'las vegas': ['US', 'NV', 'America/Los_Angeles'],
  anchorage: ['US', 'AK', 'America/Anchorage'],
  honolulu: ['US', 'HI', 'Pacific/Honolulu'],
  montreal: ['CA', 'QC', 'America/Toronto'],
  toronto: ['CA', 'ON', 'America/Toronto'],
  mississauga: ['CA', 'ON', 'America/Toronto'],
  ottawa: ['CA', 'ON', 'America/Toronto'],
  winnipeg: ['CA', 'MB', 'America/Winnipeg'],
  regina: ['CA', 'SK', 'America/Regina'],
  calgary: ['CA', 'AB', 'America/Edmonton'],
  edmonton: ['CA', 'AB', 'America/Edmonton'],
  vancouver: ['CA', 'BC', 'America/Vancouver'],
  halifax: ['CA', 'NS', 'America/Halifax'],
  "st. john's": ['CA', 'NL', 'America/St_Johns'],
  sydney: ['AU', 'NSW', 'Australia/Sydney'],
  melbourne: ['AU', 'VIC', 'Australia/Melbourne'],
  brisbane: ['AU', 'QLD', 'Australia/Brisbane'],
  perth: ['AU', 'WA', 'Australia/Perth'],
  adelaide: ['AU', 'SA', 'Australia/Adelaide'],
  'sao paulo': ['BR', 'SP', 'America/Sao_Paulo'],
  'rio de janeiro': ['BR', 'RJ', 'America/Sao_Paulo'],
  curitiba: ['BR', 'PR', 'America/Sao_Paulo'],
  manaus: ['BR', 'AM', 'America/Manaus'],
  'mexico city': ['MX', '', 'America/Mexico_City'],
  madrid: ['ES', '', 'Europe/Madrid'],
  barcelona: ['ES', '', 'Europe/Madrid'],
  lisbon: ['PT', '', 'Europe/Lisbon'],
  moscow: ['RU', '', 'Europe/Moscow'],
  vladivostok: ['RU', '', 'Asia/Vladivostok'],
  jakarta: ['ID', '', 'Asia/Jakarta'],
  auckland: ['NZ', '', 'Pacific/Auckland'],
  shanghai: ['CN', '', BEIJING],
  beijing: ['CN', '', BEIJING],
  shenzhen: ['CN', '', BEIJING],
  guangzhou: ['CN', '', BEIJING],
  ningbo: ['CN', '', BEIJING],
  qingdao: ['CN', '', BEIJING],
  tianjin: ['CN', '', BEIJING],
  xiamen: ['CN', '', BEIJING],
  urumqi: ['CN', '', BEIJING],
  上海: ['CN', '', BEIJING],
  北京: ['CN', '', BEIJING],
  深圳: ['CN', '', BEIJING],
  广州: ['CN', '', BEIJING],
  杭州: ['CN', '', BEIJING],
  乌鲁木齐: ['CN', '', BEIJING],
  喀什: ['CN', '', BEIJING],
  'hong kong': ['HK', '', 'Asia/Hong_Kong'],
  香港: ['HK', '', 'Asia/Hong_Kong'],
  taipei: ['TW', '', 'Asia/Taipei'],
  tokyo: ['JP', '', 'Asia/Tokyo'],
  osaka: ['JP', '', 'Asia/Tokyo'],
  东京: ['JP', '', 'Asia/Tokyo'],
  seoul: ['KR', '', 'Asia/Seoul'],
  busan: ['KR', '', 'Asia/Seoul'],
  singapore: ['SG', '', 'Asia/Singapore'],
  dubai: ['AE', '', 'Asia/Dubai'],
  rotterdam: ['NL', '', 'Europe/Amsterdam'],
  amsterdam: ['NL', '', 'Europe/Amsterdam'],
  hamburg: ['DE', '', 'Europe/Berlin'],
  berlin: ['DE', '', 'Europe/Berlin'],
  leipzig: ['DE', '', 'Europe/Berlin'],
  frankfurt: ['DE', '', 'Europe/Berlin'],
  bonn: ['DE', '', 'Europe/Berlin'],
  antwerp: ['BE', '', 'Europe/Brussels'],
  brussels: ['BE', '', 'Europe/Brussels'],
  liege: ['BE', '', 'Europe/Brussels'],
  milan: ['IT', '', 'Europe/Rome'],
  bergamo: ['IT', '', 'Europe/Rome'],
  rome: ['IT', '', 'Europe/Rome'],
  savannah: ['US', 'GA', 'America/New_York'],
  newark: ['US', 'NJ', 'America/New_York'],
  norfolk: ['US', 'VA', 'America/New_York'],
  oakland: ['US', 'CA', 'America/Los_Angeles'],
  tacoma: ['US', 'WA', 'America/Los_Angeles'],
  santos: ['BR', 'SP', 'America/Sao_Paulo'],
  algeciras: ['ES', '', 'Europe/Madrid'],
  valencia: ['ES', '', 'Europe/Madrid'],
  london: ['GB', '', 'Europe/London'],
  southampton: ['GB', '', 'Europe/London'],
  paris: ['FR', '', 'Europe/Paris'],
  'le havre': ['FR', '', 'Europe/Paris'],
  cologne: ['DE', '', 'Europe/Berlin'],
  bremerhaven: ['DE', '', 'Europe/Berlin'],
  genoa: ['IT', '', 'Europe/Rome'],
  gdansk: ['PL', '', 'Europe/Warsaw'],
  piraeus: ['GR', '', 'Europe/Athens'],
  istanbul: ['TR', '', 'Europe/Istanbul'],
  'jebel ali': ['AE', '', 'Asia/Dubai'],
  mumbai: ['IN', '', 'Asia/Kolkata'],
  'nhava sheva': ['IN', '', 'Asia/Kolkata'],
  colombo: ['LK', '', 'Asia/Colombo'],
  'port klang': ['MY', '', 'Asia/Kuala_Lumpur'],
  bangkok: ['TH', '', 'Asia/Bangkok'],
  'laem chabang': ['TH', '', 'Asia/Bangkok'],
  haiphong: ['VN', '', 'Asia/Ho_Chi_Minh'],
  'ho chi minh city': ['VN', '', 'Asia/Ho_Chi_Minh'],
  manila: ['PH', '', 'Asia/Manila'],
  kaohsiung: ['TW', '', 'Asia/Taipei'],
  yokohama: ['JP', '', 'Asia/Tokyo'],
  kobe: ['JP', '', 'Asia/Tokyo'],
  nagoya: ['JP', '', 'Asia/Tokyo'],
  incheon: ['KR', '', 'Asia/Seoul'],
  felixstowe: ['GB', '', 'Europe/London'],
  ...Object.fromEntries(
    'yantian shekou nansha dalian hangzhou chengdu wuhan chongqing nanjing suzhou dongguan yiwu fuzhou'
      .split(' ')
      .map((city) => [city, ['CN', '', BEIJING] as const]),
  ),
}
export const CITIES: ReadonlyMap<string, readonly [country: string, region: string, zone: string]> = new Map(
  Object.entries(CITY_LIST),
)

/** Country names as carriers print them at the end of a place. */
export const COUNTRY_NAMES: Readonly<Record<string, string>> = {
  ...pairs(`china=CN japan=JP italy=IT germany=DE france=FR netherlands=NL belgium=BE poland=PL austria=AT switzerland=CH
  ireland=IE singapore=SG thailand=TH vietnam=VN philippines=PH malaysia=MY india=IN usa=US canada=CA australia=AU
  brazil=BR mexico=MX spain=ES portugal=PT russia=RU indonesia=ID 中国=CN 日本=JP 德国=DE 美国=US 英国=GB 法国=FR 韩国=KR`),
  'united kingdom': 'GB',
  'united states': 'US',
  'hong kong': 'HK',
  'south korea': 'KR',
}

/** Abbreviations that mean one offset everywhere, in minutes. */
const ABBREVIATIONS = offsets(
  'UTC=0 GMT=0 UT=0 WET=0 WEST=60 CET=60 CEST=120 MEZ=60 MESZ=120 EET=120 EEST=180 MSK=180 JST=540 KST=540 HKT=480 ' +
    'SGT=480 MYT=480 ICT=420 WIB=420 WITA=480 AEST=600 AEDT=660 ACST=570 ACDT=630 AWST=480 NZST=720 NZDT=780 ' +
    'AKST=-540 AKDT=-480 NPT=345 PKT=300 BRT=-180 SAST=120 北京时间=480',
)
const NORTH_AMERICA = offsets(
  'EST=-300 EDT=-240 CST=-360 CDT=-300 MST=-420 MDT=-360 PST=-480 PDT=-420 AST=-240 ADT=-180 NST=-210 NDT=-150 HST=-600',
)
/** The same letters in other countries. */
const ELSEWHERE = offsets(
  'CN-CST=480 TW-CST=480 MO-CST=480 CU-CST=-300 CU-CDT=-240 MX-CST=-360 MX-MST=-420 MX-PST=-480 IN-IST=330 IL-IST=120 ' +
    'IL-IDT=180 IE-IST=60 IE-GMT=0 GB-BST=60 BD-BST=360 PH-PST=480 AU-EST=600 AU-EDT=660 AU-CST=570 AU-WST=480',
)

/** Offsets in minutes that an abbreviation can mean; one when it is unique or the country decides, several otherwise. */
export function abbreviationOffsets(name: string, country: string | null): readonly number[] {
  const key = name.toUpperCase()
  const unique = ABBREVIATIONS[key]
  if (unique !== undefined) return [unique]
  const american = NORTH_AMERICA[key]
  if (country !== null) {
    const own = ELSEWHERE[`${country}-${key}`]
    if (own !== undefined) return [own]
    return (country === 'US' || country === 'CA') && american !== undefined ? [american] : []
  }
  const abroad = Object.entries(ELSEWHERE).filter(([name]) => name.endsWith(`-${key}`))
  return [
    ...new Set([...(american === undefined ? [] : [american]), ...abroad.map(([, minutes]) => minutes)]),
  ]
}

/** RFC 5322 section 4.3 gives these letters their North American meaning in a mail or HTTP date. */
export function mailAbbreviation(name: string): number | null {
  return NORTH_AMERICA[name.toUpperCase()] ?? null
}

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => {
        const at = pair.indexOf('=')
        return [pair.slice(0, at), pair.slice(at + 1)]
      }),
  )
}

function offsets(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(pairs(text)).map(([name, minutes]) => [name, Number(minutes)]))
}

function regions(country: string, zone: string, codes: string): string {
  return codes
    .split(' ')
    .map((code) => `${country}-${code}=${zone}`)
    .join(' ')
}
