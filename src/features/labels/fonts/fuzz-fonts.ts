import { PDFDocument, PDFName, StandardFonts } from '@cantoo/pdf-lib'
import type { Random } from '#kernel/random.ts'
import { judgeFont } from '../core/font-verdict.ts'
import { findFonts } from './walk-fonts.ts'

// Mutations of what people upload, thrown at the font walk: no exception, no hang, and no font called embedded that is not.

export type FontFuzzReport = {
  readonly runs: number
  readonly read: number
  readonly refused: number
  readonly slowestMs: number
  /** Each with the serial of its run, so that it can be made again by the same seed. */
  readonly findings: readonly string[]
}

const HANG_MS = 50
const FINDINGS_MOST = 5
const TRIES = 8

/** Small files without one embedded font, as plain objects and as object streams, with forms, annotations, and a lock. */
export async function fontFuzzSamples(): Promise<readonly Uint8Array[]> {
  const plain = await sampleDocument()
  const locked = await sampleDocument()
  locked.encrypt({ userPassword: '', ownerPassword: 'owner' })
  return [
    await plain.save({ useObjectStreams: false }),
    await plain.save(),
    await locked.save({ useObjectStreams: false }),
  ]
}

async function sampleDocument(): Promise<PDFDocument> {
  const document = await PDFDocument.create()
  const page = document.addPage([215, 368])
  page.drawText('label', { font: await document.embedFont(StandardFonts.Helvetica) })
  const { context } = document
  const descriptor = context.register(context.obj({ Type: 'FontDescriptor', FontName: 'STSong-Light' }))
  const descendant = { Type: 'Font', Subtype: 'CIDFontType0', BaseFont: 'STSong-Light' }
  const song = context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'Type0',
      BaseFont: 'STSong-Light-UniGB-UCS2-H',
      DescendantFonts: [context.register(context.obj({ ...descendant, FontDescriptor: descriptor }))],
    }),
  )
  const Resources = { Font: { F9: song } }
  const form = context.register(
    context.stream('BT /F9 9 Tf ET', { Type: 'XObject', Subtype: 'Form', Resources }),
  )
  const note = context.register(context.obj({ Type: 'Annot', Subtype: 'Stamp', AP: { N: form } }))
  page.node.set(PDFName.of('Annots'), context.obj([note]))
  document.catalog.set(PDFName.of('AcroForm'), context.obj({ Fields: [note], DR: Resources }))
  return document
}

/** Walks `runs` mutations of the samples; the same random source makes the same ones. */
export async function fuzzFonts(
  samples: readonly Uint8Array[],
  random: Random,
  runs: number,
): Promise<FontFuzzReport> {
  const findings: string[] = []
  const sums = { read: 0, refused: 0, slowestMs: 0 }
  for (let run = 0; run < runs && findings.length < FINDINGS_MOST; run += 1) {
    const sample = samples[Math.floor(random.next() * samples.length)] ?? new Uint8Array()
    const bytes = mutated(sample, random)
    try {
      const { found, ms } = await timed(bytes)
      sums.slowestMs = Math.max(sums.slowestMs, ms)
      if (ms > HANG_MS) findings.push(`#${run}: ${Math.round(ms)} ms for ${bytes.length} bytes`)
      sums[found.ok ? 'read' : 'refused'] += 1
      if (!found.ok && !/^labels\.pdf_[a-z]+(_[a-z]+)*$/.test(found.refusal.code))
        findings.push(`#${run}: refused with ${found.refusal.code}`)
      for (const font of found.ok ? found.value.fonts.map(judgeFont) : [])
        if (font.state.startsWith('embedded') && !font.isType3)
          findings.push(`#${run}: ${font.name} is called ${font.state}`)
    } catch (error) {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
      findings.push(`#${run}: threw ${words.slice(0, 400)}`)
    }
  }
  return { runs, ...sums, findings }
}

/** Least of some tries where the first was slow: a collection of garbage or another process is no hang. */
async function timed(bytes: Uint8Array) {
  let ms = Number.POSITIVE_INFINITY
  for (let at = 0; ; at += 1) {
    const from = process.cpuUsage()
    const found = await findFonts(bytes)
    // Of the processor, not by the clock: a busy machine makes nobody's file slow.
    const { user, system } = process.cpuUsage(from)
    ms = Math.min(ms, (user + system) / 1_000)
    if (ms <= HANG_MS || at === TRIES) return { found, ms }
  }
}

const TOKENS = [
  '/Kids',
  '/Parent',
  '/Count 999999999',
  '/Length -1',
  '0 R',
  '<<',
  '>>',
  '[',
  ']',
  'stream\n',
  'endobj',
]

function mutated(sample: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(sample)
  const times = 1 + Math.floor(random.next() * 4)
  for (let turn = 0; turn < times; turn += 1) {
    const at = Math.floor(random.next() * bytes.length)
    const most = Math.floor(random.next() * 64)
    const kind = Math.floor(random.next() * 6)
    if (kind === 0)
      for (let step = 0; step < most; step += 1) bytes[at + step] = Math.floor(random.next() * 256)
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + most)])
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at + most), bytes.subarray(at)])
    else if (kind === 3) bytes = bytes.subarray(0, Math.max(16, at))
    else if (kind === 4) {
      const token = TOKENS[Math.floor(random.next() * TOKENS.length)] ?? ''
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(token), bytes.subarray(at)])
    } else bytes = renumbered(bytes, random)
  }
  return bytes
}

/** Another object number in one reference: circles, wrong kinds, nothing at all. */
function renumbered(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const text = bytes.toString('latin1')
  const found = [...text.matchAll(/\d+ 0 R/g)]
  const one = found[Math.floor(random.next() * found.length)]
  if (one === undefined) return bytes
  const other = `${Math.floor(random.next() * 20)} 0 R`
  return Buffer.from(text.slice(0, one.index) + other + text.slice(one.index + one[0].length), 'latin1')
}
