import { PDFArray, PDFDict, PDFDocument, PDFName, type PDFObject, PDFRef, PDFStream } from '@cantoo/pdf-lib'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { FoundFont } from '../core/font-verdict.ts'

export const PAGES_MOST = 200
const OBJECTS_MOST = 50_000
const WHERE_MOST = 20
const FONTS_MOST = 500
const DEEP_MOST = 60

export type FoundFonts = { readonly pages: number; readonly fonts: readonly FoundFont[] }

type Walk = {
  readonly document: PDFDocument
  /** Resources and fonts that were walked already: forms may hold each other in circles. */
  readonly seen: Set<PDFObject>
  readonly fonts: Map<PDFObject, { readonly font: Omit<FoundFont, 'where'>; readonly where: Set<string> }>
}

/**
 * Every font that a PDF can draw with: of pages and what they inherit, forms within forms, patterns, soft masks, Type 3 glyphs,
 * annotations' appearances, form fields and their defaults. Refuses `labels.pdf_broken`, `labels.pdf_encrypted`, `labels.pdf_too_large`.
 */
export async function findFonts(bytes: Uint8Array): Promise<Result<FoundFonts>> {
  const opened = await openPdf(bytes)
  if (!opened.ok) return opened
  const document = opened.value
  const objects = document.context.enumerateIndirectObjects().length
  if (objects > OBJECTS_MOST)
    return refuse('labels.pdf_too_large', `the PDF has ${objects} objects, ${OBJECTS_MOST} are looked at`)
  const pages = countPages(document)
  if (pages === null) return refuse('labels.pdf_broken', 'the pages of this PDF cannot be found')
  if (pages > PAGES_MOST)
    return refuse('labels.pdf_too_large', `the PDF has ${pages} pages, ${PAGES_MOST} are looked at`)
  try {
    return ok({ pages, ...walkAll(document) })
  } catch (error) {
    if (error instanceof TooMany) return refuse('labels.pdf_too_large', error.message)
    const why = error instanceof Error ? error.message : ''
    return refuse('labels.pdf_broken', `a page of this PDF cannot be read: ${why.slice(0, 160)}`)
  }
}

class TooMany extends Error {}

/** Throws as the reader of PDFs does where a page or what it inherits is not what it should be. */
function walkAll(document: PDFDocument): Pick<FoundFonts, 'fonts'> {
  const walk: Walk = { document, seen: new Set(), fonts: new Map() }
  document.getPages().forEach((page, at) => {
    const where = `page ${at + 1}`
    // Inherited from the page tree where the page has none of its own.
    walkResources(walk, page.node.Resources(), where, 0)
    walkAnnotations(walk, page.node.Annots(), where)
  })
  walkFields(walk)
  if (walk.fonts.size > FONTS_MOST) throw new TooMany(`the PDF has ${walk.fonts.size} fonts`)
  const fonts = [...walk.fonts.values()].map(({ font, where }) => ({ ...font, where: [...where] }))
  return { fonts: joinSame(fonts) }
}

async function openPdf(bytes: Uint8Array): Promise<Result<PDFDocument>> {
  const head = Buffer.from(bytes.subarray(0, 1_024)).toString('latin1')
  if (!head.includes('%PDF-')) return refuse('labels.pdf_broken', 'this is no PDF')
  try {
    const document = await PDFDocument.load(bytes, {
      updateMetadata: false,
      throwOnInvalidObject: false,
      // Locked against changes only, as many exporters do: the password of its reader is empty.
      password: '',
    })
    return ok(document)
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    if (/encrypt|password/i.test(why) || Buffer.from(bytes).includes('/Encrypt'))
      return refuse('labels.pdf_encrypted', 'the PDF is encrypted; upload one without a password')
    return refuse('labels.pdf_broken', `the PDF cannot be read: ${why.slice(0, 160)}`)
  }
}

function countPages(document: PDFDocument): number | null {
  try {
    const pages = document.getPageCount()
    return pages < 1 ? null : pages
  } catch {
    return null
  }
}

/** Follows a reference; what cannot be read is not there. */
function look(walk: Walk, object: PDFObject | undefined): PDFObject | undefined {
  let found = object
  for (let hops = 0; found instanceof PDFRef && hops < 10; hops += 1)
    found = walk.document.context.lookup(found)
  return found instanceof PDFRef ? undefined : found
}

function dictOf(walk: Walk, object: PDFObject | undefined): PDFDict | null {
  const found = look(walk, object)
  if (found instanceof PDFStream) return found.dict
  return found instanceof PDFDict ? found : null
}

function part(walk: Walk, dict: PDFDict, name: string): PDFDict | null {
  return dictOf(walk, dict.get(PDFName.of(name)))
}

function* entriesOf(walk: Walk, dict: PDFDict | null): Generator<readonly [string, PDFObject]> {
  for (const [name, value] of dict?.entries() ?? []) {
    const found = look(walk, value)
    if (found !== undefined) yield [name.decodeText(), found]
  }
}

function walkResources(walk: Walk, resources: PDFDict | undefined | null, where: string, deep: number): void {
  if (resources === undefined || resources === null || deep > DEEP_MOST) return
  // Fonts are noted at every place; what is below is walked once.
  for (const [, font] of entriesOf(walk, part(walk, resources, 'Font'))) walkFont(walk, font, where, deep)
  if (walk.seen.has(resources)) return
  walk.seen.add(resources)
  for (const [name, form] of entriesOf(walk, part(walk, resources, 'XObject')))
    walkForm(walk, form, `${where} · form ${name}`, deep + 1)
  for (const [name, pattern] of entriesOf(walk, part(walk, resources, 'Pattern')))
    walkForm(walk, pattern, `${where} · pattern ${name}`, deep + 1)
  for (const [name, state] of entriesOf(walk, part(walk, resources, 'ExtGState'))) {
    if (!(state instanceof PDFDict)) continue
    const setting = look(walk, state.get(PDFName.of('Font')))
    const font = setting instanceof PDFArray ? look(walk, setting.get(0)) : undefined
    if (font !== undefined) walkFont(walk, font, `${where} · state ${name}`, deep + 1)
    const mask = part(walk, state, 'SMask')
    const group = mask === null ? undefined : look(walk, mask.get(PDFName.of('G')))
    if (group !== undefined) walkForm(walk, group, `${where} · mask ${name}`, deep + 1)
  }
}

function walkForm(walk: Walk, form: PDFObject, where: string, deep: number): void {
  const dict = dictOf(walk, form)
  if (dict !== null) walkResources(walk, part(walk, dict, 'Resources'), where, deep)
}

function walkFont(walk: Walk, object: PDFObject, where: string, deep: number): void {
  const dict = dictOf(walk, object)
  const known = walk.fonts.get(object)
  if (known !== undefined) {
    if (known.where.size < WHERE_MOST) known.where.add(where)
    return
  }
  walk.fonts.set(object, { font: readFont(walk, dict), where: new Set([where]) })
  const own = dict === null ? null : part(walk, dict, 'Resources')
  if (own !== null) walkResources(walk, own, `${where} · glyphs`, deep + 1)
}

function readFont(walk: Walk, dict: PDFDict | null): Omit<FoundFont, 'where'> {
  if (dict === null)
    return { name: '', type: '', hasDescriptor: false, hasFile: false, isType3: false, isBroken: true }
  const type = nameOf(walk, dict, 'Subtype')
  if (type === 'Type0') return readComposite(walk, dict)
  const descriptor = part(walk, dict, 'FontDescriptor')
  return {
    name: nameOf(walk, dict, 'BaseFont') || nameOf(walk, dict, 'Name'),
    type,
    hasDescriptor: descriptor !== null,
    hasFile: hasFile(walk, descriptor),
    isType3: type === 'Type3' && part(walk, dict, 'CharProcs') !== null,
    isBroken: type === '' || (type === 'Type3' && part(walk, dict, 'CharProcs') === null),
  }
}

/** Chinese fonts are composite: whether they are embedded is said by their descendant. */
function readComposite(walk: Walk, dict: PDFDict): Omit<FoundFont, 'where'> {
  const list = look(walk, dict.get(PDFName.of('DescendantFonts')))
  const descendant = list instanceof PDFArray && list.size() > 0 ? dictOf(walk, list.get(0)) : null
  const descriptor = descendant === null ? null : part(walk, descendant, 'FontDescriptor')
  const kind = descendant === null ? '' : nameOf(walk, descendant, 'Subtype')
  return {
    // The composite's own name may carry the encoding; the descendant's is the font's.
    name: (descendant === null ? '' : nameOf(walk, descendant, 'BaseFont')) || nameOf(walk, dict, 'BaseFont'),
    type: kind === '' ? 'Type0' : `Type0/${kind}`,
    hasDescriptor: descriptor !== null,
    hasFile: hasFile(walk, descriptor),
    isType3: false,
    isBroken: descendant === null,
  }
}

function hasFile(walk: Walk, descriptor: PDFDict | null): boolean {
  if (descriptor === null) return false
  return ['FontFile', 'FontFile2', 'FontFile3'].some((key) => {
    const file = look(walk, descriptor.get(PDFName.of(key)))
    return file instanceof PDFStream && file.getContentsSize() > 0
  })
}

function nameOf(walk: Walk, dict: PDFDict, key: string): string {
  const found = look(walk, dict.get(PDFName.of(key)))
  return found instanceof PDFName ? found.decodeText().slice(0, 120) : ''
}

function walkAnnotations(walk: Walk, annotations: PDFArray | undefined, where: string): void {
  for (let at = 0; at < (annotations?.size() ?? 0); at += 1) {
    const dict = dictOf(walk, annotations?.get(at))
    if (dict !== null) walkAppearance(walk, dict, `${where} · annotation ${at + 1}`)
  }
}

/** `AP` has one stream each for normal, rollover and down, or one for each state of a box. */
function walkAppearance(walk: Walk, dict: PDFDict, where: string): void {
  walkResources(walk, part(walk, dict, 'DR'), where, 1)
  for (const [, look1] of entriesOf(walk, part(walk, dict, 'AP')))
    if (look1 instanceof PDFStream) walkForm(walk, look1, where, 1)
    else if (look1 instanceof PDFDict)
      for (const [, state] of entriesOf(walk, look1)) walkForm(walk, state, where, 1)
}

function walkFields(walk: Walk): void {
  const form = part(walk, walk.document.catalog, 'AcroForm')
  if (form === null) return
  walkResources(walk, part(walk, form, 'DR'), 'form fields', 1)
  const open: PDFObject[] = []
  const push = (list: PDFObject | undefined): void => {
    if (list instanceof PDFArray) for (let at = 0; at < list.size(); at += 1) open.push(list.get(at))
  }
  push(look(walk, form.get(PDFName.of('Fields'))))
  const met = new Set<PDFDict>()
  while (open.length > 0) {
    const dict = dictOf(walk, open.pop())
    if (dict === null || met.has(dict)) continue
    met.add(dict)
    walkAppearance(walk, dict, 'form fields')
    push(look(walk, dict.get(PDFName.of('Kids'))))
  }
}

/** The same font under several objects, as every exporter makes them, is one line. */
function joinSame(fonts: readonly FoundFont[]): FoundFont[] {
  const joined = new Map<string, FoundFont>()
  for (const font of fonts) {
    const key = JSON.stringify([
      font.name,
      font.type,
      font.hasDescriptor,
      font.hasFile,
      font.isType3,
      font.isBroken,
    ])
    const known = joined.get(key)
    const where = [...new Set([...(known?.where ?? []), ...font.where])].slice(0, WHERE_MOST)
    joined.set(key, { ...font, where })
  }
  return [...joined.values()]
}
