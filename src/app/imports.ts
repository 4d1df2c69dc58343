import { connectors } from '#connectors/index.ts'
import type { FileTemplate } from '#domain/file-order.ts'
import { STATUS_CODE } from '#domain/file-order.ts'
import { type ImportDeps, openFileStore } from '#features/imports/index.ts'
import { addDraft, type MappingDeps, publishDraft } from '#features/mapping/index.ts'
import { readLive } from '#features/mapping/store.ts'
import { assert } from '#kernel/assert.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Actor, holdsScope } from '#platform/http/scopes.ts'
import { type Core, mappingDeps } from './hub.ts'

const KIND = 'file'
/** Recorded messages are read again when an import changes what a status of its connection means. */
const REREAD_DAYS = 30

/** What imports need of the rest of the hub. */
export function importDeps(core: Core): ImportDeps {
  const { clock, intake, directory, wakeWorkers, wakeJobs } = core
  const connector = connectors.find((one) => one.kind === KIND)
  assert(connector !== undefined, 'A1', 'the file channel is in no list')
  return {
    db: core.database.db,
    clock,
    files: openFileStore(core.config.dataDir, clock),
    intake,
    onAccepted: wakeWorkers,
    onQueued: wakeJobs,
    read: connector.read,
    connectionOf: (id) => {
      const entry = directory.byId(id)
      return entry?.kind === KIND ? entry : null
    },
    rulesFor: (connection) => core.mapping.rulesFor(KIND, connection),
    publishStatuses: (connection, template, actor) =>
      publishStatuses(mappingDeps(core), connection, template, actor),
  }
}

/** Status mapping has one home: a template's words become rules of the connection there, under a version that can be rolled back. */
async function publishStatuses(
  deps: MappingDeps,
  connection: string,
  template: FileTemplate,
  actor: Actor,
): Promise<Result<{ added: string[]; kept: string[] }>> {
  await deps.directory.refresh()
  const scope = { kind: KIND, connectionId: connection }
  const live = await readLive(deps.db)
  const own = live.find((row) => row.kind === KIND && row.connection_id === connection)?.rules ?? {}
  const effective = deps.directory.rulesFor(KIND, connection)
  const wanted = Object.entries(template.statusMap).map(
    ([word, fact]) => [`${STATUS_CODE}${word}`, fact] as const,
  )
  const kept = wanted.filter(([code, fact]) => Object.hasOwn(own, code) && own[code] !== fact)
  const fresh = wanted.filter(([code, fact]) => !Object.hasOwn(own, code) && effective.get(code) !== fact)
  const words = { added: fresh.map(([code]) => code), kept: kept.map(([code]) => code) }
  if (fresh.length === 0) return ok(words)
  if (!holdsScope(actor, 'mapping:write'))
    return refuse(
      'imports.mapping_forbidden',
      'the template decides statuses, which needs the scope mapping:write',
      {
        codes: words.added,
      },
    )
  const draft = await addDraft(deps, actor, scope, {
    rules: { ...own, ...Object.fromEntries(fresh) },
    note: `import template ${template.name}`,
  })
  if (!draft.ok) return draft
  const published = await publishDraft(deps, actor, draft.value.id, REREAD_DAYS)
  return published.ok ? ok(words) : published
}
