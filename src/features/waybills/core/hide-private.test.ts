import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { waybillAsk } from '#test-support/waybill-asks.ts'
import { hideTexts, privateTexts } from './hide-private.ts'

const connector: Pick<Connector, 'waybill'> = {
  waybill: {
    accountFields: [
      { name: 'branch', zh: '网点', en: 'branch', secret: false, required: true },
      { name: 'password', zh: '密码', en: 'password', secret: true, required: true },
    ],
    numbers: 'balance',
    services: [],
    piecesMost: 1,
    opens: [],
  },
}

test('name, phone however it is written, street and secrets are hidden; the carrier’s own words and the branch stay', () => {
  const ask = waybillAsk({ account: { branch: 'B1001', password: 'open-sesame' } })
  const to = { ...ask.to, name: '张三', phone: '+86 138-0000-1234', address: '文三路 1 号' }
  const texts = privateTexts({ ...ask, to }, connector)
  assert.equal(
    hideTexts('B1001 open-sesame: 张三 13800001234 +86 138-0000-1234 文三路 1 号 超区', texts),
    'B1001 •••: ••• ••• ••• ••• 超区',
  )
})

test('what is too short to be told from other words is left, and so is all where nothing is private', () => {
  const ask = waybillAsk({ account: { password: 'abc' } })
  const to = { ...ask.to, name: 'X', phone: '12', address: '1' }
  assert.equal(hideTexts('X 12 1 abc', privateTexts({ ...ask, to }, connector)), 'X 12 1 abc')
})

test('what only the platform opens is not kept either', () => {
  const sealedTo = { channel: 'pinduoduo', data: { phone: '~AgAAA8000~xyz~', flag: 'true' } }
  const texts = privateTexts({ ...waybillAsk({ account: {} }), sealedTo }, connector)
  assert.equal(hideTexts('bad ~AgAAA8000~xyz~ true', texts), 'bad ••• true')
})
