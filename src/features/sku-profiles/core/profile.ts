import { type Money, money, parseMoney } from '#kernel/money.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'

/** What a person says of a stock SKU. Null: nobody knows, never a guess. Figures are of one piece. */
export type SkuProfile = {
  readonly sku: string
  readonly title: string
  /** Gram. */
  readonly weightG: number | null
  /** As told; null: worked out from the measures, where all three are known. */
  readonly volumeCm3: number | null
  readonly lengthMm: number | null
  readonly widthMm: number | null
  readonly heightMm: number | null
  /** Lower case, sorted, without repeats. */
  readonly tags: readonly string[]
  /** Declared or insured value. */
  readonly value: Money | null
}
export type ProfileChange = Partial<Omit<SkuProfile, 'sku'>>
export type ProfileField = keyof Omit<SkuProfile, 'sku'>
export const PROFILE_FIELDS: readonly ProfileField[] = [
  'title',
  'weightG',
  'volumeCm3',
  'lengthMm',
  'widthMm',
  'heightMm',
  'tags',
  'value',
]

export const SKU_MOST = 120
export const TITLE_MOST = 200
export const WEIGHT_MOST = 10_000_000
export const VOLUME_MOST = 1_000_000_000
export const SIDE_MOST = 100_000
export const TAGS_MOST = 20
/** Fits a 64-bit column with room for sums. */
export const VALUE_MOST = 100_000_000_000_000n
const TAG = /^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,39}$/u

/** Tags that rules, warehouses and carriers share; others are the shop's own. */
export const KNOWN_TAGS = ['frozen', 'chilled', 'hazmat', 'fragile', 'liquid', 'oversize', 'presale'] as const
const TAG_WORDS: Readonly<Record<string, (typeof KNOWN_TAGS)[number]>> = {
  冷冻: 'frozen',
  冷冻品: 'frozen',
  冷链: 'frozen',
  冷藏: 'chilled',
  危险品: 'hazmat',
  危化品: 'hazmat',
  易碎: 'fragile',
  易碎品: 'fragile',
  液体: 'liquid',
  大件: 'oversize',
  超大: 'oversize',
  预售: 'presale',
}

export function emptyProfile(sku: string): SkuProfile {
  return {
    sku,
    title: '',
    weightG: null,
    volumeCm3: null,
    lengthMm: null,
    widthMm: null,
    heightMm: null,
    tags: [],
    value: null,
  }
}

/** The profile after a change, tidied: blanks off, tags in their shared words and order. Refused: as `faultsOf`. */
export function changeProfile(before: SkuProfile, change: ProfileChange): Result<SkuProfile> {
  const { title, tags } = change
  const next: SkuProfile = {
    ...before,
    ...change,
    ...(title === undefined ? {} : { title: title.trim() }),
    ...(tags === undefined ? {} : { tags: tidyTags(tags) }),
  }
  const [fault] = faultsOf(next)
  return fault === undefined ? ok(next) : { ok: false, refusal: fault }
}

/** Names as people write them (`易碎`, ` Frozen `) to the ones that rules ask for. */
export function tidyTags(tags: readonly string[]): string[] {
  const words = tags.map((tag) => tag.normalize('NFKC').trim().toLowerCase()).filter((tag) => tag !== '')
  return [
    ...new Set(words.map((word) => (Object.hasOwn(TAG_WORDS, word) ? (TAG_WORDS[word] ?? word) : word))),
  ].sort()
}

type Fault = Refused['refusal']

/** Everything that is wrong, each with `data.field`. */
export function faultsOf(profile: SkuProfile): Fault[] {
  const faults: Fault[] = []
  const wrong = (code: string, field: string, detail: string): void => {
    faults.push(refuse(`sku_profiles.${code}`, detail, { field }).refusal)
  }
  if (!isSku(profile.sku))
    wrong('bad_sku', 'sku', `a SKU has 1 to ${SKU_MOST} characters and no blanks around`)
  if (profile.title.length > TITLE_MOST)
    wrong('bad_title', 'title', `a title has at most ${TITLE_MOST} characters`)
  const whole = (field: 'weightG' | 'volumeCm3', code: string, most: number): void => {
    const figure = profile[field]
    if (figure !== null && !isWhole(figure, 0, most)) wrong(code, field, `a whole number from 0 to ${most}`)
  }
  whole('weightG', 'bad_weight', WEIGHT_MOST)
  whole('volumeCm3', 'bad_volume', VOLUME_MOST)
  for (const field of ['lengthMm', 'widthMm', 'heightMm'] as const) {
    const side = profile[field]
    if (side !== null && !isWhole(side, 1, SIDE_MOST))
      wrong('bad_size', field, `whole millimetres from 1 to ${SIDE_MOST}`)
  }
  const volume = boxOf(profile)
  if (profile.volumeCm3 === null && volume !== null && volume > VOLUME_MOST)
    wrong('bad_volume', 'volumeCm3', `the measures make more than ${VOLUME_MOST} cm3`)
  const bad = profile.tags.find((tag) => !TAG.test(tag))
  if (bad !== undefined)
    wrong('bad_tag', 'tags', `"${bad.slice(0, 40)}" is no tag: letters, digits, _ . : -, at most 40`)
  if (profile.tags.length > TAGS_MOST) wrong('bad_tag', 'tags', `at most ${TAGS_MOST} tags`)
  if (profile.value !== null && (profile.value.minor < 0n || profile.value.minor > VALUE_MOST))
    wrong('bad_value', 'value', 'a value is not negative, nor beyond all reason')
  return faults
}

export function isSku(sku: string): boolean {
  return sku.length >= 1 && sku.length <= SKU_MOST && sku.trim() === sku
}

function isWhole(figure: number, least: number, most: number): boolean {
  return Number.isInteger(figure) && figure >= least && figure <= most
}

/** What rules reckon with: the volume as told, else of the box around it, rounded up to the cm3. */
export function volumeOf(profile: SkuProfile): number | null {
  return profile.volumeCm3 ?? boxOf(profile)
}
function boxOf({ lengthMm, widthMm, heightMm }: SkuProfile): number | null {
  if (lengthMm === null || widthMm === null || heightMm === null) return null
  return Math.ceil((lengthMm * widthMm * heightMm) / 1_000)
}

/** Which fields differ, in the order of the form. */
export function differingFields(a: SkuProfile, b: SkuProfile): ProfileField[] {
  return PROFILE_FIELDS.filter((field) => plain(a[field]) !== plain(b[field]))
}
function plain(value: SkuProfile[ProfileField]): string {
  if (value !== null && typeof value === 'object' && 'minor' in value)
    return `${value.currency} ${value.minor}`
  return JSON.stringify(value)
}

/** An amount of the major unit with its currency. Refused: `sku_profiles.bad_value`. */
export function readValue(amount: string, currency: string): Result<Money> {
  const read = /^[A-Z]{3}$/.test(currency) ? parseMoney(amount, currency) : null
  if (read === null || !read.ok || read.value.minor < 0n)
    return refuse(
      'sku_profiles.bad_value',
      `"${amount.slice(0, 40)} ${currency.slice(0, 10)}" is no amount`,
      {
        field: 'value',
      },
    )
  return ok(money(currency, read.value.minor))
}
