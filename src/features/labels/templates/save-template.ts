import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { type LabelSize, parseTemplate, type TemplateBody } from '../core/template.ts'
import type { LabelDeps } from '../deps.ts'
import { changeTemplate, insertTemplate, isNameTaken, readTemplate, retireTemplate } from './store.ts'

export type TemplateAsk = {
  readonly name: string
  readonly size: LabelSize
  readonly carriers: readonly string[]
  readonly body: TemplateBody
  readonly note?: string
}
export type SavedTemplate = { readonly id: string; readonly ref: string; readonly version: number }

/**
 * Saves a template, or a new version of one. Refuses as `parseTemplate`, `labels.template_exists` for a name that is taken,
 * `labels.template_not_found`, `labels.template_changed_conflict` where somebody saved meanwhile.
 */
export async function saveTemplate(
  deps: LabelDeps,
  at: { readonly id: bigint; readonly version: number } | null,
  ask: TemplateAsk,
  actor: Actor,
): Promise<Result<SavedTemplate>> {
  const body = parseTemplate(ask.size, ask.body)
  if (!body.ok) return body
  const name = ask.name.trim()
  if (name === '') return refuse('labels.template_invalid', 'a template has a name')
  const save = {
    name,
    size: ask.size,
    carriers: [...new Set(ask.carriers)],
    body: body.value,
    note: ask.note?.trim() ?? '',
    by: actor.name,
    at: deps.clock.now(),
  }
  return await deps.db.begin(async (tx): Promise<Result<SavedTemplate>> => {
    if (await isNameTaken(tx, name, at?.id ?? null))
      return refuse('labels.template_exists', `there is a template "${name}"`)
    const id = at === null ? await insertTemplate(tx, save) : at.id
    if (id === null) return refuse('labels.template_exists', `there is a template "${name}"`)
    if (at !== null && (await readTemplate(tx, at.id)) === null)
      return refuse('labels.template_not_found', 'there is no such template')
    if (at !== null && !(await changeTemplate(tx, at.id, at.version, save)))
      return refuse(
        'labels.template_changed_conflict',
        'somebody saved this template meanwhile; read it again',
      )
    const version = at === null ? 1 : at.version + 1
    await deps.audit(tx, {
      actor,
      action: 'labels.template_saved',
      subject: name,
      detail: { id: String(id), version, size: save.size, carriers: save.carriers },
    })
    return ok({ id: String(id), ref: `t${id}`, version })
  })
}

export async function removeTemplate(deps: LabelDeps, id: bigint, actor: Actor): Promise<Result<null>> {
  return await deps.db.begin(async (tx) => {
    if (!(await retireTemplate(tx, id, actor.name, deps.clock.now())))
      return refuse('labels.template_not_found', 'there is no such template')
    await deps.audit(tx, { actor, action: 'labels.template_removed', subject: String(id) })
    return ok(null)
  })
}
