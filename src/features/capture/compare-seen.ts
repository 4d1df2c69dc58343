import type { AdjustCommand, SourceFigure, StockCommand } from '#features/stock/index.ts'
import { applyStock } from '#features/stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Source } from './apply-changes.ts'
import { acceptedFigure, type Comparison, compareFigure, doubtOf, isTie } from './core/compare.ts'
import { reservation } from './findings/reserve-doubts.ts'
import {
  endFindings,
  type FindingRow,
  type Found,
  holdRuling,
  openFindings,
  setHoldKeys,
} from './findings/store.ts'
import { holdTellers, noteTeller } from './places/store.ts'
import type { SeenRow } from './snapshot/store.ts'
import { keyOf, type PlaceFigure, readFigures, readKnownSkus, readWarehouses } from './store.ts'

export type ToCompare = {
  readonly source: Source
  readonly rows: readonly SeenRow[]
  readonly onDrift: 'ask' | 'accept'
  /** When reading began; what was written later may be newer than the row. */
  readonly began: Instant | null
  /** Newest commit of the source that was followed before; null: none, or it tells none. */
  readonly reached?: Instant | null
}

/**
 * Holds figures as they stand in a snapshot or a file against the ledger, in the caller's transaction: what is new or explained is taken
 * over, what nothing explains is a finding with its doubtful pieces set aside. Answers whether something is left to set aside or to free.
 */
export async function compareSeen(
  tx: Sql,
  { source, rows, onDrift, began, reached = null }: ToCompare,
  now: Instant,
): Promise<boolean> {
  const { compared, found } = await screen(tx, source, rows)
  const ruling = await holdRuling(tx, ['drift', 'duplicate_row', 'conflict'], compared)
  const tellers = await holdTellers(tx, compared)
  const figures = await readFigures(tx, compared, began)
  const judged = compared.map((row) => {
    const figure = figures.get(keyOf(row))
    const isOwn = source.feedId !== null && tellers.get(keyOf(row)) === source.feedId
    const judgement = judge(row, figure, ruling)
    const isTied =
      judgement === 'drift' && isOwn && isTie(figure?.sourceVersion ?? null, row.version, reached)
    const isDisputed = ruling.some((one) => keyOf(one) === keyOf(row))
    return { row, comparison: isTied && !isDisputed ? 'explained' : judgement }
  })
  const drifted = judged.filter(({ comparison }) => comparison === 'drift').map(({ row }) => row)
  found.push(...drifted.map((row) => driftFinding(source, row, figures.get(keyOf(row)))))
  const opened = await openFindings(tx, found, now)
  const commands: StockCommand[] = judged.flatMap(({ row, comparison }) => commandOf(source, row, comparison))
  if (onDrift === 'accept') {
    await acceptAll(tx, opened, now)
    for (const row of drifted) {
      const figure = acceptedFigure(row, figures.get(keyOf(row))?.sourceVersion ?? null)
      commands.push(takeOver(source, row, 'capture_accepted', figure))
    }
  } else commands.push(...(await reservations(tx, opened, figures)))
  await noteTeller(
    tx,
    source.feedId,
    judged
      .filter(({ comparison }) => comparison === 'opening' || comparison === 'explained')
      .map(({ row }) => row),
  )
  const agreed = judged
    .filter(
      ({ comparison }) => comparison === 'agree' || comparison === 'explained' || comparison === 'opening',
    )
    .flatMap(({ row }) => ruling.filter((one) => keyOf(one) === keyOf(row)))
  await endFindings(
    tx,
    agreed.map((one) => one.id),
    { state: 'gone', by: 'hub', words: 'the snapshot agrees' },
    now,
  )
  const answers = commands.length === 0 ? [] : await applyStock(tx, commands, now)
  return agreed.length > 0 || opened.length > 0 || answers.some((one) => !one.ok)
}

/** A place under dispute stays so until the source agrees: a newer version of the same difference explains nothing. */
function judge(row: SeenRow, figure: PlaceFigure | undefined, ruling: readonly FindingRow[]): Comparison {
  const comparison = compareFigure(figure ?? null, row)
  if (comparison !== 'explained' || figure === undefined) return comparison
  const isDisputed = ruling.some((one) => one.kind === 'drift' && keyOf(one) === keyOf(row))
  const agrees = figure.physical <= row.quantity && row.quantity <= figure.physical + figure.unseenOut
  return isDisputed && !agrees ? 'drift' : comparison
}

async function screen(
  tx: Sql,
  source: Source,
  rows: readonly SeenRow[],
): Promise<{ compared: SeenRow[]; found: Found[] }> {
  const warehouses = new Map((await readWarehouses(tx)).map((one) => [one.code, one.figures]))
  const known =
    source.onUnknownSku === 'create'
      ? null
      : await readKnownSkus(tx, [...new Set(rows.map((one) => one.sku))])
  const found: Found[] = []
  const note = (kind: Found['kind'], row: SeenRow, captured: number | null): false => {
    const evidence = { feed: source.feed, at: source.evidence, version: row.version?.toString() ?? null }
    const more = kind === 'duplicate_row' ? { rows: row.times } : {}
    const sku = kind === 'own_figures' || kind === 'unknown_warehouse' ? '' : row.sku
    found.push({
      kind,
      feedId: source.feedId,
      sku,
      warehouse: row.warehouse,
      ledger: null,
      captured,
      evidence: { ...evidence, ...more },
    })
    return false
  }
  const compared = rows.filter((row) => {
    const figures = warehouses.get(row.warehouse)
    if (figures === undefined) return note('unknown_warehouse', row, null)
    if (figures === 'own') return note('own_figures', row, null)
    if (row.times > 1) return note('duplicate_row', row, row.quantity)
    if (known === null || known.has(row.sku)) return true
    return source.onUnknownSku === 'ask' ? note('unknown_sku', row, row.quantity) : false
  })
  return { compared, found }
}

function driftFinding(source: Source, row: SeenRow, figure: PlaceFigure | undefined): Found {
  return {
    kind: 'drift',
    feedId: source.feedId,
    sku: row.sku,
    warehouse: row.warehouse,
    ledger: figure?.physical ?? 0,
    captured: row.quantity,
    evidence: {
      feed: source.feed,
      at: source.evidence,
      version: row.version?.toString() ?? null,
      lowest: row.quantity,
      sourceBefore: figure?.sourceQuantity ?? null,
      versionBefore: figure?.sourceVersion?.toString() ?? null,
      unseenOut: figure?.unseenOut ?? 0,
    },
  }
}

function commandOf(source: Source, row: SeenRow, comparison: Comparison): AdjustCommand[] {
  if (comparison === 'opening') return [takeOver(source, row, 'opening', row)]
  if (comparison === 'explained') return [takeOver(source, row, 'capture', { ...row, over: 'same' })]
  return []
}

function takeOver(source: Source, row: SeenRow, cause: string, figure: SourceFigure): AdjustCommand {
  const { sku, warehouse, quantity } = row
  const { version, over } = figure
  const told = { quantity, version, ...(over === undefined ? {} : { over }) }
  return {
    do: 'adjust',
    key: null,
    changes: [{ sku, warehouse, source: told }],
    cause,
    actor: source.actor,
    evidence: {
      feed: source.feed,
      at: source.evidence,
      snapshot: true,
      says: quantity,
      version: row.version?.toString() ?? null,
    },
  }
}

async function acceptAll(tx: Sql, opened: readonly FindingRow[], now: Instant): Promise<void> {
  const ids = opened.filter((one) => one.kind === 'drift').map((one) => one.id)
  await endFindings(
    tx,
    ids,
    { state: 'accepted', by: 'hub', words: 'the feed accepts differences by itself' },
    now,
  )
}

/** For what is new: at once, in the same transaction. What else changed is balanced after it. */
async function reservations(
  tx: Sql,
  opened: readonly FindingRow[],
  figures: ReadonlyMap<string, PlaceFigure>,
): Promise<StockCommand[]> {
  const commands = opened.flatMap((one) => {
    if (one.kind !== 'drift' || one.state !== 'open' || one.hold_key !== null) return []
    const figure = figures.get(keyOf(one))
    const pieces = Math.min(doubtOf(figure?.physical ?? 0, one.captured), Math.max(0, figure?.available ?? 0))
    return pieces > 0 ? [{ id: one.id, command: reservation(one, pieces, 1) }] : []
  })
  await setHoldKeys(
    tx,
    commands.map(({ id, command }) => ({ id, key: command.key })),
  )
  return commands.map(({ command }) => command)
}
