import type { Fact } from '#domain/fact.ts'
import type { Recipient } from '#domain/order.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'
import type { DerivedOrder } from './core/derive-order.ts'
import { maskRecipient } from './core/mask.ts'
import { recordOf } from './core/record.ts'
import type { JoinedContent } from './join-content.ts'
import type { KnownRow, LineRow, OrderRow, Place } from './records/store.ts'
import type { OrderKey } from './store.ts'

export type RowInput = {
  readonly order: OrderKey
  readonly derived: DerivedOrder
  readonly facts: readonly Fact[]
  readonly content: JoinedContent
  readonly known: KnownRow | undefined
  /** Lines of this order without a stock SKU; null where the lines did not change. */
  readonly unmatchedLines: number | null
  readonly now: Instant
  readonly fingerprint: (text: string) => string
}

/** The order's row as it is to be stored, with the digest that tells whether anything changed. */
export function orderRow(input: RowInput): OrderRow {
  const { order, derived, facts, content, known, unmatchedLines, now } = input
  const parts = content.values.get(order.id) ?? {}
  const recipient = content.recipients.get(order.id)
  const region = recipient === undefined ? (known?.region ?? null) : regionOf(recipient)
  const recipientMasked =
    recipient === undefined ? (known?.recipientMasked ?? null) : maskRecipient(recipient)
  const lines = parts.lines ?? []
  const row = {
    id: order.id,
    connection: order.connection,
    orderNo: order.orderNo,
    status: derived.status,
    placedAt: derived.placedAt,
    paidAt: derived.paidAt,
    shippedAt: derived.shippedAt,
    deliveredAt: derived.deliveredAt,
    shipBy: derived.shipBy,
    currency: parts.totals?.payable.currency ?? null,
    payableMinor: parts.totals?.payable.minor ?? null,
    itemCount: lines.reduce((sum, line) => sum + line.quantity, 0),
    parcelCount: derived.parcels.filter((parcel) => !parcel.void).length,
    driftCount: derived.drift.filter((drift) => drift.until === null || drift.field === 'times').length,
    afterSale: derived.afterSale,
    report: derived.report,
    region,
    recipientMasked,
    buyerNote: parts.notes?.buyer || null,
    sellerNote: parts.notes?.seller || null,
    firstTitle: lines[0]?.title ?? null,
    place: recipient === undefined ? (known?.place ?? NOWHERE) : placeOf(order, recipient, input.fingerprint),
    buyerId: parts.buyer?.id ?? null,
  }
  const said = recordOf(derived, parts)
  const record = JSON.stringify(said)
  // In canonical form: what was read from the database has its keys in another order than what a message just brought.
  const digest = sha256(
    `${Object.values({ ...row, place: Object.values(row.place) })
      .map(String)
      .join('\n')}\n${canonicalJson({ record: said, drift: derived.drift })}`,
  )
  const sortAt = derived.placedAt ?? known?.sortAt ?? firstInstant(facts) ?? now
  // An order that is new has no count to leave alone.
  return {
    ...row,
    unmatchedLines: unmatchedLines ?? (known === undefined ? 0 : null),
    sortAt,
    record,
    digest,
  }
}

const NOWHERE: Place = {
  country: null,
  province: null,
  city: null,
  district: null,
  recipientKey: null,
}

/**
 * Where it goes, and a print of the person and place. What only the platform can open is compared as the platform wrote it, within
 * one connection: equal ciphertexts are one recipient, unequal ones say nothing.
 */
function placeOf(order: OrderKey, recipient: Recipient, fingerprint: (text: string) => string): Place {
  const { name, phone, country, province, city, district, address, ciphertext } = recipient
  const parts = [name, phone, province, city, district, address].map((part) =>
    ciphertext ? part : part.normalize('NFKC').replace(/\s+/g, ''),
  )
  const isKnown = name !== '' && address !== '' && (ciphertext || phone !== '')
  // Prints under different keys say nothing of each other, so each tells by which one it was made.
  const scope = ciphertext ? `c:${order.connection}` : `p:${fingerprint('recipient').slice(0, KEY_MARK)}`
  return {
    country: country || null,
    province: province || null,
    city: city || null,
    district: district || null,
    recipientKey: isKnown ? `${scope}:${fingerprint([scope, ...parts].join('\n'))}` : null,
  }
}

const KEY_MARK = 4

function regionOf(recipient: Recipient): string | null {
  return `${recipient.province}${recipient.city}` || recipient.country || null
}

function firstInstant(facts: readonly Fact[]): Instant | null {
  return facts.reduce<Instant | null>(
    (first, { at }) =>
      at.instant !== null && (first === null || Temporal.Instant.compare(at.instant, first) < 0)
        ? at.instant
        : first,
    null,
  )
}

/** The lines of the orders whose lines changed, before their SKUs are matched. */
export function changedLines(
  orders: readonly OrderKey[],
  content: JoinedContent,
): Omit<LineRow, 'stockSku'>[] {
  const changed = new Set(content.linesChanged)
  return orders
    .filter((order) => changed.has(order.id))
    .flatMap((order) =>
      (content.values.get(order.id)?.lines ?? []).map((line) => ({
        orderId: order.id,
        lineId: line.lineId,
        connection: order.connection,
        shopSku: line.shopSku,
        title: line.title,
        quantity: line.quantity,
        gift: line.gift,
      })),
    )
}

export function linksOf(order: OrderKey, derived: DerivedOrder): { orderId: bigint; subject: string }[] {
  const subjects = [
    `order:${order.connection}:${order.orderNo}`,
    ...(order.shared ? [] : [`reference:${order.orderNo}`]),
    ...derived.parcels.map((parcel) => `parcel:${parcel.trackingNo}`),
  ]
  return subjects.map((subject) => ({ orderId: order.id, subject }))
}

export function tallyDeltas(
  changed: readonly { order: OrderKey; row: OrderRow }[],
  known: ReadonlyMap<bigint, KnownRow>,
): Map<string, number> {
  const deltas = new Map<string, number>()
  const add = (connection: string, status: string, by: number): void =>
    void deltas.set(`${connection}\n${status}`, (deltas.get(`${connection}\n${status}`) ?? 0) + by)
  for (const { order, row } of changed) {
    const before = known.get(order.id)
    if (before?.status === row.status) continue
    if (before !== undefined) add(order.connection, before.status, -1)
    add(order.connection, row.status, 1)
  }
  return deltas
}

export function journalRow(
  order: OrderKey,
  row: OrderRow,
  before: KnownRow | undefined,
): { kind: string; orderId: bigint; data: unknown } {
  return {
    kind: before === undefined ? 'order.created' : 'order.changed',
    orderId: order.id,
    data: {
      connection: order.connection,
      orderNo: order.orderNo,
      from: before?.status ?? null,
      to: row.status,
    },
  }
}
