import { parse } from 'csv-parse/sync'
import { matchWaitingLines } from '#features/orders/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type Mapping, parseMappings, type RowError } from './core/parse-csv.ts'
import { readConnectionIds, saveMappings } from './store.ts'

export type SkuDeps = {
  readonly sql: Database
  /** Writes an audit line within the given transaction. */
  readonly audit: (
    tx: Sql,
    entry: { actor: Actor; action: string; subject: string; detail: Record<string, unknown> },
  ) => Promise<void>
}
export type Mapped = { readonly mapped: number; readonly lines: number; readonly orders: number }

export const ROWS_AT_MOST = 50_000

/** Maps one shop SKU and matches the lines that waited for it. Refuses with `skus.unknown_connection`. */
export async function mapSku(deps: SkuDeps, mapping: Mapping, actor: Actor): Promise<Result<Mapped>> {
  const known = mapping.connection === '*' || (await readConnectionIds(deps.sql)).has(mapping.connection)
  if (!known) return refuse('skus.unknown_connection', `there is no connection "${mapping.connection}"`)
  return ok(await applyMappings(deps, [mapping], actor))
}

/**
 * Maps every good row of a CSV file (UTF-8, heading in the first line) and reports the others. Refuses with
 * `skus.bad_file` what is no CSV, and `skus.file_too_large` beyond 50,000 rows.
 */
export async function importMappings(
  deps: SkuDeps,
  file: Uint8Array,
  actor: Actor,
): Promise<Result<Mapped & { errors: readonly RowError[] }>> {
  const records = readRecords(file)
  if (!records.ok) return records
  const { mappings, errors } = parseMappings(records.value, await readConnectionIds(deps.sql))
  const done =
    mappings.length === 0 ? { mapped: 0, lines: 0, orders: 0 } : await applyMappings(deps, mappings, actor)
  return ok({ ...done, errors })
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

async function applyMappings(deps: SkuDeps, mappings: readonly Mapping[], actor: Actor): Promise<Mapped> {
  return await deps.sql.begin(async (tx) => {
    await saveMappings(tx, mappings, actor.name)
    const matched = await matchWaitingLines(tx, [...new Set(mappings.map((row) => row.shopSku))])
    const [first] = mappings
    const subject = mappings.length === 1 && first !== undefined ? first.shopSku : `${mappings.length} SKUs`
    const detail = mappings.length === 1 ? { ...first, ...matched } : { rows: mappings.length, ...matched }
    await deps.audit(tx, { actor, action: 'skus.mapped', subject, detail })
    return { mapped: mappings.length, ...matched }
  })
}
