import { connectors } from '#connectors/index.ts'
import { changeConnection, withoutSecrets } from '#features/connections/index.ts'
import {
  type CredentialDeps,
  type CredentialTally,
  credentialRoutes,
  openCredentialTally,
  refreshDue,
  watchCredentials,
} from '#features/credentials/index.ts'
import { type AuditEvent, recordAudit, SYSTEM } from '#features/identity/index.ts'
import { blockAccount } from '#features/waybills/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Log } from '#platform/log.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

type Directory = Pick<Parts['directory'], 'byId'>

/** Counts from now on who refuses us, in calls and in pushes. */
export function openCredentials(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly directory: Directory
}): CredentialTally {
  return openCredentialTally({
    db: deps.db,
    clock: deps.clock,
    withoutSecrets: plainWords(deps.directory),
    onError: (error) =>
      deps.log.warn({ err: error }, 'refusals of credentials could not be written; they are kept'),
  })
}

/** A platform may quote what it was sent. */
function plainWords(directory: Directory): (connection: string, words: string) => string {
  return (connection, words) => {
    const entry = directory.byId(connection)
    if (entry === null) return words.slice(0, 500)
    const secrets = entry.connector.fields.filter(({ secret }) => secret).map(({ name }) => name)
    return withoutSecrets(
      words,
      Object.fromEntries(secrets.map((name) => [name, entry.settings[name] ?? ''])),
    )
  }
}

export function credentialDeps(core: Core): CredentialDeps {
  const { database, clock, random, vault, directory, callsFor, settings, config } = core
  const { db } = database
  const allowLoopback = config.allowLoopbackTargets || config.privateTargets !== null
  const connecting = { db, vault, connectors, directory, clock, random, callsFor, allowLoopback }
  return {
    db,
    clock,
    callsFor,
    zone: () => settings.current().zone,
    connections: directory.all,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    saveSettings: (connection, fresh) =>
      changeConnection(connecting, SYSTEM, connection, { settings: fresh }),
    withoutSecrets: plainWords(directory),
    steps: [config.credentialWarnDays, config.credentialUrgentDays, config.credentialLastDays],
    aheadMinutes: config.credentialRefreshMinutes,
    outwardAddresses: config.outwardAddresses,
    unblock: async (tx, accountId) => {
      await blockAccount(tx, accountId, null, clock.now())
    },
  }
}

export function registerCredentialRoutes(app: HttpApp, core: Core): void {
  credentialRoutes(app, credentialDeps(core))
}

/** The look at what ends and who refuses, and the renewing of what a protocol renews. */
export function credentialSweeps(core: Core): readonly Sweep[] {
  const deps = credentialDeps(core)
  return [
    { name: 'credential-refresh', everyMs: 10_000, run: () => refreshDue(deps) },
    {
      name: 'credentials',
      everyMs: 10_000,
      run: async () => {
        await core.credentials.flush()
        await watchCredentials({ ...deps, alarms: core.alarms })
      },
    },
  ]
}
