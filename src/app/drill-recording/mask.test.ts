import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMask } from './mask.ts'

const mask = openMask(new Uint8Array(32).fill(3))
const body = (value: unknown): string => mask.body(JSON.stringify(value)) ?? ''

test('people are replaced, the same one by the same stand-in; where parcels go and what they hold stays', () => {
  const order = {
    order_no: 'E20261123',
    sku_name: '豆腐猫砂',
    buyer_nick: '小李飞刀',
    receiver: {
      name: '张三',
      phone: '13800001234',
      province: '浙江省',
      city: '杭州市',
      detail: '文三路 1 号',
    },
    remark: '请打 13800001234',
  }
  const text = body(order)
  for (const secret of ['小李飞刀', '张三', '13800001234', '文三路'])
    assert.ok(!text.includes(secret), secret)
  const masked = JSON.parse(text)
  assert.equal(masked.order_no, 'E20261123')
  assert.equal(masked.sku_name, '豆腐猫砂')
  assert.equal(masked.receiver.province, '浙江省')
  assert.equal(
    JSON.parse(body({ again: { receiver: { name: '张三' } } })).again.receiver.name,
    masked.receiver.name,
  )
  assert.match(masked.receiver.phone, /^199\d{8}$/)
})

test('a phone or mail in free text is found, and JSON inside a text too', () => {
  const text = body({
    words: '联系 13911112222 或 a.b@c.com',
    msg: JSON.stringify({ receiver_name: '王五' }),
  })
  assert.ok(!/13911112222|a\.b@c\.com|王五/.test(text))
})

test('what says more closely than a district where somebody lives is left without its meaning', () => {
  assert.equal(
    body({ shipping_address: { zip: 'SW1A 1AA', city: 'London', latitude: 51.5007, longitude: -0.1246 } }),
    '{"shipping_address":{"zip":"0000 000","city":"London","latitude":0,"longitude":0}}',
  )
})

test('what is packed into an address, into base64 or into XML is found there, and packed again', () => {
  const order = '{"tid":"E1","receiver_name":"王五","address":"文三路 1 号"}'
  const secrets = /王五|文三路|%E7%8E%8B|%E6%96%87/
  const escaped = JSON.parse(body({ type: 'trade', msg: encodeURIComponent(order).replaceAll('%20', '+') }))
  assert.doesNotMatch(escaped.msg, secrets)
  assert.equal(JSON.parse(decodeURIComponent(escaped.msg)).tid, 'E1')
  const packed = JSON.parse(body({ data: Buffer.from(order).toString('base64') }))
  assert.doesNotMatch(Buffer.from(packed.data, 'base64').toString(), secrets)
  assert.equal(JSON.parse(Buffer.from(packed.data, 'base64').toString()).tid, 'E1')
  const form = mask.body(
    `content=${encodeURIComponent('<Body><Route orderid="E1" acceptName="王五"/><remark>王五 收</remark><tel><![CDATA[13800001234]]></tel></Body>')}`,
  )
  const content = new URLSearchParams(form ?? '').get('content') ?? ''
  assert.match(content, /^<Body><Route orderid="E1" acceptName="人[0-9a-f]{12}"\/><remark>人/)
  assert.doesNotMatch(content, /王五|13800001234/)
})

test('pairs of a name and a value are masked below a note, and a name beside a mail goes with it', () => {
  const text = body({ note_attributes: [{ name: '代收人', value: '王师傅' }], contact: '李四 <li@si.cn>' })
  assert.doesNotMatch(text, /王师傅|李四|li@si/)
  const long = mask.body('{"customer":{"id":7123456789012345678},"order_id":7123456789012345678}') ?? ''
  assert.match(long, /^\{"customer":\{"id":9\d{18}\},"order_id":7123456789012345678\}$/)
})

test('keys and signatures leave nothing; numbers longer than a double stay exact', () => {
  assert.equal(body({ access_token: 'abc', sign: 'def' }), '{"access_token":"","sign":""}')
  assert.equal(mask.body('{"order_id":900719925474099312345}'), '{"order_id":900719925474099312345}')
  assert.deepEqual(
    mask.headers({ 'X-Shopify-Topic': 'orders/paid', 'X-Shopify-Hmac-Sha256': 'x', Authorization: 'y' }),
    {
      'X-Shopify-Topic': 'orders/paid',
    },
  )
})

test('a form is masked field by field; what is neither form nor JSON is left out', () => {
  assert.ok(
    !/%E5%BC%A0|13800001234/.test(mask.body('receiverName=%E5%BC%A0%E4%B8%89&tel=13800001234&sign=1') ?? 'x'),
  )
  assert.equal(mask.body('<xml><name>张三</name></xml>'), null)
  assert.equal(mask.body('{"half":'), null)
})

test('another recording has other stand-ins', () => {
  const other = openMask(new Uint8Array(32).fill(4))
  assert.notEqual(other.body('{"name":"张三"}'), mask.body('{"name":"张三"}'))
})
