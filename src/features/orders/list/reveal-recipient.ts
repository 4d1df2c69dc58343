import type { Recipient } from '#domain/order.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { readSealedRecipient } from './detail/store.ts'
import { readRows } from './store.ts'

export type AuditEntry = {
  readonly actor: Actor
  /** `feature.verb`, past tense. */
  readonly action: string
  readonly subject: string
  /** Never a secret or a person's address. */
  readonly detail: Record<string, unknown>
}
/** Writes an audit line within the given transaction: what is rolled back was not done. */
export type Audit = (tx: Sql, entry: AuditEntry) => Promise<void>

export type RevealDeps = {
  readonly sql: Database
  /** Opens what the vault sealed. */
  readonly unseal: (sealed: Uint8Array) => Uint8Array
  readonly audit: Audit
}

/**
 * The unmasked recipient, told only after the audit line is committed. Refuses with `orders.not_found`, or
 * `orders.recipient_not_found` where no source ever told one.
 */
export async function revealRecipient(
  deps: RevealDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<Recipient>> {
  return await deps.sql.begin(async (tx) => {
    const [row] = await readRows(tx, [id])
    if (row === undefined) return refuse('orders.not_found', 'there is no such order')
    const sealed = await readSealedRecipient(tx, id)
    if (sealed === null)
      return refuse('orders.recipient_not_found', 'no source has told the recipient of this order')
    await deps.audit(tx, {
      actor,
      action: 'orders.recipient_revealed',
      subject: row.order_no,
      detail: { orderId: id.toString() },
    })
    return ok(JSON.parse(Buffer.from(deps.unseal(sealed)).toString('utf8')) as Recipient)
  })
}
