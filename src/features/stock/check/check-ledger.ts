import type { Clock } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { explainRepair, type LedgerFault, type RepairStep } from '../core/repair.ts'
import {
  countLedger,
  insertCheck,
  letGuardPass,
  lockForRepair,
  noteRepair,
  pruneChecks,
  readCounterFaults,
  readHoldFaults,
  settleCounters,
  settleHolds,
} from './store.ts'

export type LedgerCheck = {
  readonly id: bigint
  readonly tookMs: number
  readonly levels: bigint
  readonly holds: bigint
  readonly faults: readonly LedgerFault[]
}
type Deps = { readonly db: Database; readonly clock: Clock }

const KEPT_DAYS = 90

/** Looks at the whole ledger: every counter is the sum of its holds, every hold says one thing. Nothing is changed. */
export async function checkLedger({ db, clock }: Deps): Promise<LedgerCheck> {
  const startedAt = performance.now()
  const faults = await readFaults(db)
  const counts = await countLedger(db)
  const tookMs = performance.now() - startedAt
  const now = clock.now()
  const id = await insertCheck(db, { at: now, tookMs, ...counts, faults })
  await pruneChecks(db, now.subtract({ hours: 24 * KEPT_DAYS }))
  return { id, tookMs, ...counts, faults }
}

async function readFaults(sql: Sql): Promise<LedgerFault[]> {
  const counters = (await readCounterFaults(sql)).flatMap((row): LedgerFault[] => {
    const { sku, warehouse } = row
    const locked = {
      kind: 'counter',
      sku,
      warehouse,
      counter: 'locked',
      counted: row.locked,
      held: row.held_locked,
    } as const
    const reserved = {
      kind: 'counter',
      sku,
      warehouse,
      counter: 'reserved',
      counted: row.reserved,
      held: row.held_reserved,
    } as const
    return [locked, reserved].filter((one) => one.counted !== one.held)
  })
  return [...(await readHoldFaults(sql)), ...counters]
}

export type Repair = { readonly steps: readonly (LedgerFault & RepairStep)[]; readonly changed: number }

/**
 * Puts right what is wrong now (looked at anew, under lock): holds are believed, counters follow them. Every level that changes has a
 * movement `repair` with both figures. Nothing physical is touched.
 */
export async function repairLedger(
  { db, clock }: Deps,
  by: string,
  audit: (tx: Sql, repair: Repair) => Promise<void>,
): Promise<Repair> {
  const { id } = await checkLedger({ db, clock })
  return await db.begin(async (tx) => {
    const suspects = await readFaults(tx)
    const holds = suspects.flatMap((one) => ('holdId' in one ? [BigInt(one.holdId)] : []))
    await lockForRepair(tx, placesOf(suspects), holds)
    // What was seen without a lock may have been a lock under way on a slower server; what is left now is a fault.
    const faults = await readFaults(tx)
    await letGuardPass(tx)
    const now = clock.now()
    const wrong = faults.flatMap((one) => ('holdId' in one ? [BigInt(one.holdId)] : []))
    let changed = wrong.length === 0 ? 0 : await settleHolds(tx, wrong, by, now)
    // Lines that were closed change what their levels' counters should be.
    changed += await settleCounters(tx, placesOf(await readFaults(tx)), by, now)
    const repair = { steps: faults.map((fault) => ({ ...fault, ...explainRepair(fault) })), changed }
    await noteRepair(tx, id, by, repair.steps, now)
    await audit(tx, repair)
    return repair
  })
}

function placesOf(faults: readonly LedgerFault[]): { sku: string; warehouse: string }[] {
  const places = faults.flatMap((one) =>
    one.kind === 'counter' ? [{ sku: one.sku, warehouse: one.warehouse }] : [],
  )
  // One place may differ in both counters, and is put right once.
  return [...new Map(places.map((place) => [`${place.sku}\n${place.warehouse}`, place])).values()]
}

export const LEDGER_RULE = 'stock.ledger_differs'

/** The hourly look, and the alarm for what it finds. */
export async function watchLedger(deps: Deps & { readonly alarms: Alarms }): Promise<void> {
  const { faults, levels } = await checkLedger(deps)
  const [first] = faults
  await deps.alarms.settle(
    LEDGER_RULE,
    first === undefined
      ? []
      : [
          {
            rule: LEDGER_RULE,
            subject: 'ledger',
            severity: 'critical',
            words: {
              zh: `库存账不平：${faults.length} 处计数与占用明细之和不一致，例如 ${explainRepair(first).zh}。到「库存 → 账目核对」查看并一键修复。`,
              en: `The stock ledger does not balance: ${faults.length} counters differ from the sum of their holds, e.g. ${explainRepair(first).en}. See Stock, ledger check, and repair there.`,
            },
            evidence: { faults: faults.length, levels: levels.toString(), first: explainRepair(first).en },
            link: '/stock?tab=ledger',
          },
        ],
  )
}
