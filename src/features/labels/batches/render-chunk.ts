import type { PDFDocument } from '@cantoo/pdf-lib'
import type { Refusal } from '#kernel/result.ts'
import { type LabelProblem, type LaidOut, layOutLabel } from '../core/layout.ts'
import { contentOf, type PrintSource } from '../core/source.ts'
import { MM_OF_SIZE } from '../core/template.ts'
import { drawPdf } from '../render/draw-pdf.ts'
import { labelFont } from '../render/font.ts'
import { openDocument, type PagePlan, weavePdf } from '../render/merge-pdf.ts'
import type { Chosen } from '../templates/choose-template.ts'
import type { BatchRow, ItemEnd, ItemRow } from './store.ts'

export type Rendered = {
  readonly ends: readonly ItemEnd[]
  /** Null where no label of these could be drawn. */
  readonly pdf: Uint8Array | null
  readonly pages: number
}

type Drawn =
  | { readonly item: ItemRow; readonly kind: 'own'; readonly label: LaidOut; readonly template: string }
  | { readonly item: ItemRow; readonly kind: 'document'; readonly document: PDFDocument }
  | { readonly item: ItemRow; readonly kind: 'passed'; readonly what: string }
  | { readonly item: ItemRow; readonly kind: 'failed'; readonly refusal: Refusal }

/** Draws some labels of a batch into one PDF. A label that cannot be printed keeps out itself and no other, with the reason. */
export async function renderChunk(
  batch: BatchRow,
  items: readonly ItemRow[],
  sources: ReadonlyMap<bigint, PrintSource>,
  templateFor: (carrier: string) => Chosen,
): Promise<Rendered> {
  const drawn: Drawn[] = []
  for (const item of items) {
    drawn.push(await drawOne(batch, item, sources.get(item.waybill_id), templateFor))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const own = drawn.flatMap((one) => (one.kind === 'own' ? [one.label] : []))
  const pdf = own.length === 0 ? null : await drawPdf(own, batch.batch_no)
  const ends = drawn.map(endOf)
  const pages = ends.reduce((sum, one) => sum + one.pages, 0)
  if (drawn.every((one) => one.kind !== 'document')) return { ends, pdf, pages }
  let page = 0
  const plan = drawn.flatMap((one): PagePlan[] => {
    if (one.kind === 'document') return [{ document: one.document }]
    return one.kind === 'own' ? [{ page: page++ }] : []
  })
  return { ends, pdf: (await weavePdf(pdf, plan)).pdf, pages }
}

async function drawOne(
  batch: BatchRow,
  item: ItemRow,
  source: PrintSource | undefined,
  templateFor: (carrier: string) => Chosen,
): Promise<Drawn> {
  const failed = (code: string, detail: string, data?: unknown): Drawn => ({
    item,
    kind: 'failed',
    refusal: { code, detail, data },
  })
  if (source === undefined)
    return failed('labels.waybill_not_found', 'the waybill was cancelled or has no number')
  const { document } = source
  if (document?.kind === 'sealed') return { item, kind: 'passed', what: document.component }
  if (document?.kind === 'zpl') return { item, kind: 'passed', what: 'zpl' }
  if (document?.kind === 'pdf' || document?.kind === 'png') {
    const opened = await openDocument(document.kind, document.bytes, MM_OF_SIZE[batch.size])
    return opened.ok
      ? { item, kind: 'document', document: opened.value }
      : { item, kind: 'failed', refusal: opened.refusal }
  }
  if (source.to === null)
    return failed('labels.recipient_unknown', 'nobody told the recipient, or only the platform can open it')
  const chosen = templateFor(source.carrier)
  const content = contentOf(source, {
    piece: item.piece,
    batchNo: batch.batch_no,
    printNo: item.print_no,
  })
  const ask = { size: batch.size, template: chosen.body, content, substitutes: batch.substitutes }
  const label = layOutLabel(ask, labelFont().tools)
  const [problem] = label.problems
  return problem === undefined
    ? { item, kind: 'own', label, template: chosen.name }
    : { item, kind: 'failed', refusal: refusalOf(problem) }
}

function endOf(drawn: Drawn): ItemEnd {
  const { position } = drawn.item
  const none = { position, template: null, pages: 0, code: null, detail: null, data: null }
  switch (drawn.kind) {
    case 'own':
      return { ...none, state: 'rendered', template: drawn.template, pages: 1 }
    case 'document':
      return { ...none, state: 'rendered', template: 'carrier', pages: drawn.document.getPageCount() }
    case 'passed':
      return { ...none, state: 'passed', template: drawn.what }
    case 'failed': {
      const { code, detail, data } = drawn.refusal
      return { ...none, state: 'failed', code, detail: detail.slice(0, 500), data: data ?? null }
    }
  }
}

/** What a person reads of a problem, and what is offered against it. */
export function refusalOf(problem: LabelProblem): Refusal {
  if (problem.code === 'labels.glyph_missing') {
    const { missing } = problem
    const words = missing.map((one) => `${one.character} (${one.codePoint}) in ${one.fields.join(', ')}`)
    return {
      code: problem.code,
      detail: `the label font has no ${words.join('; ')}`,
      data: { missing, remedies: ['substitute', 'change_text', 'carrier_label'] },
    }
  }
  const words: Readonly<Record<Exclude<LabelProblem['code'], 'labels.glyph_missing'>, string>> = {
    'labels.text_too_long': 'does not fit into its block even in 5 pt',
    'labels.barcode_unencodable': 'has characters that its code cannot hold',
    'labels.barcode_too_wide': 'makes a bar code too fine to be read on this label',
    'labels.number_missing': 'is empty',
  }
  return {
    code: problem.code,
    detail: `${problem.field} ${words[problem.code]}`,
    data: { field: problem.field },
  }
}
