import type { StockPlace } from '#domain/stock.ts'
import type { StockCommand } from '#features/stock/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { decideHandOver, type OpenHold } from '../core/hand-over.ts'
import { bySku, type Transfer, type TransferLine } from '../core/transfer.ts'
import { lockPlaces, readDemands, readOpenHolds, readOrderFacts } from './store.ts'

/** Seconds until the deadline of a lock that moved; the living order renews it like any other. */
const TTL_SECONDS = 900

/** What has arrived of a transfer and the order's lock has not followed yet. */
export const notFollowed = (lines: readonly TransferLine[]): ReadonlyMap<string, number> =>
  bySku(lines, (line) => line.received - line.handedOver)

/**
 * The commands by which the order's lock follows the goods that arrived: given back elsewhere, taken here. None where the order has
 * ended or holds enough. `holds` were read under the lock of their levels, so that what was read is still so when it is written.
 */
export async function followCommands(
  tx: Sql,
  transfer: Transfer,
  arrived: ReadonlyMap<string, number>,
  holds: readonly OpenHold[],
  actor: string,
): Promise<readonly StockCommand[]> {
  const { orderId, to } = transfer
  if (orderId === null || arrived.size === 0) return []
  const order = await readOrderFacts(tx, orderId)
  const demand = (await readDemands(tx, [orderId])).get(orderId)
  if (order === null || demand === undefined) return []
  const { lock, release } = decideHandOver(demand, holds, arrived, to)
  const reason = `followed ${transfer.transferNo} to ${to}`
  return [
    ...release.map(({ key, lines }): StockCommand => ({ do: 'release', key, lines, reason, actor })),
    ...(lock.length === 0
      ? []
      : [
          {
            do: 'lock',
            key: `hub:order:${orderId}:${order.generation}`,
            kind: 'lock',
            owner: { kind: 'order', id: orderId.toString(), reference: order.orderNo },
            channel: order.channel,
            lines: lock,
            candidates: [],
            spread: 'never',
            drawSafety: true,
            reason,
            actor,
            ttlSeconds: TTL_SECONDS,
            onDeadline: 'ask',
          } satisfies StockCommand,
        ]),
  ]
}

/**
 * Open holds of an order, read when nobody can change them any more: whoever does must have their levels first. A hold that appears
 * elsewhere in between leaves its own level unlocked and is left out.
 */
export async function holdsUnderLock(
  tx: Sql,
  orderId: bigint,
  beside: readonly StockPlace[],
): Promise<readonly OpenHold[]> {
  const before = await readOpenHolds(tx, orderId)
  const places = [...beside, ...before.flatMap((hold) => hold.lines)]
  await lockPlaces(tx, places)
  const locked = new Set(places.map(({ sku, warehouse }) => `${sku}\n${warehouse}`))
  return (await readOpenHolds(tx, orderId)).map((hold) => ({
    ...hold,
    lines: hold.lines.filter(({ sku, warehouse }) => locked.has(`${sku}\n${warehouse}`)),
  }))
}
