import { type BlockKind, type LabelBlock, type LabelSize, MARGIN_MM, type TemplateBody } from './template.ts'

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

/** Where the stock of two parts is perforated, in millimetres from its upper edge (reference: 90/60 and 110/70). */
const CUT_MM = { '100x150': 90, '100x180': 110 } as const
const CUT_BLOCK_MM = 2
/** What the second part has, for the one who receives: bar code, receiver, goods, order, down to the margin. */
const SECOND_PART: Readonly<Record<keyof typeof CUT_MM, readonly Row[]>> = {
  '100x150': [
    ['cut', CUT_BLOCK_MM, 6],
    ['barcode', 15, 8],
    ['receiver', 15, 9],
    ['goods', 21, 7],
    ['order', 6, 6],
  ],
  '100x180': [
    ['cut', CUT_BLOCK_MM, 6],
    ['barcode', 17, 8],
    ['receiver', 16, 9],
    ['goods', 28, 7],
    ['order', 6, 6],
  ],
}

function bodyOf(family: Family, size: LabelSize): TemplateBody {
  if (size === '76x130') return { ...GIVEN, blocks: ONE_PART[family].map(block) }
  const room = CUT_MM[size] - MARGIN_MM - CUT_BLOCK_MM / 2
  // The goods are on the part that stays on the parcel.
  const first = ONE_PART[family].filter(([kind]) => kind !== 'goods').map(block)
  const share = room / first.reduce((sum, one) => sum + one.heightMm, 0)
  // Never below what a bar code or a QR code needs to be read.
  const scaled = first.map((one) => ({ ...one, heightMm: scaledHeight(one, share) }))
  const over = scaled.reduce((sum, one) => sum + one.heightMm, 0) - room
  const fitted = scaled.map((one) =>
    one.kind === 'remark' ? { ...one, heightMm: round(one.heightMm - over) } : one,
  )
  return { ...GIVEN, blocks: [...fitted, ...SECOND_PART[size].map(block)] }
}

const LEAST_MM: Partial<Readonly<Record<BlockKind, number>>> = {
  barcode: 16,
  // 37 cells of four dots: a number of up to 26 characters.
  qr: 18.5,
  receiver: 15,
  tags: 5,
}

function scaledHeight({ kind, heightMm }: LabelBlock, share: number): number {
  if (share >= 1 && (kind === 'head' || kind === 'order' || kind === 'tags')) return heightMm
  if (share >= 1) return round(heightMm * share)
  return round(Math.max(LEAST_MM[kind] ?? 3, heightMm * share))
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
