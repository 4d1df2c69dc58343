import type { StockPlace } from '#domain/stock.ts'
import type { FeedChange, FeedFault } from '#domain/stock-feed.ts'
import { type Answered, applyStock } from '#features/stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type PlacedChange, placeChanges } from './core/place-changes.ts'
import { type Origin, type Plan, type Planned, planBatch, type RulingDispute } from './core/plan-batch.ts'
import {
  endFindings,
  type FindingRow,
  type Found,
  followFinding,
  healPlaces,
  holdRuling,
  openFindings,
} from './findings/store.ts'
import { keyOf, type PlaceFigure, readFigures, readKnownSkus, readWarehouses } from './store.ts'

export type Source = Origin & {
  readonly feedId: bigint | null
  /** What the source calls the hub's warehouses; null: it uses the hub's own codes. */
  readonly codes: ReadonlyMap<string, string> | null
  readonly onUnknownSku: 'create' | 'ignore' | 'ask'
}

export const TOLD_OUTCOMES = [
  'done',
  'older',
  'repeated',
  'conflict',
  'disputed',
  'ignored',
  'refused',
] as const
/** What became of one change. `disputed`: its place waits for a person, so that only what went down there was taken. */
export type Told = {
  readonly outcome: (typeof TOLD_OUTCOMES)[number]
  readonly physical: number
  readonly available: number | null
  readonly code: string | null
  readonly detail: string | null
}
export type Applied = {
  /** In the order of the changes. */
  readonly told: readonly Told[]
  /** Changes that found their place, by warehouse. */
  readonly byWarehouse: ReadonlyMap<string, number>
  /** Whether what is set aside for findings has to be looked at. */
  readonly hasDoubts: boolean
}

/**
 * Takes what a source says into the ledger, within the caller's transaction: the same change from another channel, or the same batch
 * again, has no second effect. What cannot be taken is a finding. Calls `applyStock` once.
 */
export async function applyChanges(
  tx: Sql,
  source: Source,
  batch: { readonly changes: readonly FeedChange[]; readonly faults: readonly FeedFault[] },
  now: Instant,
): Promise<Applied> {
  const told: (Told | undefined)[] = batch.changes.map(() => undefined)
  const found: Found[] = []
  const { placed, misplaced } = placeChanges(batch.changes, source.codes)
  for (const one of misplaced) {
    told[one.index] = { outcome: 'refused', physical: 0, available: null, code: one.code, detail: one.detail }
    found.push(finding(source, one.kind, one, null, { code: one.code, detail: one.detail }))
  }
  found.push(...batch.faults.map((one) => faultFinding(source, one)))
  const ready = await screen(tx, source, placed, told, found)
  const places = ready.map(({ change }) => change)
  const disputes = await holdRuling(tx, ['drift'], places)
  const figures = await readFigures(tx, disputes, null)
  const plan = planBatch(ready, disputesByPlace(disputes), figures, source)
  const answers = plan.commands.length === 0 ? [] : await applyStock(tx, plan.commands, now)
  for (const one of plan.planned) told[one.index] = toldOf(one, answers)
  await settleDisputes(tx, plan, disputes, figures, answers, now)
  const last = lastWords(plan.planned, told)
  const conflicts = await conflictFindings(tx, source, last.conflict)
  const opened = await openFindings(tx, [...found, ...conflicts], now)
  const good = last.done.map((one) => one.change)
  const healed = await healPlaces(tx, ['conflict', 'unreadable'], good, 'a newer figure came', now)
  return {
    told: told.map((one) => one ?? NOTHING),
    byWarehouse: countByWarehouse(ready),
    hasDoubts:
      plan.over.length + plan.followed.size + healed.length > 0 ||
      opened.some(({ kind }) => kind === 'conflict'),
  }
}

const NOTHING: Told = { outcome: 'ignored', physical: 0, available: null, code: null, detail: null }

/** Leaves out places that the hub counts by itself, and SKUs that nobody knows, as the feed says. */
async function screen(
  tx: Sql,
  source: Source,
  placed: readonly PlacedChange[],
  told: (Told | undefined)[],
  found: Found[],
): Promise<PlacedChange[]> {
  const warehouses = new Map((await readWarehouses(tx)).map((one) => [one.code, one.figures]))
  const known =
    source.onUnknownSku === 'create'
      ? null
      : await readKnownSkus(tx, [...new Set(placed.map((one) => one.change.sku))])
  return placed.filter(({ index, change }) => {
    const figures = warehouses.get(change.warehouse)
    const say = (code: string, detail: string, outcome: Told['outcome'] = 'refused'): false => {
      told[index] = { outcome, physical: 0, available: null, code, detail }
      return false
    }
    const captured = change.kind === 'level' ? change.quantity : change.delta
    if (figures === undefined) {
      const place = { sku: '', warehouse: change.warehouse }
      found.push(finding(source, 'unknown_warehouse', place, null, {}))
      return say('capture.unknown_warehouse', `there is no warehouse ${change.warehouse}`)
    }
    if (figures === 'own') {
      found.push(finding(source, 'own_figures', { sku: '', warehouse: change.warehouse }, null, {}))
      return say(
        'capture.own_figures',
        `${change.warehouse} is counted by the hub itself; set it to captured`,
      )
    }
    if (known === null || known.has(change.sku)) return true
    if (source.onUnknownSku === 'ignore')
      return say('capture.unknown_sku', 'nobody knows this SKU', 'ignored')
    const version = change.kind === 'level' ? change.version : null
    found.push(finding(source, 'unknown_sku', change, captured, { version: version?.toString() ?? null }))
    return say('capture.unknown_sku', 'nobody knows this SKU; it waits among the findings')
  })
}

function finding(
  source: Source,
  kind: Found['kind'],
  { sku, warehouse }: StockPlace,
  captured: number | null,
  evidence: Record<string, unknown>,
): Found {
  const told = { feed: source.feed, at: source.evidence, ...evidence }
  return { kind, feedId: source.feedId, sku, warehouse, ledger: null, captured, evidence: told }
}

function faultFinding(source: Source, { code, detail, row }: FeedFault): Found {
  const cells = Object.values(row).map((cell) => cell ?? '')
  // Nobody knows which of its cells is the SKU: the row itself tells one fault from another.
  const sku = `#${cells.join('|')}`.slice(0, 100)
  return finding(source, 'unreadable', { sku, warehouse: '' }, null, { code, detail, row })
}

export function disputesByPlace(disputes: readonly FindingRow[]): ReadonlyMap<string, RulingDispute> {
  return new Map(
    disputes.map((one) => [
      keyOf(one),
      {
        id: one.id,
        captured: one.captured ?? 0,
        version: typeof one.evidence.version === 'string' ? BigInt(one.evidence.version) : null,
        difference: (one.ledger ?? 0) - (one.captured ?? 0),
      },
    ]),
  )
}

function toldOf({ command, disputed }: Planned, answers: readonly Answered[]): Told {
  if (command === null) return { ...NOTHING, outcome: disputed === null ? 'repeated' : 'disputed' }
  const answer = answers[command]
  if (answer === undefined) return NOTHING
  if (!answer.ok) {
    const { code, detail } = answer.refusal
    return { outcome: 'refused', physical: 0, available: null, code, detail }
  }
  if (answer.value.do !== 'adjust') return NOTHING
  const [changed] = answer.value.changes
  if (changed === undefined) return NOTHING
  const { outcome, physical, available } = changed
  const isDisputed = disputed !== null && outcome === 'done'
  return { outcome: isDisputed ? 'disputed' : outcome, physical, available, code: null, detail: null }
}

/** Ends what is agreed, and lets the others follow the source; movements move both sides of a difference. */
async function settleDisputes(
  tx: Sql,
  plan: Plan,
  disputes: readonly FindingRow[],
  figures: ReadonlyMap<string, PlaceFigure>,
  answers: readonly Answered[],
  now: Instant,
): Promise<void> {
  await endFindings(tx, plan.over, { state: 'gone', by: 'hub', words: 'the source came to agree' }, now)
  const after = disputes.length === 0 ? figures : await readFigures(tx, disputes, null)
  for (const dispute of disputes) {
    if (plan.over.includes(dispute.id)) continue
    const moved = plan.planned.reduce((sum, one) => {
      const answer = one.command === null ? undefined : answers[one.command]
      const isNew = answer?.ok === true && answer.value.do === 'adjust' && !answer.value.isRepeat
      return one.disputed === dispute.id && one.change.kind === 'movement' && isNew
        ? sum + one.change.delta
        : sum
    }, 0)
    const followed = plan.followed.get(dispute.id)
    if (followed === undefined && moved === 0) continue
    const captured = (followed?.captured ?? dispute.captured ?? 0) + moved
    const ledger = after.get(keyOf(dispute))?.physical ?? 0
    const version = followed?.version?.toString()
    await followFinding(
      tx,
      dispute.id,
      { ledger, captured, evidence: version === undefined ? {} : { version } },
      now,
    )
  }
}

/** How each place ended in this batch: what came after a conflict settles it, what came before does not. */
function lastWords(
  planned: readonly Planned[],
  told: readonly (Told | undefined)[],
): { readonly done: readonly Planned[]; readonly conflict: readonly Planned[] } {
  const last = new Map<string, Planned>()
  const outcomeOf = (one: Planned): string | undefined => told[one.index]?.outcome
  for (const one of planned)
    if (outcomeOf(one) === 'done' || outcomeOf(one) === 'conflict') last.set(keyOf(one.change), one)
  const ends = [...last.values()]
  return {
    done: ends.filter((one) => outcomeOf(one) === 'done'),
    conflict: ends.filter((one) => outcomeOf(one) === 'conflict'),
  }
}

async function conflictFindings(tx: Sql, source: Source, conflicts: readonly Planned[]): Promise<Found[]> {
  const figures = await readFigures(
    tx,
    conflicts.map((one) => one.change),
    null,
  )
  return conflicts.flatMap(({ change }) => {
    if (change.kind !== 'level') return []
    const known = figures.get(keyOf(change))
    const evidence = { version: change.version?.toString() ?? null, known: known?.sourceQuantity ?? null }
    return [
      { ...finding(source, 'conflict', change, change.quantity, evidence), ledger: known?.physical ?? null },
    ]
  })
}

function countByWarehouse(ready: readonly PlacedChange[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { change } of ready) counts.set(change.warehouse, (counts.get(change.warehouse) ?? 0) + 1)
  return counts
}
