import type { Refusal } from '#kernel/result.ts'
import { refusalOf } from './batches/render-chunk.ts'
import { builtIn, builtInFor } from './core/built-in.ts'
import type { LabelContent, LabelGoods, LabelParty } from './core/content.ts'
import { drawSvg } from './core/draw-svg.ts'
import { layOutLabel } from './core/layout.ts'
import { SAMPLE } from './core/sample.ts'
import { SIZES } from './core/template.ts'
import { drawPdf } from './render/draw-pdf.ts'
import { labelFont } from './render/font.ts'

export type TriedLabel = {
  readonly template: string
  readonly problems: readonly Refusal[]
  /** Base64 of the page, where the line asked for it. */
  readonly pdf: string | null
  readonly svg: string | null
  /** Fields of `label` that are not known or of another type: the sample's stand in their place. */
  readonly ignored: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * One label without a hub: `{size?, template?, carrier?, label?, substitutes?, want?}`. What the line leaves out of `label` is the sample's.
 * Null: the size or the template is not known.
 */
export async function tryLabel(line: Fields): Promise<TriedLabel | null> {
  const size = SIZES.find((one) => one === (line.size ?? '76x130'))
  if (size === undefined) return null
  const carrier = typeof line.carrier === 'string' ? line.carrier : 'SF'
  const chosen = typeof line.template === 'string' ? builtIn(line.template) : builtInFor(carrier, size)
  if (chosen === null || chosen.size !== size) return null
  const content = contentFrom(isFields(line.label) ? line.label : {})
  const substitutes = isFields(line.substitutes) ? textsOf(line.substitutes) : {}
  const label = layOutLabel({ size, template: chosen.body, content, substitutes }, labelFont().tools)
  return {
    template: chosen.id,
    problems: label.problems.map(refusalOf),
    pdf: line.want === 'pdf' ? Buffer.from(await drawPdf([label], 'try')).toString('base64') : null,
    svg: line.want === 'svg' ? drawSvg(label) : null,
    ignored: isFields(line.label) ? ignoredIn(line.label) : [],
  }
}

function ignoredIn(given: Fields): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const sample = Object.hasOwn(SAMPLE, name) ? SAMPLE[name as keyof LabelContent] : undefined
    if (!isLike(value, sample)) return [name]
    if (!isFields(value) || !isFields(sample)) return []
    const known: Fields = sample
    const parts = Object.entries(value).filter(([part, text]) => !isLike(text, known[part]))
    return parts.map(([part]) => `${name}.${part}`)
  })
}

function isLike(value: unknown, sample: unknown): boolean {
  if (Array.isArray(sample)) return Array.isArray(value)
  return typeof value === typeof sample && (typeof sample !== 'number' || Number.isSafeInteger(value))
}

/** Fields of the right type replace the sample's; others are passed over. */
function contentFrom(given: Fields): LabelContent {
  const merged: Record<string, unknown> = { ...SAMPLE }
  for (const [name, sample] of Object.entries(SAMPLE)) {
    const value = given[name]
    if (typeof sample === 'string' && typeof value === 'string') merged[name] = value
    if (typeof sample === 'number' && Number.isSafeInteger(value)) merged[name] = value
    if (Array.isArray(sample) && Array.isArray(value) && name !== 'goods') merged[name] = value.map(String)
  }
  if (given.trackingNo !== undefined && given.masterNo === undefined) merged.masterNo = merged.trackingNo
  const content = merged as unknown as LabelContent
  return {
    ...content,
    from: partyFrom(SAMPLE.from, given.from),
    to: partyFrom(SAMPLE.to, given.to),
    goods: Array.isArray(given.goods) ? given.goods.filter(isFields).map(goodsFrom) : SAMPLE.goods,
  }
}

function partyFrom(sample: LabelParty, given: unknown): LabelParty {
  if (!isFields(given)) return sample
  const known = Object.entries(textsOf(given)).filter(([name]) => Object.hasOwn(sample, name))
  return { ...sample, ...Object.fromEntries(known) }
}

function goodsFrom(given: Fields): LabelGoods {
  const { name, sku, quantity, isGift, gift } = given
  return {
    name: typeof name === 'string' ? name : '',
    sku: typeof sku === 'string' ? sku : '',
    quantity: Number.isSafeInteger(quantity) ? (quantity as number) : 1,
    isGift: isGift === true || gift === true,
  }
}

function textsOf(given: Fields): Record<string, string> {
  const texts = Object.entries(given).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(texts)
}
