import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Arrival } from '../inbox/store.ts'
import { decodeArrival, encodeArrival } from './record.ts'
import { encodeFrame, encodeHeader, guessMark, markOf, measure, nextFrame, readHeader } from './segment.ts'

const HEADER = {
  format: 1,
  segment: 'ab'.repeat(16),
  node: 'host/p0',
  epoch: 7,
  createdAt: '2026-11-11T00:00:00Z',
  mark: 'a1b2c3d4e5f60718',
  keyCheck: null,
} as const
const MARK = markOf(HEADER)

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const arrivals: fc.Arbitrary<Arrival> = fc.record({
  connection: text,
  lane: text,
  transport: fc.constantFrom('http', 'stream', 'poll', 'fetch', 'file', 'api'),
  topic: text,
  dedupKey: text,
  orderNo: fc.option(text, { nil: null }),
  headers: text,
  body: fc.uint8Array({ maxLength: 300 }),
  verdict: fc.constantFrom('accepted', 'challenge', 'rejected'),
  refusalCode: fc.option(text, { nil: null }),
  refusalDetail: fc.option(text, { nil: null }),
  responseStatus: fc.integer({ min: 0, max: 599 }),
  responseBody: text,
  receivedAt: fc
    .bigInt({ min: 0n, max: 4_000_000_000_000_000_000n })
    .map((nanoseconds) => Temporal.Instant.fromEpochNanoseconds(nanoseconds)),
  latencyUs: fc.integer({ min: 0, max: 1e9 }),
})

test('a message comes back from its record in every field and byte', () => {
  fc.assert(
    fc.property(arrivals, (arrival) => {
      const back = decodeArrival(encodeArrival(arrival))
      assert.deepEqual([...back.body], [...arrival.body])
      assert.equal(back.receivedAt.epochNanoseconds, arrival.receivedAt.epochNanoseconds)
      const { body: _1, receivedAt: _2, ...rest } = arrival
      const { body: _3, receivedAt: _4, ...backRest } = back
      assert.deepEqual(backRest, rest)
    }),
  )
})

test('a field that a later version adds is carried through, and a lane that an older one lacked is the connection', () => {
  const whole = encodeArrival({
    connection: 'shop',
    later: 7,
    body: new Uint8Array(),
    receivedAt: Temporal.Instant.from('2026-11-11T00:00:00Z'),
  } as unknown as Arrival)
  const back = decodeArrival(whole) as Arrival & { later: number }
  assert.deepEqual([back.later, back.lane], [7, 'shop'])
})

const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 12 })

function segmentOf(list: readonly Uint8Array[]): { bytes: Buffer; first: number } {
  const header = encodeHeader(HEADER)
  return {
    bytes: Buffer.concat([header, ...list.map((one) => encodeFrame(one, MARK))]),
    first: header.length,
  }
}

/** Where each frame ends: 20 bytes of head and the payload. */
function endsOf(list: readonly Uint8Array[], first: number): number[] {
  let end = first
  return list.map((one) => {
    end += 20 + one.length
    return end
  })
}

function readAll(bytes: Buffer, first: number): { payloads: string[]; damaged: number } {
  const found: string[] = []
  let damaged = 0
  for (let at = first; ; ) {
    const { frame, damage } = nextFrame(bytes, at, MARK)
    if (damage !== null) damaged += 1
    if (frame === null) return { payloads: found, damaged }
    found.push(frame.payload.toString('hex'))
    at = frame.next
  }
}

test('cut anywhere, a segment holds every frame that was whole and nothing else', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), (list, seed) => {
      const { bytes, first } = segmentOf(list)
      const cut = first + (seed % (bytes.length - first + 1))
      const ends = endsOf(list, first)
      const whole = ends.filter((end) => end <= cut).length
      const { records, end } = measure(bytes.subarray(0, cut), first, MARK)
      assert.deepEqual([records, end], [whole, ends[whole - 1] ?? first])
    }),
  )
})

test('one flipped byte costs one frame at most: it is told, and the others are read', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, seed, flip) => {
      const { bytes, first } = segmentOf(list)
      const at = first + (seed % (bytes.length - first))
      bytes[at] = (bytes[at] ?? 0) ^ flip
      const found = readAll(bytes, first)
      const ends = endsOf(list, first)
      const hit = ends.findIndex((end) => at < end)
      const others = list.filter((_one, i) => i !== hit).map((one) => Buffer.from(one).toString('hex'))
      assert.deepEqual(found.payloads, others)
      assert.equal(found.damaged, 1)
    }),
  )
})

test('a frame that a sender put into a body is never taken for one, behind damage and without a header', () => {
  const OTHERS = markOf({ mark: '0011223344556677' })
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 }),
      fc.uint8Array({ maxLength: 40 }),
      (list, forged) => {
        const fakes = [markOf({}), OTHERS].map((mark) => encodeFrame(forged, mark))
        const { bytes, first } = segmentOf([Buffer.concat([Buffer.from('body '), ...fakes]), ...list])
        assert.deepEqual(guessMark(bytes.subarray(5)), MARK)
        bytes[first + 22] = (bytes[first + 22] ?? 0) ^ 1
        const found = readAll(bytes, first)
        assert.deepEqual(
          found.payloads,
          list.map((one) => Buffer.from(one).toString('hex')),
        )
      },
    ),
  )
})

test('a segment from before segments had marks of their own is read, with and without its header', () => {
  const { mark: _, ...old } = HEADER
  const bytes = Buffer.concat([encodeHeader(old), encodeFrame(Buffer.from('an older one'), markOf({}))])
  const head = readHeader(bytes)
  assert.ok(head.ok)
  assert.equal(measure(bytes, head.value.first, head.value.mark).records, 1)
  assert.deepEqual(guessMark(bytes), markOf({}))
})

test('what is no segment is refused with its code', () => {
  const header = encodeHeader(HEADER)
  const codeOf = (bytes: Buffer): string => {
    const read = readHeader(bytes)
    return read.ok ? 'ok' : read.refusal.code
  }
  assert.equal(codeOf(header), 'ok')
  assert.equal(codeOf(Buffer.from('{"time":"2026-01-01"}')), 'spool.not_a_segment')
  assert.equal(codeOf(header.subarray(0, 30)), 'spool.header_damaged')
  assert.equal(codeOf(Buffer.alloc(0)), 'spool.header_damaged')
  assert.equal(codeOf(Buffer.alloc(4_096)), 'spool.header_damaged')
  assert.equal(codeOf(encodeHeader({ ...HEADER, format: 2 } as never)), 'spool.unknown_format')
})
