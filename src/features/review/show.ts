import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Question } from './core/filter.ts'
import type { ReviewDeps } from './deps.ts'
import {
  type CaseRow,
  type LineRow,
  type Place,
  readCases,
  readEvents,
  readHeats,
  readLines,
  readSiblings,
  readSpots,
} from './list/store.ts'
import type { ReviewRule } from './rule.ts'

type ShowDeps = Pick<ReviewDeps, 'sql' | 'zone' | 'rules'>

const HEATS_AT_MOST = 20_000
const HEATS_KEPT_MS = 5_000

/** Heat of every SKU, read at most every five seconds: a list of fifty rows is not worth a sum over all cases each time. */
export function openHeats(sql: Sql, nowMs: () => number): () => Promise<ReadonlyMap<string, number>> {
  let kept: { readonly at: number; readonly heats: Promise<ReadonlyMap<string, number>> } | null = null
  return async () => {
    if (kept !== null && nowMs() - kept.at < HEATS_KEPT_MS) return await kept.heats
    const heats = readHeats(sql, HEATS_AT_MOST).then(
      (rows) => new Map(rows.map((row) => [row.sku, Number(row.heat)])),
    )
    kept = { at: nowMs(), heats }
    heats.catch(() => {
      kept = null
    })
    return await heats
  }
}

/** One page of the list. Refuses with `http.bad_cursor`. By heat a case may move between two pages, since heat is of this moment. */
export async function listCases(
  deps: ShowDeps & { readonly heats: () => Promise<ReadonlyMap<string, number>> },
  question: Question,
  page: { readonly cursor: string | null; readonly limit: number },
): Promise<Result<{ items: CaseJson[]; next: string | null }>> {
  const { sql } = deps
  const list = `review:${question.sort}`
  const after = page.cursor === null ? ok<Place | null>(null) : placeOf(list, page.cursor)
  if (!after.ok) return after
  const { filter, sort } = question
  const spots = await readSpots(sql, filter, { sort, after: after.value, limit: page.limit + 1 })
  const shown = spots.slice(0, page.limit)
  const last = spots.length > page.limit ? shown.at(-1) : undefined
  const rows = await readCases(
    sql,
    shown.map((spot) => spot.id),
  )
  return ok({
    items: await casesToJson(deps, rows),
    next: last === undefined ? null : encodeCursor(list, [last.key, last.due.toString(), last.id.toString()]),
  })
}

function placeOf(list: string, cursor: string): Result<Place> {
  const values = decodeCursor(list, cursor)
  if (!values.ok) return values
  const [key, due, id] = values.value.map(String)
  return ok({ key: key ?? '', due: due ?? '', id: BigInt(id ?? 0) })
}

export type CaseJson = ReturnType<typeof caseToJson>

async function casesToJson(
  deps: ShowDeps & { readonly heats: () => Promise<ReadonlyMap<string, number>> },
  rows: readonly CaseRow[],
): Promise<CaseJson[]> {
  const orders = [...new Set(rows.flatMap((row) => (row.order_id === null ? [] : [row.order_id])))]
  const [lines, heats] = [await readLines(deps.sql, orders), await deps.heats()]
  const byOrder = Map.groupBy(lines, (line) => line.order_id)
  return rows.map((row) => caseToJson(row, byOrder.get(row.order_id ?? 0n) ?? [], heats, deps))
}

const SKUS_SHOWN = 5

function caseToJson(
  row: CaseRow,
  lines: readonly LineRow[],
  heats: ReadonlyMap<string, number>,
  { zone: zoneOf, rules }: Pick<ShowDeps, 'zone' | 'rules'>,
) {
  const zone = zoneOf()
  const iso = (at: Instant): string => formatInstant(at, zone)
  const isoOrNull = (at: Instant | null): string | null => (at === null ? null : iso(at))
  const rule = rules.find((one) => one.id === row.rule)
  return {
    id: row.id.toString(),
    rule: ruleToJson(row.rule, rule),
    subject: row.subject,
    order:
      row.order_id === null
        ? null
        : {
            id: row.order_id.toString(),
            orderNo: row.order_no ?? '',
            status: row.order_status ?? '',
            shipBy: isoOrNull(row.ship_by),
            title: row.first_title,
            pieces: lines.reduce((sum, line) => sum + line.quantity, 0),
            skus: lines
              .slice(0, SKUS_SHOWN)
              .map((line) => ({ code: line.sku, matched: line.matched, quantity: line.quantity })),
          },
    orderNo: row.order_no,
    connection:
      row.connection_id === null
        ? null
        : {
            id: row.connection_id,
            kind: row.connection_kind ?? 'unknown',
            name: row.connection_name ?? row.connection_id,
          },
    state: row.state,
    severity: row.severity,
    zh: row.zh,
    en: row.en,
    evidence: row.evidence,
    next: { action: row.next_action, zh: rule?.next.zh ?? '', en: rule?.next.en ?? '' },
    owner: row.owner === null ? null : { id: row.owner, name: row.owner_name ?? row.owner },
    heat: Math.max(0, ...lines.map((line) => heats.get(line.heat_key) ?? 0)),
    since: iso(row.since),
    dueAt: iso(row.due_at),
    snoozedUntil: isoOrNull(row.snoozed_until),
    note: row.note,
    outcome: row.outcome,
    resolvedBy: row.resolved_by,
    resolvedAt: isoOrNull(row.resolved_at),
    kept: row.kept,
    goneAt: isoOrNull(row.gone_at),
    revision: row.revision,
    openedAt: iso(row.opened_at),
    updatedAt: iso(row.updated_at),
  }
}

/** A rule that this version does not know any more keeps its id as its name. */
function ruleToJson(id: string, rule: ReviewRule | undefined) {
  return { id, zh: rule?.zh ?? id, en: rule?.en ?? id, decision: rule?.decision === true }
}

const EVENTS_SHOWN = 200

/** One case with its history and the other cases of its order. Refuses with `review.not_found`. */
export async function showCase(
  deps: ShowDeps & { readonly heats: () => Promise<ReadonlyMap<string, number>> },
  id: bigint,
) {
  const rows = await readCases(deps.sql, [id])
  const [row] = rows
  const [shown] = await casesToJson(deps, rows)
  if (row === undefined || shown === undefined) return refuse('review.not_found', 'there is no such case')
  const zone = deps.zone()
  const events = await readEvents(deps.sql, id, EVENTS_SHOWN)
  const others = await readSiblings(deps.sql, row)
  return ok({
    ...shown,
    events: events.map((event) => ({
      id: event.id.toString(),
      at: formatInstant(event.at, zone),
      actor: event.actor,
      kind: event.kind,
      words: event.kind === 'snoozed' ? formatInstant(Temporal.Instant.from(event.words), zone) : event.words,
    })),
    others: others.map((other) => ({
      id: other.id.toString(),
      rule: ruleToJson(
        other.rule,
        deps.rules.find((one) => one.id === other.rule),
      ),
      state: other.state,
      outcome: other.outcome,
      openedAt: formatInstant(other.opened_at, zone),
      resolvedAt: other.resolved_at === null ? null : formatInstant(other.resolved_at, zone),
    })),
  })
}
