import type { RuleCaseContent } from '#domain/rulebook.ts'
import {
  ruleInputFromJson,
  ruleInputToJson,
  ruleValuesFromJson,
  ruleValuesToJson,
} from '#domain/rulebook-json.ts'
import { assert } from '#kernel/assert.ts'
import type { Instant } from '#kernel/clock.ts'
import { json, type Sql } from '#platform/postgres/database.ts'

export const CASE_ORIGINS = ['template', 'boundary', 'order', 'person'] as const
export type CaseOrigin = (typeof CASE_ORIGINS)[number]

export type CaseRow = RuleCaseContent & {
  readonly id: bigint
  readonly setId: bigint
  readonly origin: CaseOrigin
  readonly createdBy: string
  readonly updatedAt: Instant
}

type Row = {
  readonly id: bigint
  readonly set_id: bigint
  readonly name: string
  readonly input: unknown
  readonly expected: {
    readonly outcome: 'decided' | 'review'
    readonly values?: unknown
    readonly actions?: unknown
  }
  readonly origin: CaseOrigin
  readonly created_by: string
  readonly updated_at: Instant
}

/** In the order in which they were kept. */
export async function readCases(sql: Sql, setId: bigint): Promise<CaseRow[]> {
  const rows = await sql<Row>`
    select id, set_id, name, input, expected, origin, created_by, updated_at from rule_case where set_id = ${setId} order by id`
  return rows.map(caseOf)
}

export async function readCaseRow(sql: Sql, id: bigint): Promise<CaseRow | null> {
  const [row] = await sql<Row>`
    select id, set_id, name, input, expected, origin, created_by, updated_at from rule_case where id = ${id} for update`
  return row === undefined ? null : caseOf(row)
}

/** Null where the set has one of that name. */
export async function insertCase(
  tx: Sql,
  setId: bigint,
  content: RuleCaseContent,
  { origin, by, at }: { origin: CaseOrigin; by: string; at: Instant },
): Promise<CaseRow | null> {
  const [row] = await tx<Row>`
    insert into rule_case (set_id, name, input, expected, origin, created_by, updated_at)
    values (${setId}, ${content.name}, ${json(ruleInputToJson(content.input))}::jsonb, ${json(expectedToJson(content.expected))}::jsonb,
      ${origin}, ${by}, ${at})
    on conflict (set_id, name) do nothing
    returning id, set_id, name, input, expected, origin, created_by, updated_at`
  return row === undefined ? null : caseOf(row)
}

/** Null where another one of the set has that name. */
export async function updateCase(
  tx: Sql,
  { id, setId }: Pick<CaseRow, 'id' | 'setId'>,
  content: RuleCaseContent,
  at: Instant,
): Promise<CaseRow | null> {
  const [row] = await tx<Row>`
    update rule_case set name = ${content.name}, input = ${json(ruleInputToJson(content.input))}::jsonb,
      expected = ${json(expectedToJson(content.expected))}::jsonb, updated_at = ${at}
    where id = ${id} and not exists (
      select 1 from rule_case o where o.set_id = ${setId} and o.name = ${content.name} and o.id <> ${id})
    returning id, set_id, name, input, expected, origin, created_by, updated_at`
  return row === undefined ? null : caseOf(row)
}

export async function deleteCase(tx: Sql, id: bigint): Promise<void> {
  await tx`delete from rule_case where id = ${id}`
}

export async function countCases(tx: Sql, setId: bigint): Promise<number> {
  const [row] = await tx<{ n: bigint }>`select count(*) as n from rule_case where set_id = ${setId}`
  return Number(row?.n ?? 0n)
}

export type SetRow = { readonly id: bigint; readonly kind: string; readonly name: string }

/** Locked, so that two people who add a case at once cannot pass the limit together. */
export async function lockSetOfCases(tx: Sql, setId: bigint): Promise<SetRow | null> {
  const [row] = await tx<SetRow>`select id, kind, name from rule_set where id = ${setId} for update`
  return row ?? null
}

export async function readSetOfCases(sql: Sql, setId: bigint): Promise<SetRow | null> {
  const [row] = await sql<SetRow>`select id, kind, name from rule_set where id = ${setId}`
  return row ?? null
}

export type VersionOfCases = {
  readonly id: bigint
  readonly set_id: bigint
  readonly kind: string
  readonly model: unknown
}

export async function readVersionOfCases(sql: Sql, id: bigint): Promise<VersionOfCases | null> {
  const [row] = await sql<VersionOfCases>`
    select v.id, v.set_id, s.kind, v.model from rule_version v join rule_set s on s.id = v.set_id where v.id = ${id}`
  return row ?? null
}

/** The version that somebody works on, else the one that decides, else the newest. */
export async function readWorkedVersion(sql: Sql, setId: bigint): Promise<VersionOfCases | null> {
  const [row] = await sql<VersionOfCases>`
    select v.id, v.set_id, s.kind, v.model from rule_version v join rule_set s on s.id = v.set_id where v.set_id = ${setId}
    order by case when v.state in ('draft', 'checked') then 0 when v.state = 'live' then 1 else 2 end, v.number desc limit 1`
  return row ?? null
}

export function expectedToJson(expected: RuleCaseContent['expected']) {
  return {
    outcome: expected.outcome,
    ...(expected.values === undefined ? {} : { values: ruleValuesToJson(expected.values) }),
    ...(expected.actions === undefined
      ? {}
      : {
          actions: expected.actions.map(({ action, params }) => ({
            action,
            params: ruleValuesToJson(params),
          })),
        }),
  }
}

function caseOf(row: Row): CaseRow {
  const input = ruleInputFromJson(row.input)
  const values = row.expected.values === undefined ? undefined : ruleValuesFromJson(row.expected.values)
  assert(input !== undefined, 'RB-case', `case ${row.id} holds no input`)
  const actions = (row.expected.actions as { action: string; params: unknown }[] | undefined)?.map(
    ({ action, params }) => ({ action, params: ruleValuesFromJson(params) ?? {} }),
  )
  return {
    id: row.id,
    setId: row.set_id,
    name: row.name,
    input,
    expected: {
      outcome: row.expected.outcome,
      ...(values === undefined ? {} : { values }),
      ...(actions === undefined ? {} : { actions }),
    },
    origin: row.origin,
    createdBy: row.created_by,
    updatedAt: row.updated_at,
  }
}
