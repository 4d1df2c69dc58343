import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallDeps } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import { waybillAsk } from '#test-support/waybill-asks.ts'
import { ownNumbers } from './index.ts'

test('the number given is the waybill’s; without one there is none', async () => {
  const calls = ownNumbers.calls?.({ product: '标准快递' }, {} as CallDeps)
  const made = await calls?.createWaybill?.({
    ...waybillAsk({ carrier: 'EMS' }),
    number: trackingNo('EA123456785CN'),
  })
  assert.ok(made?.ok)
  assert.equal(made.value.trackingNo, 'EA123456785CN')
  assert.equal(made.value.routing.product, '标准快递')
  const none = await calls?.createWaybill?.({ ...waybillAsk({ carrier: 'EMS' }), number: null })
  assert.equal(none?.ok === false ? none.refusal.code : '', 'carrier.pool_empty')
})
