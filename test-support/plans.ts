import assert from 'node:assert/strict'
import type { RuleModel } from '#domain/rulebook.ts'
import {
  type ChangeAsk,
  type ChangeDeps,
  type Changed,
  changePlan,
  type PlanChange,
} from '#features/fulfilment/manual/change-plan.ts'
import { readParcels, readPlans } from '#features/fulfilment/store.ts'
import { settleOrders } from '#features/order-stock/index.ts'
import type { Result } from '#kernel/result.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { PLAN_PARTS, standingOf, type World } from './order-stock.ts'

const AT = { x: 0, y: 0 }
export const DECIDED = {
  id: 'end',
  type: 'result',
  label: 'end',
  at: AT,
  outcome: 'decided',
  values: [],
  reason: '',
} as const

/** Always this one action. */
export function doing(action: string, params: Record<string, string>): RuleModel['nodes'] {
  return [{ id: 'do', type: 'action', label: action, at: AT, action, params, to: 'end' }, DECIDED]
}

/** This action where the condition holds. */
export function doingWhere(when: string, action: string, params: Record<string, string>): RuleModel['nodes'] {
  const branches = [{ id: 'w', label: when, when, to: 'do' }]
  return [
    { id: 'if', type: 'branch', label: when, at: AT, branches, otherwise: 'end' },
    ...doing(action, params),
  ]
}

export function live({ rules }: World, kind: string, nodes: RuleModel['nodes']): void {
  const part = PLAN_PARTS.get(kind)
  assert.ok(part)
  const model: RuleModel = { format: 1, currency: 'CNY', start: nodes[0]?.id ?? null, nodes, tables: [] }
  const compiled = compileModel(part.kind, model)
  assert.ok(compiled.ok, JSON.stringify(compiled))
  rules.set(kind, compiled.value)
}

/** A paid order; a line `a` sells the stock SKU `A`. */
export async function paid(
  world: World,
  no: string,
  lines: Readonly<Record<string, number>>,
  { minute = 1, gifts = [] }: { readonly minute?: number; readonly gifts?: readonly string[] } = {},
): Promise<void> {
  const content = Object.entries(lines).map(([lineId, quantity]) => ({
    lineId,
    quantity,
    gift: gifts.includes(lineId),
  }))
  await world.hub.send('shop', { content: [{ no, version: 1, lines: content }] }, `order ${no}`)
  await world.hub.drain()
  await world.say(no, 'paid', minute)
}

/** `warehouse: sku×pieces + …` per parcel. */
export async function planOf(world: World, no: string) {
  const id = await world.idOf(no)
  const plan = (await readPlans(world.database.sql, [id])).get(id)
  if (plan === undefined) return null
  const parcels = (await readParcels(world.database.sql, [plan.leadId])).get(plan.leadId) ?? []
  return {
    state: plan.state,
    step: plan.step,
    code: plan.code,
    revision: plan.revision,
    parcels: parcels.map(
      (one) =>
        `${one.waits ? '…' : one.warehouse}: ${one.pieces.map((piece) => `${piece.sku}×${piece.quantity}`).join(' + ')}`,
    ),
  }
}

export function changeDepsOf(world: World, audited: { action: string; subject: string }[] = []): ChangeDeps {
  return {
    db: world.database.sql,
    clock: world.clock,
    normalise: normaliseShipTo,
    settle: async (tx, ids, actor, isAsked) =>
      void (await settleOrders(tx, world.deps, ids, { asked: new Set(isAsked ? ids : []), actor })),
    audit: async (_tx, event) => void audited.push(event),
  }
}

/** A person changes the plan of an order. */
export async function change(
  world: World,
  no: string,
  wanted: PlanChange,
  { deps = changeDepsOf(world), preview = false, revision = null as number | null } = {},
): Promise<Result<Changed>> {
  world.clock.advance({ milliseconds: 10 })
  const ask: ChangeAsk = {
    orderId: await world.idOf(no),
    change: wanted,
    reason: 'because',
    actor: { kind: 'user', id: '1', name: 'li' },
    revision,
  }
  return await changePlan(deps, ask, preview)
}

/** Says that these orders go to one person, and merges them under the first. */
export async function merge(world: World, ...nos: readonly string[]): Promise<void> {
  await world.database.sql`update sales_order set recipient_key = 'p:same'`
  const orders = await Promise.all(nos.slice(1).map((no) => world.idOf(no)))
  const done = await change(world, nos[0] ?? '', { do: 'merge', orders, confirmed: false })
  assert.ok(done.ok, done.ok ? '' : done.refusal.code)
}

/**
 * FU1: of what is locked the open parcels are the holds' lines, piece by piece, and every piece is in one parcel. Orders that travel with one
 * that is short have no parcels: they keep what they hold and wait for it.
 */
export async function checkParcels(world: World): Promise<void> {
  const { sql } = world.database
  const plans = await sql<{ order_id: bigint; order_no: string }>`
    select p.order_id, p.order_no from order_plan p join order_stock s on s.order_id = p.order_id
    where p.state in ('locked', 'held') and s.state = 'locked' and not exists (
      select from order_plan mate join order_stock t on t.order_id = mate.order_id
      where mate.lead_id = p.lead_id and mate.state not in ('left', 'ended') and t.state <> 'locked')
    order by 1`
  for (const { order_id, order_no } of plans) {
    const pieces = await sql<{ place: string; pieces: number }>`
      select pc.sku || '@' || pp.warehouse as place, sum(pc.quantity)::int as pieces
      from plan_piece pc join plan_parcel pp on pp.id = pc.parcel_id
      where pc.order_id = ${order_id} and pp.state = 'planned' and not pp.waits group by 1 order by 1`
    const { open } = await standingOf(world, order_no)
    assert.deepEqual(Object.fromEntries(pieces.map((one) => [one.place, one.pieces])), open, order_no)
  }
}
