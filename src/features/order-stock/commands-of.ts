import type { Taken } from '#domain/stock.ts'
import type { StockCommand } from '#features/stock/index.ts'
import { holdKeyOf, type Plan } from './core/decide.ts'
import type { Case, SettleDeps } from './settle-orders.ts'

export type Step = { readonly orderId: bigint; readonly command: StockCommand }

const HUB = 'hub'

/**
 * The commands of a batch in the order in which the ledger decides them: what is given back first, so that others of the batch may have
 * it; then locks, those of orders that were paid first before the others. An order that changes what it holds, and all that travel with
 * it, give back and take between nobody else's: they may change places with each other.
 */
export function commandsOf(
  cases: readonly (Case & { readonly plan: Plan })[],
  { lockMinutes }: Pick<SettleDeps, 'lockMinutes'>,
  actor = HUB,
): Step[] {
  const sorted = [...cases].sort(byPayment)
  const frees: Step[] = []
  const takes: Step[] = []
  const last: Step[] = []
  for (const together of Map.groupBy(sorted, leadOf).values()) {
    for (const one of together) {
      const ends = endsOf(one, actor).map((command) => ({ orderId: one.order.id, command }))
      ;(one.plan.replaces ? takes : frees).push(...ends)
    }
    for (const one of together) {
      const command = lockOf(one, lockMinutes, actor)
      if (command !== null) (one.how.givesUp ? last : takes).push({ orderId: one.order.id, command })
    }
  }
  return [...frees, ...takes, ...last]
}

function leadOf({ order, planned }: Case): bigint {
  return planned?.is === 'placed' ? planned.lead : order.id
}

function byPayment(a: Case, b: Case): number {
  return Temporal.Instant.compare(a.order.since, b.order.since) || (a.order.id < b.order.id ? -1 : 1)
}

function endsOf({ order, plan, how, standing, figures }: Case & { readonly plan: Plan }, actor: string) {
  const evidence = { orderId: order.id.toString(), orderNo: order.orderNo, status: order.status }
  const commands: StockCommand[] = plan.commit.map(({ key, lines }) => ({
    do: 'commit',
    key,
    lines,
    reason: `dispatched: order ${order.orderNo}`,
    actor,
    evidence,
  }))
  const reason = how.givesUp
    ? 'given to another order'
    : plan.lock !== null
      ? 'the demand changed'
      : `order ${order.status}`
  for (const { key, lines } of plan.release)
    commands.push({ do: 'release', key, ...(lines === null ? {} : { lines }), reason, actor })
  // A captured warehouse counts by itself what came back.
  const own = plan.restore.filter((line) => figures.get(line.warehouse) === 'own')
  if (own.length > 0)
    commands.push({
      do: 'adjust',
      key: `hub:order:${order.id}:return:${piecesIn(standing?.restored ?? []) + piecesIn(plan.restore)}`,
      changes: own.map(({ sku, warehouse, quantity }) => ({ sku, warehouse, physical: quantity })),
      cause: 'return',
      actor,
      evidence,
    })
  return commands
}

function piecesIn(lines: readonly Taken[]): number {
  return lines.reduce((total, line) => total + line.quantity, 0)
}

function lockOf(
  { order, plan, route }: Case & { readonly plan: Plan },
  lockMinutes: number,
  actor: string,
): StockCommand | null {
  if (plan.lock === null || (route === null && plan.lock.places === null)) return null
  return {
    do: 'lock',
    key: holdKeyOf(order, plan.lock.generation),
    kind: 'lock',
    owner: { kind: 'order', id: order.id.toString(), reference: order.orderNo },
    channel: order.connection,
    lines:
      plan.lock.places?.map(({ sku, quantity, warehouse }) => ({ sku, quantity, warehouse })) ??
      [...plan.lock.lines].map(([sku, quantity]) => ({ sku, quantity, warehouse: null })),
    candidates: route?.warehouses ?? [],
    spread: route?.spread ?? 'lines',
    drawSafety: route?.drawSafety ?? true,
    reason: `order ${order.orderNo}`,
    actor,
    ttlSeconds: lockMinutes * 60,
    onDeadline: 'ask',
  }
}
