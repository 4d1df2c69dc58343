import { subjectKey } from '#domain/fact.ts'
import {
  addFacts,
  type Contribution,
  deriveOrders,
  type JoinDeps,
  lockTouched,
  subjectKeysOf,
} from './join-facts.ts'
import { loadKnownRows } from './records/store.ts'
import { loadFacts } from './store.ts'

export type PreviewedOrder = {
  readonly id: string
  readonly connection: string
  readonly orderNo: string
  readonly from: string | null
  readonly to: string
  readonly factsAdded: number
  readonly factsRemoved: number
}
export type JoinPreview = {
  readonly orders: readonly PreviewedOrder[]
  readonly factsAdded: number
  readonly factsRemoved: number
}

/** Carries a finished preview out of its transaction, so that nothing of it stays. */
class RolledBack extends Error {
  readonly preview: JoinPreview
  constructor(preview: JoinPreview) {
    super('preview')
    this.preview = preview
  }
}

/**
 * What joining would change: the real code runs in a transaction that is always rolled back. A fact whose kind changes
 * counts as one removed and one added. Lists only orders whose facts or status change.
 */
export async function previewJoin(
  deps: JoinDeps,
  contributions: readonly Contribution[],
): Promise<JoinPreview> {
  try {
    await deps.db.begin(async (tx) => {
      const subjects = [
        ...new Set([
          ...contributions.flatMap(subjectKeysOf),
          ...contributions.flatMap((c) => c.silenced.map((fact) => subjectKey(fact.subject))),
        ]),
      ]
      const before = keysOf(await loadFacts(tx, subjects))
      await addFacts(tx, contributions)
      const after = keysOf(await loadFacts(tx, subjects))
      const orders = await lockTouched(tx, contributions)
      const ids = orders.map((order) => order.id)
      const rowsBefore = await loadKnownRows(tx, ids)
      await deriveOrders(tx, deps, orders, contributions)
      const rowsAfter = await loadKnownRows(tx, ids)
      const added = [...after].filter(([key]) => !before.has(key))
      const removed = [...before].filter(([key]) => !after.has(key))
      const previewed = orders.map((order) => ({
        id: String(order.id),
        connection: order.connection,
        orderNo: order.orderNo,
        from: rowsBefore.get(order.id)?.status ?? null,
        to: rowsAfter.get(order.id)?.status ?? '',
        factsAdded: added.filter(([, subject]) => belongs(subject, order)).length,
        factsRemoved: removed.filter(([, subject]) => belongs(subject, order)).length,
      }))
      const changed = previewed.filter(
        (order) => order.from !== order.to || order.factsAdded > 0 || order.factsRemoved > 0,
      )
      throw new RolledBack({ orders: changed, factsAdded: added.length, factsRemoved: removed.length })
    })
  } catch (error) {
    if (error instanceof RolledBack) return error.preview
    throw error
  }
  return { orders: [], factsAdded: 0, factsRemoved: 0 }
}

function keysOf(facts: Awaited<ReturnType<typeof loadFacts>>): Map<string, string> {
  return new Map(
    facts.map((fact) => [`${subjectKey(fact.subject)}\n${fact.id}\n${fact.kind}`, subjectKey(fact.subject)]),
  )
}

function belongs(subject: string, order: { connection: string; orderNo: string }): boolean {
  return subject === `order:${order.connection}:${order.orderNo}` || subject === `reference:${order.orderNo}`
}
