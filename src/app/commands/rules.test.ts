import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { runCli } from '../cli.ts'

/** A hub that answers what a test tells it to, and keeps what it was asked. */
let answers: Record<string, unknown> = {}
let asked: string[] = []
const server = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    const call = `${request.method} ${request.url}`
    if (request.url !== '/healthz') asked.push(body === '' ? call : `${call} ${body}`)
    const answer = answers[call] ?? {}
    const refused = typeof answer === 'object' && answer !== null && 'code' in answer
    response.writeHead(refused ? 422 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
})
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => server.close())
beforeEach(() => {
  answers = {}
  asked = []
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

async function rules(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const exit = await runCli(['rules', ...args, '--url', `http://127.0.0.1:${port}`], {
    env: { HOLDFAST_API_KEY: 'hf_test' },
    stdin: process.stdin,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    isTerminal: false,
  })
  return { exit, out: out.join('\n'), err: err.join('\n') }
}

test('what cannot be meant is wrong usage, and the hub is not asked', async () => {
  for (const args of [
    ['fly'],
    ['check'],
    ['check', 'x'],
    ['dry-run', '1', '--days', '91'],
    ['publish', '1'],
    ['publish', '1', '--share', '5', '--live'],
    ['publish', '1', '--share', '101'],
    ['publish', '1', '--share', '0'],
    ['rollback', '1'],
    ['rollback', '1', '--because', ' '],
  ])
    assert.equal((await rules(...args)).exit, 2, args.join(' '))
  assert.deepEqual(asked, [])
})

test('a failed case is named with its difference, and the exit code says so', async () => {
  const failed = { name: '99 元', passed: false, difference: { zh: '', en: 'fee should be 0, got 1200' } }
  answers = {
    'POST /api/rules/cases/run': { cases: [{ name: 'a', passed: true, difference: null }, failed] },
  }
  const { exit, out, err } = await rules('cases', '12')
  assert.equal(exit, 1, err)
  assert.equal(out, 'pass  a\nFAIL  99 元: fee should be 0, got 1200\n1 of 2 cases pass')
  assert.deepEqual(asked, ['POST /api/rules/cases/run {"versionId":"12"}'])
})

test('a dry run is waited for; one that somebody has to accept is no success', async () => {
  const run = {
    id: '7',
    done: 0,
    total: null,
    changed: 0,
    groups: [],
    figures: {},
    passWords: null,
    error: null,
  }
  const ended = {
    ...run,
    state: 'done',
    done: 10,
    changed: 2,
    groups: [{ group: 'decided→review', count: 2 }],
    passed: false,
    passWords: { zh: '', en: '2 orders would go to a person' },
  }
  answers = {
    'POST /api/rules/versions/12/dry-runs': { dryRun: { ...run, state: 'queued', passed: null } },
    'GET /api/rules/dry-runs/7': ended,
  }
  const { exit, out } = await rules('dry-run', '12', '--days', '30')
  assert.equal(exit, 1)
  assert.match(
    out,
    /2 of 10 orders change\n {2}2 {2}decided→review\nNOT passed: 2 orders would go to a person/,
  )
  assert.equal(asked[0], 'POST /api/rules/versions/12/dry-runs {"days":30,"againstVersionId":null}')
  answers['GET /api/rules/dry-runs/7'] = { ...ended, passed: true }
  assert.equal((await rules('dry-run', '12')).exit, 0)
})

test('a share is sent in parts of ten thousand; a refusal is told with its code', async () => {
  assert.equal((await rules('publish', '12', '--share', '2.5%', '--watch', '60')).exit, 0)
  assert.equal((await rules('publish', '12', '--live', '--because', 'tested')).exit, 0)
  assert.deepEqual(asked, [
    'POST /api/rules/versions/12/publish {"do":"gray","bps":250,"watchMinutes":60}',
    'POST /api/rules/versions/12/publish {"do":"live","because":"tested"}',
  ])
  answers = {
    'POST /api/rules/versions/12/publish': {
      code: 'rulebook.dry_run_missing',
      detail: 'a dry run has to pass',
    },
  }
  const { exit, err } = await rules('publish', '12', '--share', '5')
  assert.deepEqual([exit, err], [1, 'holdfast: rulebook.dry_run_missing: a dry run has to pass'])
})

test('going back names what decides now', async () => {
  answers = { 'POST /api/rules/sets/3/rollback': { live: { id: '9', number: 4, state: 'live' } } }
  const { exit, out } = await rules('rollback', '3', '--because', 'too many free parcels')
  assert.deepEqual([exit, out], [0, 'rolled back; v4 decides now'])
  assert.deepEqual(asked, ['POST /api/rules/sets/3/rollback {"because":"too many free parcels"}'])
})
