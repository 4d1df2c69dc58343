import type { AuditEvent } from '#features/identity/index.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { SHORT } from './core/decide.ts'
import { type RivalRow, readHoldsById } from './remedies/store.ts'
import { type SettleDeps, type Settled, settleOrders } from './settle-orders.ts'
import { readStandings, readStockOrders, takeTurn } from './store.ts'

export type TakeDeps = SettleDeps & {
  readonly db: Database
  readonly audit: (tx: Sql, event: AuditEvent) => Promise<void>
}

/** Ends the transaction without leaving anything behind. */
class Undone extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/**
 * Releases what other orders hold and locks for this one, in one transaction: either it has all that it wants afterwards, or nothing
 * has changed. The orders that gave are served at once from wherever there still is some, and are short otherwise. Refuses with
 * `order_stock.not_found`, `order_stock.not_short`, `order_stock.hold_not_found`, `order_stock.hold_ended_conflict` (somebody was
 * quicker), `order_stock.other_owner` (its owner frees it, or a request that somebody approves), `order_stock.packed_conflict`,
 * `order_stock.still_short` (it is not enough; data: what lacks).
 */
export async function takeFromHolds(
  deps: TakeDeps,
  orderId: bigint,
  holdIds: readonly bigint[],
  actor: AuditEvent['actor'],
): Promise<Result<readonly Settled[]>> {
  try {
    return ok(await deps.db.begin((tx) => takeWithin(tx, deps, orderId, holdIds, actor)))
  } catch (error) {
    if (error instanceof Undone) return { ok: false, refusal: error.refusal }
    throw error
  }
}

async function takeWithin(
  tx: Sql,
  deps: TakeDeps,
  orderId: bigint,
  holdIds: readonly bigint[],
  actor: AuditEvent['actor'],
): Promise<readonly Settled[]> {
  await takeTurn(tx)
  const [order] = await readStockOrders(tx, [orderId])
  if (order === undefined) throw undone(refuse('order_stock.not_found', 'there is no such order'))
  const standing = (await readStandings(tx, [orderId])).get(orderId)
  if (standing?.code !== SHORT)
    throw undone(refuse('order_stock.not_short', 'nothing lacks for this order now'))
  const rows = await readHoldsById(tx, holdIds)
  const refused = refusalOf(rows, holdIds, orderId)
  if (refused !== null) throw undone(refused)
  const givers = new Set(rows.map((row) => BigInt(row.owner)))
  const settled = await settleOrders(tx, deps, [orderId, ...givers], {
    asked: new Set([orderId]),
    givers,
    actor: actor.name,
  })
  const own = settled.find((one) => one.orderId === orderId)
  if (own?.state !== 'locked' && own?.state !== 'committed')
    throw undone(
      refuse('order_stock.still_short', 'releasing these is not enough; nothing was changed', {
        shortage: own?.shortage ?? [],
      }),
    )
  await deps.audit(tx, {
    actor,
    action: 'order_stock.taken',
    subject: order.orderNo,
    detail: {
      orderId: orderId.toString(),
      from: rows.map((row) => ({ hold: row.id.toString(), order: row.reference, lines: row.lines })),
    },
  })
  return settled
}

function undone(refused: { readonly refusal: Refusal }): Undone {
  return new Undone(refused.refusal)
}

function refusalOf(
  rows: readonly RivalRow[],
  wanted: readonly bigint[],
  orderId: bigint,
): { readonly refusal: Refusal } | null {
  const missing = wanted.find((id) => !rows.some((row) => row.id === id))
  if (missing !== undefined) return refuse('order_stock.hold_not_found', `there is no hold ${missing}`)
  for (const row of rows) {
    if (row.owner_kind !== 'order' || !row.key.startsWith('hub:order:') || row.order_id === orderId)
      return refuse(
        'order_stock.other_owner',
        `the hold ${row.reference || row.key} is no other order's; ask for a forced unlock`,
        { hold: row.id.toString() },
      )
    if (row.state !== 'held')
      return refuse('order_stock.hold_ended_conflict', `the hold of ${row.reference} has ended meanwhile`, {
        hold: row.id.toString(),
      })
    if (row.packed)
      return refuse(
        'order_stock.packed_conflict',
        `the goods of ${row.reference} are printed or packed already`,
        { hold: row.id.toString() },
      )
  }
  return null
}
