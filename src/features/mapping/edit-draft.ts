import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { parseRules } from './core/rules.ts'
import type { MappingDeps } from './deps.ts'
import type { MappingPreview } from './preview-port.ts'
import {
  deleteDraft,
  insertDraft,
  lockScope,
  readVersion,
  type Scope,
  updateDraft,
  type VersionRow,
} from './store.ts'

export type By = AuditEvent['actor']
export type DraftText = { readonly rules: Readonly<Record<string, unknown>>; readonly note: string }

export function checkScope(deps: MappingDeps, { kind, connectionId }: Scope): Result<null> {
  if (!deps.connectors.some((connector) => connector.kind === kind))
    return refuse('mapping.kind_not_found', `there is no connector "${kind.slice(0, 40)}"`)
  if (connectionId !== null && !deps.connectionsOf(kind).includes(connectionId))
    return refuse(
      'mapping.connection_not_found',
      `"${connectionId.slice(0, 60)}" is not a connection of ${kind}`,
    )
  return ok(null)
}

/** Begins a new version beside the live one; nothing is read with it until it is published. */
export async function addDraft(
  deps: MappingDeps,
  by: By,
  scope: Scope,
  text: DraftText,
): Promise<Result<VersionRow>> {
  const known = checkScope(deps, scope)
  if (!known.ok) return known
  const rules = parseRules(text.rules)
  if (!rules.ok) return rules
  const draft = { rules: rules.value, note: text.note.trim(), author: by.name, at: deps.clock.now() }
  return await deps.db.begin(async (tx) => {
    await lockScope(tx, scope)
    const row = await insertDraft(tx, scope, draft)
    await audit(tx, deps, by, 'mapping.drafted', row)
    return ok(row)
  })
}

export async function changeDraft(
  deps: MappingDeps,
  by: By,
  id: bigint,
  text: Partial<DraftText>,
): Promise<Result<VersionRow>> {
  const rules = text.rules === undefined ? null : parseRules(text.rules)
  if (rules !== null && !rules.ok) return rules
  return await deps.db.begin(async (tx): Promise<Result<VersionRow>> => {
    const draft = await draftOf(tx, id)
    if (!draft.ok) return draft
    const next = {
      ...draft.value,
      rules: rules?.value ?? draft.value.rules,
      note: text.note?.trim() ?? draft.value.note,
    }
    await updateDraft(tx, id, next.rules, next.note)
    await audit(tx, deps, by, 'mapping.draft_changed', next)
    return ok(next)
  })
}

export async function dropDraft(deps: MappingDeps, by: By, id: bigint): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const draft = await draftOf(tx, id)
    if (!draft.ok) return draft
    await deleteDraft(tx, id)
    await audit(tx, deps, by, 'mapping.draft_dropped', draft.value)
    return ok(null)
  })
}

/** What publishing the draft would do to the orders of the last `days` days. Changes nothing. */
export async function previewDraft(
  deps: MappingDeps,
  id: bigint,
  days: number,
): Promise<Result<MappingPreview>> {
  const draft = await deps.db.begin((tx) => draftOf(tx, id))
  if (!draft.ok) return draft
  await deps.directory.refresh()
  const scope = scopeOf(draft.value)
  const from = deps.clock.now().subtract({ hours: 24 * days })
  const rulesFor = deps.directory.rulesWith(scope, draft.value.rules)
  return ok(await deps.preview({ connections: connectionsIn(deps, scope), from }, rulesFor))
}

export async function draftOf(tx: Sql, id: bigint): Promise<Result<VersionRow>> {
  const row = await readVersion(tx, id)
  if (row === null) return versionGone()
  return row.state === 'draft'
    ? ok(row)
    : refuse('mapping.not_a_draft_conflict', `version ${row.version} was published; make a new draft`)
}

export function versionGone(): Refused {
  return refuse('mapping.version_not_found', 'there is no such version of the mapping')
}

export function scopeOf(row: Pick<VersionRow, 'kind' | 'connection_id'>): Scope {
  return { kind: row.kind, connectionId: row.connection_id }
}

export function connectionsIn(deps: MappingDeps, { kind, connectionId }: Scope): readonly string[] {
  return connectionId === null ? deps.connectionsOf(kind) : [connectionId]
}

export async function audit(
  sql: Sql,
  { clock }: MappingDeps,
  actor: By,
  action: string,
  row: VersionRow,
): Promise<void> {
  const subject = row.connection_id === null ? row.kind : `${row.kind}/${row.connection_id}`
  const detail = { version: row.version, note: row.note, rules: row.rules }
  await recordAudit({ sql, clock }, { actor, action, subject, detail })
}
