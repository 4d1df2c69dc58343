import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import {
  type PDFDict,
  PDFDocument,
  PDFName,
  type PDFObject,
  type PDFRawStream,
  StandardFonts,
} from '@cantoo/pdf-lib'
import { seededRandom } from '#kernel/random.ts'
import { judgeFont, verdictOf } from '../core/font-verdict.ts'
import { openCheckApart } from './check-apart.ts'
import { fontFuzzSamples, fuzzFonts } from './fuzz-fonts.ts'
import { findFonts } from './walk-fonts.ts'

type Made = { readonly document: PDFDocument; readonly song: PDFObject; readonly own: PDFDict }

/** A page, and STSong-Light as Acrobat's Chinese packs name it: a composite font without a file. */
async function made(): Promise<Made> {
  const document = await PDFDocument.create()
  const page = document.addPage([200, 200])
  const { context } = document
  const descriptor = context.register(
    context.obj({ Type: 'FontDescriptor', FontName: 'STSong-Light', Flags: 4 }),
  )
  const descendant = context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'CIDFontType0',
      BaseFont: 'STSong-Light',
      FontDescriptor: descriptor,
    }),
  )
  const song = context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'Type0',
      BaseFont: 'STSong-Light-UniGB-UCS2-H',
      Encoding: 'UniGB-UCS2-H',
      DescendantFonts: [descendant],
    }),
  )
  const own = context.obj({}) as PDFDict
  page.node.set(PDFName.of('Resources'), own)
  return { document, song, own }
}

const formWith = ({ document, song }: Made) =>
  document.context.register(
    document.context.stream('BT /F1 9 Tf ET', {
      Type: 'XObject',
      Subtype: 'Form',
      BBox: [0, 0, 9, 9],
      Resources: { Font: { F1: song } },
    }),
  )

const PLACES: Readonly<Record<string, (made: Made) => void>> = {
  'page 1': ({ document, song, own }) => own.set(PDFName.of('Font'), document.context.obj({ F1: song })),
  'page 1 · form Fm0': (all) =>
    all.own.set(PDFName.of('XObject'), all.document.context.obj({ Fm0: formWith(all) })),
  'page 1 · pattern P0': (all) =>
    all.own.set(PDFName.of('Pattern'), all.document.context.obj({ P0: formWith(all) })),
  'page 1 · annotation 1': (all) => {
    const { context } = all.document
    const note = { Type: 'Annot', Subtype: 'FreeText', Rect: [0, 0, 9, 9], AP: { N: formWith(all) } }
    all.document
      .getPages()[0]
      ?.node.set(PDFName.of('Annots'), context.obj([context.register(context.obj(note))]))
  },
  'form fields': (all) => {
    const { context } = all.document
    const form = { Fields: [], DR: { Font: { F1: all.song } } }
    all.document.catalog.set(PDFName.of('AcroForm'), context.obj(form))
  },
}

for (const [where, put] of Object.entries(PLACES))
  test(`STSong-Light that is not embedded is caught: ${where}`, async () => {
    const all = await made()
    put(all)
    const found = await findFonts(await all.document.save())
    assert.ok(found.ok)
    const [font] = found.value.fonts.map(judgeFont)
    assert.ok(font !== undefined)
    assert.deepEqual([font.family, font.type, font.state], ['STSong-Light', 'Type0/CIDFontType0', 'missing'])
    assert.deepEqual(font.where, [where])
    assert.match(font.zh, /思源/)
    assert.equal(verdictOf([font]), 'bad')
  })

test('a subset, a whole font, a standard font and a broken one are told apart', () => {
  const font = {
    name: '',
    type: 'TrueType',
    hasDescriptor: true,
    hasFile: true,
    isType3: false,
    isBroken: false,
    where: [],
  }
  const state = (change: Partial<typeof font>) => judgeFont({ ...font, ...change }).state
  assert.equal(state({ name: 'ABCDEF+NotoSansSC' }), 'embedded_subset')
  assert.equal(state({ name: 'NotoSansSC' }), 'embedded')
  // The tag alone says nothing: the file is not there.
  assert.equal(state({ name: 'ABCDEF+NotoSansSC', hasFile: false }), 'missing')
  assert.equal(state({ name: 'Helvetica', hasFile: false, hasDescriptor: false }), 'missing')
  assert.equal(
    state({ name: 'X', type: 'Type0', hasFile: false, hasDescriptor: false, isBroken: true }),
    'unknown',
  )
})

test('forms that hold each other in circles end', async () => {
  const all = await made()
  const form = formWith(all)
  const stream = all.document.context.lookup(form) as PDFRawStream
  const resources = stream.dict.get(PDFName.of('Resources')) as PDFDict
  resources.set(PDFName.of('XObject'), all.document.context.obj({ Again: form }))
  all.own.set(PDFName.of('XObject'), all.document.context.obj({ Fm0: form }))
  const found = await findFonts(await all.document.save())
  assert.deepEqual(found.ok && found.value.fonts.length, 1)
})

test('what is no PDF, cut off, or encrypted is answered with a code', async () => {
  const code = async (bytes: Uint8Array) => {
    const found = await findFonts(bytes)
    return found.ok ? 'ok' : found.refusal.code
  }
  assert.equal(await code(Buffer.from('PK\u0003\u0004')), 'labels.pdf_broken')
  assert.equal(await code(Buffer.from('%PDF-1.7\nnothing')), 'labels.pdf_broken')
  const document = await PDFDocument.create()
  document.addPage().drawText('x', { font: await document.embedFont(StandardFonts.Helvetica) })
  const bytes = await document.save({ useObjectStreams: false })
  const text = Buffer.from(bytes).toString('latin1')
  const locked = text.replace('/Root', '/Encrypt << /Filter /Standard /V 1 /R 2 /O (x) /U (x) /P -4 >> /Root')
  assert.equal(await code(Buffer.from(locked, 'latin1')), 'labels.pdf_encrypted')
})

test('a file locked against changes only is read as any reader of PDFs does', async () => {
  const all = await made()
  PLACES['page 1']?.(all)
  all.document.encrypt({ userPassword: '', ownerPassword: 'owner' })
  const found = await findFonts(await all.document.save())
  assert.deepEqual(found.ok ? found.value.fonts.map((font) => font.name) : found.refusal, ['STSong-Light'])
})

test('fonts that a page inherits, and one with the tag of a subset but no file, are told', async () => {
  const { document, song } = await made()
  const { context } = document
  const tagged = { Type: 'Font', Subtype: 'TrueType', BaseFont: 'ABCDEF+SimSun', FirstChar: 32 }
  const fonts = context.obj({ Font: { F1: song, F2: context.register(context.obj(tagged)) } })
  const page = document.getPages()[0]
  page?.node.delete(PDFName.of('Resources'))
  page?.node.Parent()?.set(PDFName.of('Resources'), fonts)
  const found = await findFonts(await document.save())
  assert.ok(found.ok)
  assert.deepEqual(
    found.value.fonts.map(judgeFont).map(({ family, state }) => [family, state]),
    [
      ['STSong-Light', 'missing'],
      ['SimSun', 'missing'],
    ],
  )
})

test('whatever a file is turned into, the walk ends with an answer and calls nothing embedded that is not', async () => {
  const report = await fuzzFonts(await fontFuzzSamples(), seededRandom(20260211), 300)
  assert.deepEqual(report.findings, [])
  assert.ok(report.read > 50 && report.refused > 50, JSON.stringify(report))
})

test('a file that unfolds to hundreds of megabytes is refused within its limits, and the next one is read', async () => {
  const check = openCheckApart({ withinMs: 4_000, growthMost: 150 * 1_048_576 })
  const bomb = deflateSync(Buffer.alloc(400 * 1_048_576, 0x20))
  const head = `%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${bomb.length} >>\nstream\n`
  const tail = '\nendstream\nendobj\ntrailer << /Root 2 0 R >>\n%%EOF'
  const refused = await check(Buffer.concat([Buffer.from(head), bomb, Buffer.from(tail)]))
  assert.deepEqual(refused.ok ? 'ok' : refused.refusal.code, 'labels.pdf_too_large')
  const all = await made()
  PLACES['page 1']?.(all)
  assert.ok((await check(await all.document.save())).ok)
})
