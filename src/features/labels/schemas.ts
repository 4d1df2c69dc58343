import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import type { BatchRow, ItemRow } from './batches/store.ts'
import { BLOCKS, SIZES, type TemplateBody } from './core/template.ts'
import type { TaskRow } from './print/store.ts'

export const tags = ['labels']
export const Id = Type.String({ pattern: '^\\d{1,18}$' })
export const IdParams = Type.Object({ id: Id })
export const Size = oneOf(SIZES, { description: 'millimetres, width x height' })
export const Reason = Type.String({ minLength: 3, maxLength: 200 })
export const Substitutes = Type.Record(
  Type.String({ minLength: 1, maxLength: 4 }),
  Type.String({ maxLength: 8 }),
  {
    description: 'character that the font lacks -> what is printed for it; empty leaves it out',
  },
)

export const BodyJson = Type.Object(
  {
    logo: Type.String({ maxLength: 60, description: "the shop's own words in the head" }),
    giftTag: Type.String({ maxLength: 8, description: 'printed where the parcel has a gift; empty: none' }),
    notes: Type.Object({ buyer: Type.Boolean(), seller: Type.Boolean() }, { additionalProperties: false }),
    maskSender: Type.Boolean(),
    blocks: Type.Array(
      Type.Object(
        {
          kind: oneOf(BLOCKS),
          heightMm: Type.Number({ minimum: 0.5, maximum: 200 }),
          sizePt: Type.Number({ minimum: 1, maximum: 100 }),
          text: Type.String({ maxLength: 400 }),
        },
        { additionalProperties: false },
      ),
      { maxItems: 40 },
    ),
  },
  { additionalProperties: false, title: 'LabelTemplateBody' },
)

export function bodyJson(body: TemplateBody) {
  return { ...body, notes: { ...body.notes }, blocks: body.blocks.map((block) => ({ ...block })) }
}

export const BatchJson = Type.Object(
  {
    id: Type.String(),
    batchNo: Type.String({ description: '面单批次号' }),
    state: oneOf(['waiting', 'rendering', 'ready', 'failed', 'dropped']),
    template: nullable(Type.String()),
    size: Size,
    reason: nullable(Type.String()),
    substitutes: Type.Record(Type.String(), Type.String()),
    deviceId: nullable(Type.String()),
    labels: Type.Integer(),
    rendered: Type.Integer(),
    failed: Type.Integer(),
    passed: Type.Integer({ description: 'handed to a print component or a printer as they are' }),
    pages: Type.Integer(),
    reprints: Type.Integer(),
    pdfBytes: Type.Integer(),
    jobId: nullable(Type.String()),
    createdBy: Type.String(),
    createdAt: IsoTime,
  },
  { title: 'LabelBatch' },
)

export function batchJson(row: BatchRow, zone: string) {
  return {
    id: String(row.id),
    batchNo: row.batch_no,
    state: row.state,
    template: row.template,
    size: row.size,
    reason: row.reason,
    substitutes: { ...row.substitutes } as Record<string, string>,
    deviceId: row.device_id === null ? null : String(row.device_id),
    labels: row.items,
    rendered: row.rendered,
    failed: row.failed,
    passed: row.passed,
    pages: row.pages,
    reprints: row.reprints,
    pdfBytes: row.pdf_bytes,
    jobId: row.job_id === null ? null : String(row.job_id),
    createdBy: row.created_by,
    createdAt: formatInstant(row.created_at, zone),
  }
}

export const ItemJson = Type.Object({
  position: Type.Integer(),
  waybillId: Type.String(),
  piece: Type.Integer(),
  trackingNo: Type.String(),
  carrier: Type.String(),
  state: oneOf(['waiting', 'rendered', 'failed', 'passed']),
  printNo: Type.Integer({ description: '1: the first print of this waybill' }),
  template: nullable(Type.String()),
  code: nullable(Type.String()),
  detail: nullable(Type.String()),
  data: nullable(Type.Unknown()),
})

export function itemJson(row: ItemRow) {
  return {
    position: row.position,
    waybillId: String(row.waybill_id),
    piece: row.piece,
    trackingNo: row.tracking_no,
    carrier: row.carrier,
    state: row.state,
    printNo: row.print_no,
    template: row.template,
    code: row.code,
    detail: row.detail,
    data: row.data ?? null,
  }
}

export const TaskJson = Type.Object(
  {
    id: Type.String(),
    batchId: Type.String(),
    batchNo: Type.String(),
    deviceId: Type.String(),
    device: Type.String({ description: '打印设备ID' }),
    kind: oneOf(['pdf', 'zpl', 'cainiao', 'pinduoduo', 'douyin']),
    labels: Type.Integer(),
    state: oneOf(['queued', 'handed_out', 'printed', 'failed', 'stuck', 'dropped']),
    deliveries: Type.Integer({ description: 'from the second on the copy is marked' }),
    printedTimes: Type.Integer(),
    words: Type.String(),
    queuedAt: IsoTime,
    handedAt: nullable(IsoTime),
    endedAt: nullable(IsoTime),
  },
  { title: 'PrintTask' },
)

export function taskJson(row: TaskRow, zone: string) {
  const at = (time: Temporal.Instant | null) => (time === null ? null : formatInstant(time, zone))
  return {
    id: String(row.id),
    batchId: String(row.batch_id),
    batchNo: row.batch_no,
    deviceId: String(row.device_id),
    device: row.device,
    kind: row.kind,
    labels: row.labels,
    state: row.state,
    deliveries: row.deliveries,
    printedTimes: row.printed_times,
    words: row.words,
    queuedAt: formatInstant(row.queued_at, zone),
    handedAt: at(row.handed_at),
    endedAt: at(row.ended_at),
  }
}
