import type { RuleCaseContent, RuleTemplate } from '#domain/rulebook.ts'
import { ruleInputToJson, ruleValuesToJson } from '#domain/rulebook-json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Change, changeSet, decideAnew, handOf, partOf, tell } from './change-set.ts'
import type { By, RulebookDeps } from './deps.ts'
import {
  asksForTwo,
  findRival,
  insertSet,
  insertTemplateCases,
  insertVersion,
  type SetRow,
  saveSet,
} from './store.ts'

export type NewSetText = {
  readonly kind: string
  readonly name: string
  readonly note: string
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly needsApproval: boolean
  /** A set that is made switched off takes no place: another may decide for the same orders. */
  readonly active: boolean
  readonly template: string | null
}

/**
 * Begins a rule set; from a template with a first draft and its test cases. Refuses with `rulebook.kind_not_found`,
 * `rulebook.template_not_found`, `rulebook.connection_not_found`, `rulebook.place_invalid`, `rulebook.name_exists`, `rulebook.place_exists`.
 * Where one active set of the kind asks for two people, so does the new one: a set for one shop decides before the one for all.
 */
export async function addSet(deps: RulebookDeps, by: By, text: NewSetText): Promise<Result<bigint>> {
  const part = partOf(deps, text.kind)
  if (!part.ok) return part
  const template = part.value.kind.templates.find(({ id }) => id === text.template) ?? null
  if (text.template !== null && template === null)
    return refuse('rulebook.template_not_found', `"${text.template}" is no template of ${text.kind}`)
  const place = checkPlace(deps, text)
  if (!place.ok) return place
  const row = {
    kind: text.kind,
    name: text.name.trim(),
    note: text.note.trim(),
    connector_kind: text.connectorKind,
    connection_id: text.connectionId,
    needs_approval: text.needsApproval,
    active: text.active,
    created_by: by.name,
  }
  if (row.name === '') return refuse('rulebook.name_invalid', 'a rule set needs a name')
  const made = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const rival = text.active ? await refuseRival(tx, row, null) : ok(null)
    if (!rival.ok) return rival
    const needs_approval = row.needs_approval || (await asksForTwo(tx, row.kind))
    const id = await insertSet(tx, { ...row, needs_approval }, deps.clock.now())
    return id === null
      ? refuse('rulebook.place_exists', 'another rule set for the same orders was just made')
      : ok(id)
  })
  if (!made.ok) return made
  return await changeSet(deps, by, made.value, async (change) => {
    const words = { zh: `新建规则集「${row.name}」`, en: `rule set "${row.name}" made` }
    await tell(change, null, 'made', words, { template: text.template })
    if (template !== null) await addTemplate(change, template)
    return ok(made.value)
  })
}

function checkPlace(
  deps: RulebookDeps,
  { connectorKind, connectionId }: Pick<NewSetText, 'connectorKind' | 'connectionId'>,
): Result<null> {
  if (connectionId === null) return ok(null)
  const kind = deps.kindOf(connectionId)
  if (kind === null)
    return refuse('rulebook.connection_not_found', `there is no connection ${connectionId.slice(0, 60)}`)
  return kind === connectorKind
    ? ok(null)
    : refuse('rulebook.place_invalid', `connection ${connectionId} is of kind ${kind}, not ${connectorKind}`)
}

async function refuseRival(
  tx: Sql,
  row: Pick<SetRow, 'kind' | 'name' | 'connector_kind' | 'connection_id'>,
  but: bigint | null,
): Promise<Result<null>> {
  const rival = await findRival(tx, row, but)
  if (rival === null) return ok(null)
  const data = { set: rival.id.toString() }
  return rival.isName
    ? refuse('rulebook.name_exists', `another rule set of this kind is called "${row.name}"`, data)
    : refuse('rulebook.place_exists', `"${rival.name}" already decides for these orders`, data)
}

async function addTemplate({ tx, deps, set, by, now }: Change, template: RuleTemplate): Promise<void> {
  const { model, name, cases } = template
  await insertVersion(tx, {
    setId: set.id,
    model,
    hash: deps.engine.hashOf(model),
    note: `${name.zh} / ${name.en}`,
    author: by.name,
    authorId: handOf(by),
    basedOn: null,
    now,
  })
  await insertTemplateCases(tx, set.id, cases.map(caseJson), by.name, now)
}

function caseJson({ name, input, expected }: RuleCaseContent) {
  const { outcome, values, actions } = expected
  return {
    name,
    input: ruleInputToJson(input),
    expected: {
      outcome,
      ...(values === undefined ? {} : { values: ruleValuesToJson(values) }),
      ...(actions === undefined
        ? {}
        : {
            actions: actions.map(({ action, params }) => ({ action, params: ruleValuesToJson(params) })),
          }),
    },
  }
}

export type SetText = Partial<Pick<NewSetText, 'name' | 'note' | 'needsApproval'>> & {
  readonly active?: boolean
}

/** Refuses with `rulebook.set_not_found`, `rulebook.name_exists`, `rulebook.place_exists`. A retired set decides nothing any more. */
export async function editSet(deps: RulebookDeps, by: By, id: bigint, text: SetText): Promise<Result<null>> {
  const done = await changeSet(deps, by, id, async (change): Promise<Result<null>> => {
    const { tx, set, now } = change
    const resumes = text.active === true && !set.active
    const next: SetRow = {
      ...set,
      name: text.name?.trim() ?? set.name,
      note: text.note?.trim() ?? set.note,
      needs_approval:
        text.needsApproval ?? (set.needs_approval || (resumes && (await asksForTwo(tx, set.kind)))),
      active: text.active ?? set.active,
      updated_at: now,
    }
    if (next.name === '') return refuse('rulebook.name_invalid', 'a rule set needs a name')
    if (next.active) {
      const rival = await refuseRival(tx, next, set.id)
      if (!rival.ok) return rival
    }
    if (!next.active && set.gray_version !== null)
      return refuse('rulebook.gray_runs_conflict', 'stop the gray version first')
    await saveSet(tx, { ...next, active: set.active })
    await tell(
      change,
      null,
      'edited',
      { zh: '修改了规则集设置', en: 'settings of the set changed' },
      { ...text },
    )
    if (next.active === set.active) return ok(null)
    const words = next.active
      ? { zh: '重新启用规则集', en: 'the set decides again' }
      : { zh: '停用规则集，不再决策', en: 'the set was retired and decides nothing' }
    await tell(change, null, next.active ? 'resumed' : 'retired', words)
    const decided = await decideAnew(
      { ...change, set: { ...next, active: set.active } },
      { active: next.active },
      'active',
    )
    return decided.ok ? ok(null) : decided
  })
  if (done.ok) await deps.directory.refresh()
  return done
}
