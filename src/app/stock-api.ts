import type { Demand } from '#domain/stock.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { explodeBundles } from '#features/sellable/index.ts'
import { freeExpired, ledgerRoutes, lockRoutes, pruneHolds, watchLedger } from '#features/stock/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

const HOUR_MS = 3_600_000

/** The locking API for programs, and the balance of the ledger. */
export function registerStockRoutes(app: HttpApp, core: Core): void {
  const { clock, nowMs, settings, stock, database, config } = core
  const zone = (): string => settings.current().zone
  lockRoutes(app, {
    sql: database.stockDb,
    engine: stock,
    zone,
    ttlSeconds: config.stockLockMinutes * 60,
    explode: bundleExploder(database.db, nowMs),
  })
  ledgerRoutes(app, {
    db: database.db,
    clock,
    zone,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
  })
}

export function stockSweeps({ database, clock, stock, alarms }: Core): readonly Sweep[] {
  const { db } = database
  return [
    {
      name: 'stock-deadlines',
      everyMs: 5_000,
      run: async () => void (await freeExpired({ sql: db, clock, engine: stock, isClockChecked: true })),
    },
    { name: 'stock-ledger', everyMs: HOUR_MS, run: () => watchLedger({ db, clock, alarms }) },
    { name: 'stock-prune', everyMs: HOUR_MS, run: () => pruneHolds(db, clock) },
  ]
}

const PLAIN_FOR_MS = 2_000
const PLAIN_MOST = 50_000

/** A SKU that was no bundle a moment ago is not asked for again: in a sold-out rush thousands are refused for the same one. */
function bundleExploder(
  sql: Sql,
  nowMs: () => number,
): (lines: readonly Demand[]) => Promise<readonly Demand[]> {
  const plain = new Map<string, number>()
  return async (lines) => {
    const now = nowMs()
    if (lines.every(({ sku }) => (plain.get(sku) ?? 0) > now)) return lines
    const parts = await explodeBundles(sql, lines)
    const kept = new Set(parts.map((part) => part.sku))
    if (!lines.every(({ sku }) => kept.has(sku))) return parts
    if (plain.size > PLAIN_MOST) plain.clear()
    for (const { sku } of lines) plain.set(sku, now + PLAIN_FOR_MS)
    return lines
  }
}
