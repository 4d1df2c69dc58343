import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { builtIn, builtInFor } from '../core/built-in.ts'
import type { LabelSize, TemplateBody } from '../core/template.ts'
import { readTemplate, readTemplates } from './store.ts'

/** A template as labels are drawn by it; `name` stays in the batch: `sf-76x130`, or `t12 v3`. */
export type Chosen = { readonly name: string; readonly size: LabelSize; readonly body: TemplateBody }

/** Names a template: that of a built-in one, or `t` and the number of a saved one. Refuses with `labels.template_not_found`. */
export async function findTemplate(sql: Sql, ref: string): Promise<Result<Chosen>> {
  const given = builtIn(ref)
  if (given !== null) return ok({ name: given.id, size: given.size, body: given.body })
  const own = /^t(\d{1,18})$/.exec(ref)
  const row = own?.[1] === undefined ? null : await readTemplate(sql, BigInt(own[1]))
  if (row === null) return refuse('labels.template_not_found', `there is no template "${ref.slice(0, 40)}"`)
  return ok({ name: `t${row.id} v${row.version}`, size: row.size, body: row.body })
}

/** For labels whose batch names none: the saved template that lists the carrier in this size, else the built-in one of its family. */
export async function templatesByCarrier(sql: Sql, size: LabelSize): Promise<(carrier: string) => Chosen> {
  const own = new Map<string, Chosen>()
  for (const row of await readTemplates(sql))
    if (row.size === size)
      for (const carrier of row.carriers)
        own.set(carrier, { name: `t${row.id} v${row.version}`, size, body: row.body })
  return (carrier) => {
    const given = builtInFor(carrier, size)
    return own.get(carrier) ?? { name: given.id, size, body: given.body }
  }
}
