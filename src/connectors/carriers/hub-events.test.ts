import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredMessage } from '#domain/connector.ts'
import { withHubEvents } from './hub-events.ts'
import { ROUTE_JSON } from './sf/fixtures/messages.ts'
import { sf } from './sf/index.ts'

const carrier = withHubEvents(sf)

/** Whom the claims of a route push are about that names this as its order. */
function subjectsOf(order: string): string[] {
  const body = new TextEncoder().encode(ROUTE_JSON.replaceAll('QIAO-20250526-001', order))
  const reading = carrier.read({ topic: 'route', body } as StoredMessage, {})
  assert.ok(reading.ok)
  return reading.value.claims.map(({ subject, code }) => `${subject.by} ${code}`)
}

test('a carrier that quotes our own waybill reference tells of the parcel once, and of no order of that number', () => {
  for (const reference of ['P1001-1-1', 'P1001-12-3-R2', 'P9223372036854775807-1-1'])
    assert.deepEqual(subjectsOf(reference), ['parcel opCode:50', 'parcel opCode:30'], reference)
})

test('any other number that a carrier quotes may be an order’s', () => {
  for (const order of ['QIAO-20250526-001', 'P1001', 'P1001-1', 'R7', 'p1001-1-1', 'XP1001-1-1'])
    assert.deepEqual(
      subjectsOf(order),
      ['parcel opCode:50', 'reference opCode:50', 'parcel opCode:30', 'reference opCode:30'],
      order,
    )
})
