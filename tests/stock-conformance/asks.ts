import assert from 'node:assert/strict'
import { type Hold, NOT_AVAILABLE, type Shortage } from '#domain/stock.ts'
import type {
  AdjustChange,
  AdjustCommand,
  Answered,
  LockCommand,
  StockEngine,
} from '#features/stock/index.ts'
import type { Database } from '#platform/postgres/database.ts'

export type Line = readonly [sku: string, warehouse: string | null, quantity: number]

export function lock(key: string, lines: readonly Line[], more: Partial<LockCommand> = {}): LockCommand {
  return {
    do: 'lock',
    key,
    kind: 'lock',
    owner: { kind: 'api', id: key, reference: key },
    channel: null,
    lines: lines.map(([sku, warehouse, quantity]) => ({ sku, warehouse, quantity })),
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'conformance',
    actor: 'test',
    ttlSeconds: 900,
    onDeadline: 'ask',
    ...more,
  }
}

export function adjust(changes: readonly AdjustChange[], key: string | null = null): AdjustCommand {
  return { do: 'adjust', key, changes, cause: 'count', actor: 'test', evidence: null }
}

export const release = (key: string, lines?: readonly Line[]) => ({
  do: 'release' as const,
  key,
  ...(lines === undefined ? {} : { lines: taken(lines) }),
  reason: 'conformance',
  actor: 'test',
})
export const commit = (key: string, lines?: readonly Line[]) => ({
  ...release(key, lines),
  do: 'commit' as const,
})

function taken(lines: readonly Line[]) {
  return lines.map(([sku, warehouse, quantity]) => ({ sku, warehouse: warehouse ?? '', quantity }))
}

export async function fill(
  engine: StockEngine,
  sku: string,
  warehouse: string,
  physical: number,
  more: Partial<AdjustChange> = {},
): Promise<void> {
  const answer = await engine.ask(adjust([{ sku, warehouse, setPhysical: physical, ...more }]))
  assert.ok(answer.ok, answer.ok ? '' : answer.refusal.detail)
}

/** What is available there, as the engine says it. */
export async function free(engine: StockEngine, sku: string, warehouse: string): Promise<number | undefined> {
  return (await engine.levels([{ sku, warehouse }]))[0]?.available
}

export function holdOf(answer: Answered): Hold {
  assert.ok(answer.ok, answer.ok ? '' : `${answer.refusal.code}: ${answer.refusal.detail}`)
  assert.ok('hold' in answer.value)
  return answer.value.hold
}

export function codeOf(answer: Answered): string {
  return answer.ok ? 'ok' : answer.refusal.code
}

export function shortOf(answer: Answered): readonly Shortage[] {
  assert.equal(codeOf(answer), NOT_AVAILABLE)
  assert.ok(!answer.ok)
  return (answer.refusal.data as { short: readonly Shortage[] }).short
}

/** Everything in the ledger that contradicts itself, as sentences; none is right. */
export async function contradictions(db: Database): Promise<string[]> {
  const rows = await db<{ words: string }>`
    with held as (
      select sku, warehouse, sum(open) filter (where l.kind = 'lock') as locked,
        sum(open) filter (where l.kind = 'reservation') as reserved
      from stock_hold_line l group by sku, warehouse
    ), quota as (
      select sku, warehouse, sum(left_over) as left_over from stock_quota group by sku, warehouse
    ), moved as (
      select sku, warehouse, sum(physical) as physical, sum(locked) as locked, sum(reserved) as reserved,
        sum(in_transit) as in_transit, sum(safety) as safety
      from stock_movement group by sku, warehouse
    ), judged as (
      select l.sku || ' at ' || l.warehouse as place, l.*, coalesce(h.locked, 0) as h_locked,
        coalesce(h.reserved, 0) + coalesce(q.left_over, 0) as h_reserved, m.physical as m_physical, m.locked as m_locked,
        m.reserved as m_reserved, m.in_transit as m_transit, m.safety as m_safety
      from stock_level l left join held h using (sku, warehouse) left join quota q using (sku, warehouse)
      left join moved m using (sku, warehouse)
    )
    select place || ': locked ' || locked || ', holds ' || h_locked as words from judged where locked <> h_locked
    union all select place || ': reserved ' || reserved || ', holds ' || h_reserved from judged where reserved <> h_reserved
    union all select place || ': movements do not add up' from judged
      where (physical, locked, reserved, in_transit, safety)
        is distinct from (coalesce(m_physical, 0), coalesce(m_locked, 0), coalesce(m_reserved, 0), coalesce(m_transit, 0), coalesce(m_safety, 0))
    union all select h.key || ': ended and still holds' from stock_hold h join stock_hold_line l on l.hold_id = h.id
      where h.state <> 'held' and l.open > 0
    union all select h.key || ': open and committed are more than asked' from stock_hold h join stock_hold_line l on l.hold_id = h.id
      where l.open + l.committed > l.quantity`
  return rows.map((row) => row.words)
}
