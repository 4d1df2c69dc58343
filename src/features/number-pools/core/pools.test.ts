import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CHECK_RULES, checkDigit } from './check-digit.ts'
import { crosses, numberAt, parseSegment, type Segment, shapeOf, sizeOf } from './segment.ts'
import { parseSegmentCsv, parseSegments } from './segment-list.ts'
import { askAgainAfter, balanceOf, judgePool, rateOf, reckonBalance } from './standing.ts'

test('check digits as the public standards print them', () => {
  // UPU S10's example RR 473124829 FI; 8*4+6*7+4*3+2*1+3*2+5*4+9*8+7*2 = 200, 200 mod 11 = 2.
  assert.equal(checkDigit('s10', 'RR', '47312482'), '9')
  // Remainder 1 is written 0: 7*8 = 56 = 5*11 + 1; remainder 0 is written 5.
  assert.equal(checkDigit('s10', 'RR', '00000008'), '0')
  assert.equal(checkDigit('s10', 'RR', '00000000'), '5')
  // 1234567 = 7 * 176366 + 5.
  assert.equal(checkDigit('mod7', '020', '1234567'), '5')
  // GS1's own example 629104150021-3.
  assert.equal(checkDigit('gs1', '', '629104150021'), '3')
  assert.equal(checkDigit('gs1', '6291', '04150021'), '3')
  assert.equal(checkDigit('none', 'YT', '1'), '')
})

test('whole numbers, serials behind a prefix and counts are the same segment', () => {
  const wanted: Segment = { prefix: 'YT', suffix: '', width: 6, check: 'none', first: 1n, last: 500n }
  for (const typed of [
    { from: 'YT000001', to: 'YT000500' },
    { prefix: 'yt', from: '000001', to: '000500' },
    { from: 'YT 000001', count: 500 },
  ]) {
    const read = parseSegment(typed)
    assert.ok(read.ok)
    assert.deepEqual(read.value, wanted)
  }
  assert.equal(numberAt(wanted, 42n), 'YT000042')
  const s10 = parseSegment({ prefix: 'RR', from: '47312482', count: 1, suffix: 'FI', check: 's10' })
  assert.ok(s10.ok)
  assert.equal(numberAt(s10.value, s10.value.first), 'RR473124829FI')
})

test('what is no segment is refused with the reason', () => {
  const cases: [Parameters<typeof parseSegment>[0], RegExp][] = [
    [{ from: 'ABC', to: '1' }, /does not end in/],
    [{ from: '12', to: '9' }, /as many digits/],
    [{ from: '20', to: '10' }, /before it begins/],
    [{ from: '1' }, /end or a count/],
    [{ from: '99', count: 2 }, /past the digits/],
    [{ from: '1', to: '2', count: 5 }, /contradict/],
    [{ from: 'YT01', to: 'ZT02' }, /does not begin like/],
    [{ from: '00000001', to: '99999999' }, /at most 10000000/],
    [{ prefix: 'ABCDEFGHIJKLM', from: '1', to: '2' }, /prefix/],
    [{ prefix: '12345', from: '12345678901234', to: '12345678901235' }, /18 digits/],
    [{ from: '1', to: '2', check: 's10' }, /S10/],
  ]
  for (const [typed, words] of cases) {
    const read = parseSegment(typed)
    assert.ok(!read.ok, JSON.stringify(typed))
    assert.equal(read.refusal.code, 'pools.bad_segment')
    assert.match(read.refusal.detail, words)
  }
})

const anySegment: fc.Arbitrary<Segment> = fc
  .record({
    prefix: fc.constantFrom('', 'A', 'A1', '1', '12', 'AB'),
    width: fc.integer({ min: 1, max: 3 }),
    check: fc.constantFrom(...CHECK_RULES.filter((rule) => rule !== 's10')),
    at: fc.nat(999),
    size: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ prefix, width, check, at, size }) => {
    const most = 10n ** BigInt(width) - 1n
    const first = BigInt(at) % (most + 1n)
    const last = first + BigInt(size) - 1n
    return { prefix, suffix: '', width, check, first, last: last > most ? most : last }
  })

function numbersOf(segment: Segment): string[] {
  return Array.from({ length: Number(sizeOf(segment)) }, (_, at) =>
    numberAt(segment, segment.first + BigInt(at)),
  )
}

test('two segments that do not cross never print the same number, however they are written', () => {
  fc.assert(
    fc.property(anySegment, anySegment, (one, other) => {
      assert.equal(crosses(one, other), crosses(other, one))
      if (crosses(one, other)) return
      const known = new Set(numbersOf(one))
      assert.ok(numbersOf(other).every((number) => !known.has(number)))
    }),
    { numRuns: 2_000 },
  )
})

test('plain segments cross exactly where a number is in both', () => {
  fc.assert(
    fc.property(anySegment, anySegment, (a, b) => {
      const [one, other] = [a, b].map((segment) => ({ ...segment, check: 'none' as const }))
      assert.ok(one !== undefined && other !== undefined)
      const known = new Set(numbersOf(one))
      assert.equal(
        crosses(one, other),
        numbersOf(other).some((number) => known.has(number)),
      )
    }),
    { numRuns: 2_000 },
  )
})

test('a segment prints as many different numbers as it has, of one length', () => {
  fc.assert(
    fc.property(anySegment, (segment) => {
      const numbers = numbersOf(segment)
      assert.equal(new Set(numbers).size, numbers.length)
      assert.equal(new Set(numbers.map((number) => number.length)).size, 1)
      assert.equal(numbers[0]?.length, shapeOf(segment).stem.length + shapeOf(segment).digits)
    }),
  )
})

test('a file of segments, with titles in either language or none', () => {
  const plain = parseSegmentCsv('YT001,YT100\nYT201,YT300\n')
  assert.ok(plain.ok)
  assert.equal(plain.value.length, 2)
  const titled = parseSegmentCsv('\ufeff前缀,起始号,数量,校验\nYT,001,100,none\n\n')
  assert.ok(titled.ok)
  assert.deepEqual(titled.value, [{ prefix: 'YT', from: '001', suffix: '', check: 'none', count: 100 }])
  const bad = parseSegmentCsv('from,count\nYT001,many')
  assert.ok(!bad.ok)
  assert.deepEqual([bad.refusal.code, bad.refusal.detail], ['pools.bad_csv', 'line 2: "many" is no count'])
  assert.ok(!parseSegmentCsv('').ok)
  const crossing = parseSegments([
    { from: '001', to: '100' },
    { from: '100', to: '200' },
  ])
  assert.ok(!crossing.ok && crossing.refusal.code === 'pools.segment_crosses_conflict')
})

test('any text is a list of segments or a refusal', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'grapheme' }), (text) => {
      const read = parseSegmentCsv(text)
      if (read.ok) parseSegments(read.value)
      else assert.equal(read.refusal.code, 'pools.bad_csv')
    }),
  )
})

test('the rate follows the last hours', () => {
  assert.equal(rateOf(new Map(), 24), 0)
  assert.equal(rateOf(new Map([[0, 120]]), 0.3), 120)
  const steady = new Map(Array.from({ length: 24 }, (_, hour) => [hour, 60]))
  assert.ok(Math.abs(rateOf(steady, 24) - 60) < 1e-9)
  // 1 at weight 1, and a half of it four hours ago.
  const [now, before] = [rateOf(new Map([[0, 100]]), 24), rateOf(new Map([[4, 100]]), 24)]
  assert.ok(Math.abs(now / before - 2) < 1e-9)
})

test('low by count, low by hours, empty, unknown', () => {
  const at = { numbers: 500, hours: 2 }
  const of = (left: number | null, rate: number) => judgePool({ left, unlimited: false }, rate, at)
  assert.deepEqual(of(499, 0), { standing: 'low', hoursLeft: null, isLow: true })
  assert.deepEqual(of(500, 0), { standing: 'fine', hoursLeft: null, isLow: false })
  assert.deepEqual(of(900, 450), { standing: 'fine', hoursLeft: 2, isLow: false })
  assert.deepEqual(of(900, 451).standing, 'low')
  assert.deepEqual(of(0, 10), { standing: 'empty', hoursLeft: 0, isLow: true })
  assert.deepEqual(of(null, 10), { standing: 'unknown', hoursLeft: null, isLow: false })
  assert.equal(judgePool({ left: null, unlimited: true }, 10, at).isLow, false)
  assert.equal(reckonBalance(10, 12), 0)
  assert.equal(reckonBalance(null, 12), null)
  assert.deepEqual(
    [askAgainAfter(10, false), askAgainAfter(10, true), askAgainAfter(1, true)],
    [600, 120, 60],
  )
})

test('a balance is the only one of its carrier, or the one that bears our name; never guessed', () => {
  const told = [
    { account: 'B1', carrier: 'ZTO', left: 5 },
    { account: 'B2', carrier: 'ZTO', left: 7 },
    { account: 'B3', carrier: 'YTO', left: 9 },
  ]
  const left = (carrier: string, names: string[]) => {
    const read = balanceOf(told, carrier, names)
    return read.ok ? read.value.left : read.refusal.code
  }
  assert.equal(left('YTO', []), 9)
  assert.equal(left('ZTO', ['B2']), 7)
  assert.equal(left('ZTO', ['other']), 'pools.balance_unclear')
  assert.equal(left('SF', []), 'pools.balance_unclear')
})
