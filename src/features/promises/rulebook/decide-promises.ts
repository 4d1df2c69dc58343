import type { RuleOrder } from '#domain/rule-order.ts'
import type { ChosenRules, Decision, DecisionRecord, Rulebook } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { PromiseOrder, RuledPromise } from '../core/clocks.ts'
import { promiseItem, promiseOf, wordsOf } from './kind.ts'
import { dropRulings, type NewRuling, type RulingRow, readRulings, saveRulings } from './store.ts'

export type PromiseRulebook = {
  readonly rulebook: Rulebook & { readonly refresh: () => Promise<void> }
  /** Orders as rules see them, read in the transaction. */
  readonly readOrders: (tx: Sql, ids: readonly bigint[]) => Promise<readonly RuleOrder[]>
  readonly recordDecisions: (tx: Sql, records: readonly DecisionRecord[]) => Promise<void>
  readonly levelOf: (order: RuleOrder) => string | null
}

/** Orders of which something may still be promised: later ones keep what was. */
const OPEN: readonly PromiseOrder['status'][] = ['on_hold', 'awaiting_shipment', 'partially_shipped']

/**
 * What live promise rules say of these orders. An order that is on its way keeps what was promised of it, whatever is published
 * later; one for which no rules are live has none. A decision is recorded when it says something else than the last one.
 */
export async function decidePromises(
  deps: PromiseRulebook,
  tx: Sql,
  orders: readonly PromiseOrder[],
  now: Instant,
): Promise<ReadonlyMap<bigint, RuledPromise>> {
  const promises = new Map<bigint, RuledPromise>()
  if (orders.length === 0) return promises
  const rows = new Map(
    (
      await readRulings(
        tx,
        orders.map((one) => one.id),
      )
    ).map((row) => [row.order_id, row]),
  )
  const wanted: { readonly chosen: ChosenRules; readonly row: RulingRow }[] = []
  const over: bigint[] = []
  for (const order of orders) {
    const row = rows.get(order.id)
    if (row === undefined) continue
    if (!OPEN.includes(order.status)) {
      const kept = keptPromise(row)
      if (kept !== null) promises.set(order.id, kept)
      continue
    }
    const { connection, kind: connectorKind } = order
    const scope = { connection, connectorKind, key: row.order_no, pinned: row.version_id }
    const chosen = deps.rulebook.choose('promise', scope)
    if (chosen !== null) wanted.push({ chosen, row })
    else if (row.version_id !== null) over.push(order.id)
  }
  await dropRulings(tx, over)
  if (wanted.length > 0) await decideWanted(deps, tx, wanted, promises, now)
  return promises
}

async function decideWanted(
  deps: PromiseRulebook,
  tx: Sql,
  wanted: readonly { readonly chosen: ChosenRules; readonly row: RulingRow }[],
  promises: Map<bigint, RuledPromise>,
  now: Instant,
): Promise<void> {
  const read = await deps.readOrders(
    tx,
    wanted.map(({ row }) => row.order_id),
  )
  const orders = new Map(read.map((one) => [one.id, one]))
  const rulings: NewRuling[] = []
  const records: DecisionRecord[] = []
  for (const { chosen, row } of wanted) {
    const order = orders.get(row.order_id)
    if (order === undefined) continue
    const { input: item } = promiseItem(order)
    const input = { ...item, values: { ...item.values, customer_level: deps.levelOf(order) } }
    const decision = chosen.rules.decide(input)
    const promise = promiseOf(decision, chosen.setId)
    if (promise !== null) promises.set(row.order_id, promise)
    const ruling = rulingOf(row.order_id, chosen, decision, promise)
    if (isSame(row, ruling)) continue
    rulings.push(ruling)
    records.push({
      chosen,
      orderId: row.order_id,
      orderNo: row.order_no,
      connection: order.connection,
      input,
      decision,
      result: resultOf(promise),
      observations: promise === null ? [] : [{ metric: 'minutes', n: 1, bad: 0, sum: promise.minutes }],
      at: now,
    })
  }
  await saveRulings(tx, rulings, now)
  if (records.length > 0) await deps.recordDecisions(tx, records)
}

function rulingOf(
  orderId: bigint,
  { setId, versionId }: ChosenRules,
  decision: Decision,
  promise: RuledPromise | null,
): NewRuling {
  return {
    orderId,
    setId,
    versionId,
    keeps: promise?.keeps ?? null,
    shipMinutes: promise?.minutes ?? null,
    warnMinutes: promise?.warnMinutes ?? null,
    platformFirst: promise?.platformFirst ?? true,
    code: promise === null ? (decision.reason?.code ?? 'promises.out_of_range') : null,
  }
}

function isSame(row: RulingRow, ruling: NewRuling): boolean {
  return (
    row.version_id === ruling.versionId &&
    row.keeps === ruling.keeps &&
    row.ship_minutes === ruling.shipMinutes &&
    row.warn_minutes === ruling.warnMinutes &&
    row.platform_first === ruling.platformFirst &&
    row.code === ruling.code
  )
}

function keptPromise(row: RulingRow): RuledPromise | null {
  if (row.set_id === null || row.keeps === null || row.ship_minutes === null) return null
  return {
    source: `rulebook:${row.set_id}`,
    keeps: row.keeps,
    minutes: row.ship_minutes,
    warnMinutes: row.warn_minutes ?? 0,
    platformFirst: row.platform_first ?? true,
  }
}

function resultOf(promise: RuledPromise | null): Readonly<Record<string, unknown>> {
  if (promise === null) return { words: { zh: '按固定规则', en: 'fixed rules hold' } }
  const { source: _, ...rest } = promise
  return { words: wordsOf(promise), ...rest }
}
