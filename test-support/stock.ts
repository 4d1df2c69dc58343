import type { LockCommand, StockEngine } from '#features/stock/index.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** Warehouses that count by themselves, active, for tests. */
export async function seedWarehouses(sql: Sql, ...codes: readonly string[]): Promise<void> {
  for (const code of codes)
    await sql`insert into warehouse (code, name, updated_by) values (${code}, ${`仓 ${code}`}, 'test') on conflict do nothing`
}

/** Sets what is on the shelf, as a person who counted. */
export async function count(
  engine: StockEngine,
  sku: string,
  warehouse: string,
  pieces: number,
): Promise<void> {
  const changes = [{ sku, warehouse, setPhysical: pieces }]
  const answer = await engine.ask({
    do: 'adjust',
    key: null,
    changes,
    cause: 'count',
    actor: 'test',
    evidence: null,
  })
  if (!answer.ok) throw new Error(answer.refusal.detail)
}

/** A lock by key; lines are [sku, warehouse or null, pieces]. */
export function lockOf(
  key: string,
  lines: readonly (readonly [string, string | null, number])[],
  more: Partial<LockCommand> = {},
): LockCommand {
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
    reason: 'test',
    actor: 'test',
    ttlSeconds: 900,
    onDeadline: 'ask',
    ...more,
  }
}
