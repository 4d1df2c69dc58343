import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Buyer, Notes, OrderContent } from '#domain/order.ts'
import { connectionId } from '#kernel/id.ts'
import { DAY } from '#test-support/facts.ts'
import { deriveOrder } from './core/derive-order.ts'
import type { JoinedContent } from './join-content.ts'
import { orderRow } from './order-rows.ts'

const ORDER = { id: 1n, connection: connectionId('shop'), orderNo: 'A1', shared: false }
const NOTES: Notes = { buyer: 'quick', seller: 'fragile', flag: null }
const BUYER = { id: 'b1', name: 'B' } as unknown as Buyer

const digestOf = (content: Partial<OrderContent>): string => {
  const joined: JoinedContent = {
    values: new Map([[ORDER.id, content]]),
    changed: [],
    linesChanged: [],
    recipients: new Map(),
  }
  const derived = deriveOrder({ channel: ORDER.connection, canReport: true, facts: [], content })
  const known = undefined
  const now = DAY
  const fingerprint = (text: string): string => text
  const row = orderRow({
    order: ORDER,
    derived,
    facts: [],
    content: joined,
    known,
    unmatchedLines: null,
    now,
    fingerprint,
  })
  return Buffer.from(row.digest).toString('hex')
}

test('an order read from the database is the order that a message brought, whatever the order of its keys', () => {
  const turned = <T extends object>(value: T): T =>
    Object.fromEntries(Object.entries(value).toReversed()) as T
  const brought = digestOf({ notes: NOTES, buyer: BUYER })
  assert.equal(digestOf({ notes: turned(NOTES), buyer: turned(BUYER) }), brought)
  assert.notEqual(digestOf({ notes: { ...NOTES, seller: 'not fragile' }, buyer: BUYER }), brought)
})
