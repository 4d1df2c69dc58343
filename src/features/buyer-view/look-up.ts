import { CARRIERS, isCarrierCode } from '#domain/carrier.ts'
import type { Clock } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { maskWords, tailOf } from './core/mask-words.ts'
import {
  guessAlone,
  leadNumbers,
  noteWrong,
  type OrderRow,
  readOrders,
  readScans,
  readStates,
  type ScanRow,
  wrongSince,
} from './store.ts'

export type BuyerViewDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly vault: Vault
  readonly zone: () => string
}

/** Wrong guesses at one order number within `GUESS_MINUTES` after which nobody gets an answer for it. */
const GUESSES = 5
const GUESS_MINUTES = 15

/**
 * What a buyer may see of an order, told by its number and the last four digits of the recipient's phone. Unknown number, wrong digits and a
 * recipient whom only the platform can open are one refusal, `buyer_view.not_found`, so that nothing can be learned by trying;
 * `buyer_view.too_many` after five wrong guesses at one number, over all processes.
 */
export async function lookUp(
  deps: BuyerViewDeps,
  ask: { readonly orderNo: string; readonly phoneTail: string },
): Promise<Result<readonly BuyerOrder[]>> {
  const { db, zone } = deps
  const named = await nameOrders(deps, ask)
  if (!named.ok) return named
  const orders = named.value
  const own = await leadNumbers(
    db,
    orders.map((order) => order.id),
  )
  const numbersOf = (order: OrderRow): string[] => [
    ...new Set([...order.numbers, ...(own.get(order.id) ?? [])]),
  ]
  const all = [...new Set(orders.flatMap(numbersOf))]
  const scans = Map.groupBy(await readScans(db, all), (scan) => scan.tracking_no)
  const states = await readStates(db, all)
  return ok(
    orders.map((order) => ({
      orderNo: order.order_no,
      status: order.status,
      parcels: numbersOf(order).map((trackingNo) => {
        const own = scans.get(trackingNo) ?? []
        const carrier =
          states.get(trackingNo)?.carrier ?? own.findLast((scan) => scan.carrier !== null)?.carrier ?? null
        return {
          trackingNo,
          carrier,
          carrierName:
            carrier !== null && isCarrierCode(carrier)
              ? CARRIERS[carrier]
              : (carrier ?? '').replace(/^other:/, ''),
          state: states.get(trackingNo)?.state ?? 'info_received',
          events: own.map((scan) => eventOf(scan, all, zone())).reverse(),
        }
      }),
    })),
  )
}

/** The orders that number and digits name; a wrong guess is counted in the same transaction in which it was found to be allowed. */
async function nameOrders(
  deps: BuyerViewDeps,
  ask: { readonly orderNo: string; readonly phoneTail: string },
): Promise<Result<readonly OrderRow[]>> {
  const now = deps.clock.now()
  // Shopify shows its numbers with a # that is none of them.
  const orderNo = ask.orderNo.trim().replace(/^#/, '')
  return await deps.db.begin(async (tx) => {
    await guessAlone(tx, orderNo)
    if ((await wrongSince(tx, orderNo, now.subtract({ minutes: GUESS_MINUTES }))) >= GUESSES)
      return refuse(
        'buyer_view.too_many',
        `too many wrong tries for this order; wait ${GUESS_MINUTES} minutes`,
        { retryAfterSeconds: GUESS_MINUTES * 60 },
      )
    const orders = (await readOrders(tx, orderNo)).filter((order) => isOf(deps, order, ask.phoneTail))
    if (orders.length > 0) return ok(orders)
    await noteWrong(tx, orderNo, now.round({ smallestUnit: 'minute', roundingMode: 'floor' }))
    return refuse('buyer_view.not_found', 'no order has this number and these last four digits of the phone')
  })
}

export type BuyerOrder = {
  readonly orderNo: string
  readonly status: string
  readonly parcels: readonly {
    readonly trackingNo: string
    readonly carrier: string | null
    readonly carrierName: string
    readonly state: string
    readonly events: readonly ReturnType<typeof eventOf>[]
  }[]
}

function eventOf(scan: ScanRow, numbers: readonly string[], zone: string) {
  return {
    kind: scan.kind,
    at: scan.at === null ? null : formatInstant(scan.at, zone),
    place: maskWords(scan.place ?? '', numbers),
    // What stands beside a waybill is the house's own word, none of a carrier's.
    words: scan.kind === 'waybill_issued' ? '' : maskWords(scan.words ?? '', numbers),
  }
}

function isOf({ vault }: BuyerViewDeps, order: OrderRow, tail: string): boolean {
  if (order.recipient === null) return false
  const recipient = JSON.parse(new TextDecoder().decode(vault.open(order.recipient))) as {
    phone?: string
    ciphertext?: boolean
  }
  return recipient.ciphertext !== true && tailOf(recipient.phone ?? '') === tail
}
