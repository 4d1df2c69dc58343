import type { SimOrder } from '../platform.ts'
import type { Accounts, HubOrder, InboxRow, SentMessage } from './accounts.ts'
import type { Life } from './ledger.ts'
import { SCANS } from './lives.ts'

/** A point at which the hub and the world's book disagree. `check` names the promise that it breaks. */
export type Contradiction = {
  readonly check:
    | 'lost'
    | 'doubled'
    | 'forged'
    | 'uncaused'
    | 'effect'
    | 'order'
    | 'stuck'
    | 'alarm'
    | 'notice'
    | 'crash'
    | 'log'
    | 'parcel'
    | 'orphan'
    | 'stock'
    | 'rule'
    | 'label'
    | 'queue'
    | 'invariant'
  readonly words: string
}

/** Every promise, one after the other; empty where the hub kept all of them. */
export function checkAll(accounts: Accounts, faults: Readonly<Record<string, number>>): Contradiction[] {
  return [
    ...checkMessages(accounts),
    ...checkImpostors(accounts),
    ...checkOrders(accounts),
    ...checkWork(accounts),
    ...checkNotices(accounts),
    ...checkAlarms(accounts, faults),
  ]
}

/** Acknowledged means: there exactly once. Not acknowledged: there at most once. And nothing is there that nobody sent. */
export function checkMessages({ messages, inbox }: Pick<Accounts, 'messages' | 'inbox'>): Contradiction[] {
  const found: Contradiction[] = []
  const accepted = inbox.filter((row) => row.verdict === 'accepted')
  const bySha = Map.groupBy(accepted, (row) => `${row.kind} ${row.sha}`)
  const explained = new Set<InboxRow>()
  for (const message of messages) {
    const rows = rowsOf(message, bySha)
    for (const row of rows) explained.add(row)
    if (message.acknowledged && rows.length === 0)
      found.push({ check: 'lost', words: `${message.id} was acknowledged and is not in the inbox` })
    if (rows.length > 1)
      found.push({
        check: 'doubled',
        words: `${message.id} is ${rows.length} times in the inbox: ${rows.map((row) => row.id).join(', ')}`,
      })
  }
  for (const row of accepted)
    if (!explained.has(row))
      found.push({
        check: 'forged',
        words: `message ${row.id} of ${row.kind} was accepted and nobody sent it`,
      })
  return found
}

function rowsOf(message: SentMessage, bySha: ReadonlyMap<string, readonly InboxRow[]>): InboxRow[] {
  const { kind, deliveryId } = message
  const rows = message.shas.flatMap((sha) => bySha.get(`${kind} ${sha}`) ?? [])
  // Two deliveries may have the same body, and are two messages to who numbers his deliveries.
  return deliveryId === null ? rows : rows.filter((row) => row.dedupKey.includes(deliveryId))
}

/** Nobody who does not have the key is ever acknowledged; who repeats a true message is, and changes nothing. */
export function checkImpostors({ impostors, inbox }: Pick<Accounts, 'impostors' | 'inbox'>): Contradiction[] {
  const accepted = new Set(
    inbox.filter((row) => row.verdict === 'accepted').map((row) => `${row.kind} ${row.sha}`),
  )
  return impostors.flatMap(({ kind, id, how, sha, acknowledged }): Contradiction[] => {
    if (how === 'replay' || how === 'broken_off') return []
    if (acknowledged) return [{ check: 'forged', words: `${id} with ${how} was acknowledged` }]
    if (how !== 'wrong_key' && accepted.has(`${kind} ${sha}`))
      return [{ check: 'forged', words: `${id} with ${how} was accepted` }]
    return []
  })
}

/** Each order as its shop has it, and its shipment reported once. */
export function checkOrders({
  orders,
  unknownOrders,
}: Pick<Accounts, 'orders' | 'unknownOrders'>): Contradiction[] {
  const found: Contradiction[] = unknownOrders.map((orderNo) => ({
    check: 'uncaused',
    words: `the hub has an order ${orderNo} that no shop knows`,
  }))
  for (const { life, book, hub } of orders) {
    const name = `${life.kind} ${life.orderNo}`
    if (hub === null) {
      found.push({ check: 'lost', words: `${name} is missing in the hub` })
      continue
    }
    // What becomes of parcels that the hub sends itself is compared with their carriers' books (delivery-check.ts).
    const sentByHub = life.course.byHub === true
    const printed = sentByHub ? null : life.trackingNo === null ? [] : [life.trackingNo]
    const shipped = book.shipments.map((one) => one.trackingNo)
    if (printed !== null && !same(shipped, printed))
      found.push({
        check: 'effect',
        words: `${name}: the shop was told of [${shipped}], printed was [${printed}]`,
      })
    const wrong = differences(life, book, hub)
    if (wrong.length > 0) found.push({ check: 'order', words: `${name}: ${wrong.join('; ')}` })
  }
  return found
}

function differences(life: Life, book: SimOrder, hub: HubOrder): string[] {
  const printed = life.trackingNo === null ? [] : [life.trackingNo]
  const pairs: readonly (readonly [name: string, hub: unknown, world: unknown])[] = [
    ['payable', hub.payable, { currency: book.currency, amount: decimals(book.payableMinor) }],
    ['lines', hub.lines.map(lineOfHub).sort(), book.lines.map(lineOfBook).sort()],
    ['placedAt', secondOf(hub.placedAt), secondOf(book.placedAt.toString())],
    // Shopify's messages do not say when an order was paid; what stands there is their own time.
    ...(life.kind === 'shopify'
      ? []
      : [['paidAt', secondOf(hub.paidAt), secondOf(book.paidAt?.toString() ?? null)] as const]),
    ...(life.course.byHub === true
      ? []
      : ([
          ['status', hub.status, expectedStatus(book, life)],
          ['trackingNos', hub.trackingNos, printed],
          ['report', hub.report, printed.length === 0 ? 'none' : 'accepted'],
        ] as const)),
  ]
  return pairs.flatMap(([name, mine, theirs]) =>
    same(mine, theirs) ? [] : [`${name} is ${JSON.stringify(mine)}, in the world ${JSON.stringify(theirs)}`],
  )
}

function lineOfHub({ shopSku, title, quantity, unitPrice }: HubOrder['lines'][number]): string {
  return `${shopSku} ${title} ${quantity} ${unitPrice.amount}`
}

function lineOfBook({ sku, title, quantity, priceMinor }: SimOrder['lines'][number]): string {
  return `${sku} ${title} ${quantity} ${decimals(priceMinor)}`
}

/** By hand, from what happened: the hub's own rules are in docs/specs/order-status.md. */
export function expectedStatus(
  book: SimOrder,
  { trackingNo, done }: Pick<Life, 'trackingNo' | 'done'>,
): string {
  if (book.cancelledAt !== null) return book.paidAt === null ? 'cancelled' : 'refunded'
  if (done.has('completed')) return 'completed'
  if (book.paidAt === null) return 'pending_payment'
  if (trackingNo === null) return 'awaiting_shipment'
  const scanned = SCANS.filter((_, i) => done.has(`scan-${i + 1}` as never))
  return scanned.at(-1) ?? 'shipped'
}

/** Nothing waits for ever, is given up or parked without a reason that the run gave. */
export function checkWork({
  orders,
  intents,
  parked,
  failedJobs,
  conflicts,
}: Pick<Accounts, 'intents' | 'parked' | 'failedJobs' | 'conflicts'> & {
  readonly orders: readonly Pick<Accounts['orders'][number], 'book'>[]
}): Contradiction[] {
  // That a parcel on its way cannot be cancelled any more is the carrier's answer, and compared with its book (delivery-check.ts).
  const isTooLate = (key: string, words: string): boolean =>
    /^(cancel_waybill|intercept_parcel):/.test(key) && words.startsWith('carrier.too_late')
  // Nor is a shop told of a parcel whose buyer cancelled in that moment: its own answer, and true.
  const cancelled = new Set(
    orders.filter(({ book }) => book.cancelledAt !== null).map(({ book }) => book.orderNo),
  )
  const isGone = (key: string, words: string): boolean =>
    key.startsWith('report_shipment:') &&
    /^\w+\.order_cancelled\b/.test(words) &&
    cancelled.has(key.split(':')[2] ?? '')
  const open = intents.filter(
    ({ key, state, words }) =>
      state !== 'done' && state !== 'moot' && !isTooLate(key, words) && !isGone(key, words),
  )
  return [
    ...open.map(({ key, state, words }) => ({
      check: 'stuck' as const,
      words: `intent ${key} is ${state}: ${words}`,
    })),
    ...parked.map(({ code, words, count }) => ({
      check: 'stuck' as const,
      words: `${count} messages are parked: ${code} ${words}`,
    })),
    ...conflicts.map((words) => ({ check: 'stuck' as const, words: `a merge found a conflict: ${words}` })),
    ...failedJobs.map((words) => ({ check: 'stuck' as const, words: `a job failed: ${words}` })),
  ]
}

/** Every notice has its cause and one content; what the hub calls delivered arrived. */
export function checkNotices({
  notices,
  deliveries,
  arrivedByTheEnd = new Set(notices.map((one) => one.id)),
}: Pick<Accounts, 'notices' | 'deliveries'> & Partial<Pick<Accounts, 'arrivedByTheEnd'>>): Contradiction[] {
  const found: Contradiction[] = []
  const arrived = Map.groupBy(notices, (one) => one.id)
  const known = new Set(deliveries.map((one) => one.id))
  for (const [id, copies] of arrived) {
    if (new Set(copies.map((one) => one.sha)).size > 1)
      found.push({ check: 'notice', words: `notice ${id} came with different contents` })
    const [first] = copies
    // What told people past a database that was away may have died with its process before it was written down.
    if (!known.has(id) && first !== undefined && !first.direct)
      found.push({
        check: 'notice',
        words: `notice ${id} (${first.rule}) came and the hub knows nothing of it`,
      })
  }
  for (const { id, state } of deliveries)
    if (state === 'delivered' && !arrivedByTheEnd.has(id))
      found.push({ check: 'notice', words: `notice ${id} counts as delivered and never came` })
  return found
}

/** Rules that a fault must have raised, and that are over once all is mended. */
const RAISED_BY: Readonly<Record<string, readonly string[]>> = {
  database_away: ['hub.level_1'],
  certificate_expired: ['tls.expired'],
}
const MUST_BE_OVER = new Set([
  'hub.level_1',
  'database.unreachable',
  'tls.expired',
  'tls.unreachable',
  'spool.full',
  'spool.filling',
  'spool.unwritable',
  'spool.stuck',
  'spool.conflict',
])

export function checkAlarms(
  { alarms, notices }: Pick<Accounts, 'alarms' | 'notices'>,
  faults: Readonly<Record<string, number>>,
): Contradiction[] {
  // While the database is away an alarm is told past it, and stands in the book of whoever was told.
  const raised = new Set([...alarms, ...notices].map((one) => one.rule))
  const missing = Object.entries(RAISED_BY).flatMap(([fault, rules]) =>
    (faults[fault] ?? 0) === 0 ? [] : rules.filter((rule) => !raised.has(rule)),
  )
  const left = alarms.filter((one) => one.state !== 'resolved' && MUST_BE_OVER.has(one.rule))
  return [
    ...missing.map((rule) => ({ check: 'alarm' as const, words: `${rule} was never raised` })),
    ...left.map(({ rule }) => ({
      check: 'alarm' as const,
      words: `${rule} is still open after all is well`,
    })),
  ]
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function decimals(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
}

function secondOf(time: string | null): number | null {
  return time === null ? null : Math.floor(Temporal.Instant.from(time).epochMilliseconds / 1_000)
}
