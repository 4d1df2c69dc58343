import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls, Connector, HttpCall } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import type { ContractFixtures } from './contract.ts'
import { connectors } from './index.ts'

// The promises of notifiers, beside those of contract.test.ts that hold for every connector.

type HttpRequest = Parameters<HttpCall>[0]
type HttpAnswer = Awaited<ReturnType<HttpCall>>

/** What a notifier sends is pinned to the byte, and what it makes of an answer to the code. */
function checkSending(connector: Connector, fixtures: ContractFixtures): void {
  const { kind, calls } = connector
  test(`${kind}: is told and never read`, () => {
    assert.equal(connector.receive, undefined)
    assert.equal(connector.stream, undefined)
    assert.deepEqual(connector.codes, [])
    assert.ok(calls !== undefined)
  })
  const { sends } = fixtures
  if (sends === undefined || calls === undefined) return
  const callsWith = (http: HttpCall): Calls => {
    const clock = { now: () => fixtures.now }
    return calls(fixtures.settings, { http, openTcp: noTcp, clock, random: seededRandom(7) })
  }
  test(`${kind}: sends exactly what the document says`, async () => {
    const asked: HttpRequest[] = []
    const first = sends.answers.find(({ outcome }) => outcome === 'accepted')
    assert.ok(first !== undefined)
    const answered = callsWith(async (request) => {
      asked.push(request)
      return answerOf(first)
    })
    const answer = await answered.notify?.(sends.notice)
    assert.equal(answer?.outcome, 'accepted')
    const [request] = asked
    assert.equal(request?.url, sends.request.url)
    assert.equal(request?.body, sends.request.body)
    for (const [name, value] of Object.entries(sends.request.headers))
      assert.equal(request?.headers?.[name], value)
    assert.deepEqual([request?.method, request?.timeoutMs], ['POST', 15_000])
    assert.equal((await answered.test()).ok, true)
  })
  for (const sample of sends.answers)
    test(`${kind}: ${sample.name}: ${sample.outcome}`, async () => {
      const outcome = await outcomeOf(
        callsWith(async () => answerOf(sample)),
        sends.notice,
      )
      assert.equal(outcome.code, sample.outcome)
      if (sample.waitMs !== undefined)
        assert.ok((outcome.waitMs ?? 0) >= sample.waitMs, String(outcome.waitMs))
      noSecrets(outcome, connector, fixtures)
    })
  test(`${kind}: no secret shows where the network quotes the request`, async () => {
    for (const unknown of [true, false]) {
      const outcome = await outcomeOf(
        callsWith(async ({ url, headers, body }) => {
          throw new Outage('http.broken', `${url} ${JSON.stringify(headers)} ${String(body)} broke`, {
            unknown,
          })
        }),
        sends.notice,
      )
      assert.equal(outcome.code, 'http.broken')
      assert.equal(outcome.unknown, unknown)
      const secrets = connector.fields
        .filter(({ secret }) => secret)
        .map(({ name }) => fixtures.settings[name])
      for (const secret of secrets) assert.ok(secret === undefined || !outcome.words.includes(secret))
    }
  })
}

function answerOf({
  status,
  headers = {},
  body,
}: {
  status: number
  headers?: object
  body: string
}): HttpAnswer {
  return { status, headers: { ...headers }, body: bytesOf(body) }
}

async function outcomeOf(calls: Calls, notice: Notice) {
  try {
    const answer = await calls.notify?.(notice)
    if (answer?.outcome === 'accepted') return { code: 'accepted', words: answer.words, waitMs: null }
    return { code: answer?.refusal.code, words: answer?.refusal.detail ?? '', waitMs: null }
  } catch (error) {
    assert.ok(error instanceof Outage, String(error))
    return { code: error.code, words: error.message, waitMs: error.retryAfterMs, unknown: error.unknown }
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function noSecrets(value: unknown, { fields }: Connector, { settings }: ContractFixtures): void {
  const text = JSON.stringify(value)
  for (const { name } of fields.filter(({ secret }) => secret)) {
    const secret = settings[name] ?? ''
    if (secret.length >= 6) assert.ok(!text.includes(secret), `${name} shows in the output`)
  }
}

for (const connector of connectors.filter(({ role }) => role === 'notifier')) {
  const address = new URL(`./notifiers/${connector.kind}/fixtures/index.ts`, import.meta.url)
  const { contractFixtures } = (await import(address.href)) as { contractFixtures: ContractFixtures }
  checkSending(connector, contractFixtures)
}
