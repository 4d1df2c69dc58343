import { withHubEvents } from '#connectors/carriers/hub-events.ts'
import type { CompiledRules, DecisionRecord } from '#domain/rulebook.ts'
import { freightPart, STANDARD_BOOK } from '#features/freight/index.ts'
import { openPlanner, type PlanDeps } from '#features/fulfilment/index.ts'
import { orderStockSweeps, type SweepDeps, settleOrders } from '#features/order-stock/index.ts'
import { reviewPart, saveReviewMarks } from '#features/review/index.ts'
import { sourcingPart } from '#features/sourcing/index.ts'
import { splitPart } from '#features/splitting/index.ts'
import { applyStock } from '#features/stock/index.ts'
import { manualClock } from '#kernel/clock.ts'
import type { AlarmSignal } from '#platform/alarms/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { type TestHub, type TestMessage, testConnector, testHub } from './pipeline.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from './postgres.ts'
import { seedConnection } from './seed-orders.ts'

const SHOP = testConnector(
  'shop',
  'channel',
  {
    placed: 'placed',
    paid: 'paid',
    held: 'held',
    freed: 'released',
    part: 'part_dispatched',
    dispatched: 'dispatched',
    completed: 'completed',
    cancelled: 'cancelled',
    refunded: 'refunded',
    returned: 'returned',
    reopened: 'reopened',
  },
  true,
)
const STATION = testConnector('station', 'warehouse', {
  printed: 'waybill_issued',
  voided: 'waybill_cancelled',
})
const CARRIER = withHubEvents(
  testConnector('carrier', 'carrier', {
    sent: 'dispatched',
    picked: 'picked_up',
    signed: 'delivered',
    back: 'signed_back',
  }),
)

export type World = {
  readonly database: FreshDatabase
  readonly hub: TestHub
  readonly clock: ReturnType<typeof manualClock>
  readonly deps: SweepDeps
  /** What the alarms' rules say now. */
  readonly told: Map<string, readonly AlarmSignal[]>
  /** What is live of each kind of rules; none at first. */
  readonly rules: Map<string, CompiledRules>
  /** Decisions that were kept, in their order. */
  readonly decisions: DecisionRecord[]
  /** What its planner stands on. */
  readonly planDeps: PlanDeps
  /** Orders `count` pieces per line; a line `a` sells the stock SKU `A`. */
  readonly order: (no: string, lines: Readonly<Record<string, number>>, version?: number) => Promise<void>
  readonly tell: (
    to: 'shop' | 'station' | 'carrier',
    claims: NonNullable<TestMessage['claims']>,
  ) => Promise<void>
  readonly say: (no: string, code: string, minute: number) => Promise<void>
  readonly fill: (sku: string, warehouse: string, physical: number) => Promise<void>
  /** Brings every order to its stock. */
  readonly settle: (...nos: readonly string[]) => Promise<void>
  readonly sweep: (name: string) => Promise<void>
  readonly idOf: (no: string) => Promise<bigint>
  readonly empty: () => Promise<void>
}

/** Every kind that plans orders. */
export const PLAN_PARTS = new Map(
  [splitPart, sourcingPart, reviewPart, freightPart({ book: () => STANDARD_BOOK })].map((part) => [
    part.kind.kind,
    part,
  ]),
)

/**
 * Orders by the real pipeline, planned and locked, and a ledger with the warehouses SH (first) and GZ, both counted by the hub.
 * `plans: false`: served by their routes alone.
 */
export async function openStockWorld({ plans = true } = {}): Promise<World> {
  const database = await freshDatabase({ connections: 8 })
  const { sql } = database
  await ensurePartitions(sql, Temporal.Now.plainDateISO('UTC'))
  for (const id of ['shop', 'station', 'carrier']) await seedConnection(sql, id, id, id)
  const hub = testHub(sql, { shop: SHOP, station: STATION, carrier: CARRIER })
  const clock = manualClock(Temporal.Now.instant())
  const told = new Map<string, readonly AlarmSignal[]>()
  const rules = new Map<string, CompiledRules>()
  const decisions: DecisionRecord[] = []
  const planDeps: PlanDeps = {
    clock,
    hasRules: () => true,
    rulebook: {
      choose: (kind) => {
        const live = rules.get(kind)
        if (live === undefined) return null
        return { kind, setId: 1n, versionId: 1n, number: 1, arm: 'live', rules: live }
      },
    },
    parts: PLAN_PARTS,
    normalise: normaliseShipTo,
    record: async (_tx, records) => void decisions.push(...records),
    marks: saveReviewMarks,
    levelOf: () => 'new',
    zone: () => 'Asia/Shanghai',
  }
  const planner = openPlanner(planDeps)
  const deps: SweepDeps = {
    ...(plans ? { planner } : {}),
    db: sql,
    clock,
    lockMinutes: 15,
    shortMinutes: 15,
    zone: () => 'Asia/Shanghai',
    alarms: {
      raise: async () => undefined,
      clear: async () => undefined,
      settle: async (rule, signals) => void told.set(rule, signals),
    },
  }
  let sent = 0
  const send = async (to: string, message: Omit<TestMessage, 'key'>): Promise<void> => {
    sent += 1
    await hub.send(to, message, `m${sent}`)
    await hub.drain()
  }
  const idOf = async (no: string): Promise<bigint> => {
    const [row] = await sql<{ id: bigint }>`select id from sales_order where order_no = ${no}`
    return row?.id ?? 0n
  }
  return {
    database,
    hub,
    clock,
    deps,
    told,
    rules,
    decisions,
    planDeps,
    order: async (no, lines, version = 1) => {
      const content = Object.entries(lines).map(([lineId, quantity]) => ({ lineId, quantity }))
      await send('shop', { content: [{ no, version, lines: content }] })
    },
    tell: async (to, claims) => await send(to, { claims }),
    say: async (no, code, minute) => await send('shop', { claims: [{ by: 'order', no, code, minute }] }),
    fill: async (sku, warehouse, physical) => {
      clock.advance({ milliseconds: 10 })
      await sql.begin((tx) =>
        applyStock(
          tx,
          [
            {
              do: 'adjust',
              key: null,
              changes: [{ sku, warehouse, setPhysical: physical }],
              cause: 'count',
              actor: 'test',
              evidence: null,
            },
          ],
          clock.now(),
        ),
      )
    },
    settle: async (...nos) => {
      clock.advance({ milliseconds: 10 })
      const all = nos.length === 0
      const rows = await sql<{
        id: bigint
        order_no: string
      }>`select id, order_no from sales_order order by id`
      const ids = rows.filter((row) => all || nos.includes(row.order_no)).map((row) => row.id)
      await sql.begin((tx) => settleOrders(tx, deps, ids))
    },
    sweep: async (name) => {
      clock.advance({ milliseconds: 10 })
      await orderStockSweeps(deps)
        .find((one) => one.name === name)
        ?.run()
    },
    idOf,
    empty: async () => {
      await emptyTables(sql, [
        'fact',
        'order_key',
        'sales_order',
        'order_subject',
        'order_register',
        'order_line',
        'drift',
        'order_tally',
        'journal',
        'inbox_key',
        'outbox_intent',
        'stock_movement',
        'stock_hold',
        'stock_hold_line',
        'stock_quota',
        'stock_level',
        'stock_applied',
        'order_stock',
        'stock_route',
        'sku_bundle',
        'sku_gift',
        'sku_profile',
        'sku_mapping',
        'warehouse',
        'order_plan',
        'plan_parcel',
        'plan_piece',
        'plan_hold',
        'plan_event',
        'order_group',
        'order_group_member',
        'freight_quote',
        'waybill',
        'waybill_event',
        'carrier_account',
      ])
      await sql`insert into warehouse (code, name, priority, updated_by, created_at) values
        ('SH', '上海仓', 1, 't', '2026-11-01T00:00:00Z'), ('GZ', '广州仓', 2, 't', '2026-11-01T00:00:00Z')`
      await sql`insert into sku_mapping (connection_id, shop_sku, stock_sku, updated_by)
        select '*', 'SKU-' || lower(sku), sku, 't' from unnest(array['A', 'B', 'C', 'SET']) as sku`
    },
  }
}

export type Figures = Readonly<Record<string, readonly [physical: number, locked: number]>>

/** Every level as `sku@warehouse: [physical, locked]`. */
export async function figuresOf({ database }: World): Promise<Figures> {
  const rows = await database.sql<{ place: string; physical: number; locked: number }>`
    select sku || '@' || warehouse as place, physical, locked from stock_level order by 1`
  return Object.fromEntries(rows.map((row) => [row.place, [row.physical, row.locked]]))
}

/** How an order's stock stands, and the open pieces of its holds by place. */
export async function standingOf({ database }: World, no: string) {
  const [row] = await database.sql<{
    state: string
    code: string | null
    generation: number
    shortage: unknown
  }>`
    select s.state, s.code, s.generation, s.shortage from order_stock s join sales_order o on o.id = s.order_id where o.order_no = ${no}`
  const open = await database.sql<{ place: string; open: number }>`
    select l.sku || '@' || l.warehouse as place, sum(l.open)::int as open
    from stock_hold h join stock_hold_line l on l.hold_id = h.id join sales_order o on o.id::text = h.owner
    where h.owner_kind = 'order' and o.order_no = ${no} and l.open > 0 group by 1 order by 1`
  return {
    state: row?.state ?? 'unseen',
    code: row?.code ?? null,
    generation: row?.generation ?? 0,
    open: Object.fromEntries(open.map((one) => [one.place, one.open])),
  }
}
