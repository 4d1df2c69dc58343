import { CARRIERS, isCarrierCode } from '#domain/carrier.ts'
import type { PostalContact, WaybillRouting } from '#domain/waybill.ts'
import type { LabelContent } from './content.ts'

/** A waybill as its label needs it: what the waybills' own room tells. Contacts are plain and meant for the paper, never for a log. */
export type PrintSource = {
  readonly waybillId: bigint
  readonly trackingNo: string
  readonly childNos: readonly string[]
  readonly carrier: string
  readonly routing: WaybillRouting
  readonly orderNos: readonly string[]
  readonly channels: readonly string[]
  readonly from: PostalContact | null
  readonly to: PostalContact | null
  readonly goods: readonly {
    readonly name: string
    readonly sku: string
    readonly quantity: number
    readonly gift: boolean
    readonly tags: readonly string[]
  }[]
  readonly buyerNotes: readonly string[]
  readonly sellerNotes: readonly string[]
  readonly tags: readonly string[]
  readonly weightG: number | null
  readonly document:
    | { readonly kind: 'pdf' | 'png' | 'zpl'; readonly bytes: Uint8Array }
    | { readonly kind: 'sealed'; readonly component: string; readonly document: unknown }
    | null
}

const NOBODY: PostalContact = {
  name: '',
  phone: '',
  company: '',
  country: 'CN',
  province: '',
  city: '',
  district: '',
  address: '',
  postalCode: '',
}

/** What the label of one piece says; piece 1 has the waybill's own number, the further ones their child numbers. */
export function contentOf(
  source: PrintSource,
  print: { readonly piece: number; readonly batchNo: string; readonly printNo: number },
): LabelContent {
  const { carrier, routing, childNos } = source
  return {
    trackingNo: numberOf(source, print.piece),
    masterNo: source.trackingNo,
    piece: print.piece,
    pieces: childNos.length + 1,
    carrierName: isCarrierCode(carrier) ? CARRIERS[carrier] : carrier,
    product: routing.product,
    sortCode: routing.sortCode,
    packageCentre: routing.packageCentre,
    packageCode: routing.packageCode,
    qr: routing.qr,
    orderNos: source.orderNos,
    shops: source.channels,
    from: source.from ?? NOBODY,
    to: source.to ?? NOBODY,
    goods: source.goods.map(({ name, sku, quantity, gift }) => ({ name, sku, quantity, isGift: gift })),
    tags: [...new Set([...source.tags, ...source.goods.flatMap((one) => one.tags)])],
    buyerNote: source.buyerNotes.join('；'),
    sellerNote: source.sellerNotes.join('；'),
    weightG: source.weightG,
    batchNo: print.batchNo,
    printNo: print.printNo,
  }
}

export function numberOf({ trackingNo, childNos }: PrintSource, piece: number): string {
  return piece === 1 ? trackingNo : (childNos[piece - 2] ?? '')
}

/** Whether a label that was drawn may still be printed: its waybill stands, under the number that is on the paper. */
export function isStillGood(
  item: { readonly waybill_id: bigint; readonly piece: number; readonly tracking_no: string },
  issued: ReadonlyMap<bigint, string>,
): boolean {
  const number = issued.get(item.waybill_id)
  return number !== undefined && (item.piece > 1 || number === item.tracking_no)
}
