import type { FileField, FileOrder, FileRow } from '#domain/file-order.ts'
import type { ContentClaim, OrderContent, OrderLine, OrderTotals, Recipient } from '#domain/order.ts'
import { addMoney, type Money, money, negate } from '#kernel/money.ts'
import type { Cells } from './cells.ts'
import type { Event } from './read.ts'

/** The order's lines, one per row; null where no column speaks of lines. */
export function readLines(order: FileOrder, cells: Cells): readonly OrderLine[] | null {
  if (!cells.has('line_id', 'sku', 'title', 'quantity')) return null
  const currency = currencyOf(order, cells)
  const seen = new Map<string, number>()
  return order.rows.map((row, index) => {
    const own = cells.text(row, 'line_id')
    const sku = cells.text(row, 'sku')
    const name = own !== '' ? own : sku !== '' ? `sku:${sku}` : String(index + 1)
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    if (own !== '' && times > 1)
      cells.note(row, 'line_id', 'file.duplicate_line', 'the order has this line id twice')
    const quantity = cells.has('quantity') ? (cells.quantity(row, 'quantity') ?? 1) : 1
    const paid = cells.has('line_total') ? cells.money(row, 'line_total', currency) : null
    const price = cells.has('unit_price') ? cells.money(row, 'unit_price', currency) : null
    const spec = cells.text(row, 'spec')
    const title = cells.text(row, 'title')
    return {
      // Two rows of one SKU are two lines; the first keeps the plain id.
      lineId: times === 1 ? name : `${name}#${times}`,
      shopSku: sku,
      platformSkuId: null,
      title: title === '' ? sku : title,
      spec: spec === '' ? null : spec,
      quantity,
      unitPrice: price ?? priceFrom(paid, quantity) ?? money(currency, 0n),
      paid,
      gift: false,
    }
  })
}

/** The line's amount over its pieces, where that leaves nothing over. */
function priceFrom(paid: Money | null, quantity: number): Money | null {
  if (paid === null || paid.minor % BigInt(quantity) !== 0n) return null
  return money(paid.currency, paid.minor / BigInt(quantity))
}

function currencyOf(order: FileOrder, cells: Cells): string {
  if (!cells.has('currency')) return order.currency
  const given = cells.shared('currency')
  if (given === null) return order.currency
  const code = given.text.toUpperCase()
  if (/^[A-Z]{3}$/.test(code)) return code
  cells.note(given.row, 'currency', 'file.bad_currency', 'a currency has three letters (ISO 4217)')
  return order.currency
}

/** The parts of an order that the mapped columns speak of; a part without a column is left as it is. */
export function readContent(
  order: FileOrder,
  cells: Cells,
  lines: readonly OrderLine[] | null,
  events: readonly Event[],
): ContentClaim {
  const parts: Partial<OrderContent> = {
    ...(lines === null ? {} : { lines }),
    ...partOf('totals', readTotals(order, cells, lines)),
    ...partOf('recipient', readRecipient(cells)),
    ...partOf('notes', readNotes(order, cells)),
    ...partOf('promise', readPromise(cells)),
    ...partOf('buyer', readBuyer(cells)),
  }
  return { orderNo: order.orderNo, version: versionOf(order, cells, events), parts }
}

function partOf<Part extends keyof OrderContent>(part: Part, value: OrderContent[Part] | null) {
  return value === null ? {} : { [part]: value }
}

function readTotals(order: FileOrder, cells: Cells, lines: readonly OrderLine[] | null): OrderTotals | null {
  if (!cells.has('total', 'goods_total')) return null
  const currency = currencyOf(order, cells)
  const amount = (field: FileField): Money | null => {
    const cell = cells.has(field) ? cells.shared(field) : null
    return cell === null ? null : cells.money(cell.row, field, currency)
  }
  const zero = money(currency, 0n)
  const [total, goods] = [amount('total'), amount('goods_total')]
  const shipping = amount('shipping') ?? zero
  const given = amount('discount') ?? zero
  const discount = given.minor < 0n ? negate(given) : given
  if (total === null && goods === null) return null
  const sum = (goods ?? zero).minor + shipping.minor - discount.minor
  const payable = total ?? money(currency, sum)
  return {
    goods:
      goods ?? sumOf(lines, currency) ?? addMoney(payable, money(currency, discount.minor - shipping.minor)),
    shipping,
    discount,
    payable,
    discounts: [],
  }
}

function sumOf(lines: readonly OrderLine[] | null, currency: string): Money | null {
  if (lines === null || lines.every((line) => line.unitPrice.minor === 0n)) return null
  return money(
    currency,
    lines.reduce((sum, line) => sum + line.unitPrice.minor * BigInt(line.quantity), 0n),
  )
}

function readRecipient(cells: Cells): Recipient | null {
  if (!cells.has('recipient_name', 'recipient_phone', 'address', 'city', 'province', 'postal_code'))
    return null
  const text = (field: FileField): string => (cells.has(field) ? (cells.shared(field)?.text ?? '') : '')
  return {
    name: text('recipient_name'),
    phone: text('recipient_phone'),
    country: text('country'),
    province: text('province'),
    city: text('city'),
    district: text('district'),
    address: text('address'),
    postalCode: text('postal_code'),
    ciphertext: false,
  }
}

/** Notes stand at the line they are about in some files; together they are the order's. */
function readNotes(order: FileOrder, cells: Cells): OrderContent['notes'] | null {
  if (!cells.has('buyer_note', 'seller_note')) return null
  const joined = (field: FileField): string =>
    [...new Set(order.rows.map((row) => cells.text(row, field)).filter((text) => text !== ''))].join('\n')
  return { buyer: joined('buyer_note'), seller: joined('seller_note'), flag: null }
}

function readPromise(cells: Cells): OrderContent['promise'] | null {
  if (!cells.has('ship_by', 'deliver_by')) return null
  const time = (field: FileField) => {
    const cell = cells.has(field) ? cells.shared(field) : null
    return cell === null ? null : cells.time(cell.row, field)
  }
  return { shipBy: time('ship_by'), deliverBy: time('deliver_by') }
}

function readBuyer(cells: Cells): OrderContent['buyer'] | null {
  if (!cells.has('buyer_id', 'buyer_name')) return null
  const text = (field: FileField) => (cells.has(field) ? (cells.shared(field)?.text ?? null) : null)
  return { id: text('buyer_id'), nickname: text('buyer_name') }
}

const UPLOAD_SPAN = 10n ** 13n

/**
 * The version of the content: how far the source had got, then when these rows were first brought. The source's own update
 * time where a column has it, else the latest thing that had happened to the order, so that an older export imported later
 * does not win. Times after the upload are typing errors and count for nothing. Milliseconds each.
 */
function versionOf(order: FileOrder, cells: Cells, events: readonly Event[]): bigint {
  const uploaded = BigInt(Temporal.Instant.from(order.uploadedAt).epochMilliseconds)
  const times = cells.has('updated_at')
    ? order.rows.map((row: FileRow) => cells.time(row, 'updated_at'))
    : events.map((event) => event.at)
  const known = times
    .flatMap((time) => (time?.instant == null ? [] : [BigInt(time.instant.epochMilliseconds)]))
    .filter((ms) => ms > 0n && ms <= uploaded)
  const latest = known.sort((a, b) => (a < b ? 1 : -1))[0] ?? 0n
  return latest * UPLOAD_SPAN + uploaded
}
