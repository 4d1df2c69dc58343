import type { Sql } from '#platform/postgres/database.ts'
import { type Judged, judgePool, reckonBalance } from './core/standing.ts'
import { type PoolRow, readPools, readUsable } from './store.ts'

export type PoolNow = Judged & {
  readonly row: PoolRow
  /** Null: unknown, or without limit. */
  readonly left: number | null
}

/** How the pool stands at this moment: out of its segments, or the balance told last less the waybills since. */
export function poolNow(row: PoolRow): PoolNow {
  const left =
    row.kind === 'segment' ? Number(row.segment_left) : reckonBalance(row.balance, Number(row.issued_since))
  const unlimited = row.kind === 'balance' && row.balance_unlimited
  const threshold = { numbers: row.low_at ?? row.threshold, hours: row.threshold_hours }
  return {
    row,
    left: unlimited ? null : left,
    ...judgePool({ left, unlimited }, row.rate_per_hour, threshold),
  }
}

/** Whether the account was taken out because it, or the carrier, has no number left. */
export function isGone({ blocked_code: code }: { readonly blocked_code: string | null }): boolean {
  return code === 'carrier.pool_empty' || code === 'pools.empty'
}

export type PoolOfAccount = {
  /** Null: without limit, or the carrier has not told yet. */
  readonly left: number | null
  readonly hoursLeft: number | null
  /** The account that stands in while this one is low; only one that is itself fit for use. */
  readonly failOverTo: string | null
  readonly isLow: boolean
}

/** Every account that has a pool, by its id as text, as it stands at this moment. An account without an entry counts no numbers. */
export async function poolsByAccount(sql: Sql): Promise<Map<string, PoolOfAccount>> {
  const pools = (await readPools(sql)).map(poolNow)
  const fit = await readFit(sql, pools)
  return new Map(
    pools.map(({ row, left, hoursLeft, isLow }) => [
      row.account_id.toString(),
      {
        left,
        hoursLeft,
        failOverTo:
          row.fail_over_to !== null && fit.has(row.fail_over_to) ? row.fail_over_to.toString() : null,
        isLow,
      },
    ]),
  )
}

/** Accounts that may stand in: in use, not taken out by the hub, and with numbers if they count any. */
async function readFit(sql: Sql, pools: readonly PoolNow[]): Promise<Set<bigint>> {
  const rows = await readUsable(sql)
  const empty = new Set(pools.flatMap((one) => (one.standing === 'empty' ? [one.row.account_id] : [])))
  return new Set(rows.filter((id) => !empty.has(id)))
}
