import type { Connector } from '#domain/connector.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { zoneOf } from '#kernel/source-time-place.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { parseSettings, type SplitSettings, secretsKeptForNewTarget } from './core/settings.ts'
import type { ConnectionDeps } from './deps.ts'
import { openSecrets, sealSecrets } from './secrets.ts'
import {
  hasRecords,
  insertConnection,
  lockNames,
  nameIsTaken,
  readConnectionForUpdate,
  removeConnection,
  updateConnection,
} from './store.ts'

export type By = AuditEvent['actor']
export type Typed = Readonly<Record<string, string | null>>
export type ConnectionDraft = {
  readonly kind: string
  readonly name: string
  readonly settings: Typed
  readonly zone?: string | null
  readonly paused?: boolean
  /** A fixed id, for the demo and for provisioning by script; lower-case letters, digits and hyphens. */
  readonly id?: string
}

/** Adds a shop, carrier account or feed. Refused with the codes of `parseSettings`, `unknown_kind`, `name_exists`, `id_exists`. */
export async function addConnection(
  deps: ConnectionDeps,
  by: By,
  draft: ConnectionDraft,
): Promise<Result<string>> {
  const connector = deps.connectors.find((one) => one.kind === draft.kind)
  if (connector === undefined)
    return refuse('connections.unknown_kind', `there is no connector "${draft.kind.slice(0, 40)}"`)
  const zone = checkZone(draft.zone ?? null)
  if (!zone.ok) return zone
  const settings = parseSettings(connector, draft.settings, { plain: {}, secrets: {} }, deps.allowLoopback)
  if (!settings.ok) return settings
  const id = draft.id ?? `${draft.kind}-${Buffer.from(deps.random.bytes(4)).toString('hex')}`
  if (!/^[a-z0-9][a-z0-9-]{0,59}$/.test(id))
    return refuse('connections.bad_id', 'an id is lower-case letters, digits and hyphens')
  const added = await deps.db.begin(async (tx): Promise<Result<string>> => {
    const name = await checkName(tx, draft.name, id)
    if (!name.ok) return name
    const fresh = await insertConnection(tx, {
      id,
      kind: connector.kind,
      name: name.value,
      settings: settings.value.plain,
      secrets: sealSecrets(deps.vault, settings.value.secrets),
      zone: zone.value,
      paused: draft.paused ?? false,
      callbackToken: Buffer.from(deps.random.bytes(24)).toString('base64url'),
      at: deps.clock.now(),
    })
    if (!fresh) return refuse('connections.id_exists', `there is already a connection "${id}"`)
    await audit(tx, deps, by, 'connections.added', id, {
      kind: connector.kind,
      fields: Object.keys(draft.settings),
    })
    return ok(id)
  })
  if (added.ok) await deps.directory.refresh()
  return added
}

export type ConnectionChange = {
  readonly name?: string
  /** Only the fields that change; null or blank removes a value. */
  readonly settings?: Typed
  readonly zone?: string | null
  readonly paused?: boolean
}

/**
 * Changes what is given and keeps the rest; a secret that is not typed again stays, unless an address changes
 * (`connections.secrets_needed`): or whoever may change settings could have the stored secrets sent to a place of his own.
 */
export async function changeConnection(
  deps: ConnectionDeps,
  by: By,
  id: string,
  change: ConnectionChange,
): Promise<Result<null>> {
  const changed = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const row = await readConnectionForUpdate(tx, id)
    if (row === null) return gone(id)
    const connector = deps.connectors.find((one) => one.kind === row.kind)
    if (connector === undefined)
      return refuse('connections.unknown_kind', `there is no connector "${row.kind}"`)
    const name = change.name === undefined ? ok(row.name) : await checkName(tx, change.name, id)
    if (!name.ok) return name
    const zone = change.zone === undefined ? ok(row.zone) : checkZone(change.zone)
    if (!zone.ok) return zone
    const stored = { plain: row.settings, secrets: openSecrets(deps.vault, row.secrets) }
    const settings = changedSettings(deps, connector, change.settings, stored)
    if (!settings.ok) return settings
    const paused = change.paused ?? row.paused
    const { plain, secrets } = settings.value
    const sealed = change.settings === undefined ? row.secrets : sealSecrets(deps.vault, secrets)
    const next = { id, name: name.value, settings: plain, secrets: sealed, zone: zone.value, paused }
    await updateConnection(tx, next, deps.clock.now())
    const { settings: typed, ...rest } = change
    await audit(tx, deps, by, 'connections.changed', id, { ...rest, fields: Object.keys(typed ?? {}) })
    return ok(null)
  })
  if (changed.ok) await deps.directory.refresh()
  return changed
}

/** A change that types no settings must not fail on ones that an older version accepted. */
function changedSettings(
  deps: ConnectionDeps,
  connector: Connector,
  typed: Typed | undefined,
  stored: SplitSettings,
): Result<SplitSettings> {
  if (typed === undefined) return ok(stored)
  const parsed = parseSettings(connector, typed, stored, deps.allowLoopback)
  if (!parsed.ok) return parsed
  const names = secretsKeptForNewTarget(connector, typed, stored, parsed.value)
  if (names.length === 0) return parsed
  return refuse('connections.secrets_needed', `a new address needs these typed again: ${names.join(', ')}`, {
    names,
  })
}

/** Removes a connection that nothing was ever received from; one with records is paused instead, so that they keep their shop. */
export async function dropConnection(deps: ConnectionDeps, by: By, id: string): Promise<Result<null>> {
  const dropped = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const row = await readConnectionForUpdate(tx, id)
    if (row === null) return gone(id)
    if (await hasRecords(tx, id))
      return refuse(
        'connections.has_records_conflict',
        'orders or messages belong to this connection; pause it instead',
      )
    await removeConnection(tx, id)
    await audit(tx, deps, by, 'connections.removed', id, { kind: row.kind, name: row.name })
    return ok(null)
  })
  if (dropped.ok) await deps.directory.refresh()
  return dropped
}

async function checkName(tx: Sql, typed: string, id: string): Promise<Result<string>> {
  const name = typed.trim()
  if (name === '' || name.length > 100)
    return refuse('connections.bad_name', 'a name has 1 to 100 characters')
  await lockNames(tx)
  const taken = await nameIsTaken(tx, name, id)
  return taken ? refuse('connections.name_exists', `there is already a connection "${name}"`) : ok(name)
}

function checkZone(zone: string | null): Result<string | null> {
  const text = zone?.trim() ?? ''
  if (text === '') return ok(null)
  const id = zoneOf(text)
  return id === null
    ? refuse('connections.bad_zone', `"${text.slice(0, 60)}" is not a time zone such as Asia/Shanghai`)
    : ok(id)
}

export function gone(id: string) {
  return refuse('connections.not_found', `there is no connection "${id.slice(0, 60)}"`)
}

async function audit(
  sql: Sql,
  { clock }: ConnectionDeps,
  actor: By,
  action: string,
  subject: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await recordAudit({ sql, clock }, { actor, action, subject, detail })
}
