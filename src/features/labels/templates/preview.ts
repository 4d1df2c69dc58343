import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { refusalOf } from '../batches/render-chunk.ts'
import { drawSvg } from '../core/draw-svg.ts'
import { layOutLabel } from '../core/layout.ts'
import { SAMPLE } from '../core/sample.ts'
import { contentOf } from '../core/source.ts'
import { type LabelSize, parseTemplate, type TemplateBody } from '../core/template.ts'
import type { LabelDeps } from '../deps.ts'
import { drawPdf } from '../render/draw-pdf.ts'
import { labelFont } from '../render/font.ts'
import { type Chosen, findTemplate, templatesByCarrier } from './choose-template.ts'

export type PreviewAsk = {
  readonly size: LabelSize
  readonly template?: string | null
  readonly body?: TemplateBody | null
  readonly waybillId?: string | null
  readonly piece?: number
  readonly substitutes?: Readonly<Record<string, string>>
}
export type Preview = {
  readonly svg: string
  readonly template: string
  readonly problems: readonly Refusal[]
  readonly pdf: () => Promise<Uint8Array>
}

/** What a label will look like. Refuses as `findTemplate` and `parseTemplate`, `labels.waybill_not_found`, `labels.not_drawn_here`. */
export async function makePreview(deps: LabelDeps, ask: PreviewAsk): Promise<Result<Preview>> {
  const content = await contentFor(deps, ask)
  if (!content.ok) return content
  const chosen = await choose(deps, ask, content.value.carrier)
  if (!chosen.ok) return chosen
  const label = layOutLabel(
    {
      size: ask.size,
      template: chosen.value.body,
      content: content.value.content,
      substitutes: ask.substitutes ?? {},
    },
    labelFont().tools,
  )
  return ok({
    svg: drawSvg(label),
    template: chosen.value.name,
    problems: label.problems.map(refusalOf),
    pdf: () => drawPdf([label], 'preview'),
  })
}

async function contentFor(deps: LabelDeps, { waybillId, piece }: PreviewAsk) {
  if (waybillId === undefined || waybillId === null) return ok({ carrier: 'SF', content: SAMPLE })
  const [source] = await deps.sources(deps.db, [BigInt(waybillId)])
  if (source === undefined)
    return refuse('labels.waybill_not_found', 'there is no such waybill, or it has no number')
  if (source.document !== null)
    return refuse('labels.not_drawn_here', `its label is a ${source.document.kind} document of the carrier`)
  const content = contentOf(source, { piece: piece ?? 1, batchNo: '', printNo: 1 })
  return ok({ carrier: source.carrier, content })
}

async function choose(deps: LabelDeps, ask: PreviewAsk, carrier: string): Promise<Result<Chosen>> {
  if (ask.body !== undefined && ask.body !== null) {
    const body = parseTemplate(ask.size, ask.body)
    return body.ok ? ok({ name: '', size: ask.size, body: body.value }) : body
  }
  if (ask.template === undefined || ask.template === null)
    return ok((await templatesByCarrier(deps.db, ask.size))(carrier))
  const found = await findTemplate(deps.db, ask.template)
  if (!found.ok) return found
  return found.value.size === ask.size
    ? found
    : refuse('labels.template_size', `the template is for ${found.value.size} mm, not ${ask.size}`)
}
