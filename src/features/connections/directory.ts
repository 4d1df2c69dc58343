import type { Connector, Settings } from '#domain/connector.ts'
import { type ConnectionId, connectionId } from '#kernel/id.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { effectiveSettings } from './core/settings.ts'
import { openSecrets } from './secrets.ts'
import { CONNECTION_CHANNEL, type ConnectionRow, readConnections } from './store.ts'

/** A connection as the hot path needs it: decrypted, in memory, never sent anywhere. */
export type DirectoryEntry = {
  readonly id: ConnectionId
  readonly kind: string
  readonly name: string
  /** The connection's own zone, else the connector's. */
  readonly zone: string
  readonly paused: boolean
  readonly settings: Settings
  readonly connector: Connector
}

export type ConnectionDirectory = {
  readonly byId: (id: string) => DirectoryEntry | null
  readonly byToken: (token: string) => DirectoryEntry | null
  readonly all: () => readonly DirectoryEntry[]
  /** Every connection with the secret part of its callback address; for a copy that outlives the database. */
  readonly withTokens: () => readonly { readonly entry: DirectoryEntry; readonly token: string }[]
  /** Reads now; for the process that made the change and wants to see it. */
  readonly refresh: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Calls back after every read that changed something; answers how to stop. */
  readonly onChange: (listener: () => void) => () => void
}

export type DirectoryDeps = {
  readonly db: Database
  readonly vault: Vault
  readonly connectors: readonly Connector[]
  /** Told of a connection that cannot be used (its key is gone, its kind is unknown) and of a failed re-read. */
  readonly onProblem?: (connection: string, error: unknown) => void
}

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 30_000

/** All connections of the hub in memory, so that receiving a message makes no query; fresh within a moment of any change. */
export function connectionDirectory(deps: DirectoryDeps): ConnectionDirectory {
  let entries: readonly DirectoryEntry[] = []
  let ids: ReadonlyMap<string, DirectoryEntry> = new Map()
  let tokens: ReadonlyMap<string, DirectoryEntry> = new Map()
  let digest = ''
  const listeners = new Set<() => void>()
  const read = async (): Promise<void> => {
    const rows = await readConnections(deps.db)
    const seen = digestOf(rows)
    if (seen === digest) return
    const usable = rows.flatMap((row) => entryOf(deps, row) ?? [])
    entries = usable.map(({ entry }) => entry)
    ids = new Map(entries.map((entry) => [entry.id, entry]))
    tokens = new Map(usable.map(({ entry, token }) => [token, entry]))
    digest = seen
    for (const listener of listeners) listener()
  }
  const refresh = inTurn(read)
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => deps.onProblem?.('*', error))
  }
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  return {
    byId: (id) => ids.get(id) ?? null,
    byToken: (token) => tokens.get(token) ?? null,
    all: () => entries,
    withTokens: () => [...tokens].map(([token, entry]) => ({ token, entry })),
    refresh,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start: async () => {
      unlisten = await deps.db.listen(CONNECTION_CHANNEL, refreshQuietly)
      await refresh()
      timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await unlisten?.()
    },
  }
}

/** Everything that `entryOf` looks at; a test's outcome or a stream's state is no reason to build the maps again. */
function digestOf(rows: readonly ConnectionRow[]): string {
  return JSON.stringify(
    rows.map((row) => [
      row.id,
      row.kind,
      row.name,
      row.settings,
      Buffer.from(row.secrets).toString('base64'),
      row.zone,
      row.callback_token,
      row.paused,
    ]),
  )
}

function entryOf(deps: DirectoryDeps, row: ConnectionRow): { entry: DirectoryEntry; token: string } | null {
  const connector = deps.connectors.find((one) => one.kind === row.kind)
  if (connector === undefined) {
    deps.onProblem?.(row.id, new Error(`no connector of kind ${row.kind}`))
    return null
  }
  try {
    const split = { plain: row.settings, secrets: openSecrets(deps.vault, row.secrets) }
    const entry = {
      id: connectionId(row.id),
      kind: row.kind,
      name: row.name,
      zone: row.zone ?? connector.zone,
      paused: row.paused,
      settings: effectiveSettings(connector, split, row.zone),
      connector,
    }
    return { entry, token: row.callback_token }
  } catch (error) {
    deps.onProblem?.(row.id, error)
    return null
  }
}

/** One read at a time; a call that comes while one runs waits for the next, which sees what the caller wrote. */
export function inTurn(read: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const run = (): Promise<void> => {
    running = read().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (running === null) return run()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null
        return run()
      })
    return next
  }
}
