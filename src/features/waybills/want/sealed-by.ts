import type { Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { openContact } from '../contacts.ts'
import { readRecipients } from '../store.ts'
import { readShopKind } from './store.ts'

/** Connector kind of the shop that alone opens an order's recipient; null: it is plain, or nobody told one. */
export async function sealedByOf(sql: Sql, vault: Vault, orderId: bigint): Promise<string | null> {
  const sealed = (await readRecipients(sql, [orderId])).get(orderId)
  return sealed === undefined || openContact(vault, sealed) !== null ? null : await readShopKind(sql, orderId)
}
