import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Kept, keepArrivals } from '#platform/inbox/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type KeptMessage, type ReceiptRow, readKeptMessage, readReceipt, saveDecision } from './store.ts'

export type ConflictDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly laneOf: (connection: string) => string
  readonly audit: (tx: Sql, event: { id: bigint; decision: string }) => Promise<void>
  /** A message was taken: a worker may begin. */
  readonly onTaken: () => void
}

export type Conflict = {
  readonly receipt: ReceiptRow
  /** What the hub had under the key. */
  readonly ours: KeptMessage | null
  /** What came out of the spool under the same key. */
  readonly theirs: KeptMessage | null
}

/** Both messages of a conflict; null for a body whose days are over. Refused: `recovery.conflict_not_found`. */
export async function readConflict(sql: Sql, id: bigint): Promise<Result<Conflict>> {
  const receipt = await readReceipt(sql, id)
  if (receipt === null || receipt.outcome !== 'conflict')
    return refuse('recovery.conflict_not_found', 'there is no such conflict')
  const [ours, theirs] = await Promise.all([
    messageOf(sql, receipt.message_id),
    messageOf(sql, receipt.own_message_id),
  ])
  return ok({ receipt, ours, theirs })
}

/**
 * A person's word on a conflict. `ours`: nothing more is done. `theirs`: the spooled body enters the inbox once more under a key
 * of its own and is read like any message; facts are joined, nothing is overwritten. Refused: `recovery.conflict_not_found`,
 * `recovery.decided_conflict` (somebody was faster), `recovery.body_gone` (older than the hub keeps raw messages).
 */
export async function decideConflict(
  deps: ConflictDeps,
  id: bigint,
  { decision, by }: { decision: 'ours' | 'theirs'; by: string },
): Promise<Result<{ readonly messageId: string | null }>> {
  const found = await readConflict(deps.db, id)
  if (!found.ok) return found
  const { theirs } = found.value
  if (decision === 'theirs' && theirs === null)
    return refuse('recovery.body_gone', 'the spooled body is older than the hub keeps raw messages')
  const now = deps.clock.now()
  await ensurePartitions(deps.db, now.toZonedDateTimeISO('UTC').toPlainDate())
  const decided = await deps.db.begin(async (tx) => {
    if (!(await saveDecision(tx, id, { decision, by, now })))
      return refuse('recovery.decided_conflict', 'somebody has decided this conflict already')
    const taken = decision === 'theirs' && theirs !== null ? await take(tx, deps, id, theirs) : null
    await deps.audit(tx, { id, decision })
    return ok({ messageId: taken?.id ?? null })
  })
  if (decided.ok && decided.value.messageId !== null) deps.onTaken()
  return decided
}

async function take(tx: Sql, deps: ConflictDeps, id: bigint, message: KeptMessage): Promise<Kept | null> {
  const [kept = null] = await keepArrivals(tx, [
    {
      connection: message.connection_id,
      lane: deps.laneOf(message.connection_id),
      transport: message.transport,
      topic: message.topic,
      dedupKey: `${message.dedup_key}~${id}`,
      orderNo: message.order_no,
      headers: message.headers,
      body: message.body,
      verdict: 'accepted',
      refusalCode: null,
      refusalDetail: null,
      responseStatus: message.response_status,
      responseBody: message.response_body,
      receivedAt: deps.clock.now(),
      latencyUs: 0,
    },
  ])
  return kept
}

async function messageOf(sql: Sql, id: string | null): Promise<KeptMessage | null> {
  const match = /^(\d{4})(\d{2})(\d{2})-(\d+)$/.exec(id ?? '')
  if (match === null) return null
  return await readKeptMessage(sql, BigInt(match[4] ?? ''), `${match[1]}-${match[2]}-${match[3]}`)
}
