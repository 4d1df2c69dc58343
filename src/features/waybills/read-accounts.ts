import type { Sql } from '#platform/postgres/database.ts'
import type { Account, PoolStanding } from './core/choose-account.ts'
import type { WaybillDeps } from './deps.ts'
import { type AccountRow, readAccounts } from './store.ts'

export type Accounts = {
  readonly all: readonly Account[]
  readonly rows: ReadonlyMap<bigint, AccountRow>
  readonly pools: ReadonlyMap<string, PoolStanding>
}

/** The accounts as the choice sees them, with how their numbers stand. */
export async function readChoices(sql: Sql, deps: Pick<WaybillDeps, 'find' | 'pools'>): Promise<Accounts> {
  const rows = await readAccounts(sql)
  return {
    all: rows.map((row) => accountOf(row, deps)),
    rows: new Map(rows.map((row) => [row.id, row])),
    pools: rows.length === 0 ? new Map() : await deps.pools(sql),
  }
}

export function accountOf(row: AccountRow, { find }: Pick<WaybillDeps, 'find'>): Account {
  const connection = find(row.connection_id)
  return {
    id: row.id,
    connectionId: row.connection_id,
    carrier: row.carrier,
    name: row.name,
    service: row.service,
    warehouses: row.warehouses,
    priority: row.priority,
    mode: row.mode,
    active: row.active,
    blockedCode: row.blocked_code,
    isAway: connection === null || connection.paused || connection.connector.waybill === undefined,
    opens: connection?.connector.waybill?.opens ?? [],
  }
}
