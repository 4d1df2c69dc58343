import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallDeps, Calls, Connector, HttpCall, Settings } from '#domain/connector.ts'
import { CARRIER_TROUBLES } from '#domain/waybill.ts'
import { manualClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { interceptionOf, nameOf, subscriptionTo, waybillAsk } from '#test-support/waybill-asks.ts'
import { fixturesOf } from './fuzz.ts'
import { connectors } from './index.ts'

// What every carrier's calls promise, whatever stands at the other end: a coded refusal or an outage and nothing else, an unknown outcome
// where a write broke off, no waybill that nobody made, no secret in anything that is said.

const NOW = Temporal.Instant.from('2026-02-11T18:00:00Z')
const TROUBLES = new Set(CARRIER_TROUBLES.map((trouble) => `carrier.${trouble}`))
const WRITES = ['createWaybill', 'cancelWaybill', 'subscribeTracking', 'interceptParcel'] as const
const ASKED = [
  'test',
  'fetchTracking',
  'findWaybill',
  'waybillBalance',
  'refreshCredentials',
  ...WRITES,
] as const
type Asked = (typeof ASKED)[number]

/** Own segments are numbered here: there is no other end that could say anything. */
const carriers = connectors.filter(
  ({ role, calls, kind }) => role === 'carrier' && calls !== undefined && kind !== 'own-numbers',
)

/** What may stand at an address: HTTP statuses with nothing useful, and answers that are nobody's. */
const ANSWERS: readonly (readonly [name: string, status: number, body: string])[] = [
  ['nothing', 200, ''],
  ['an empty object', 200, '{}'],
  ['an empty list', 200, '[]'],
  ['null', 200, 'null'],
  ['a page', 200, '<!doctype html><html><body>Welcome</body></html>'],
  ['broken JSON', 200, '{"success":true,"data":{"billCode":'],
  ['nested without end', 200, '['.repeat(10_000)],
  ['not allowed', 401, '{"message":"no"}'],
  ['forbidden', 403, ''],
  ['not found', 404, '<html>404</html>'],
  ['refused', 422, '{"errors":[{"code":"X1","message":"no"}]}'],
  ['too many', 429, ''],
  ['broken', 500, 'oops'],
  ['away', 503, '<html>503</html>'],
]

async function settingsOf(connector: Connector): Promise<Settings> {
  const fixtures = await fixturesOf(connector)
  const defaults = connector.fields.map(({ name, default: value, options }) => [
    name,
    value ?? options?.[0] ?? (/url$/.test(name) ? `https://${connector.kind}.test/api` : `fixture-${name}`),
  ])
  return {
    ...Object.fromEntries(defaults),
    ...fixtures?.settings,
    // A token that is good, so that the call under test is the first to go out.
    ...(connector.fields.some(({ name }) => name === 'access_token')
      ? { access_token: 'fixture-access-token', access_token_expires_at: '2027-01-01T00:00:00Z' }
      : {}),
  }
}

function callsOf(connector: Connector, settings: Settings, http: HttpCall): Calls {
  const deps: CallDeps = { http, openTcp: noTcp, clock: manualClock(NOW), random: seededRandom(1) }
  const calls = connector.calls?.(settings, deps)
  assert.ok(calls !== undefined)
  return calls
}

function askOf(connector: Connector) {
  const carrier = connector.carriers?.[0] ?? 'SF'
  const account = Object.fromEntries(
    (connector.waybill?.accountFields ?? []).map(({ name, default: value, options }) => [
      name,
      value ?? options?.[0] ?? `fixture-${name}`,
    ]),
  )
  const number = connector.waybill?.numbers === 'segment' ? trackingNo('7300000000001') : null
  return waybillAsk({ carrier, account, number })
}

/** The call with what it needs; null where the connector has none of that name. */
function invoke(connector: Connector, calls: Calls, name: Asked): (() => Promise<unknown>) | null {
  const ask = askOf(connector)
  const number = trackingNo('7300000000001')
  switch (name) {
    case 'test':
      return calls.test
    case 'fetchTracking': {
      const query = { trackingNo: number, carrier: ask.carrier, phoneTail: '1234' }
      return calls.fetchTracking === undefined ? null : () => calls.fetchTracking?.(query) ?? Promise.reject()
    }
    case 'createWaybill':
      return calls.createWaybill === undefined ? null : () => calls.createWaybill?.(ask) ?? Promise.reject()
    case 'findWaybill':
      return calls.findWaybill === undefined
        ? null
        : () => calls.findWaybill?.(nameOf(ask)) ?? Promise.reject()
    case 'cancelWaybill':
      return calls.cancelWaybill === undefined
        ? null
        : () => calls.cancelWaybill?.(nameOf(ask, number), '测试') ?? Promise.reject()
    case 'subscribeTracking':
      return calls.subscribeTracking === undefined
        ? null
        : () =>
            calls.subscribeTracking?.(subscriptionTo(number, ask.carrier, 'https://hub.test/callback/t')) ??
            Promise.reject()
    case 'interceptParcel':
      return calls.interceptParcel === undefined
        ? null
        : () => calls.interceptParcel?.(interceptionOf(ask, number)) ?? Promise.reject()
    case 'waybillBalance':
      return calls.waybillBalance === undefined
        ? null
        : () => calls.waybillBalance?.(ask.account, ask.carrier) ?? Promise.reject()
    case 'refreshCredentials':
      return calls.refreshCredentials ?? null
  }
}

type Outcome = { readonly code: string | null; readonly words: string; readonly value: unknown }

/** A refusal's or an outage's code; anything else that is thrown is the connector's bug and goes on. */
async function outcomeOf(
  call: () => Promise<unknown>,
): Promise<Outcome & { readonly outage: Outage | null }> {
  try {
    const answer = (await call()) as { refusal?: { code: string; detail: string }; value?: unknown }
    const { refusal } = answer
    return { code: refusal?.code ?? null, words: refusal?.detail ?? '', value: answer, outage: null }
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return { code: error.code, words: error.message, value: null, outage: error }
  }
}

function isCoded(connector: Connector, name: Asked, code: string): boolean {
  if (TROUBLES.has(code)) return true
  // An answer that is not the carrier's at all, or a setting that cannot be used, is no word of the carrier.
  if (name === 'test' || name === 'fetchTracking') return code.startsWith(`${connector.kind}.`)
  return code === `${connector.kind}.unexpected_answer` || code === `${connector.kind}.settings`
}

function noSecrets(words: string, connector: Connector, settings: Settings): void {
  for (const { name, secret } of connector.fields) {
    const value = settings[name] ?? ''
    if (secret && value.length >= 6) assert.ok(!words.includes(value), `${name} shows in "${words}"`)
  }
}

for (const connector of carriers) {
  const { kind } = connector
  const settings = await settingsOf(connector)
  test(`${kind}: whatever stands at the other end, calls refuse with a code or report an outage`, async () => {
    for (const [answer, status, text] of ANSWERS) {
      const body = new TextEncoder().encode(text)
      const calls = callsOf(connector, settings, async () => ({ status, headers: {}, body }))
      for (const name of ASKED) {
        const call = invoke(connector, calls, name)
        if (call === null) continue
        const { code, words, value, outage } = await outcomeOf(call)
        noSecrets(words, connector, settings)
        const where = `${name} with ${answer}: ${code} ${words}`
        if (outage === null && code !== null) assert.ok(isCoded(connector, name, code), where)
        // "There is no such waybill" lets a second one be made: only the carrier itself may say it.
        if (name === 'createWaybill' || name === 'findWaybill')
          assert.ok(code !== null, `${where} ${JSON.stringify(value)}`)
      }
    }
  })
  test(`${kind}: a write that broke off has an unknown outcome, and is no refusal`, async () => {
    let writes = 0
    const calls = callsOf(connector, settings, async () => {
      throw new Outage('http.timeout', 'no answer in time', { unknown: true })
    })
    for (const name of WRITES) {
      const call = invoke(connector, calls, name)
      if (call === null) continue
      const { code, outage } = await outcomeOf(call)
      // A carrier that cannot be asked for this with these settings says so before anything is sent.
      if (outage === null) {
        assert.ok(code !== null && isCoded(connector, name, code), `${name}: ${code}`)
        continue
      }
      writes += 1
      assert.equal(outage.code, 'http.timeout', name)
      if (name === 'createWaybill' || name === 'interceptParcel') assert.equal(outage.unknown, true, name)
    }
    if (connector.waybill !== undefined) assert.ok(writes > 0, 'nothing was written at all')
  })
  test(`${kind}: what it says of its waybills is whole`, () => {
    const { waybill, carriers: spoken } = connector
    assert.ok((spoken?.length ?? 0) > 0, 'names the carriers that it speaks for')
    assert.equal(new Set(spoken).size, spoken?.length)
    const calls = callsOf(connector, settings, async () => ({
      status: 200,
      headers: {},
      body: new Uint8Array(),
    }))
    assert.equal(waybill !== undefined, calls.createWaybill !== undefined, 'terms and call come together')
    if (waybill === undefined) return
    assert.ok(waybill.piecesMost >= 1 && waybill.piecesMost <= 400)
    for (const field of waybill.accountFields) assert.ok(field.zh !== '' && field.en !== '', field.name)
    for (const { zh, en, code } of waybill.services) assert.ok(zh !== '' && en !== '', code)
    if (waybill.numbers === 'balance')
      assert.ok(calls.waybillBalance !== undefined || waybill.accountFields.length > 0)
  })
}
