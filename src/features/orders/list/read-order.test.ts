import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saidOnce } from './read-order.ts'

const fact = (
  subject: string,
  detail: Record<string, unknown> = { trackingNo: 'SF1' },
  message_id = '7',
) => ({
  subject,
  message_id,
  code: 'hub:waybill_issued',
  at_raw: '2026-11-11T02:00:00Z',
  detail,
})

test('what a message says of the order and of its parcel is shown once, as the order said it', () => {
  const ofOrder = fact('order:shop:1')
  assert.deepEqual(saidOnce([fact('parcel:SF1'), ofOrder]), [ofOrder])
})

test('another message, another parcel, and a word of the parcel alone are shown beside it', () => {
  const facts = [
    fact('order:shop:1'),
    fact('parcel:SF1', { trackingNo: 'SF1' }, '8'),
    fact('parcel:SF2', { trackingNo: 'SF2' }),
  ]
  assert.deepEqual(saidOnce(facts), facts)
  const alone = [fact('order:shop:1', {}), fact('parcel:SF1')]
  assert.deepEqual(saidOnce(alone), alone)
})
