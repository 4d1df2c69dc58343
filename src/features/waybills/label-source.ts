import { NO_ROUTING, type PostalContact, type WaybillGoods, type WaybillRouting } from '#domain/waybill.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { openContact, openJson } from './contacts.ts'
import { type PieceRow, readLabelRows, readPieces, readRecipients } from './store.ts'

export type LabelGoods = WaybillGoods & { readonly gift: boolean; readonly tags: readonly string[] }

/** All that a label is made of; contacts are plain and meant for the paper, never for a log. */
export type LabelSource = {
  readonly waybillId: bigint
  readonly reference: string
  readonly parcelNo: string
  readonly trackingNo: string
  readonly childNos: readonly string[]
  readonly carrier: string
  readonly service: string | null
  readonly connectionId: string
  readonly warehouse: string | null
  readonly warehouseName: string
  readonly routing: WaybillRouting
  readonly orderNos: readonly string[]
  /** Names of the shops. */
  readonly channels: readonly string[]
  readonly from: PostalContact | null
  /** Null where the recipient can only be opened by the platform, or nobody told. */
  readonly to: PostalContact | null
  readonly goods: readonly LabelGoods[]
  readonly buyerNotes: readonly string[]
  readonly sellerNotes: readonly string[]
  readonly tags: readonly string[]
  readonly weightG: number | null
  /** A label of the carrier's own, or print data that only a platform's component opens. */
  readonly document:
    | { readonly kind: 'pdf' | 'png' | 'zpl'; readonly bytes: Uint8Array }
    | { readonly kind: 'sealed'; readonly component: string; readonly document: unknown }
    | null
  readonly printedBefore: boolean
}

/** What is printed for these waybills, in the order asked for; those without a number, cancelled or being cancelled are left out. 1,000 at most. */
export async function readLabelSources(
  sql: Sql,
  vault: Vault,
  waybillIds: readonly bigint[],
): Promise<readonly LabelSource[]> {
  const rows = new Map((await readLabelRows(sql, waybillIds)).map((row) => [row.id, row]))
  const pieces = Map.groupBy(
    await readPieces(
      sql,
      [...rows.values()].map((row) => row.parcel_no),
    ),
    (piece) => piece.parcel_no,
  )
  const recipients = await readRecipients(sql, [...new Set([...rows.values()].map((row) => row.lead_id))])
  return waybillIds.flatMap((id): LabelSource[] => {
    const row = rows.get(id)
    if (row === undefined) return []
    const sealed = recipients.get(row.lead_id)
    const own = pieces.get(row.parcel_no) ?? []
    return [
      {
        waybillId: id,
        reference: row.reference,
        parcelNo: row.parcel_no,
        trackingNo: row.tracking_no,
        childNos: row.child_nos,
        carrier: row.carrier,
        service: row.service,
        connectionId: row.connection_id,
        warehouse: row.warehouse,
        warehouseName: row.warehouse_name ?? row.warehouse ?? '',
        routing: { ...NO_ROUTING, ...row.routing },
        orderNos: row.order_nos,
        channels: row.channels,
        from: row.from_contact,
        to: sealed === undefined ? null : openContact(vault, sealed),
        goods: own.map(goodsOf),
        buyerNotes: row.buyer_notes.filter((note) => note !== ''),
        sellerNotes: row.seller_notes.filter((note) => note !== ''),
        tags: row.tags,
        weightG: weightOf(own),
        document: documentOf(vault, row.document_kind, row.document),
        printedBefore: row.printed_at !== null,
      },
    ]
  })
}

function goodsOf(piece: PieceRow): LabelGoods {
  const { title, sku, quantity, gift, tags } = piece
  return { name: title, sku, quantity, gift, tags: tags ?? [] }
}

/** Null as soon as one piece has no known weight. */
export function weightOf(
  pieces: readonly { readonly weight_g: number | null; readonly quantity: number }[],
): number | null {
  let sum = 0
  for (const { weight_g, quantity } of pieces) {
    if (weight_g === null) return null
    sum += weight_g * quantity
  }
  return pieces.length === 0 ? null : sum
}

function documentOf(vault: Vault, kind: string | null, sealed: Uint8Array | null): LabelSource['document'] {
  if (kind === null || sealed === null) return null
  if (kind === 'sealed') {
    const { component, document } = openJson(vault, sealed) as { component: string; document: unknown }
    return { kind, component, document }
  }
  return { kind: kind as 'pdf' | 'png' | 'zpl', bytes: vault.open(sealed) }
}
