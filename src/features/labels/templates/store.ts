import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { LabelSize, TemplateBody } from '../core/template.ts'

export type TemplateRow = {
  readonly id: bigint
  readonly name: string
  readonly size: LabelSize
  readonly carriers: readonly string[]
  readonly version: number
  readonly body: TemplateBody
  readonly updated_by: string
  readonly updated_at: Instant
}

export async function readTemplates(sql: Sql): Promise<TemplateRow[]> {
  return await sql<TemplateRow>`
    select t.id, t.name, t.size, t.carriers, t.version, v.body, t.updated_by, t.updated_at
    from label_template t join label_template_version v on v.template_id = t.id and v.version = t.version
    where t.active order by t.size, t.name`
}

/** Also one that is no longer offered: a batch may still be drawn by it. */
export async function readTemplate(sql: Sql, id: bigint): Promise<TemplateRow | null> {
  const [row] = await sql<TemplateRow>`
    select t.id, t.name, t.size, t.carriers, t.version, v.body, t.updated_by, t.updated_at
    from label_template t join label_template_version v on v.template_id = t.id and v.version = t.version
    where t.id = ${id}`
  return row ?? null
}

export type VersionRow = {
  readonly version: number
  readonly body: TemplateBody
  readonly note: string
  readonly saved_by: string
  readonly saved_at: Instant
}

export async function readVersions(sql: Sql, id: bigint): Promise<VersionRow[]> {
  return await sql<VersionRow>`
    select version, body, note, saved_by, saved_at from label_template_version
    where template_id = ${id} order by version desc limit 50`
}

export type SaveTemplate = {
  readonly name: string
  readonly size: LabelSize
  readonly carriers: readonly string[]
  readonly body: TemplateBody
  readonly note: string
  readonly by: string
  readonly at: Instant
}

/** Null: a template of this name is there. */
export async function insertTemplate(tx: Sql, one: SaveTemplate): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into label_template (name, size, carriers, created_by, created_at, updated_by, updated_at)
    values (${one.name}, ${one.size}, ${textArray(one.carriers)}, ${one.by}, ${one.at}, ${one.by}, ${one.at})
    on conflict do nothing returning id`
  if (row === undefined) return null
  await insertVersion(tx, row.id, 1, one)
  return row.id
}

/** How many rows it changed: 0 where somebody saved another version meanwhile, or it is gone. */
export async function changeTemplate(
  tx: Sql,
  id: bigint,
  version: number,
  one: SaveTemplate,
): Promise<boolean> {
  const rows = await tx`
    update label_template set name = ${one.name}, size = ${one.size}, carriers = ${textArray(one.carriers)},
      version = version + 1, updated_by = ${one.by}, updated_at = ${one.at}
    where id = ${id} and version = ${version} and active returning id`
  if (rows.length === 0) return false
  await insertVersion(tx, id, version + 1, one)
  return true
}

async function insertVersion(tx: Sql, id: bigint, version: number, one: SaveTemplate): Promise<void> {
  await tx`
    insert into label_template_version (template_id, version, body, note, saved_by, saved_at)
    values (${id}, ${version}, ${json(one.body)}::jsonb, ${one.note}, ${one.by}, ${one.at})`
}

export async function isNameTaken(sql: Sql, name: string, besides: bigint | null): Promise<boolean> {
  const rows =
    await sql`select 1 from label_template where name = ${name} and active and id is distinct from ${besides}`
  return rows.length > 0
}

export async function retireTemplate(tx: Sql, id: bigint, by: string, at: Instant): Promise<boolean> {
  const rows = await tx`
    update label_template set active = false, updated_by = ${by}, updated_at = ${at} where id = ${id} and active returning id`
  return rows.length > 0
}
