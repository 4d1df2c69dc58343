import { PDFDocument, rgb } from '@cantoo/pdf-lib'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { PT_PER_MM } from './draw-pdf.ts'

/** Pages that a carrier's own label may have. */
const DOCUMENT_PAGES_MOST = 20

/** Pages in their order, from labels that we drew (`page` counts within `drawn`) and documents of carriers. */
export type PagePlan = { readonly page: number } | { readonly document: PDFDocument }

/** A carrier's own label, opened before its batch is drawn. Refuses with `labels.document_broken`. */
export async function openDocument(
  kind: 'pdf' | 'png',
  bytes: Uint8Array,
  size: { readonly width: number; readonly height: number },
): Promise<Result<PDFDocument>> {
  try {
    if (kind === 'png') return ok(await pictureAsPage(bytes, size))
    const document = await loadPdf(bytes)
    const pages = document.getPageCount()
    if (pages < 1 || pages > DOCUMENT_PAGES_MOST)
      return refuse('labels.document_broken', `the carrier's PDF has ${pages} pages, 1 to 20 are printed`)
    // Copied once by itself: a page that cannot be is this label's trouble, not that of the other labels of the part.
    const apart = await PDFDocument.create()
    for (const page of await apart.copyPages(document, document.getPageIndices())) apart.addPage(page)
    return ok(await PDFDocument.load(await apart.save(), { updateMetadata: false }))
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 120) : 'unreadable'
    return refuse('labels.document_broken', `the carrier's ${kind.toUpperCase()} cannot be read: ${why}`)
  }
}

/** Also one that is locked against changes only: the password of its reader is empty, and any program prints it. */
export async function loadPdf(bytes: Uint8Array): Promise<PDFDocument> {
  return await PDFDocument.load(bytes, { updateMetadata: false, throwOnInvalidObject: false, password: '' })
}

async function pictureAsPage(
  bytes: Uint8Array,
  size: { readonly width: number; readonly height: number },
): Promise<PDFDocument> {
  const document = await PDFDocument.create()
  const image = await document.embedPng(bytes)
  const [width, height] = [size.width * PT_PER_MM, size.height * PT_PER_MM]
  const scale = Math.min(width / image.width, height / image.height)
  const drawn = { width: image.width * scale, height: image.height * scale }
  const place = { x: (width - drawn.width) / 2, y: height - drawn.height }
  document.addPage([width, height]).drawImage(image, { ...place, ...drawn })
  // Written and read once: only then are its pages whole enough to be copied.
  return await PDFDocument.load(await document.save())
}

/** Puts drawn labels and carriers' documents into one PDF in the planned order. */
export async function weavePdf(
  drawn: Uint8Array | null,
  plan: readonly PagePlan[],
): Promise<{ readonly pdf: Uint8Array; readonly pages: number }> {
  const own = drawn === null ? null : await PDFDocument.load(drawn, { updateMetadata: false })
  const woven = await PDFDocument.create()
  const ownPages = own === null ? [] : await woven.copyPages(own, own.getPageIndices())
  for (const part of plan)
    if ('page' in part) {
      const page = ownPages[part.page]
      if (page !== undefined) woven.addPage(page)
    } else
      for (const page of await woven.copyPages(part.document, part.document.getPageIndices()))
        woven.addPage(page)
  return { pdf: await woven.save(), pages: woven.getPageCount() }
}

/** All parts of a batch as one PDF. Gives way between parts. */
export async function joinPdfs(
  parts: AsyncIterable<Uint8Array>,
): Promise<{ readonly pdf: Uint8Array; readonly pages: number }> {
  const joined = await PDFDocument.create()
  joined.setProducer('Holdfast')
  for await (const part of parts) {
    const one = await PDFDocument.load(part, { updateMetadata: false })
    for (const page of await joined.copyPages(one, one.getPageIndices())) joined.addPage(page)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { pdf: await joined.save(), pages: joined.getPageCount() }
}

/** A PDF without the pages of labels that are not to be printed; `labels` in the order of their pages. */
export async function keepPages<Label extends { readonly pages: number }>(
  pdf: Uint8Array,
  labels: readonly Label[],
  isKept: (label: Label) => boolean,
): Promise<Uint8Array> {
  const kept: number[] = []
  let page = 0
  for (const label of labels) {
    if (isKept(label)) for (let at = 0; at < label.pages; at += 1) kept.push(page + at)
    page += label.pages
  }
  if (kept.length === page) return pdf
  const whole = await PDFDocument.load(pdf, { updateMetadata: false })
  const left = await PDFDocument.create()
  for (const one of await left.copyPages(whole, kept)) left.addPage(one)
  return await left.save()
}

/** Squares in the upper right corner of every page, one for each time that these labels were handed out before. */
export async function markCopies(pdf: Uint8Array, earlier: number): Promise<Uint8Array> {
  if (earlier <= 0) return pdf
  const document = await PDFDocument.load(pdf, { updateMetadata: false })
  const side = 1.2 * PT_PER_MM
  for (const page of document.getPages()) {
    const { width, height } = page.getSize()
    for (let at = 0; at < earlier; at += 1)
      page.drawRectangle({
        x: width - (at + 1) * side * 1.4,
        y: height - side * 1.2,
        width: side,
        height: side,
        color: rgb(0, 0, 0),
      })
  }
  return await document.save()
}
