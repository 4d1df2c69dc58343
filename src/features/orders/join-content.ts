import type { ContentClaim, ContentPart, OrderContent, Recipient } from '#domain/order.ts'
import type { Instant } from '#kernel/clock.ts'
import type { ConnectionId, MessageId } from '#kernel/id.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { contentFromJson } from './core/content-json.ts'
import { candidatesOf, wins } from './core/registers.ts'
import { loadRegisters, type OrderKey, type saveRegisters } from './store.ts'

export type ClaimedContent = {
  readonly connection: ConnectionId
  readonly messageId: MessageId
  readonly receivedAt: Instant
  readonly content: readonly ContentClaim[]
}

export type JoinedContent = {
  readonly values: Map<bigint, Partial<OrderContent>>
  readonly changed: Parameters<typeof saveRegisters>[1]
  readonly linesChanged: readonly bigint[]
  /** Recipients that changed in this batch; the masks of others stay as they are. */
  readonly recipients: Map<bigint, Recipient>
}

/** Joins the contents that messages claim into their orders' registers: the winning version of every part, and what changed. */
export async function joinContent(
  tx: Sql,
  vault: Vault,
  orders: readonly OrderKey[],
  claims: readonly ClaimedContent[],
  hasRegisters: (order: OrderKey) => boolean,
): Promise<JoinedContent> {
  const idOf = new Map(orders.map((order) => [`${order.connection}\n${order.orderNo}`, order.id]))
  const stored = await loadRegisters(
    tx,
    orders.filter(hasRegisters).map((order) => order.id),
  )
  const best = new Map<string, { version: bigint; hash: Uint8Array }>(
    stored.map((row) => [`${row.orderId}\n${row.part}`, row]),
  )
  const values = new Map<bigint, Partial<OrderContent>>(orders.map((order) => [order.id, {}]))
  for (const row of stored)
    if (row.part !== 'recipient')
      setPart(
        values,
        row.orderId,
        row.part as ContentPart,
        contentFromJson(Buffer.from(row.value).toString('utf8')),
      )
  const changed = new Map<string, JoinedContent['changed'][number]>()
  const recipients = new Map<bigint, Recipient>()
  for (const { connection, content, messageId, receivedAt } of claims) {
    for (const claim of content) {
      const orderId = idOf.get(`${connection}\n${claim.orderNo}`)
      if (orderId === undefined) continue
      for (const candidate of candidatesOf(claim)) {
        const key = `${orderId}\n${candidate.part}`
        if (!wins(candidate, best.get(key))) continue
        best.set(key, candidate)
        const text = Buffer.from(candidate.text)
        const value = candidate.part === 'recipient' ? vault.seal(text) : text
        changed.set(key, {
          orderId,
          part: candidate.part,
          version: candidate.version,
          hash: candidate.hash,
          value,
          messageId,
          receivedAt,
        })
        if (candidate.part === 'recipient') recipients.set(orderId, candidate.value as Recipient)
        else setPart(values, orderId, candidate.part, candidate.value)
      }
    }
  }
  const rows = [...changed.values()]
  return {
    values,
    changed: rows,
    linesChanged: rows.filter((row) => row.part === 'lines').map((row) => row.orderId),
    recipients,
  }
}

function setPart(
  values: Map<bigint, Partial<OrderContent>>,
  orderId: bigint,
  part: ContentPart,
  value: OrderContent[ContentPart],
): void {
  values.set(orderId, { ...values.get(orderId), [part]: value })
}
