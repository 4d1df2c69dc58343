export type LabelSize = '76x130' | '100x150' | '100x180'
export const LABEL_SIZES: readonly LabelSize[] = ['76x130', '100x150', '100x180']

export type PendingLabel = {
  readonly waybillId: string
  readonly parcelNo: string
  readonly trackingNo: string
  readonly carrier: string
  readonly warehouse: string | null
  readonly pieces: number
  readonly document: string | null
  readonly orderNos: readonly string[]
  readonly issuedAt: string
  readonly batches: number
}
export type LabelBatch = {
  readonly id: string
  readonly batchNo: string
  readonly state: 'waiting' | 'rendering' | 'ready' | 'failed' | 'dropped'
  readonly size: LabelSize
  readonly template: string | null
  readonly reason: string | null
  readonly deviceId: string | null
  readonly labels: number
  readonly rendered: number
  readonly failed: number
  readonly passed: number
  readonly pages: number
  readonly reprints: number
  readonly pdfBytes: number
  readonly createdBy: string
  readonly createdAt: string
}
export type MissingGlyph = {
  readonly character: string
  readonly codePoint: string
  readonly fields: readonly string[]
  readonly suggestion: string | null
}
export type LabelItem = {
  readonly position: number
  readonly waybillId: string
  readonly piece: number
  readonly trackingNo: string
  readonly carrier: string
  readonly state: 'waiting' | 'rendered' | 'failed' | 'passed'
  readonly printNo: number
  readonly code: string | null
  readonly detail: string | null
  readonly data: { readonly missing?: readonly MissingGlyph[] } | null
}
export type LabelBlock = {
  readonly kind: string
  readonly heightMm: number
  readonly sizePt: number
  readonly text: string
}
export type TemplateBody = {
  readonly logo: string
  readonly giftTag: string
  readonly notes: { readonly buyer: boolean; readonly seller: boolean }
  readonly maskSender: boolean
  readonly blocks: readonly LabelBlock[]
}
export type LabelTemplate = {
  readonly ref: string
  readonly id: string | null
  readonly zh: string
  readonly en: string
  readonly size: LabelSize
  readonly carriers: readonly string[]
  readonly version: number
  readonly body: TemplateBody
  readonly updatedAt: string | null
}
export type TemplateVersion = {
  readonly version: number
  readonly body: TemplateBody
  readonly note: string
  readonly savedBy: string
  readonly savedAt: string
}
export type LabelPreview = {
  readonly svg: string
  readonly template: string
  readonly problems: readonly { readonly code: string; readonly detail: string }[]
}
export type PrintDevice = {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly warehouse: string | null
  readonly takes: readonly string[]
  readonly hasKey: boolean
  readonly lastSeenAt: string | null
  readonly lastWords: string
  readonly open: number
  readonly stuck: number
}
export type PrintTask = {
  readonly id: string
  readonly batchId: string
  readonly batchNo: string
  readonly device: string
  readonly kind: string
  readonly labels: number
  readonly state: string
  readonly deliveries: number
  readonly printedTimes: number
  readonly words: string
  readonly queuedAt: string
  readonly endedAt: string | null
}
export type CheckedFont = {
  readonly name: string
  readonly family: string
  readonly type: string
  readonly state: 'embedded_subset' | 'embedded' | 'missing' | 'unknown'
  readonly where: readonly string[]
  readonly zh: string
  readonly en: string
}
export type FontCheck = {
  readonly id: string
  readonly name: string
  readonly bytes: number
  readonly pages: number
  readonly verdict: 'good' | 'doubtful' | 'bad'
  readonly fonts: readonly CheckedFont[]
  readonly createdBy: string
  readonly createdAt: string
}
