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
    assert.equal(new QRCodeReader().decode(scanned(matrix, label.size)).getText(), number)
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
