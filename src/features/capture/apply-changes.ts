import type { StockPlace } from '#domain/stock.ts'
import type { FeedChange, FeedFault, FeedOrder } from '#domain/stock-feed.ts'
import { type Answered, applyStock } from '#features/stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Placed, type PlacedChange, placeChanges } from './core/place-changes.ts'
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
import { dropLate, holdTellers, noteLate, noteTeller } from './places/store.ts'
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
  batch: {
    readonly changes: readonly FeedChange[]
    readonly faults: readonly FeedFault[]
    readonly order?: FeedOrder
  },
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
  const ready = await holdBack(tx, await screen(tx, source, placed, told, found), told)
  const places = ready.map(({ change }) => change)
  const disputes = await holdRuling(tx, ['drift'], places)
  const tellers = await holdTellers(tx, places)
  const figures = await readFigures(tx, places, null)
  const teller = { feedId: source.feedId, order: batch.order ?? null }
  const plan = planBatch(ready, { disputes: disputesByPlace(disputes), figures, tellers }, source, teller)
  const answers = plan.commands.length === 0 ? [] : await applyStock(tx, plan.commands, now)
  for (const one of plan.planned) {
    const ended = toldOf(one, answers)
    told[one.index] = ended
    // A feed has nobody who reads its answers.
    if (ended.outcome === 'refused') found.push(refusedFinding(source, one.change, ended))
  }
  await settleDisputes(tx, plan, disputes, figures, answers, now)
  const last = lastWords(plan.planned, told)
  await noteWords(tx, source, plan, last, teller.order === null ? null : source.feedId, now)
  const conflicts = await conflictFindings(tx, source, last.conflict)
  const opened = await openFindings(tx, [...found, ...conflicts], now)
  const good = last.done.map((one) => one.change)
  const healed = [
    ...(await healPlaces(tx, ['conflict', 'unreadable'], good, 'a newer figure came', now)),
    ...(await healRepeated(tx, source, last.repeated, now)),
  ]
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

/** Where several rows of a table speak of one place, the word of one of them is not the place's figure. */
async function holdBack(
  tx: Sql,
  ready: readonly PlacedChange[],
  told: (Told | undefined)[],
): Promise<readonly PlacedChange[]> {
  const levels = ready.map(({ change }) => change).filter(({ kind }) => kind === 'level')
  const several = new Set((await holdRuling(tx, ['duplicate_row'], levels)).map(keyOf))
  if (several.size === 0) return ready
  return ready.filter(({ index, change }) => {
    if (change.kind !== 'level' || !several.has(keyOf(change))) return true
    const detail = 'several rows of the table are of this place; the finding says what to do'
    told[index] = { outcome: 'disputed', physical: 0, available: null, code: 'capture.row_twice', detail }
    return false
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

/** A figure that comes later makes up for a refused one; a movement that was refused is missing until somebody counts. */
function refusedFinding(source: Source, change: Placed, { code, detail }: Told): Found {
  const place =
    change.kind === 'level' ? change : { sku: `#${change.sku}|${change.id}`.slice(0, 100), warehouse: '' }
  const { sku, warehouse } = change
  return finding(source, 'unreadable', place, null, { code, detail, row: { sku, warehouse } })
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
        feedId: one.feed_id,
        captured: one.captured ?? 0,
        lowest: typeof one.evidence.lowest === 'number' ? one.evidence.lowest : (one.captured ?? 0),
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
    const before = disputesByPlace([dispute]).get(keyOf(dispute))
    const lowest = (followed?.lowest ?? before?.lowest ?? captured) + moved
    const evidence = { lowest, ...(version === undefined ? {} : { version }) }
    await followFinding(tx, dispute.id, { ledger, captured, evidence }, now)
  }
}

const WORDS = ['done', 'repeated', 'conflict', 'older', 'refused'] as const
type LastWords = Readonly<Record<(typeof WORDS)[number], readonly Planned[]>>

/** How each place ended in this batch: what came after a conflict settles it, what came before does not. */
function lastWords(planned: readonly Planned[], told: readonly (Told | undefined)[]): LastWords {
  const last = new Map<string, Planned>()
  const outcomeOf = (one: Planned): string | undefined => told[one.index]?.outcome
  for (const one of planned)
    if (WORDS.some((word) => word === outcomeOf(one)) && one.command !== null)
      last.set(keyOf(one.change), one)
  const ends = [...last.values()]
  const of = (word: string): Planned[] => ends.filter((one) => outcomeOf(one) === word)
  return {
    done: of('done'),
    repeated: of('repeated'),
    conflict: of('conflict'),
    older: of('older'),
    refused: of('refused'),
  }
}

/** Whose the last word is at each place, and what was passed over there. */
async function noteWords(
  tx: Sql,
  source: Source,
  plan: Plan,
  last: LastWords,
  teller: bigint | null,
  now: Instant,
): Promise<void> {
  const told = plan.planned.map((one) => one.change).filter((change) => plan.told.has(keyOf(change)))
  await noteTeller(tx, teller, told)
  await dropLate(
    tx,
    source.feedId,
    last.repeated.map((one) => one.change),
  )
  const late = last.older.flatMap(({ change }) =>
    change.kind === 'level' && change.version !== null ? [{ ...change, version: change.version }] : [],
  )
  await noteLate(tx, source.feedId, late, now)
}

/** A feed that said another figure of a version came to say the known one: it was a moment behind, within the same second. */
async function healRepeated(
  tx: Sql,
  source: Source,
  repeated: readonly Planned[],
  now: Instant,
): Promise<bigint[]> {
  const ruling = await holdRuling(
    tx,
    ['conflict'],
    repeated.map((one) => one.change),
  )
  const ids = ruling.filter((one) => one.feed_id === source.feedId).map((one) => one.id)
  await endFindings(tx, ids, { state: 'gone', by: 'hub', words: 'the same channel came to agree' }, now)
  return ids
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
