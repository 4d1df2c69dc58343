import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Reading } from '#domain/claim.ts'
import type { Connector, InboundRequest, StoredMessage } from '#domain/connector.ts'
import { FACT_KINDS } from '#domain/fact.ts'
import { connectionId } from '#kernel/id.ts'
import { formatMoney } from '#kernel/money.ts'
import type { Result } from '#kernel/result.ts'
import { template } from './channels/_template/index.ts'
import {
  type ContractFixtures,
  type ExpectedClaim,
  type GoodSample,
  type Sample,
  subjectText,
} from './contract.ts'
import { connectors } from './index.ts'

const FOLDERS = {
  channel: 'channels',
  carrier: 'carriers',
  warehouse: 'warehouses',
  notifier: 'notifiers',
} as const
const CODE = /^[a-z][a-z0-9_]*(-[a-z0-9_]+)*\.[a-z0-9_]+$/

test('every connector has a kind of its own', () => {
  assert.equal(new Set(connectors.map(({ kind }) => kind)).size, connectors.length)
})

async function checkConnector(connector: Connector): Promise<void> {
  const { kind } = connector
  checkTable(connector)
  const folder = connector === template ? '_template' : kind
  const address = new URL(`./${FOLDERS[connector.role]}/${folder}/fixtures/index.ts`, import.meta.url)
  if (!existsSync(address)) {
    test(`${kind}: has fixtures for the contract`, () => assert.fail(`${address.pathname} is missing`))
    return
  }
  const { contractFixtures } = (await import(address.href)) as { contractFixtures: ContractFixtures }
  checkMeaning(connector, contractFixtures)
  checkReceipts(connector, contractFixtures)
  checkRefusals(connector, contractFixtures)
  checkFuzz(connector, contractFixtures)
}

function checkTable({ kind, codes, zone, fields }: Connector): void {
  test(`${kind}: the code table has no duplicates, and every reading in it is a fact or none`, () => {
    assert.equal(new Set(codes.map(({ code }) => code)).size, codes.length)
    for (const entry of codes) {
      assert.ok(entry.fact === 'none' || FACT_KINDS.includes(entry.fact), entry.code)
      assert.ok(entry.zh !== '' && entry.en !== '' && entry.code.trim() === entry.code, entry.code)
    }
  })
  test(`${kind}: the zone exists, and every setting has a name in both languages`, () => {
    assert.doesNotThrow(() => Temporal.Instant.from('2026-01-01T00:00:00Z').toZonedDateTimeISO(zone))
    assert.equal(new Set(fields.map(({ name }) => name)).size, fields.length)
    for (const field of fields) assert.ok(field.zh !== '' && field.en !== '', field.name)
    for (const field of fields)
      assert.ok(!field.secret || field.default === undefined, `${field.name}: a secret has no default`)
  })
}

function checkMeaning(connector: Connector, fixtures: ContractFixtures): void {
  const { kind } = connector
  const known = new Set(connector.codes.map(({ code }) => code))
  for (const sample of fixtures.good) {
    test(`${kind}: ${sample.name}: means what the document says`, () => {
      const reading = mustRead(connector, fixtures, sample)
      assert.deepEqual(sortedClaims(reading, sample.claims), [...sample.claims].sort(byText))
      assert.deepEqual(
        reading.fetch.map((fetch) => String(fetch.orderNo)).sort(),
        [...(sample.fetch ?? [])].sort(),
      )
      checkContent(reading, sample)
      for (const claim of reading.claims)
        assert.ok(known.has(claim.code), `${claim.code} is not in the table`)
    })
    test(`${kind}: ${sample.name}: a second delivery is read the same`, () => {
      assert.deepEqual(mustRead(connector, fixtures, sample), mustRead(connector, fixtures, sample))
    })
  }
  for (const sample of fixtures.unknown)
    test(`${kind}: ${sample.name}: the unknown code ${sample.code} is claimed as it is, and in no table`, () => {
      const reading = mustRead(connector, fixtures, sample)
      assert.ok(
        reading.claims.some(({ code }) => code === sample.code),
        JSON.stringify(reading.claims.map(({ code }) => code)),
      )
      assert.ok(!known.has(sample.code))
    })
  for (const sample of fixtures.offsetless)
    test(`${kind}: ${sample.name}: a time without offset is resolved by the declared rule or flagged`, () => {
      const claim = mustRead(connector, fixtures, sample).claims.find(({ code }) => code === sample.code)
      assert.equal(claim?.at.instant?.toString() ?? null, sample.instant)
      assert.equal(claim?.at.provenance === 'ambiguous', sample.instant === null)
      assert.notEqual(claim?.at.provenance, 'explicit_offset')
    })
}

function checkContent(reading: Reading, sample: GoodSample): void {
  const parts = reading.content[0]?.parts
  const payable = parts?.totals?.payable
  if (sample.payable !== undefined)
    assert.equal(payable === undefined ? null : `${payable.currency} ${formatMoney(payable)}`, sample.payable)
  if (sample.paid !== undefined) {
    const paid = parts?.lines?.map(
      (line) => `${line.lineId}:${line.paid === null ? '-' : formatMoney(line.paid)}`,
    )
    assert.deepEqual(paid, sample.paid)
  }
  const text = asText(reading)
  for (const id of sample.ids ?? [])
    assert.ok(new RegExp(`(?<!\\d)${id}(?!\\d)`).test(text), `${id} is not kept digit by digit`)
}

function checkReceipts(connector: Connector, fixtures: ContractFixtures): void {
  const { kind, receive } = connector
  if (receive === undefined) return
  const pushed = fixtures.good.filter((sample) => 'request' in sample)
  test(`${kind}: a redelivery gets the same key and the same reply, another message another key`, () => {
    const keys = new Set<string>()
    for (const { request } of pushed) {
      const first = receive(request, fixtures.settings, fixtures.now)
      const second = receive(structuredClone(request), fixtures.settings, fixtures.now)
      assert.deepEqual(first, second)
      assert.equal(first.verdict, 'accepted')
      if (first.verdict === 'accepted') keys.add(first.dedupKey)
    }
    assert.equal(keys.size, pushed.length)
  })
  test(`${kind}: what makes the platform send again is not its ack`, () => {
    for (const { request } of pushed) {
      const receipt = receive(request, fixtures.settings, fixtures.now)
      assert.notDeepEqual(receipt.reply, connector.retryReply)
    }
  })
  for (const sample of fixtures.challenges ?? [])
    test(`${kind}: ${sample.name}: answered and not interpreted`, () => {
      assert.equal(receive(sample.request, fixtures.settings, fixtures.now).verdict, 'challenge')
    })
  for (const sample of [...fixtures.forged, ...fixtures.stale])
    test(`${kind}: ${sample.name}: rejected with ${sample.code}`, () => {
      const receipt = receive(sample.request, fixtures.settings, fixtures.now)
      assert.equal(receipt.verdict, 'rejected')
      if (receipt.verdict === 'rejected') assert.equal(receipt.refusal.code, sample.code)
    })
  test(`${kind}: has forged samples`, () => assert.ok(fixtures.forged.length > 0))
}

const GARBAGE: readonly (readonly [string, Uint8Array])[] = [
  ['empty', new Uint8Array()],
  ['not JSON', bytesOf('<<<not json')],
  ['truncated', bytesOf('{"order":{"id":1,"na')],
  ['not UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', new Uint8Array(Buffer.from('{"a":1}', 'utf16le'))],
  ['nested 100,000 deep', bytesOf('['.repeat(100_000))],
  ['nested 100,000 deep in objects', bytesOf('{"a":'.repeat(100_000))],
  ['a huge text', bytesOf(`"${'x'.repeat(2_000_000)}"`)],
  ['a number', bytesOf('1e999999')],
  ['null', bytesOf('null')],
  ['empty list', bytesOf('[]')],
  ['a twice named key', bytesOf('{"a":1,"a":2}')],
]

function checkRefusals(connector: Connector, fixtures: ContractFixtures): void {
  const { kind } = connector
  const topics = [
    ...new Set([...fixtures.good.map((sample) => topicOf(connector, fixtures, sample)), 'unnamed']),
  ]
  for (const [name, body] of GARBAGE)
    test(`${kind}: a body that is ${name} is refused with a code and never throws`, () => {
      const first = fixtures.good[0]
      const template = first !== undefined && 'request' in first ? first.request : null
      if (connector.receive !== undefined && template !== null) {
        const receipt = connector.receive({ ...template, body }, fixtures.settings, fixtures.now)
        if (receipt.verdict === 'rejected') assert.match(receipt.refusal.code, CODE)
        if (fixtures.bodyUnsigned !== true)
          assert.notEqual(receipt.verdict, 'accepted', 'nobody signed this body')
        noSecrets(receipt, connector, fixtures)
      }
      for (const topic of topics) {
        const result = connector.read(storedOf(topic, body, fixtures), fixtures.settings)
        if (result.ok) assert.deepEqual(result.value.content, [])
        else assert.match(result.refusal.code, CODE)
        noSecrets(result, connector, fixtures)
      }
    })
  test(`${kind}: no secret shows in anything that a connector says`, () => {
    for (const sample of [...fixtures.forged, ...fixtures.stale])
      noSecrets(connector.receive?.(sample.request, fixtures.settings, fixtures.now), connector, fixtures)
    for (const sample of [...fixtures.good, ...fixtures.unknown]) {
      if ('request' in sample)
        noSecrets(connector.receive?.(sample.request, fixtures.settings, fixtures.now), connector, fixtures)
      noSecrets(read(connector, fixtures, sample), connector, fixtures)
    }
  })
}

const RUNS = 100

function checkFuzz(connector: Connector, fixtures: ContractFixtures): void {
  const { kind } = connector
  const samples = [...fixtures.good, ...fixtures.unknown]
  if (samples.length === 0) return
  const mutated = fc.record({
    sample: fc.constantFrom(...samples),
    cuts: fc.array(
      fc.record({
        at: fc.nat(),
        remove: fc.nat({ max: 12 }),
        insert: fc.string({ maxLength: 6, unit: 'binary' }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  test(`${kind}: mutated messages are read or refused with a code, and never throw`, () => {
    fc.assert(
      fc.property(mutated, ({ sample, cuts }) => {
        const topic = topicOf(connector, fixtures, sample)
        const body = cuts.reduce(cut, bodyOf(sample))
        checkOutcome(connector.read(storedOf(topic, body, fixtures), fixtures.settings), connector, fixtures)
      }),
      { numRuns: RUNS },
    )
  })
  test(`${kind}: any request is accepted, challenged or rejected with a code, and never throws`, () => {
    const request = fc.record({
      method: fc.constantFrom('POST', 'GET'),
      path: fc.constant('/callback/token'),
      query: fc.string(),
      headers: fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
      body: fc.uint8Array({ maxLength: 200 }),
    })
    fc.assert(
      fc.property(request, (given: InboundRequest) => {
        const receipt = connector.receive?.(given, fixtures.settings, fixtures.now)
        if (receipt?.verdict === 'rejected') assert.match(receipt.refusal.code, CODE)
        checkOutcome(
          connector.read(storedOf('unnamed', given.body, fixtures), fixtures.settings),
          connector,
          fixtures,
        )
      }),
      { numRuns: RUNS },
    )
  })
  test(`${kind}: a body changed after signing is rejected`, () => {
    const pushed = samples.filter((sample) => 'request' in sample)
    if (pushed.length === 0 || connector.receive === undefined || fixtures.bodyUnsigned === true) return
    const { receive } = connector
    for (const { request } of pushed) {
      const signed = receive(request, fixtures.settings, fixtures.now)
      const bare = receive({ ...request, headers: {}, query: '' }, fixtures.settings, fixtures.now)
      // Where header and query do not matter, the signature stands in the body, and the forged samples cover it.
      if (signed.verdict !== 'accepted' || bare.verdict === 'accepted') continue
      const body = Uint8Array.from([...request.body, 0x20])
      const receipt = receive({ ...request, body }, fixtures.settings, fixtures.now)
      assert.equal(receipt.verdict, 'rejected')
    }
  })
}

function checkOutcome(result: Result<Reading>, connector: Connector, fixtures: ContractFixtures): void {
  if (!result.ok) assert.match(result.refusal.code, CODE)
  else
    for (const { parts } of result.value.content) {
      for (const line of parts.lines ?? []) {
        assert.ok(Number.isSafeInteger(line.quantity) && line.quantity >= 1)
        assert.equal(typeof line.lineId, 'string')
        assert.equal(typeof line.unitPrice.minor, 'bigint')
      }
    }
  noSecrets(result, connector, fixtures)
}

function cut(
  body: Uint8Array,
  { at, remove, insert }: { at: number; remove: number; insert: string },
): Uint8Array {
  const from = body.length === 0 ? 0 : at % body.length
  return Uint8Array.from([...body.slice(0, from), ...bytesOf(insert), ...body.slice(from + remove)])
}

function bodyOf(sample: Sample): Uint8Array {
  return 'request' in sample ? sample.request.body : sample.stored.body
}

function topicOf(connector: Connector, fixtures: ContractFixtures, sample: Sample): string {
  if ('stored' in sample) return sample.stored.topic
  const receipt = connector.receive?.(sample.request, fixtures.settings, fixtures.now)
  return receipt?.verdict === 'accepted' ? receipt.topic : 'unnamed'
}

function read(connector: Connector, fixtures: ContractFixtures, sample: Sample): Result<Reading> {
  const headers = 'request' in sample ? sample.request.headers : {}
  const message = storedOf(topicOf(connector, fixtures, sample), bodyOf(sample), fixtures)
  return connector.read({ ...message, headers }, fixtures.settings)
}

function mustRead(connector: Connector, fixtures: ContractFixtures, sample: Sample): Reading {
  const result = read(connector, fixtures, sample)
  assert.ok(result.ok, result.ok ? '' : `${result.refusal.code}: ${result.refusal.detail}`)
  return result.value
}

function storedOf(topic: string, body: Uint8Array, fixtures: ContractFixtures): StoredMessage {
  return { connection: connectionId('contract'), topic, headers: {}, body, receivedAt: fixtures.now }
}

/** The reading's claims cut down to what the expectation of the same subject, code and instant looks at. */
function sortedClaims(reading: Reading, expected: readonly ExpectedClaim[]): ExpectedClaim[] {
  const left = [...expected]
  return reading.claims
    .map((claim) => {
      const plain = {
        subject: subjectText(claim),
        code: claim.code,
        instant: claim.at.instant?.toString() ?? null,
      }
      const detail = JSON.parse(asText(claim.detail)) as Record<string, unknown>
      const matches = (one: ExpectedClaim): boolean =>
        one.subject === plain.subject &&
        one.code === plain.code &&
        one.instant === plain.instant &&
        Object.entries(one.detail ?? {}).every(
          ([key, value]) => JSON.stringify(detail[key]) === JSON.stringify(value),
        )
      const index = left.findIndex(matches)
      const hit = index < 0 ? undefined : left.splice(index, 1)[0]
      return hit ?? { ...plain, detail }
    })
    .sort(byText)
}

function byText(a: unknown, b: unknown): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function noSecrets(value: unknown, { fields }: Connector, { settings }: ContractFixtures): void {
  const text = asText(value)
  for (const field of fields.filter(({ secret }) => secret)) {
    const secret = settings[field.name] ?? ''
    if (secret.length >= 6) assert.ok(!text.includes(secret), `${field.name} shows in the output`)
  }
}

function asText(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)) ?? ''
  )
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

// What people copy is held to the promises too.
for (const connector of [...connectors, template]) await checkConnector(connector)
