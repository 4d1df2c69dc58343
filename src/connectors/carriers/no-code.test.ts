import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readResults } from './fedex/read.ts'
import { readActivity } from './ups/read.ts'

const bytes = (message: object): Uint8Array => new TextEncoder().encode(JSON.stringify(message))

test('fedex: a scan without its type is not passed over', () => {
  const scanEvents = [
    { date: '2026-02-11T18:44:22+01:00', eventType: 'DL' },
    { date: '2026-02-11T17:00:00+01:00', eventDescription: 'At the door' },
  ]
  const reading = readResults({ body: bytes({ trackResults: [{ trackingNumber: '7946', scanEvents }] }) }, {})
  assert.deepEqual(reading.ok && reading.value.claims.map(({ code }) => code), ['event:DL', 'event:missing'])
})

test('ups: an activity without type and code is not passed over', () => {
  const activity = [
    { date: '20260211', time: '184422', gmtOffset: '+01:00', status: { type: 'D', code: 'FS' } },
    { date: '20260211', time: '170000', gmtOffset: '+01:00', status: { description: 'At the door' } },
  ]
  const trackResponse = { shipment: [{ package: [{ trackingNumber: '1Z1', activity }] }] }
  const reading = readActivity({ body: bytes({ trackResponse }) }, {})
  assert.deepEqual(reading.ok && reading.value.claims.map(({ code }) => code), ['code:FS', 'code:missing'])
})
