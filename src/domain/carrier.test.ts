import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARRIERS, carrierFromWords, carrierTitle } from './carrier.ts'

test('carriers are known by their usual names, in any case and width, with blanks or without', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    YTO: ['圆通', '圆通速递', ' 圆通快递 ', 'yto', 'ＹＴＯ', 'YTO Express', 'yuantong'],
    ZTO: ['中通', '中通快递', 'zto', 'zhongtong'],
    YUNDA: ['韵达', '韵达速递', '韵达快递', 'Yunda'],
    STO: ['申通', '申通快递', 'sto'],
    SF: ['顺丰', '顺丰速运', '顺丰快递', 'sf', 'SF Express', 'SF-Express', 'shunfeng'],
    POST: ['邮政', '中国邮政', '邮政快递包裹', 'China Post'],
    EMS: ['EMS', 'ems', '邮政EMS'],
    JD: ['京东', '京东物流', '京东快递', 'jd'],
    JT: ['极兔', '极兔速递', 'J&T', 'J&T Express'],
    DEPPON: ['德邦', '德邦快递', 'deppon'],
    BEST: ['百世', '百世快递', 'best'],
    FEDEX: ['FedEx', 'fedex', '联邦快递'],
  }
  for (const [code, spellings] of Object.entries(cases))
    for (const words of spellings) assert.equal(carrierFromWords(words), code, words)
  for (const [code, name] of Object.entries(CARRIERS)) {
    assert.equal(carrierFromWords(code), code)
    assert.equal(carrierFromWords(name), code)
  }
})

test('words of no known carrier, or of another firm with a name like it, are no carrier', () => {
  for (const words of ['', ' ', '小飞象', '韵达快运', '中通快运', '圆通和中通', 'constructor'])
    assert.equal(carrierFromWords(words), null, words)
})

test('people are told a carrier by its name, one without a code of ours by what its source called it', () => {
  assert.deepEqual(['SF', 'other:小飞象', '', null].map(carrierTitle), [
    '顺丰速运',
    '小飞象',
    '未知承运商',
    '未知承运商',
  ])
})
