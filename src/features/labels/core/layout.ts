import { type LabelContent, type LabelParty, maskPhone, printable, suggestionFor } from './content.ts'
import { type LabelBlock, type LabelSize, MARGIN_MM, MM_OF_SIZE, type TemplateBody } from './template.ts'
import { fitText, LEADING, type Measure, MM_PER_PT } from './text-fit.ts'

// Where everything stands on a label, in millimetres from its upper left corner. The PDF and the preview draw the same marks.

export type Mark =
  | {
      readonly kind: 'text'
      readonly x: number
      /** The base line. */
      readonly y: number
      readonly sizePt: number
      readonly text: string
      readonly widthMm: number
      readonly isBold: boolean
      readonly isWhite: boolean
    }
  | { readonly kind: 'rect'; readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  | {
      readonly kind: 'line'
      readonly x: number
      readonly y: number
      readonly x2: number
      readonly isDashed: boolean
    }
  | { readonly kind: 'bars'; readonly rects: readonly (readonly [number, number, number, number])[] }

export type LabelTools = {
  readonly measure: Measure
  readonly hasGlyph: (codePoint: number) => boolean
  /** Widths of bars and gaps in modules, beginning with a bar; null: Code 128 cannot say this. */
  readonly bars: (text: string) => readonly number[] | null
  /** Modules of a QR code row by row, 1 is dark; null: too long for one. */
  readonly matrix: (text: string) => { readonly size: number; readonly on: readonly number[] } | null
}

export type MissingGlyph = {
  readonly character: string
  /** U+20BB7 */
  readonly codePoint: string
  readonly fields: readonly string[]
  /** What may stand for it; empty: leave it out; null: a person has to say. */
  readonly suggestion: string | null
}
export type LabelProblem =
  | { readonly code: 'labels.glyph_missing'; readonly missing: readonly MissingGlyph[] }
  | { readonly code: 'labels.text_too_long'; readonly field: string }
  | { readonly code: 'labels.barcode_unencodable'; readonly field: string }
  | { readonly code: 'labels.barcode_too_wide'; readonly field: string }
  | { readonly code: 'labels.number_missing'; readonly field: string }

export type LaidOut = {
  readonly size: LabelSize
  readonly marks: readonly Mark[]
  readonly problems: readonly LabelProblem[]
}

export type LabelAsk = {
  readonly size: LabelSize
  readonly template: TemplateBody
  readonly content: LabelContent
  readonly substitutes: Readonly<Record<string, string>>
}

type Box = { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
type Style = {
  readonly sizePt: number
  readonly isBold?: boolean
  readonly isWhite?: boolean
  readonly align?: 'left' | 'centre' | 'right'
  /** A text that a courier must read whole: cutting it is a refusal. */
  readonly isWhole?: boolean
}
type Pen = {
  readonly marks: Mark[]
  readonly text: (field: string, text: string, box: Box, style: Style) => number
  readonly barcode: (field: string, text: string, box: Box) => void
  readonly matrix: (field: string, text: string, box: Box) => void
}

/**
 * Lays a label out. Problems are found here, before anything is printed: characters that the font lacks by field, a name or address that
 * does not fit at 5 pt, a number that makes no readable bar code. Its marks are complete even so, for the preview.
 */
export function layOutLabel(ask: LabelAsk, tools: LabelTools): LaidOut {
  const { size, template, content } = ask
  const { width } = MM_OF_SIZE[size]
  const problems: LabelProblem[] = []
  const missing = new Map<string, Set<string>>()
  const pen = penOf(ask, tools, problems, missing)
  if (content.trackingNo === '') problems.push({ code: 'labels.number_missing', field: 'trackingNo' })
  let y = MARGIN_MM
  for (const block of template.blocks) {
    const box = { x: MARGIN_MM, y, w: width - 2 * MARGIN_MM, h: block.heightMm }
    DRAW[block.kind](pen, box, block, ask)
    y += block.heightMm
  }
  if (missing.size > 0) problems.unshift({ code: 'labels.glyph_missing', missing: missingOf(missing) })
  return { size, marks: pen.marks, problems }
}

function missingOf(missing: ReadonlyMap<string, ReadonlySet<string>>): MissingGlyph[] {
  return [...missing].map(([character, fields]) => ({
    character,
    codePoint: `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
    fields: [...fields],
    suggestion: suggestionFor(character),
  }))
}

function penOf(
  { substitutes }: LabelAsk,
  tools: LabelTools,
  problems: LabelProblem[],
  missing: Map<string, Set<string>>,
): Pen {
  const marks: Mark[] = []
  // What the font has is printed as it is, whatever stands for it: a digit is never another one.
  const lacking = Object.entries(substitutes).filter(([one]) => !tools.hasGlyph(one.codePointAt(0) ?? 0))
  const instead = Object.fromEntries(lacking)
  const text = (field: string, given: string, box: Box, style: Style): number => {
    const shown = printable(given, instead)
    if (shown === '') return 0
    for (const character of shown)
      if (!tools.hasGlyph(character.codePointAt(0) ?? 0))
        missing.set(character, (missing.get(character) ?? new Set()).add(field))
    const isBold = style.isBold === true
    const fitted = fitText(
      shown,
      { widthMm: box.w, heightMm: box.h, sizePt: style.sizePt, isBold },
      tools.measure,
    )
    if (fitted.isCut && style.isWhole === true) problems.push({ code: 'labels.text_too_long', field })
    const lineMm = fitted.sizePt * MM_PER_PT
    fitted.lines.forEach((line, at) => {
      const widthMm = tools.measure(line, isBold) * lineMm
      const spare = Math.max(0, box.w - widthMm)
      const shift = style.align === 'centre' ? spare / 2 : style.align === 'right' ? spare : 0
      const y = box.y + lineMm * (0.92 + at * LEADING)
      const { sizePt } = fitted
      marks.push({
        kind: 'text',
        x: box.x + shift,
        y,
        sizePt,
        text: line,
        widthMm,
        isBold,
        isWhite: style.isWhite === true,
      })
    })
    return fitted.lines.length * lineMm * LEADING
  }
  const barcode = (field: string, given: string, box: Box): void => {
    if (given === '') return
    const widths = tools.bars(given)
    if (widths === null) problems.push({ code: 'labels.barcode_unencodable', field })
    else if (!drawBars(marks, widths, box)) problems.push({ code: 'labels.barcode_too_wide', field })
  }
  const matrix = (field: string, given: string, box: Box): void => {
    if (given === '') return
    const code = tools.matrix(given)
    if (code === null) problems.push({ code: 'labels.barcode_unencodable', field })
    else if (!drawMatrix(marks, code, box)) problems.push({ code: 'labels.barcode_too_wide', field })
  }
  return { marks, text, barcode, matrix }
}

/** Blank modules that Code 128 needs on both sides (ISO/IEC 15417). */
export const QUIET_MODULES = 10
/** One dot of a 203 dpi head; bars of whole dots come out sharp. */
const DOT_MM = 0.125
const LEAST_MODULE_MM = 0.19
const MOST_MODULE_MM = 0.5

function drawBars(marks: Mark[], widths: readonly number[], box: Box): boolean {
  const modules = widths.reduce((sum, one) => sum + one, 0)
  const room = box.w / (modules + 2 * QUIET_MODULES)
  const dots = Math.floor(Math.min(room, MOST_MODULE_MM) / DOT_MM + 1e-9)
  const module = dots >= 2 ? dots * DOT_MM : room
  if (module < LEAST_MODULE_MM) return false
  // Off the dots each bar would take one more than it has.
  let x = onDot(box.x + (box.w - modules * module) / 2)
  const rects: [number, number, number, number][] = []
  widths.forEach((width, at) => {
    if (at % 2 === 0) rects.push([x, box.y, width * module, box.h])
    x += width * module
  })
  marks.push({ kind: 'bars', rects })
  return true
}

function onDot(mm: number): number {
  return Math.round(mm / DOT_MM) * DOT_MM
}

/** Blank modules around a QR code (ISO/IEC 18004). */
const QR_QUIET = 4

function drawMatrix(
  marks: Mark[],
  { size, on }: { readonly size: number; readonly on: readonly number[] },
  box: Box,
): boolean {
  const modules = size + 2 * QR_QUIET
  const dots = Math.floor(Math.min(box.w, box.h) / modules / DOT_MM + 1e-9)
  // Cells of one dot run into each other on thermal paper.
  if (dots < 2) return false
  const cell = dots * DOT_MM
  const left = onDot(box.x + (box.w - modules * cell) / 2) + QR_QUIET * cell
  const top = onDot(box.y + (box.h - modules * cell) / 2) + QR_QUIET * cell
  const rects: [number, number, number, number][] = []
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      if (on[row * size + column] !== 1) continue
      // Dark cells side by side are one bar: fewer marks, no hairline between them.
      let run = 1
      while (column + run < size && on[row * size + column + run] === 1) run += 1
      rects.push([left + column * cell, top + row * cell, run * cell, cell])
      column += run
    }
  marks.push({ kind: 'bars', rects })
  return true
}

type Draw = (pen: Pen, box: Box, block: LabelBlock, ask: LabelAsk) => void

const PAD = 0.8
const inside = ({ x, y, w, h }: Box, pad = PAD): Box => ({
  x: x + pad,
  y: y + pad / 2,
  w: w - 2 * pad,
  h: h - pad,
})
const split = (box: Box, share: number): readonly [Box, Box] => [
  { ...box, w: box.w * share },
  { ...box, x: box.x + box.w * share, w: box.w * (1 - share) },
]
const underline = (pen: Pen, { x, y, w, h }: Box): void => {
  pen.marks.push({ kind: 'line', x, y: y + h, x2: x + w, isDashed: false })
}
/** A single line in the middle of the height of its box. */
const middle = (box: Box, sizePt: number): Box => {
  const line = sizePt * MM_PER_PT * LEADING
  return line >= box.h ? box : { ...box, y: box.y + (box.h - line) / 2, h: line + 0.01 }
}

const DRAW: Readonly<Record<LabelBlock['kind'], Draw>> = {
  head: (pen, box, { sizePt }, { template, content }) => {
    const [left, right] = split(inside(box), 0.62)
    const name = template.logo === '' ? content.carrierName : `${template.logo} · ${content.carrierName}`
    pen.text('carrierName', name, middle(left, sizePt), { sizePt, isBold: true })
    pen.text('product', content.product, middle(right, sizePt), { sizePt, isBold: true, align: 'right' })
    underline(pen, box)
  },
  sort_code: (pen, box, { sizePt }, { content }) => {
    pen.text('sortCode', content.sortCode, middle(inside(box), sizePt), {
      sizePt,
      isBold: true,
      align: 'centre',
      isWhole: true,
    })
    underline(pen, box)
  },
  package: (pen, box, { sizePt }, { content }) => {
    const words = [content.packageCentre, content.packageCode].filter((one) => one !== '').join('  ')
    if (words !== '')
      pen.text('packageCentre', `集包地 ${words}`, middle(inside(box), sizePt), { sizePt, isBold: true })
    underline(pen, box)
  },
  barcode: (pen, box, { sizePt }, { content }) => {
    const line = sizePt * MM_PER_PT * LEADING
    pen.barcode('trackingNo', content.trackingNo, { ...box, y: box.y + 1, h: box.h - line - 2 })
    const words = { ...inside(box), y: box.y + box.h - line - 0.6, h: line + 0.01 }
    const pieces = content.pieces > 1 ? `  ${content.piece}/${content.pieces}` : ''
    pen.text('trackingNo', `${spaced(content.trackingNo)}${pieces}`, words, {
      sizePt,
      isBold: true,
      align: 'centre',
    })
    underline(pen, box)
  },
  receiver: (pen, box, { sizePt }, { content }) => {
    party(pen, box, { sign: '收', field: 'to', sizePt, party: content.to, isMasked: true, isWhole: true })
    underline(pen, box)
  },
  sender: (pen, box, { sizePt }, { content, template }) => {
    const isMasked = template.maskSender
    party(pen, box, { sign: '寄', field: 'from', sizePt, party: content.from, isMasked, isWhole: false })
    underline(pen, box)
  },
  tags: (pen, box, { sizePt }, { content, template }) => {
    const hasGift = content.goods.some((one) => one.isGift)
    const words = [...(hasGift && template.giftTag !== '' ? [template.giftTag] : []), ...content.tags]
    const line = sizePt * MM_PER_PT
    let x = box.x + PAD
    for (const [at, tag] of words.entries()) {
      const rest = words.length - at
      const room = box.x + box.w - PAD - x
      // Room for `+2` is kept, so that nobody takes some tags for all.
      const isFull = rest > 1 && room < 6 * line
      const word = isFull ? `+${rest}` : tag
      const left = rest > 1 && !isFull ? room - 3 * line : room
      const mark = pen.marks.length
      const before = { x: x + 0.8, y: box.y + 0.8, w: left - 1.6, h: line * LEADING + 0.01 }
      pen.text('tags', word, before, { sizePt, isBold: true, isWhite: true })
      const drawn = pen.marks[mark]
      if (drawn?.kind !== 'text') continue
      const w = drawn.widthMm + 1.6
      // The ground goes under its letters.
      pen.marks.splice(mark, 0, { kind: 'rect', x, y: box.y + 0.5, w, h: line * LEADING + 0.5 })
      x += w + 1.2
      if (isFull) break
    }
  },
  goods: (pen, box, { sizePt }, { content, template }) => {
    const gift = template.giftTag === '' ? '' : `[${template.giftTag}]`
    const words = content.goods.map(
      (one) => `${one.isGift ? gift : ''}${one.name === '' ? one.sku : one.name} ×${one.quantity}`,
    )
    const total = content.goods.reduce((sum, one) => sum + one.quantity, 0)
    if (words.length > 0) pen.text('goods', `共 ${total} 件：${words.join('；')}`, inside(box), { sizePt })
  },
  remark: (pen, box, { sizePt }, { content, template }) => {
    const words = [
      template.notes.buyer && content.buyerNote !== '' ? `买家备注：${content.buyerNote}` : '',
      template.notes.seller && content.sellerNote !== '' ? `卖家备注：${content.sellerNote}` : '',
    ].filter((one) => one !== '')
    if (words.length > 0) pen.text('remark', words.join('  '), inside(box), { sizePt, isBold: true })
  },
  qr: (pen, box, { sizePt }, { content }) => {
    const side = Math.min(box.h, box.w / 2)
    pen.matrix('qr', content.qr === '' ? content.trackingNo : content.qr, {
      x: box.x + box.w - side,
      y: box.y,
      w: side,
      h: side,
    })
    const words = [content.packageCentre, ...content.shops, ...content.orderNos].filter((one) => one !== '')
    pen.text('orderNos', words.join('  '), inside({ ...box, w: box.w - side }), { sizePt })
    underline(pen, box)
  },
  order: (pen, box, { sizePt }, { content }) => {
    const again = content.printNo > 1 ? `  第 ${content.printNo} 次打印` : ''
    const weight = content.weightG === null ? '' : `  ${content.weightG} g`
    const master = content.piece > 1 ? `  母单 ${content.masterNo}` : ''
    const words = `${content.orderNos.join(' ')}${weight}${master}  ${content.batchNo}${again}`
    pen.text('orderNos', words, middle(inside(box), sizePt), { sizePt })
  },
  text: (pen, box, { sizePt, text }) => {
    pen.text('text', text, inside(box), { sizePt })
  },
  cut: (pen, { x, y, w, h }) => {
    pen.marks.push({ kind: 'line', x, y: y + h / 2, x2: x + w, isDashed: true })
  },
}

function party(
  pen: Pen,
  box: Box,
  ask: {
    readonly sign: string
    readonly field: 'to' | 'from'
    readonly sizePt: number
    readonly party: LabelParty
    readonly isMasked: boolean
    readonly isWhole: boolean
  },
): void {
  const { sign, field, sizePt, party: one, isMasked, isWhole } = ask
  const badge = Math.min(6, box.h - 1.6)
  const y = box.y + (box.h - badge) / 2
  pen.marks.push({ kind: 'rect', x: box.x + 0.4, y, w: badge, h: badge })
  const letters = (badge * 0.72) / MM_PER_PT
  const ground = { x: box.x + 0.4, y: y + badge * 0.1, w: badge, h: badge }
  pen.text('sign', sign, ground, { sizePt: letters, isBold: true, isWhite: true, align: 'centre' })
  const area = inside({ ...box, x: box.x + badge + 0.6, w: box.w - badge - 0.6 })
  const phone = one.phone === '' ? '' : isMasked ? maskPhone(one.phone) : one.phone
  const who = [one.name, phone, one.company].filter((part) => part !== '').join('  ')
  const used = pen.text(
    `${field}.name`,
    who,
    { ...area, h: area.h * 0.46 },
    { sizePt, isBold: true, isWhole },
  )
  const rest = { ...area, y: area.y + used, h: area.h - used }
  pen.text(`${field}.address`, addressOf(one), rest, { sizePt, isBold: field === 'to', isWhole })
}

/** As the country writes it: from large to small in China, from small to large elsewhere. */
function addressOf({ country, province, city, district, address, postalCode }: LabelParty): string {
  if (country === 'CN' || country === '')
    return [[province, city === province ? '' : city, district, address].join(''), postalCode]
      .join('  ')
      .trim()
  return [address, district, city, province, postalCode, country].filter((one) => one !== '').join(', ')
}

/** In groups of four, which people read aloud. */
function spaced(number: string): string {
  return number.length < 8 ? number : number.replaceAll(/(.{4})(?=.)/gu, '$1 ')
}
