import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { loadOrCreateKey, openVault, type Vault } from '#platform/vault.ts'
import type { Config } from '../config.ts'

const KEY_FILE = 'vault.key'

/**
 * Every key that a spool of this or another machine may have been written with: HOLDFAST_KEY, the data folder's, and the one given.
 * Refused: `recovery.no_key_file`.
 */
export function spoolVaults(config: Config, keyFile: string | null): Result<Vault[]> {
  const vaults: Vault[] = []
  if (keyFile !== null) {
    const folder = existsSync(keyFile) && statSync(keyFile).isDirectory() ? keyFile : dirname(keyFile)
    if (!existsSync(join(folder, KEY_FILE)))
      return refuse('recovery.no_key_file', `${keyFile} is neither a ${KEY_FILE} nor a folder with one`)
    vaults.push(openVault(loadOrCreateKey(folder)))
  }
  if (config.encryptionKey !== null)
    vaults.push(
      openVault({ current: 'env', keys: new Map([['env', Buffer.from(config.encryptionKey, 'hex')]]) }),
    )
  if (existsSync(join(config.dataDir, KEY_FILE))) vaults.push(openVault(loadOrCreateKey(config.dataDir)))
  return ok(vaults)
}
