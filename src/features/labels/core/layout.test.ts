import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BarcodeFormat,
  BinaryBitmap,
  Code128Reader,
  DecodeHintType,
  HybridBinarizer,
  QRCodeReader,
  RGBLuminanceSource,
} from '@zxing/library'
import fc from 'fast-check'
import { labelFont } from '../render/font.ts'
import { BUILT_INS } from './built-in.ts'
import { type LabelContent, maskPhone, printable } from './content.ts'
import { type LaidOut, layOutLabel, type Mark } from './layout.ts'
import { SAMPLE } from './sample.ts'
import { MM_OF_SIZE, parseTemplate } from './template.ts'

const { tools } = labelFont()
const lay = (id: string, change: Partial<LabelContent> = {}): LaidOut => {
  const given = BUILT_INS.find((one) => one.id === id)
  assert.ok(given !== undefined)
  return layOutLabel(
    { size: given.size, template: given.body, content: { ...SAMPLE, ...change }, substitutes: {} },
    tools,
  )
}
const textOf = ({ marks }: LaidOut): string =>
  marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : [])).join('|')

/** Paints bars as a scanner at 16 dots to the millimetre sees them, with the paper around. */
function scanned(mark: Mark & { kind: 'bars' }, size: LaidOut['size']): BinaryBitmap {
  const scale = 16
  const { width, height } = MM_OF_SIZE[size]
  const [w, h] = [width * scale, height * scale]
  const pixels = new Uint8ClampedArray(w * h).fill(255)
  for (const [x, y, wide, high] of mark.rects)
    for (let row = Math.round(y * scale); row < Math.round((y + high) * scale); row += 1)
      pixels.fill(0, row * w + Math.round(x * scale), row * w + Math.round((x + wide) * scale))
  return new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(pixels, w, h)))
}
const barsOf = ({ marks }: LaidOut) => marks.flatMap((mark) => (mark.kind === 'bars' ? [mark] : []))

test('every built-in template fits its label and prints the sample without a problem', () => {
  assert.equal(BUILT_INS.length, 12)
  for (const { id, size, body } of BUILT_INS) {
    assert.ok(parseTemplate(size, body).ok, id)
    const label = lay(id)
    assert.deepEqual(label.problems, [], id)
    const { width, height } = MM_OF_SIZE[size]
    for (const mark of label.marks) {
      if (mark.kind !== 'text') continue
      const isInside = mark.x >= 0 && mark.x + mark.widthMm <= width + 0.01 && mark.y <= height
      assert.ok(isInside, `${id}: ${mark.text} at ${mark.x}, ${mark.y}, ${mark.widthMm} wide`)
    }
  }
})

test('labels of two parts are cut where their stock is perforated', () => {
  for (const { id, size } of BUILT_INS) {
    const cuts = lay(id).marks.flatMap((mark) => (mark.kind === 'line' && mark.isDashed ? [mark.y] : []))
    const at = { '76x130': [], '100x150': [90], '100x180': [110] }[size]
    assert.deepEqual(
      cuts.map((y) => Math.round(y * 1_000) / 1_000),
      at,
      id,
    )
  }
})

test('bar code and QR code of a label are read back by a decoder that is not ours', () => {
  for (const number of [
    'SF1234567890123',
    'YT8912345678901',
    '75312345678901',
    'JT0001112223334',
    '1Z999AA10123456784',
  ]) {
    const label = lay('sf-100x150', { trackingNo: number })
    const [code, matrix] = barsOf(label)
    assert.ok(code !== undefined && matrix !== undefined)
    const hints = new Map<DecodeHintType, unknown>([
      [DecodeHintType.POSSIBLE_FORMATS, [BarcodeFormat.CODE_128]],
      [DecodeHintType.TRY_HARDER, true],
    ])
    assert.equal(new Code128Reader().decode(scanned(code, label.size), hints).getText(), number)
    assert.equal(new QRCodeReader().decode(scanned(matrix, label.size), hints).getText(), number)
  }
})

test('ten modules of paper are left on both sides of a bar code, bars are whole dots of a 203 dpi head', () => {
  const label = lay('general-76x130')
  const [code] = barsOf(label)
  assert.ok(code !== undefined)
  const narrow = Math.min(...code.rects.map(([, , w]) => w))
  const left = Math.min(...code.rects.map(([x]) => x)) - 2
  const right = 74 - Math.max(...code.rects.map(([x, , w]) => x + w))
  assert.ok(left >= 10 * narrow - 1e-9 && right >= 10 * narrow - 1e-9, `${left} ${right} ${narrow}`)
  assert.equal((narrow / 0.125) % 1, 0)
})

test('phones are masked, gifts and notes are printed, a child says which piece it is', () => {
  const text = textOf(lay('sf-76x130', { piece: 2, pieces: 3, trackingNo: 'SF2000000000001' }))
  assert.match(text, /138\*\*\*\*8000/)
  assert.doesNotMatch(text, /13800138000/)
  assert.match(text, /赠品/)
  assert.match(text, /\[赠品\]帆布袋/)
  assert.match(text, /买家备注：请放快递柜/)
  assert.match(text, /2\/3/)
  assert.match(text, /母单 SF1234567890123/)
  assert.equal(maskPhone('13800138000'), '138****8000')
  assert.equal(maskPhone('18412345678-1234'), '184****5678-1234')
  assert.equal(maskPhone('02168880000'), '021****0000')
  assert.equal(maskPhone('12345'), '***45')
})

test('no spelling of a phone gets past the mask', () => {
  const masked: Readonly<Record<string, string>> = {
    '021-68880000': '021****0000',
    '021-6888-0000': '021****0000',
    '0755-12345678-801': '0755****5678-801',
    '+86-13800138000': '+86138****8000',
    '+86 138 0013 8000': '+86138****8000',
    '+1-555-123-4567': '+155****4567',
    '+1 (555) 123-4567 x89': '+155****4567x89',
    '400-800-1234': '40****1234',
    '68880000': '****0000',
    '１３８００１３８０００': '138****8000',
    '18412345678转1234': '184****5678转1234',
    '13800138000/13900139000': '138****8000 / 139****9000',
    '13800138000 13900139000': '138****8000 / 139****9000',
    '13800138000,13900139000': '138****8000 / 139****9000',
    '1380013800013900139000': '****9000',
    '': '',
  }
  for (const [phone, shown] of Object.entries(masked)) assert.equal(maskPhone(phone), shown, phone)
  const digits = fc.stringMatching(/^[+]?[0-9 ()/,;-]{7,30}$/)
  fc.assert(
    fc.property(digits, (phone) => {
      // Never more than an area or country code, the last four, and an extension in one piece.
      const longest = Math.max(
        0,
        ...maskPhone(phone)
          .split(/[^\d]/)
          .map((one) => one.length),
      )
      assert.ok(longest <= 8, `${phone} -> ${maskPhone(phone)}`)
    }),
    { numRuns: 500, seed: 20260301 },
  )
})

test('what stands for a character is printed only where the font lacks it; a post code is no house number', () => {
  const given = BUILT_INS.find((one) => one.id === 'sf-76x130')
  assert.ok(given !== undefined)
  const to = { ...SAMPLE.to, name: '𠮷1', address: '阳光花园 1802', postalCode: '100020' }
  const content = { ...SAMPLE, to }
  const substitutes = { 𠮷: '吉', 1: '7' }
  const text = textOf(layOutLabel({ size: given.size, template: given.body, content, substitutes }, tools))
  assert.match(text, /吉1/)
  assert.match(text, /1802 +\|?100020/)
})

test('tags that find no room are counted, not dropped', () => {
  const tags = ['易碎品', '向上', '冷链', '加急', '生鲜', '贵重', '需验货', '当面签收']
  const shown = textOf(lay('sf-76x130', { tags }))
  const [, more] = /\|\+(\d)\|/.exec(shown) ?? []
  const printed = tags.filter((tag) => shown.includes(tag)).length
  assert.equal(printed + Number(more), tags.length)
  assert.ok(printed >= 3)
})

test('a QR code too fine for a 203 dpi head is refused, a carrier one of 250 characters is whole dots', () => {
  const fine = lay('sf-76x130', { qr: 'x'.repeat(600) })
  assert.deepEqual(fine.problems, [{ code: 'labels.barcode_too_wide', field: 'qr' }])
  const label = lay('sf-76x130', { qr: `MMM={'k1':'021','k2':'${'9'.repeat(230)}'}` })
  assert.deepEqual(label.problems, [])
  for (const mark of barsOf(label))
    for (const rect of mark.rects.flatMap(([x, , w]) => [x, w]))
      assert.ok(Math.abs(rect / 0.125 - Math.round(rect / 0.125)) < 1e-6, String(rect))
})

test('long names, addresses, goods and none at all stay inside the label', () => {
  const goods = Array.from({ length: 60 }, (_, at) => ({
    name: `超长商品名称纯棉短袖上衣 ${at}`,
    sku: `S${at}`,
    quantity: 1,
    isGift: false,
  }))
  const change = {
    to: { ...SAMPLE.to, name: '欧阳'.repeat(30), address: '示例街道阳光花园'.repeat(12) },
    goods,
  }
  for (const { id } of BUILT_INS)
    for (const label of [lay(id, change), lay(id, { goods: [], tags: [], buyerNote: '', sellerNote: '' })]) {
      assert.deepEqual(label.problems, [], id)
      const { width, height } = MM_OF_SIZE[label.size]
      for (const mark of label.marks)
        if (mark.kind === 'text')
          assert.ok(mark.x + mark.widthMm <= width && mark.y <= height, `${id}: ${mark.text}`)
    }
  assert.match(textOf(lay('sf-76x130', change)), /共 60 件/)
})

test('problems are told by field: missing characters, a name that does not fit, a number that no code holds', () => {
  const to = (change: object) => ({ ...SAMPLE.to, ...change })
  const missing = lay('sf-76x130', { to: to({ name: '𠮷😀' }), buyerNote: '👍' })
  assert.deepEqual(
    missing.problems.map((one) => one.code),
    ['labels.glyph_missing'],
  )
  const [problem] = missing.problems
  assert.deepEqual(
    problem?.code === 'labels.glyph_missing'
      ? problem.missing.map((one) => [one.character, one.fields, one.suggestion])
      : null,
    [
      ['𠮷', ['to.name'], '吉'],
      ['😀', ['to.name'], ''],
      ['👍', ['remark'], ''],
    ],
  )
  const long = lay('sf-76x130', { to: to({ address: '很长的地址'.repeat(200) }) })
  assert.deepEqual(long.problems, [{ code: 'labels.text_too_long', field: 'to.address' }])
  const bad = lay('sf-76x130', { trackingNo: '单号1', qr: 'x' })
  assert.deepEqual(bad.problems, [{ code: 'labels.barcode_unencodable', field: 'trackingNo' }])
  assert.equal(printable('a\u200b b\ufe0f\n c', {}), 'a b c')
})

test('whatever the texts are, a label is laid out without a crash and never with a letter that the font lacks unseen', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 400 }),
      (name, address) => {
        const label = lay('franchise-76x130', { to: { ...SAMPLE.to, name, address }, buyerNote: name })
        const lacks = [...textOf(label)].some(
          (one) => one !== '|' && !tools.hasGlyph(one.codePointAt(0) ?? 0),
        )
        const isTold = label.problems.some((one) => one.code === 'labels.glyph_missing')
        assert.ok(!lacks || isTold)
      },
    ),
    { numRuns: 100, seed: 20260301 },
  )
})
