import { parse } from 'csv-parse/sync'
import type { AuditEvent } from '#features/identity/index.ts'
import { matchWaitingLines, unmatchLines } from '#features/orders/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type Mapping, parseMappings, type RowError } from './core/parse-csv.ts'
import { deleteMapping, lockMapping, readConnections, saveMappings } from './store.ts'

/** Who is named beside the mapping and in the audit log. */
type By = AuditEvent['actor']

export type SkuDeps = {
  readonly sql: Database
  /** Writes an audit line within the given transaction. */
  readonly audit: (
    tx: Sql,
    entry: { actor: By; action: string; subject: string; detail: Record<string, unknown> },
  ) => Promise<void>
}
export type Mapped = { readonly mapped: number; readonly lines: number; readonly orders: number }

export const ROWS_AT_MOST = 50_000

/**
 * Maps one shop SKU and matches the lines that waited for it; with `again` also those that the mapping's earlier stock SKU
 * was given to, in orders of which nothing has left. Refuses with `skus.unknown_connection`.
 */
export async function mapSku(
  deps: SkuDeps,
  mapping: Mapping,
  actor: By,
  again = false,
): Promise<Result<Mapped>> {
  const { connection } = mapping
  const known = connection === '*' || (await readConnections(deps.sql)).get(connection) === connection
  if (!known) return refuse('skus.unknown_connection', `there is no connection "${connection}"`)
  return ok(await applyMappings(deps, [mapping], actor, again))
}

/** Maps many at once, for programs that know their shops; matches the lines that waited for them. */
export async function mapSkus(deps: SkuDeps, mappings: readonly Mapping[], actor: By): Promise<Mapped> {
  if (mappings.length === 0) return { mapped: 0, lines: 0, orders: 0 }
  return await applyMappings(deps, mappings, actor, false)
}

export type Unmapped = {
  readonly lines: number
  readonly orders: number
  /** Lines that no other mapping took. */
  readonly waiting: number
}

/**
 * Removes a mapping. Lines keep their stock SKU; with `unmatch` those in orders of which nothing has left lose it, and
 * take the common mapping or stand in the queue again. Refuses with `skus.mapping_not_found`.
 */
export async function unmapSku(
  deps: SkuDeps,
  place: { readonly connection: string; readonly shopSku: string },
  unmatch: boolean,
  actor: By,
): Promise<Result<Unmapped>> {
  return await deps.sql.begin(async (tx): Promise<Result<Unmapped>> => {
    const mapping = await lockMapping(tx, place.connection, place.shopSku)
    if (mapping === null)
      return refuse('skus.mapping_not_found', `"${place.shopSku}" is not mapped for "${place.connection}"`)
    const freed = unmatch ? await unmatchLines(tx, mapping) : { lines: 0, orders: 0 }
    await deleteMapping(tx, place.connection, place.shopSku)
    const taken = freed.lines > 0 ? await matchWaitingLines(tx, [place.shopSku]) : { lines: 0 }
    const done = { ...freed, waiting: Math.max(0, freed.lines - taken.lines) }
    await deps.audit(tx, {
      actor,
      action: 'skus.unmapped',
      subject: place.shopSku,
      detail: { ...mapping, ...done },
    })
    return ok(done)
  })
}

/**
 * Maps every good row of a CSV file (UTF-8, heading in the first line) and reports the others. Refuses with
 * `skus.bad_file` what is no CSV, and `skus.file_too_large` beyond 50,000 rows.
 */
export async function importMappings(
  deps: SkuDeps,
  file: Uint8Array,
  actor: By,
): Promise<Result<Mapped & { errors: readonly RowError[] }>> {
  const records = readRecords(file)
  if (!records.ok) return records
  const { mappings, errors } = parseMappings(records.value, await readConnections(deps.sql))
  return ok({ ...(await mapSkus(deps, mappings, actor)), errors })
}

function readRecords(file: Uint8Array): Result<string[][]> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file)
    const records = parse(text, { relax_column_count: true, to: ROWS_AT_MOST + 2 })
    if (records.length > ROWS_AT_MOST + 1)
      return refuse('skus.file_too_large', `at most ${ROWS_AT_MOST} rows at a time`)
    return ok(records)
  } catch (error) {
    return refuse(
      'skus.bad_file',
      error instanceof Error ? `not a CSV file in UTF-8: ${error.message}` : 'not a CSV file',
    )
  }
}

async function applyMappings(
  deps: SkuDeps,
  mappings: readonly Mapping[],
  actor: By,
  again: boolean,
): Promise<Mapped> {
  return await deps.sql.begin(async (tx) => {
    for (const mapping of again ? mappings : []) {
      const before = await lockMapping(tx, mapping.connection, mapping.shopSku)
      if (before !== null && before.stockSku !== mapping.stockSku) await unmatchLines(tx, before)
    }
    await saveMappings(tx, mappings, actor.name)
    const matched = await matchWaitingLines(tx, [...new Set(mappings.map((row) => row.shopSku))])
    const [first] = mappings
    const subject = mappings.length === 1 && first !== undefined ? first.shopSku : `${mappings.length} SKUs`
    const detail = mappings.length === 1 ? { ...first, ...matched } : { rows: mappings.length, ...matched }
    await deps.audit(tx, { actor, action: 'skus.mapped', subject, detail })
    return { mapped: mappings.length, ...matched }
  })
}
