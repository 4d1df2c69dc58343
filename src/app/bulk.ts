import type { BulkPorts } from '#features/orders/http.ts'
import { deriveOrders, lockOrdersById } from '#features/orders/index.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { newIntents, reviveIntents } from '#platform/outbox/store.ts'
import type { Core } from './hub.ts'

/** Orders derived anew per transaction, so that no lock is held long. */
const CHUNK = 200

/** What an operator may do to chosen orders, carried out by the pipeline's own means. */
export function bulkPorts(core: Core): BulkPorts {
  const { db } = core.database
  return {
    canFetch: (connection) => {
      const entry = core.directory.byId(connection)
      return entry?.connector.calls?.(entry.settings, core.callsFor(entry)).fetchOrder !== undefined
    },
    apply: {
      report_shipment: async (ids) => ({
        done: await reviveIntents(db, 'report_shipment', ids, core.clock.now()),
      }),
      refetch: async (ids) => ({ done: await refetch(core, ids) }),
      recompute: async (ids) => ({ done: await recompute(core, ids) }),
    },
  }
}

async function refetch(core: Core, ids: readonly bigint[]): Promise<number> {
  const { db } = core.database
  const orders = await db.begin((tx) => lockOrdersById(tx, ids))
  const at = core.clock.now()
  const drafts = orders.map((order) => ({
    // Asked for again is a wish of its own: the time is part of the key.
    key: `fetch_order:${order.connection}:${order.orderNo}:${hashToUuid(`asked ${at.toString()}`)}`,
    effect: 'fetch_order',
    connection: order.connection,
    orderId: order.id,
    payload: { orderNo: order.orderNo, because: 'asked by a person' },
  }))
  await newIntents(db, drafts, at)
  return drafts.length
}

async function recompute(core: Core, ids: readonly bigint[]): Promise<number> {
  let done = 0
  for (let i = 0; i < ids.length; i += CHUNK) {
    const chunk = ids.slice(i, i + CHUNK)
    await core.database.db.begin(async (tx) => {
      const orders = await lockOrdersById(tx, chunk)
      await deriveOrders(tx, core.interpret(), orders, [])
      done += orders.length
    })
  }
  return done
}
