import type { Contradiction } from './check.ts'
import type { CarrierParcel, Delivery, HubPlan, HubWaybill } from './delivery.ts'
import { SEGMENT } from './yard.ts'

/** Stock, plans, rules, waybills, labels and the queue against the world's books; empty where the hub kept every promise. */
export function checkDelivery(delivery: Delivery): Contradiction[] {
  const { parts } = delivery
  return [
    ...(parts.has('parcels') ? [...checkParcels(delivery), ...checkCarriers(delivery)] : []),
    ...(parts.has('stock') ? checkStock(delivery) : []),
    ...(parts.has('rules') ? checkRules(delivery) : []),
    ...checkLabels(delivery),
    ...checkQueue(delivery),
  ]
}

const LIVE = new Set(['wanted', 'asking', 'review', 'issued', 'cancelling'])
type Of<Name extends 'orders'> = Delivery[Name][number]

/** Every paid order leaves in the parcels of its plan, each with one number, and its shop was told of each of them once. */
export function checkParcels(
  delivery: Pick<Delivery, 'orders' | 'plans' | 'waybills' | 'carrierParcels'>,
): Contradiction[] {
  const plans = new Map(delivery.plans.map((plan) => [plan.orderNo, plan]))
  const byOrder = new Map<string, HubWaybill[]>()
  for (const one of delivery.waybills)
    for (const orderNo of one.orderNos) byOrder.set(orderNo, [...(byOrder.get(orderNo) ?? []), one])
  const parcels = new Map(delivery.carrierParcels.map((one) => [one.trackingNo, one]))
  return delivery.orders.flatMap((order) => {
    const { orderNo, kind } = order.life
    const found = wrongsOf(order, plans.get(orderNo) ?? null, byOrder.get(orderNo) ?? [], parcels)
    return found.map((words): Contradiction => ({ check: 'parcel', words: `${kind} ${orderNo}: ${words}` }))
  })
}

function wrongsOf(
  order: Of<'orders'>,
  plan: HubPlan | null,
  waybills: readonly HubWaybill[],
  parcels: ReadonlyMap<string, CarrierParcel>,
): string[] {
  const { book } = order
  const live = waybills.filter(({ state }) => LIVE.has(state))
  const found = twiceIn(live.map((one) => one.parcelNo)).map((no) => `parcel ${no} has two live waybills`)
  const told = book.shipments.map((one) => one.trackingNo)
  found.push(...twiceIn(told).map((no) => `the shop was told of ${no} twice`))
  const ever = new Set(waybills.map((one) => one.trackingNo))
  found.push(
    ...told.filter((no) => !ever.has(no)).map((no) => `the shop was told of ${no}, which no carrier issued`),
  )
  if (book.paidAt === null) {
    if (waybills.length > 0) found.push('it was never paid and has a waybill')
  } else if (book.cancelledAt !== null) {
    for (const { trackingNo, state } of live)
      if (!hasMoved(parcels, trackingNo)) found.push(`it was cancelled and ${trackingNo} is still ${state}`)
  } else found.push(...wrongsOfPaid(order, plan, live))
  const wanted = statusesOf(order, live, parcels)
  if (order.status !== null && !wanted.includes(order.status))
    found.push(`status is ${order.status}, in the world ${wanted.join(' or ')}`)
  return found
}

function wrongsOfPaid(order: Of<'orders'>, plan: HubPlan | null, live: readonly HubWaybill[]): string[] {
  if (plan === null) return ['it is paid and has no plan']
  if (plan.state !== 'locked' && plan.state !== 'left')
    return [`it is paid and its plan is ${plan.state}: ${plan.code}`]
  const found: string[] = []
  const numbers = live.map((one) => one.trackingNo ?? `none (${one.state} ${one.code})`)
  const planned = plan.parcels.map((one) => one.parcelNo)
  if (
    !same(
      planned,
      live.map((one) => one.parcelNo),
    )
  )
    found.push(
      `its plan has the parcels [${planned}], its waybills are for [${live.map((one) => one.parcelNo)}]`,
    )
  const told = order.book.shipments.map((one) => one.trackingNo)
  if (!same(told, numbers)) found.push(`the shop was told of [${told}], its waybills are [${numbers}]`)
  if (!same([...order.trackingNos], numbers))
    found.push(`the hub shows [${order.trackingNos}], its waybills are [${numbers}]`)
  const packed = new Map<string, number>()
  for (const { pieces } of plan.parcels)
    for (const { orderNo, lineId, quantity } of pieces)
      if (orderNo === order.life.orderNo) packed.set(lineId, (packed.get(lineId) ?? 0) + quantity)
  for (const { lineId, quantity, sku } of order.book.lines)
    if (packed.get(lineId) !== quantity)
      found.push(`${packed.get(lineId) ?? 0} of ${quantity} ${sku} are packed`)
  return found
}

const RANK = [
  'issued',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
  'returning',
  'signed_back',
]
const STATUS: Readonly<Record<string, string>> = {
  issued: 'shipped',
  ready_for_pickup: 'out_for_delivery',
  signed_back: 'returned',
}

/** By hand, from what happened (docs/specs/order-status.md): endings first, then the slowest parcel. */
function statusesOf(
  { book, life }: Of<'orders'>,
  live: readonly HubWaybill[],
  parcels: ReadonlyMap<string, CarrierParcel>,
): string[] {
  if (book.cancelledAt !== null) return [book.paidAt === null ? 'cancelled' : 'refunded']
  if (life.done.has('completed')) return ['completed']
  if (book.paidAt === null) return ['pending_payment']
  const ranks = live.map(({ trackingNo }) => {
    const parcel = parcels.get(trackingNo ?? '')
    const standings = parcel?.isTold === true ? parcel.standings : []
    return standings.reduce((most, one) => Math.max(most, RANK.indexOf(one)), 0)
  })
  const slowest = RANK[Math.min(...ranks)] ?? 'issued'
  return [STATUS[slowest] ?? slowest]
}

function hasMoved(parcels: ReadonlyMap<string, CarrierParcel>, trackingNo: string | null): boolean {
  return (parcels.get(trackingNo ?? '')?.standings.length ?? 0) > 0
}

/** What carriers issued and what the hub knows of it: no number without a parcel, and no parcel that only one side has cancelled. */
export function checkCarriers({
  carrierParcels,
  waybills,
}: Pick<Delivery, 'carrierParcels' | 'waybills'>): Contradiction[] {
  const found: Contradiction[] = []
  const known = new Map(
    waybills.flatMap((one) => (one.trackingNo === null ? [] : [[one.trackingNo, one] as const])),
  )
  for (const { trackingNo, reference, isCancelled, standings } of carrierParcels) {
    const mine = known.get(trackingNo)
    const isLive = mine !== undefined && LIVE.has(mine.state)
    if (mine === undefined && !isCancelled)
      found.push({
        check: 'orphan',
        words: `${trackingNo} (${reference}) was issued and the hub knows nothing of it`,
      })
    if (mine !== undefined && isLive === isCancelled && standings.length === 0)
      found.push({
        check: 'orphan',
        words: `${trackingNo} (${reference}) is ${mine.state} here and ${isCancelled ? 'cancelled' : 'live'} at its carrier`,
      })
  }
  const issued = new Set(carrierParcels.map((one) => one.trackingNo))
  const numbers = waybills.flatMap(({ trackingNo, connector, reference }) =>
    trackingNo === null ? [] : [{ trackingNo, connector, reference }],
  )
  for (const no of twiceIn(numbers.map((one) => one.trackingNo)))
    found.push({ check: 'orphan', words: `${no} stands on two waybills` })
  for (const { trackingNo, connector, reference } of numbers)
    if (connector === 'own-numbers' ? !isOwn(trackingNo) : !issued.has(trackingNo))
      found.push({ check: 'orphan', words: `${reference} has the number ${trackingNo}, which nobody issued` })
  return found
}

function isOwn(trackingNo: string): boolean {
  const { prefix, from, to } = SEGMENT
  return trackingNo >= `${prefix}${from}` && trackingNo <= `${prefix}${to}`
}

/** Levels are what came in and what left; what is locked is what open holds say; what left is what orders committed. */
export function checkStock({
  places,
  goods,
  orders,
}: Pick<Delivery, 'places' | 'goods' | 'orders'>): Contradiction[] {
  const found: Contradiction[] = []
  const wrong = (words: string): void => void found.push({ check: 'stock', words })
  for (const one of places) {
    const name = `${one.sku}@${one.warehouse}`
    if (one.counted !== one.cameIn) wrong(`${name}: ${one.cameIn} came in, ${one.counted} were counted`)
    if (one.physical !== one.moved) wrong(`${name}: ${one.physical} on the shelf, movements say ${one.moved}`)
    if (one.locked !== one.open) wrong(`${name}: ${one.locked} locked, holds have ${one.open}`)
    if (-one.left !== one.committed) wrong(`${name}: ${-one.left} left, holds committed ${one.committed}`)
    if (one.physical !== one.cameIn - one.committed + one.back)
      wrong(
        `${name}: ${one.cameIn} came in, ${one.committed} left, ${one.back} came back, ${one.physical} are there`,
      )
  }
  const byOrder = new Map(goods.map((one) => [one.orderNo, one]))
  for (const { life, book, status } of orders) {
    const stock = byOrder.get(life.orderNo)
    const pieces = book.lines.reduce((sum, line) => sum + line.quantity, 0)
    const isFree = book.paidAt === null || book.cancelledAt !== null
    if (isFree && (stock?.open ?? 0) > 0)
      wrong(`${life.orderNo} is over and still holds ${stock?.open} pieces`)
    // Whose parcel was back before the hub knew whose it was: nothing of it is gone, and what it held is free.
    const isBack = status === 'returned' && stock?.state === 'released' && stock.open + stock.committed === 0
    if (!isFree && !isBack && (stock?.open ?? 0) + (stock?.committed ?? 0) !== pieces)
      wrong(
        `${life.orderNo} has ${pieces} pieces, ${stock?.open ?? 0} are locked and ${stock?.committed ?? 0} left (${stock?.state ?? 'unseen'})`,
      )
  }
  return found
}

/**
 * A process hears of a version some moments after it was published, and may be cut off from the database meanwhile. And a decision is
 * written down with the begin of its transaction, which a busy machine may leave standing before it reads the version.
 */
const GRACE_MS = 30_000

/** Who decided was allowed to decide just then, and what came of it is what that version says. */
export function checkRules({ decisions, rules, plans, quotes }: Delivery): Contradiction[] {
  const found: Contradiction[] = []
  const wrong = (words: string): void => void found.push({ check: 'rule', words })
  const before = new Set<string>()
  for (const { version, orderNo, atMs } of decisions) {
    const spans = rules.inForce.filter((one) => one.version === version)
    if (spans.length === 0) wrong(`${orderNo} was decided by version ${version}, which nobody published`)
    else if (!spans.some(({ from }) => atMs + GRACE_MS >= from))
      wrong(`${orderNo} was decided by version ${version} before it was published`)
    else if (
      !before.has(`${orderNo} ${version}`) &&
      !spans.some(
        ({ from, until }) => atMs + GRACE_MS >= from && (until === null || atMs <= until + GRACE_MS),
      )
    )
      wrong(`${orderNo} was first decided by version ${version} when that decided no more`)
    before.add(`${orderNo} ${version}`)
  }
  for (const { orderNo, parcels, splitVersion } of plans) {
    const most = rules.means.get(splitVersion ?? '')?.figure
    if (splitVersion === null || most === undefined) continue
    for (const { parcelNo, pieces } of parcels) {
      const count = pieces.reduce((sum, one) => sum + one.quantity, 0)
      if (count > most && pieces.length > 1)
        wrong(`${orderNo}: parcel ${parcelNo} has ${count} pieces, version ${splitVersion} allows ${most}`)
    }
  }
  for (const { orderNo, version, minor, parcels } of quotes) {
    const price = rules.means.get(version)?.figure
    if (price !== undefined && minor !== price * parcels)
      wrong(`${orderNo}: ${minor} for ${parcels} parcels, version ${version} says ${price} each`)
  }
  return found
}

/** A label is drawn once, and never given out a second time without saying so. */
export function checkLabels({ press, drawnTwice }: Pick<Delivery, 'press' | 'drawnTwice'>): Contradiction[] {
  const given = new Set<string>()
  const found: Contradiction[] = drawnTwice.map((words) => ({
    check: 'label',
    words: `drawn twice: ${words}`,
  }))
  for (const { task, repeated } of press.given) {
    if (given.has(task) && !repeated)
      found.push({ check: 'label', words: `task ${task} was given out twice silently` })
    given.add(task)
  }
  return found
}

/** What the broker confirmed is an order, once, however often it was delivered. */
export function checkQueue({ queue }: Pick<Delivery, 'queue'>): Contradiction[] {
  if (queue === null) return []
  const known = new Map(queue.orders.map((one) => [one.orderNo, one.messages]))
  return [
    ...[...queue.confirmed]
      .filter((no) => !known.has(no))
      .map((no) => ({ check: 'queue' as const, words: `${no} was confirmed by the broker and is no order` })),
    ...queue.orders.flatMap(({ orderNo, messages }) =>
      !queue.sent.has(orderNo)
        ? [{ check: 'queue' as const, words: `${orderNo} is an order and nobody sent it` }]
        : messages === 1
          ? []
          : [{ check: 'queue' as const, words: `${orderNo} was accepted ${messages} times` }],
    ),
  ]
}

function twiceIn(list: readonly string[]): string[] {
  return [...new Set(list.filter((one, i) => list.indexOf(one) !== i))]
}

function same(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
}
