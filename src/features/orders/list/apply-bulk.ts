import type { OrderStatus, ReportState } from '#domain/order-status.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type BulkAction, type BulkOrder, decideBulk } from './core/bulk.ts'
import { type FilterInput, parseQuestion } from './core/filter.ts'
import { listOrders } from './list-orders.ts'
import { type OrderRow, readRows } from './store.ts'

export type BulkAnswer = { readonly jobId: string } | { readonly done: number }
/** What the hub does to chosen orders; each may start a job or be done at once. Ids are sorted. */
export type BulkPorts = {
  readonly canFetch: (connection: string) => boolean
  readonly apply: Readonly<Record<BulkAction, (ids: readonly bigint[], actor: Actor) => Promise<BulkAnswer>>>
}
export type BulkDeps = {
  readonly sql: Sql
  readonly clock: Clock
  readonly zone: () => string
  readonly bulk: BulkPorts
}
/** Chosen rows, or everything that a filter holds. */
export type Choice = { readonly ids: readonly bigint[] } | { readonly filter: FilterInput }

export type BulkPreview = {
  readonly willChange: readonly BulkOrder[]
  readonly skipped: readonly { readonly order: BulkOrder; readonly code: string; readonly detail: string }[]
}

export const BULK_AT_MOST = 20_000

/** What an action would do. Refuses with the filter's refusals and `orders.bulk_too_large`. */
export async function previewBulk(
  deps: BulkDeps,
  choice: Choice,
  action: BulkAction,
): Promise<Result<BulkPreview>> {
  const chosen = await chooseOrders(deps, choice)
  if (!chosen.ok) return chosen
  const willChange: BulkOrder[] = []
  const skipped: { order: BulkOrder; code: string; detail: string }[] = []
  for (const order of chosen.value) {
    const why = decideBulk(action, order, deps.bulk.canFetch(order.connection))
    if (why === null) willChange.push(order)
    else skipped.push({ order, code: why.code, detail: why.detail })
  }
  return ok({ willChange, skipped })
}

/** Does to the orders what the preview says; those that it would skip are left alone. */
export async function applyBulk(
  deps: BulkDeps,
  choice: Choice,
  action: BulkAction,
  actor: Actor,
): Promise<Result<BulkAnswer>> {
  const preview = await previewBulk(deps, choice, action)
  if (!preview.ok) return preview
  const ids = preview.value.willChange.map((order) => order.id).sort((a, b) => (a < b ? -1 : 1))
  return ok(ids.length === 0 ? { done: 0 } : await deps.bulk.apply[action](ids, actor))
}

async function chooseOrders(deps: BulkDeps, choice: Choice): Promise<Result<BulkOrder[]>> {
  if ('ids' in choice) return ok((await readRows(deps.sql, choice.ids)).map(rowToBulk))
  const question = parseQuestion(choice.filter, deps.zone(), deps.clock.now())
  if (!question.ok) return question
  const chosen: BulkOrder[] = []
  let cursor: string | null = null
  do {
    const page = await listOrders(deps.sql, question.value, { cursor, limit: 1_000 })
    if (!page.ok) return page
    chosen.push(...page.value.rows.map(rowToBulk))
    if (chosen.length > BULK_AT_MOST)
      return refuse('orders.bulk_too_large', `more than ${BULK_AT_MOST} orders; narrow the filter`)
    cursor = page.value.next
  } while (cursor !== null)
  return ok(chosen)
}

function rowToBulk(row: OrderRow): BulkOrder {
  return {
    id: row.id,
    orderNo: row.order_no,
    connection: row.connection_id,
    status: row.status as OrderStatus,
    report: row.report as ReportState,
  }
}
