import type { Settings } from '#domain/connector.ts'
import type { Recipient } from '#domain/order.ts'
import type { PostalContact, WaybillAsk } from '#domain/waybill.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { money } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { contactOf, openJson } from '../contacts.ts'
import type { WaybillDeps } from '../deps.ts'
import { weightOf } from '../label-source.ts'
import { type AccountRow, readPieces, readRecipients, readSenders } from '../store.ts'
import { readOrdersOf } from '../want/store.ts'
import type { WaybillRow } from './store.ts'

const REMARK_MOST = 100
const TITLE_MOST = 60

/**
 * What the carrier is asked. Refused with `waybills.no_sender` (the warehouse has no sender yet), `waybills.no_recipient` (nobody told
 * where it goes), `waybills.nothing_inside`.
 */
export async function buildAsk(
  deps: Pick<WaybillDeps, 'db' | 'vault' | 'find'>,
  row: WaybillRow,
  account: AccountRow,
  number: TrackingNo | null,
): Promise<Result<WaybillAsk>> {
  const { db, vault } = deps
  const [sender] = await readSenders(db, [row.warehouse ?? ''])
  if (sender === undefined || sender.phone === '' || sender.name === '' || sender.address === '')
    return refuse(
      'waybills.no_sender',
      `warehouse ${row.warehouse ?? '-'} has no sender; fill in name, phone and address under Waybills, Senders`,
    )
  const orders = await readOrdersOf(db, [...row.order_ids, row.lead_id], row.lead_id)
  const lead = orders.find((order) => order.id === row.lead_id) ?? orders[0]
  const sealed = (await readRecipients(db, [row.lead_id])).get(row.lead_id)
  if (lead === undefined || sealed === undefined)
    return refuse('waybills.no_recipient', 'the order has no recipient yet')
  const recipient = openJson(vault, sealed) as Partial<Recipient>
  const pieces = await readPieces(db, [row.parcel_no])
  if (pieces.length === 0) return refuse('waybills.nothing_inside', `nothing is in ${row.parcel_no}`)
  const to = contactOf(recipient)
  if (recipient.ciphertext !== true && (to.address === '' || to.name === '' || to.phone === ''))
    return refuse('waybills.no_recipient', 'the recipient’s name, phone or address is missing')
  const value = pieces.reduce((sum, piece) => sum + piece.value_minor, 0n)
  return ok({
    reference: row.reference,
    orderNo: lead.order_no,
    channel: lead.kind ?? 'other',
    carrier: row.carrier ?? account.carrier,
    service: row.service,
    account: openJson(vault, account.sealed) as Settings,
    from: senderOf(sender),
    to,
    sealedTo:
      recipient.ciphertext === true ? { channel: lead.kind ?? 'other', data: textsOf(recipient) } : null,
    goods: pieces.map((piece) => ({
      name: piece.title.slice(0, TITLE_MOST),
      sku: piece.sku,
      quantity: piece.quantity,
    })),
    weightG: weightOf(pieces),
    volumeCm3: volumeOf(pieces),
    pieces: row.pieces,
    remark: orders
      .map((order) => order.order_no)
      .join(',')
      .slice(0, REMARK_MOST),
    declared: lead.currency === null ? null : money(lead.currency, value),
    number,
  })
}

function senderOf({
  name,
  phone,
  company,
  country,
  province,
  city,
  district,
  address,
  postalCode,
}: PostalContact) {
  return { name, phone, company, country, province, city, district, address, postalCode }
}

function textsOf(recipient: Partial<Recipient>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(recipient).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function volumeOf(
  pieces: readonly { readonly volume_cm3: number | null; readonly quantity: number }[],
): number | null {
  let sum = 0
  for (const { volume_cm3, quantity } of pieces) {
    if (volume_cm3 === null) return null
    sum += volume_cm3 * quantity
  }
  return sum
}
