import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { runCli } from '../cli.ts'

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-track-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

type Event = {
  event: string | null
  code: string
  at: Record<string, unknown>
  parcel?: string
  place: unknown
}
type Answer = {
  id: unknown
  kind?: string
  events?: Event[]
  unknown?: string[]
  refusal?: { code: string } | null
  error?: { code: string }
  receipt?: { verdict: string }
}

async function track(args: readonly string[], input: string): Promise<{ code: number; answers: Answer[] }> {
  const out: string[] = []
  const code = await runCli(['try', 'track', ...args], {
    env: {},
    stdin: Readable.from([Buffer.from(input)]),
    out: (line) => void out.push(line),
    err: () => undefined,
    isTerminal: false,
  })
  return { code, answers: out.map((line) => JSON.parse(line) as Answer) }
}

const address = { countryCode: 'DE', addressLocality: 'Bonn' }
const PUSH = JSON.stringify({
  shipments: [
    {
      id: '7777777770',
      events: [
        { timestamp: '2026-02-11T18:44:22+01:00', statusCode: 'delivered', location: { address } },
        {
          timestamp: '2026-02-09T07:53:47',
          statusCode: 'transit',
          location: { address: { countryCode: 'US' } },
        },
        { timestamp: '2026-02-08T07:53:47Z', statusCode: 'teleported' },
      ],
    },
  ],
})

test('a raw push is canonical events with the four parts of their times', async () => {
  const file = join(scratch, 'push.json')
  writeFileSync(file, PUSH)
  for (const { code, answers } of [await track(['dhl', file], ''), await track(['DHL'], PUSH)]) {
    assert.equal(code, 0)
    const [answer] = answers
    assert.deepEqual(
      answer?.events?.map(({ parcel, event }) => [parcel, event]),
      [
        ['7777777770', 'delivered'],
        ['7777777770', 'in_transit'],
      ],
    )
    assert.deepEqual(answer?.events?.[0]?.at, {
      raw: '2026-02-11T18:44:22+01:00',
      instant: '2026-02-11T17:44:22Z',
      zone: '+01:00',
      provenance: 'explicit_offset',
      beijing: '2026-02-12T01:44:22+08:00',
    })
    assert.deepEqual(
      [answer?.events?.[1]?.at.instant, answer?.events?.[1]?.at.provenance],
      [null, 'ambiguous'],
    )
    assert.deepEqual(answer?.unknown, ['statusCode:teleported'])
  }
})

test('lines keep step: a message with its settings goes through the gate, nonsense is told by a code', async () => {
  const lines = [
    {
      id: 1,
      kind: 'dhl',
      body: JSON.parse(PUSH) as unknown,
      settings: { push_token: 'right-token' },
      headers: {},
    },
    { id: 2, kind: 'shopify', body: {} },
    { id: 3, kind: 'nobody', body: {} },
    { id: 4, kind: '极兔' },
    { id: 5, kind: 'ups', body: {} },
  ]
  const { code, answers } = await track([], lines.map((line) => JSON.stringify(line)).join('\n'))
  assert.equal(code, 0)
  assert.deepEqual(
    answers.map(({ id, error, refusal, receipt }) => [id, error?.code ?? refusal?.code ?? receipt?.verdict]),
    [
      [1, 'rejected'],
      [2, 'try.no_carrier'],
      [3, 'try.unknown_kind'],
      [4, 'try.no_body'],
      [5, 'ups.no_activity'],
    ],
  )
})
