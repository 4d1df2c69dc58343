import assert from 'node:assert/strict'
import test from 'node:test'
import { notesHider, withoutNotes } from './rule-privacy.ts'

const input = (buyer: string, seller = '') => ({
  currency: 'CNY',
  values: { buyer_note: buyer, seller_note: seller, order_amount: 9_900n, city: '杭州市' },
  lines: [],
})

test('remarks are left out of what is kept, all else stays', () => {
  assert.deepEqual(withoutNotes(input('请打 13800138000，张三')).values, {
    buyer_note: '[17 字，见订单备注]',
    seller_note: '',
    order_amount: 9_900n,
    city: '杭州市',
  })
  const none = input('')
  assert.equal(withoutNotes(none), none)
})

test('a remark that a rule copied into an action or its words is taken out there too', () => {
  const note = '张三 "13800138000"\n$& 明天送'
  const json = JSON.stringify({ params: { label: `备注：${note}！` }, words: note })
  const hidden = JSON.parse(notesHider(input('', note))(json)) as { params: { label: string }; words: string }
  const by = `[${[...note].length} 字，见订单备注]`
  assert.deepEqual(hidden, { params: { label: `备注：${by}！` }, words: by })
  assert.equal(notesHider(input('急'))('{"label":"加急费"}'), '{"label":"加急费"}')
})
