import { ok, type Result, refuse } from '#kernel/result.ts'

/** Label stock that templates are made for, in millimetres. */
export const SIZES = ['76x130', '100x150', '100x180'] as const
export type LabelSize = (typeof SIZES)[number]
export const MM_OF_SIZE: Readonly<Record<LabelSize, { readonly width: number; readonly height: number }>> = {
  '76x130': { width: 76, height: 130 },
  '100x150': { width: 100, height: 150 },
  '100x180': { width: 100, height: 180 },
}
/** Thermal heads do not reach the edge. */
export const MARGIN_MM = 2

export const BLOCKS = [
  'head', // own logo text, carrier, product
  'sort_code', // 大头笔 / 三段码, large
  'package', // 集包地
  'barcode', // Code 128 of the number, with n/m
  'receiver',
  'sender',
  'tags', // 赠品 and tags, white on black
  'goods',
  'remark',
  'qr', // QR code with order numbers beside it
  'order', // order numbers, batch and which print it is
  'text', // words of one's own
  'cut', // perforation between the parts
] as const
export type BlockKind = (typeof BLOCKS)[number]

export type LabelBlock = {
  readonly kind: BlockKind
  /** 1 to 120. */
  readonly heightMm: number
  /** Size of its letters at most, 4 to 60; long texts shrink to 5. */
  readonly sizePt: number
  /** Words of a `text` block. */
  readonly text: string
}
export type TemplateBody = {
  /** Printed in the head: the shop's own name. Up to 24 characters. */
  readonly logo: string
  /** What stands on a label that has a gift in it; empty: no such tag. */
  readonly giftTag: string
  /** Which notes are printed. */
  readonly notes: { readonly buyer: boolean; readonly seller: boolean }
  readonly maskSender: boolean
  readonly blocks: readonly LabelBlock[]
}

const BLOCKS_MOST = 24

/**
 * A template as a person gave it. Refuses with `labels.template_invalid` where a block has no sense, `labels.template_overflow` where the
 * blocks are higher than the label, `labels.template_no_barcode` and `labels.template_no_receiver` where a carrier could not read it.
 */
export function parseTemplate(size: LabelSize, given: TemplateBody): Result<TemplateBody> {
  const body: TemplateBody = {
    logo: given.logo.trim(),
    giftTag: given.giftTag.trim(),
    notes: { buyer: given.notes.buyer, seller: given.notes.seller },
    maskSender: given.maskSender,
    blocks: given.blocks.map(({ kind, heightMm, sizePt, text }) => ({
      kind,
      heightMm,
      sizePt,
      text: text.trim(),
    })),
  }
  const bad = body.blocks.findIndex((block) => !isSound(block))
  if (bad >= 0 || body.blocks.length > BLOCKS_MOST || [...body.logo].length > 24 || body.giftTag.length > 8)
    return refuse('labels.template_invalid', whyInvalid(body, bad), { block: bad < 0 ? null : bad })
  const used = body.blocks.reduce((sum, block) => sum + block.heightMm, 0)
  const room = MM_OF_SIZE[size].height - 2 * MARGIN_MM
  if (used > room + 0.001)
    return refuse(
      'labels.template_overflow',
      `the blocks are ${round(used)} mm high, the label has ${room} mm`,
      {
        usedMm: round(used),
        roomMm: room,
      },
    )
  if (!body.blocks.some((block) => block.kind === 'barcode'))
    return refuse('labels.template_no_barcode', 'no block prints the bar code of the number')
  if (!body.blocks.some((block) => block.kind === 'receiver'))
    return refuse('labels.template_no_receiver', 'no block prints the receiver')
  return ok(body)
}

const LEAST_MM: Partial<Readonly<Record<BlockKind, number>>> = {
  barcode: 10,
  qr: 14,
  receiver: 9,
  sort_code: 6,
}

function isSound({ kind, heightMm, sizePt, text }: LabelBlock): boolean {
  const fits = heightMm >= (LEAST_MM[kind] ?? 1) && heightMm <= 120 && sizePt >= 4 && sizePt <= 60
  return fits && (kind !== 'text' || (text !== '' && [...text].length <= 200))
}

function whyInvalid(body: TemplateBody, bad: number): string {
  const block = body.blocks[bad]
  if (block !== undefined)
    return `block ${bad + 1} (${block.kind}): height ${LEAST_MM[block.kind] ?? 1} to 120 mm, letters 4 to 60 pt, words of its own up to 200 characters`
  if (body.blocks.length > BLOCKS_MOST) return `at most ${BLOCKS_MOST} blocks`
  return 'the logo text has at most 24 characters, the gift tag 8'
}

function round(mm: number): number {
  return Math.round(mm * 100) / 100
}
