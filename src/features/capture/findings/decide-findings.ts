import { type AdjustCommand, applyStock, type StockCommand } from '#features/stock/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { acceptedFigure } from '../core/compare.ts'
import { holdTellers } from '../places/store.ts'
import { inTurn } from '../retry.ts'
import { keyOf, type PlaceFigure, readFigures } from '../store.ts'
import { releases } from './reserve-doubts.ts'
import { endFindings, type FindingKind, type FindingRow, holdFindings, readFindingHolds } from './store.ts'

export type Audit = (
  tx: Sql,
  entry: {
    readonly actor: Actor
    readonly action: string
    readonly subject: string
    readonly detail: Record<string, unknown>
  },
) => Promise<void>
export type DecideDeps = { readonly db: Database; readonly clock: Clock; readonly audit: Audit }

/** Findings whose acceptance takes the warehouse's figure over. The others say what a person has to put right elsewhere. */
export const ACCEPTABLE: readonly FindingKind[] = [
  'drift',
  'conflict',
  'unknown_sku',
  'unseen_out',
  'negative',
]
const AT_ONCE = 200

export type Decision = {
  readonly done: number
  readonly refused: readonly { readonly id: string; readonly code: string; readonly detail: string }[]
}

/**
 * Decides findings, each by itself. `accept`: the ledger becomes what the warehouse says; `keep`: the ledger is right, with words, and the
 * same difference is not asked about again. What was set aside is free either way. Refused one by one: `capture.finding_not_found`,
 * `capture.finding_ended`, `capture.nothing_to_accept`, and what the ledger refuses.
 */
export async function decideFindings(
  deps: DecideDeps,
  actor: Actor,
  ids: readonly bigint[],
  decision: { readonly to: 'accept' | 'keep'; readonly words: string },
): Promise<Result<Decision>> {
  const words = decision.words.trim()
  if (decision.to === 'keep' && words === '')
    return refuse('capture.words_missing', 'say why the ledger is right')
  const refused: Decision['refused'][number][] = []
  let done = 0
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const part = ids.slice(i, i + AT_ONCE)
    const now = deps.clock.now()
    const outcome = await inTurn(deps.db, (tx) =>
      decidePart(deps, tx, actor, part, { ...decision, words }, now),
    )
    done += outcome.done
    refused.push(...outcome.refused)
  }
  return ok({ done, refused })
}

async function decidePart(
  deps: DecideDeps,
  tx: Sql,
  actor: Actor,
  ids: readonly bigint[],
  { to, words }: { readonly to: 'accept' | 'keep'; readonly words: string },
  now: Instant,
): Promise<Decision> {
  const rows = await holdFindings(tx, ids)
  const refused: Decision['refused'][number][] = ids
    .filter((id) => !rows.some((row) => row.id === id))
    .map((id) => ({ id: String(id), code: 'capture.finding_not_found', detail: `there is no finding ${id}` }))
  const ready = rows.filter((row) => {
    const refusal = refusalOf(row, to)
    if (refusal !== null) refused.push({ id: String(row.id), ...refusal })
    return refusal === null
  })
  // What comes in meanwhile is judged after the decision, by the version that it leaves.
  await holdTellers(
    tx,
    ready.filter((row) => to === 'accept' && row.captured !== null),
  )
  const figures = await readFigures(tx, ready, null)
  const holds = await readFindingHolds(
    tx,
    ready.map((row) => row.id),
  )
  const commands: StockCommand[] = []
  const owners: bigint[] = []
  for (const row of ready) {
    const own = holds.filter((hold) => hold.finding === row.id)
    const pieces = own.reduce((sum, hold) => sum + hold.quantity, 0)
    const mine = [
      ...releases(own, pieces, to === 'accept' ? 'the difference was accepted' : 'the ledger was kept'),
      ...(to === 'accept' ? acceptCommands(row, figures.get(keyOf(row)), actor.name, words) : []),
    ]
    commands.push(...mine)
    owners.push(...mine.map(() => row.id))
  }
  const answers = commands.length === 0 ? [] : await applyStock(tx, commands, now)
  const failed = new Set<bigint>()
  for (const [i, answer] of answers.entries()) {
    const id = owners[i]
    if (answer.ok || id === undefined || failed.has(id)) continue
    failed.add(id)
    refused.push({ id: String(id), code: answer.refusal.code, detail: answer.refusal.detail })
  }
  const ended = ready.filter((row) => !failed.has(row.id))
  const state = to === 'accept' ? 'accepted' : 'kept'
  await endFindings(
    tx,
    ended.map((row) => row.id),
    { state, by: actor.name, words },
    now,
  )
  for (const row of ended)
    await deps.audit(tx, {
      actor,
      action: to === 'accept' ? 'capture.finding_accepted' : 'capture.finding_kept',
      subject: String(row.id),
      detail: {
        kind: row.kind,
        sku: row.sku,
        warehouse: row.warehouse,
        ledger: row.ledger,
        captured: row.captured,
        words,
      },
    })
  return { done: ended.length, refused }
}

function refusalOf(row: FindingRow, to: 'accept' | 'keep'): { code: string; detail: string } | null {
  if (row.state !== 'open')
    return { code: 'capture.finding_ended', detail: `finding ${row.id} is ${row.state} already` }
  if (to === 'accept' && !ACCEPTABLE.includes(row.kind))
    return {
      code: 'capture.nothing_to_accept',
      detail: `${row.kind} holds no figure; mend its cause or keep it`,
    }
  return null
}

/** The ledger becomes what the source says. */
function acceptCommands(
  row: FindingRow,
  figure: PlaceFigure | undefined,
  actor: string,
  words: string,
): AdjustCommand[] {
  const { sku, warehouse, captured } = row
  const base = {
    do: 'adjust',
    key: null,
    cause: 'capture_accepted',
    actor,
    evidence: {
      finding: String(row.id),
      kind: row.kind,
      ledger: row.ledger,
      captured,
      words,
      source: row.evidence,
    },
  } as const
  if (row.kind === 'negative') return []
  if (row.kind === 'unseen_out') {
    // What the hub knew to have left has not, or is counted already: the source's figure stands without it.
    const unseen = figure?.unseenOut ?? 0
    const quantity = figure?.sourceQuantity ?? null
    if (unseen === 0 || quantity === null) return []
    return [
      {
        ...base,
        changes: [
          { sku, warehouse, sourceDelta: -unseen },
          { sku, warehouse, source: { quantity, version: null } },
        ],
      },
    ]
  }
  if (captured === null) return []
  const told = typeof row.evidence.version === 'string' ? BigInt(row.evidence.version) : null
  const source = acceptedFigure({ quantity: captured, version: told }, figure?.sourceVersion ?? null)
  return [{ ...base, changes: [{ sku, warehouse, source }] }]
}
