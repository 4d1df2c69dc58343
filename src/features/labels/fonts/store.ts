import type { Instant } from '#kernel/clock.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { JudgedFont, Verdict } from '../core/font-verdict.ts'

export type FontCheckRow = {
  readonly id: bigint
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  readonly pages: number
  readonly verdict: Verdict
  readonly fonts: readonly JudgedFont[]
  readonly took_ms: number
  readonly created_by: string
  readonly created_at: Instant
}

/** Looks that are kept; the file itself never is. */
const KEPT = 500

export async function insertCheck(sql: Sql, one: Omit<FontCheckRow, 'id'>): Promise<FontCheckRow> {
  const [row] = await sql<{ id: bigint }>`
    insert into font_check (name, sha256, bytes, pages, verdict, fonts, took_ms, created_by, created_at)
    values (${one.name}, ${one.sha256}, ${one.bytes}, ${one.pages}, ${one.verdict}, ${json(one.fonts)}::jsonb, ${one.took_ms},
      ${one.created_by}, ${one.created_at}) returning id`
  await sql`delete from font_check where id <= (select id from font_check order by id desc offset ${KEPT} limit 1)`
  return { id: row?.id ?? 0n, ...one }
}

export async function listChecks(
  sql: Sql,
  { before, limit }: { before: bigint | null; limit: number },
): Promise<FontCheckRow[]> {
  return await sql<FontCheckRow>`
    select id, name, sha256, bytes, pages, verdict, fonts, took_ms, created_by, created_at from font_check
    where (${before}::bigint is null or id < ${before}::bigint) order by id desc limit ${limit}`
}

export async function readCheck(sql: Sql, id: bigint): Promise<FontCheckRow | null> {
  const [row] = await sql<FontCheckRow>`
    select id, name, sha256, bytes, pages, verdict, fonts, took_ms, created_by, created_at from font_check where id = ${id}`
  return row ?? null
}
