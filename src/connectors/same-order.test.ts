import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRedelivery } from './index.ts'

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const ORDER = { order_id: '4920', update_time: 1_760_000_000, order_status: 2 }

test('the same order from a list and from a single query is one message, also past the spool', () => {
  const listed = bytes({ code: '10000', data: { shop_order_detail: ORDER } })
  const asked = bytes({
    log_id: 'x1',
    code: 10_000,
    msg: 'success',
    data: { shop_order_detail: { ...ORDER } },
  })
  assert.equal(isRedelivery(listed, asked), true)
  const changed = bytes({ code: 10_000, data: { shop_order_detail: { ...ORDER, order_status: 3 } } })
  assert.equal(isRedelivery(listed, changed), false)
  assert.equal(isRedelivery(listed, bytes({ code: 10_000, data: {} })), false)
  assert.equal(isRedelivery(bytes({}), bytes({})), false)
})

test("a platform's request id makes no other order", () => {
  const asked = (requestId: string, status: number) =>
    bytes({
      order_info_get_response: {
        request_id: requestId,
        order_info: { order_sn: '2611', order_status: status },
      },
    })
  assert.equal(isRedelivery(asked('a', 1), asked('b', 1)), true)
  assert.equal(isRedelivery(asked('a', 1), asked('b', 2)), false)
})
