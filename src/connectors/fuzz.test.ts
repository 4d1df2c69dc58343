import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY_READING } from '#domain/claim.ts'
import { trackingNo } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok } from '#kernel/result.ts'
import { fixturesOf, fuzzConnector } from './fuzz.ts'
import { connectors } from './index.ts'
import { NO_TIME } from './source.ts'

/** In every run of the tests; `npm run fuzz` makes 100,000 of each. */
const RUNS = Number(process.env.HOLDFAST_FUZZ_RUNS ?? '400')
const SEED = 20_260_211

for (const connector of connectors) {
  const fixtures = await fixturesOf(connector)
  if (fixtures === null || (fixtures.good.length === 0 && fixtures.unknown.length === 0)) continue
  test(`${connector.kind}: ${RUNS} mutations are read or refused, within 50 ms each, and no fact is guessed`, () => {
    assert.deepEqual(fuzzConnector(connector, fixtures, seededRandom(SEED), RUNS).findings, [])
  })
}

test('a reader that throws, dawdles or guesses is found', async () => {
  const dhl = connectors.find(({ kind }) => kind === 'dhl')
  const fixtures = dhl === undefined ? null : await fixturesOf(dhl)
  assert.ok(dhl !== undefined && fixtures !== null)
  const findings = (read: typeof dhl.read): string =>
    fuzzConnector({ ...dhl, read }, fixtures, seededRandom(1), 50).findings.join('\n')
  const throwing = findings((message, settings) => {
    if (message.body.length % 2 === 0) throw new Error('odd')
    return dhl.read(message, settings)
  })
  assert.match(throwing, /threw Error: odd/)
  const subject = { by: 'parcel', trackingNo: trackingNo('NOBODY') } as const
  const claim = { subject, code: 'statusCode:delivered', at: NO_TIME, detail: {} }
  assert.match(
    findings(() => ok({ ...EMPTY_READING, claims: [claim] })),
    /a fact about NOBODY/,
  )
  const slow = findings((message, settings) => {
    const until = performance.now() + 60
    while (performance.now() < until);
    return dhl.read(message, settings)
  })
  assert.match(slow, /\d+ ms for \d+ bytes/)
})
