import type { Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { openJson } from './contacts.ts'
import { readAccounts, setBlocked } from './store.ts'

export type AccountConnection = {
  readonly accountId: bigint
  readonly connectionId: string
  readonly carrier: string
  readonly name: string
  readonly settings: Settings
}

/** Active accounts with their opened settings, for whoever asks carriers about them. */
export async function accountConnection(sql: Sql, vault: Vault): Promise<readonly AccountConnection[]> {
  return (await readAccounts(sql))
    .filter((row) => row.active)
    .map((row) => ({
      accountId: row.id,
      connectionId: row.connection_id,
      carrier: row.carrier,
      name: row.name,
      settings: openJson(vault, row.sealed) as Settings,
    }))
}

/** Leaves an account alone (`code`), or lets it be used again (null). */
export async function blockAccount(
  tx: Sql,
  accountId: bigint,
  code: string | null,
  now: Instant,
): Promise<boolean> {
  return await setBlocked(tx, accountId, code, now)
}
