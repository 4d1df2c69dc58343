import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { connectors } from '#connectors/index.ts'
import type { Settings } from '#domain/connector.ts'
import type { ConnectionDirectory, DirectoryEntry } from '#features/connections/index.ts'
import { connectionId } from '#kernel/id.ts'
import type { Log } from '#platform/log.ts'
import type { Vault } from '#platform/vault.ts'
import type { Config } from './config.ts'

/** What a hub that starts without its database needs of a connection: who it is, and how its messages are verified. */
export type CopiedConnection = {
  readonly entry: DirectoryEntry
  readonly token: string
  readonly lane: string
}
type Line = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly zone: string
  readonly paused: boolean
  readonly settings: Settings
  readonly token: string
  readonly lane: string
}

const FILE = 'connections.sealed'

/** Writes a sealed copy of all connections now and at every change, so that the next start can do without the database. */
export function keepConnectionCopy(deps: {
  readonly config: Pick<Config, 'dataDir'>
  readonly directory: Pick<ConnectionDirectory, 'withTokens' | 'onChange'>
  readonly laneOf: (connection: string) => string
  readonly vault: Vault
  readonly log: Log
}): () => void {
  const write = (): void => {
    const lines = deps.directory.withTokens().map(
      ({ entry, token }): Line => ({
        id: entry.id,
        kind: entry.kind,
        name: entry.name,
        zone: entry.zone,
        paused: entry.paused,
        settings: entry.settings,
        token,
        lane: deps.laneOf(entry.id),
      }),
    )
    try {
      replaceFile(deps.config.dataDir, deps.vault.seal(Buffer.from(JSON.stringify(lines))))
    } catch (error) {
      deps.log.warn(
        { err: error },
        'the copy of the connections could not be written; a start without database would lack it',
      )
    }
  }
  write()
  return deps.directory.onChange(write)
}

/** Null where there is no copy, or it was sealed with another key. Connections of kinds that are gone are left out. */
export function readConnectionCopy(
  { dataDir }: Pick<Config, 'dataDir'>,
  vault: Vault,
): CopiedConnection[] | null {
  const path = join(dataDir, FILE)
  if (!existsSync(path)) return null
  try {
    const lines = JSON.parse(Buffer.from(vault.open(readFileSync(path))).toString('utf8')) as readonly Line[]
    return lines.flatMap(({ id, token, lane, ...rest }) => {
      const connector = connectors.find((one) => one.kind === rest.kind)
      return connector === undefined
        ? []
        : [{ token, lane, entry: { ...rest, id: connectionId(id), connector } }]
    })
  } catch {
    return null
  }
}

/** Whole or not at all, also when the power goes in the middle. */
function replaceFile(dataDir: string, bytes: Uint8Array): void {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, FILE)
  const next = `${path}.${process.pid}`
  const file = openSync(next, 'w', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
}
