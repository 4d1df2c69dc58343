import type { BlockKind, LabelBlock, LabelSize, TemplateBody } from './template.ts'

/** Carriers whose labels look alike, each with the sizes that are usual for it; the reference's table of label sizes. */
export const FAMILIES = ['sf', 'franchise', 'international', 'general'] as const
export type Family = (typeof FAMILIES)[number]

const FAMILY_OF: Readonly<Record<string, Family>> = {
  SF: 'sf',
  ZTO: 'franchise',
  YTO: 'franchise',
  YUNDA: 'franchise',
  STO: 'franchise',
  JT: 'franchise',
  DHL: 'international',
  FEDEX: 'international',
  UPS: 'international',
}

export type BuiltIn = {
  /** `sf-76x130`: names it wherever a template is asked for. */
  readonly id: string
  readonly family: Family
  readonly size: LabelSize
  readonly zh: string
  readonly en: string
  readonly body: TemplateBody
}

export function familyOf(carrier: string): Family {
  return FAMILY_OF[carrier] ?? 'general'
}

type Row = readonly [BlockKind, number, number]
const block = ([kind, heightMm, sizePt]: Row): LabelBlock => ({ kind, heightMm, sizePt, text: '' })

const GIVEN = { logo: '', giftTag: '赠品', notes: { buyer: true, seller: true }, maskSender: true } as const

/** One part, 126 mm to fill. */
const ONE_PART: Readonly<Record<Family, readonly Row[]>> = {
  sf: [
    ['head', 9, 12],
    ['barcode', 19, 10],
    ['sort_code', 13, 30],
    ['receiver', 19, 11],
    ['sender', 10, 7],
    ['qr', 22, 7],
    ['tags', 6, 9],
    ['goods', 14, 7],
    ['remark', 10, 7],
    ['order', 4, 6],
  ],
  franchise: [
    ['head', 8, 11],
    ['sort_code', 14, 32],
    ['package', 9, 14],
    ['receiver', 18, 11],
    ['sender', 10, 7],
    ['barcode', 20, 10],
    ['tags', 6, 9],
    ['goods', 24, 7],
    ['remark', 12, 7],
    ['order', 5, 6],
  ],
  international: [
    ['head', 10, 13],
    ['sender', 18, 8],
    ['receiver', 30, 12],
    ['sort_code', 12, 26],
    ['barcode', 26, 11],
    ['goods', 18, 7],
    ['remark', 7, 7],
    ['order', 5, 6],
  ],
  general: [
    ['head', 8, 11],
    ['barcode', 20, 10],
    ['sort_code', 12, 28],
    ['package', 8, 12],
    ['receiver', 19, 11],
    ['sender', 10, 7],
    ['tags', 6, 9],
    ['goods', 24, 7],
    ['remark', 13, 7],
    ['order', 5, 6],
  ],
}

/** What the second part repeats, for the one who receives: 56 mm below the cut at 90, 66 below that at 110. */
const SECOND_PART: readonly Row[] = [
  ['cut', 2, 6],
  ['barcode', 14, 8],
  ['receiver', 14, 9],
  ['goods', 16, 7],
  ['order', 6, 6],
]

function bodyOf(family: Family, size: LabelSize): TemplateBody {
  if (size === '76x130') return { ...GIVEN, blocks: ONE_PART[family].map(block) }
  const second = SECOND_PART.map(block)
  const room = (size === '100x150' ? 146 : 176) - second.reduce((sum, one) => sum + one.heightMm, 0)
  const first = ONE_PART[family].map(block)
  const share = room / first.reduce((sum, one) => sum + one.heightMm, 0)
  // Never below what a bar code or a QR code needs to be read.
  const scaled = first.map((one) => ({ ...one, heightMm: scaledHeight(one, share) }))
  const over = scaled.reduce((sum, one) => sum + one.heightMm, 0) - room
  const goods = scaled.findLastIndex((one) => one.kind === 'goods')
  const fitted = scaled.map((one, at) =>
    at === goods ? { ...one, heightMm: round(one.heightMm - over) } : one,
  )
  return { ...GIVEN, blocks: [...fitted, ...second] }
}

function scaledHeight({ kind, heightMm }: LabelBlock, share: number): number {
  if (share >= 1 && (kind === 'head' || kind === 'order' || kind === 'tags')) return heightMm
  if (share >= 1) return round(heightMm * share)
  const least = kind === 'barcode' ? 16 : kind === 'qr' ? 16 : kind === 'receiver' ? 15 : 3
  return round(Math.max(least, heightMm * share))
}

function round(mm: number): number {
  return Math.round(mm * 10) / 10
}

const ZH: Readonly<Record<Family, string>> = {
  sf: '顺丰',
  franchise: '通达系',
  international: '国际快递',
  general: '通用',
}
const EN: Readonly<Record<Family, string>> = {
  sf: 'SF',
  franchise: 'ZTO, YTO, Yunda, STO, J&T',
  international: 'International',
  general: 'General',
}

/** Templates that are always there: each family in each size. */
export const BUILT_INS: readonly BuiltIn[] = FAMILIES.flatMap((family) =>
  (['76x130', '100x150', '100x180'] as const).map((size) => ({
    id: `${family}-${size}`,
    family,
    size,
    zh: `${ZH[family]} ${size}`,
    en: `${EN[family]} ${size}`,
    body: bodyOf(family, size),
  })),
)

export function builtIn(id: string): BuiltIn | null {
  return BUILT_INS.find((one) => one.id === id) ?? null
}

export function builtInFor(carrier: string, size: LabelSize): BuiltIn {
  const id = `${familyOf(carrier)}-${size}`
  return BUILT_INS.find((one) => one.id === id) as BuiltIn
}
