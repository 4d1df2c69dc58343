import { NOT_AVAILABLE } from '#domain/stock.ts'
import { applyStock, type LockCommand, type StockCommand } from '#features/stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { doubtOf } from '../core/compare.ts'
import { keyOf, type PlaceFigure, readFigures } from '../store.ts'
import {
  countHolds,
  type FindingHold,
  type FindingRow,
  holdFindings,
  readFindingHolds,
  readUnbalanced,
  setHoldKeys,
} from './store.ts'

/** A month: a person decides long before. At its end nothing is freed by itself. */
export const HOLD_SECONDS = 2_592_000
const AT_ONCE = 200
const ROUNDS = 25
const RESERVING = ['drift', 'conflict', 'duplicate_row']

/**
 * Sets aside what is in doubt, up to what is available, and frees what no longer is. Runs after every batch that found something and
 * from a sweep; each finding is decided anew under the lock of its row, so that two at once change nothing twice.
 */
export async function reserveDoubts(db: Database, now: Instant): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const ids = await readUnbalanced(db, AT_ONCE)
    if (ids.length === 0) return
    const changed = await db.begin((tx) => balance(tx, ids, now))
    if (changed === 0 || ids.length < AT_ONCE) return
  }
}

async function balance(tx: Sql, ids: readonly bigint[], now: Instant): Promise<number> {
  const findings = await holdFindings(tx, ids)
  const figures = await readFigures(tx, findings, null)
  const holds = await readFindingHolds(tx, ids)
  const commands: StockCommand[] = []
  for (const one of findings) {
    const figure = figures.get(keyOf(one))
    const own = holds.filter(({ finding }) => finding === one.id)
    const held = own.reduce((sum, hold) => sum + hold.quantity, 0)
    const wanted = wantedOf(one, figure)
    if (held > wanted) commands.push(...releases(own, held - wanted, 'the doubt is gone'))
    const free = Math.min(wanted - held, Math.max(0, figure?.available ?? 0))
    if (free > 0) {
      const command = reservation(one, free, (await countHolds(tx, one.id)) + 1)
      await setHoldKeys(tx, [{ id: one.id, key: command.key }])
      commands.push(command)
    }
  }
  if (commands.length === 0) return 0
  const answers = await applyStock(tx, commands, now)
  // Somebody was quicker: the next look takes what is left.
  return answers.filter((one) => one.ok || one.refusal.code !== NOT_AVAILABLE).length
}

function wantedOf(finding: FindingRow, figure: PlaceFigure | undefined): number {
  if (finding.settled_at !== null || finding.state !== 'open' || !RESERVING.includes(finding.kind)) return 0
  return doubtOf(figure?.physical ?? 0, finding.captured)
}

/** Gives back so many pieces of a finding's holds, the last first. */
export function releases(holds: readonly FindingHold[], pieces: number, reason: string): StockCommand[] {
  const commands: StockCommand[] = []
  let left = pieces
  for (const { key, sku, warehouse, quantity } of [...holds].reverse()) {
    if (left <= 0) break
    const part = Math.min(left, quantity)
    left -= part
    const lines = part === quantity ? {} : { lines: [{ sku, warehouse, quantity: part }] }
    commands.push({ do: 'release', key, ...lines, reason, actor: 'hub' })
  }
  return commands
}

/** The hold that keeps doubtful pieces from being sold. */
export function reservation(
  { id, kind, sku, warehouse }: Pick<FindingRow, 'id' | 'kind' | 'sku' | 'warehouse'>,
  quantity: number,
  n: number,
): LockCommand {
  return {
    do: 'lock',
    key: `hub:finding:${id}:${n}`,
    kind: 'reservation',
    owner: { kind: 'finding', id: String(id), reference: `${kind} ${sku} ${warehouse}`.slice(0, 100) },
    channel: null,
    lines: [{ sku, warehouse, quantity }],
    candidates: [],
    spread: 'never',
    drawSafety: true,
    reason: 'the warehouse says that fewer are there',
    actor: 'hub',
    ttlSeconds: HOLD_SECONDS,
    onDeadline: 'ask',
  }
}
