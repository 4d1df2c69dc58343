import type { Instant } from '#kernel/clock.ts'
import { type MessageId, messageId } from '#kernel/id.ts'

/** Where a message lies: its number, and the UTC day whose partition holds it. */
export type MessagePlace = { readonly number: bigint; readonly from: Instant; readonly to: Instant }

/** The inverse of `<yyyymmdd>-<number>`; null for anything else. */
export function parseMessageId(id: string): MessagePlace | null {
  const match = /^(\d{4})(\d{2})(\d{2})-(\d{1,18})$/.exec(id)
  // A year that no partition is ever made for; the database would read it differently than it is written here.
  if (match === null || match[1] === '0000' || match[1] === '9999') return null
  try {
    const day = Temporal.PlainDate.from(`${match[1]}-${match[2]}-${match[3]}`)
    const startOf = (date: Temporal.PlainDate): Instant => date.toZonedDateTime('UTC').toInstant()
    return { number: BigInt(match[4] ?? ''), from: startOf(day), to: startOf(day.add({ days: 1 })) }
  } catch {
    return null
  }
}

export function formatMessageId(number: bigint, receivedAt: Instant): MessageId {
  return messageId(`${receivedAt.toString().slice(0, 10).replaceAll('-', '')}-${number}`)
}
