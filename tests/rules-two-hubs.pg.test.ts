import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '#app/config.ts'
import { type Hub, startHub } from '#app/main.ts'
import { createLog } from '#platform/log.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'

// Two whole hubs over one database: what one of them publishes the other decides with, without restart.

let first: RunningHub
let second: Hub
before(async () => {
  first = await runningHub()
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: first.database.url,
    DATA_DIR: testDataDir(),
    SPOOL_RESERVE_MB: '0',
    HOLDFAST_KEY: '07'.repeat(32),
    ROLES: 'api',
  })
  assert.ok(config.ok)
  second = await startHub({
    config: config.value,
    log: createLog({ level: 'error', pretty: false, write: () => undefined }),
    simulated: true,
  })
})
after(async () => {
  await second.stop()
  await first.close()
})

type Json = Record<string, unknown>
async function call(method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await first.call(method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as Json
}
const draftOf = (set: Json) => (set.draft as Json).id as string

test('every template without gaps passes its check and its own test cases', async () => {
  const { kinds } = (await call('GET', '/api/rules/kinds')) as { kinds: Json[] }
  assert.ok(kinds.length >= 6, `${kinds.length} kinds`)
  for (const { kind, templates } of kinds)
    for (const { id, hasGaps } of templates as Json[]) {
      const set = await call('POST', '/api/rules/sets', {
        kind,
        name: `template ${id as string}`,
        connectorKind: `try-${id as string}`,
        template: id,
      })
      const checked = await call('POST', `/api/rules/versions/${draftOf(set)}/check`)
      const { findings } = checked.check as { findings: Json[] }
      const failed = (checked.cases as Json[]).filter(({ passed }) => passed !== true)
      const state = (checked.version as Json).state
      const why = JSON.stringify({ id, findings: findings.slice(0, 3), failed: failed.slice(0, 2) })
      assert.equal(state, hasGaps === true ? 'draft' : 'checked', why)
    }
})

test('dry run, a share, all, back: the other hub has each within a second', async () => {
  const { kinds } = (await call('GET', '/api/rules/kinds')) as { kinds: Json[] }
  const freight = kinds.find(({ kind }) => kind === 'freight')
  const template = (freight?.templates as Json[] | undefined)?.find(({ hasGaps }) => hasGaps !== true)
  const set = await call('POST', '/api/rules/sets', { kind: 'freight', name: '运费', template: template?.id })
  const url = `/api/rules/sets/${set.id as string}`
  const version = `/api/rules/versions/${draftOf(set)}`
  await call('POST', `${version}/check`)
  const { dryRun } = (await call('POST', `${version}/dry-runs`, { days: 7 })) as { dryRun: Json }
  const run = `/api/rules/dry-runs/${dryRun.id as string}`
  const state = await until(async () => {
    const now = await call('GET', run)
    return ['done', 'failed', 'stopped'].includes(now.state as string) ? now : null
  }, 20_000)
  assert.equal(state.state, 'done')
  if (state.passed !== true) await call('POST', `${run}/pass`, { because: 'no orders yet' })
  await call('POST', `${version}/publish`, { do: 'gray', bps: 500 })
  await withinASecond((arms) => arms.includes('gray') && arms.includes(null))
  await call('POST', `${url}/promote`, { because: 'seen' })
  await withinASecond((arms) => arms.every((arm) => arm === 'live'))
  await call('POST', `${url}/rollback`, { because: 'back' })
  await withinASecond((arms) => arms.every((arm) => arm === null))
})

const KEYS = Array.from({ length: 400 }, (_, i) => `NO-${i}`)

/** What the second hub would decide with; both agree on every order. */
async function withinASecond(holds: (arms: (string | null)[]) => boolean): Promise<void> {
  const startedAt = performance.now()
  const armsOf = ({ core }: Hub) =>
    KEYS.map(
      (key) => core.rulebook.choose('freight', { connection: 'x', connectorKind: 'x', key })?.arm ?? null,
    )
  while (!holds(armsOf(second))) {
    assert.ok(performance.now() - startedAt < 1_000, 'the other hub has it not within a second')
    await sleep(2)
  }
  assert.deepEqual(armsOf(first.hub), armsOf(second))
}

async function until<T>(look: () => Promise<T | null>, withinMs: number): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    const found = await look()
    if (found !== null) return found
    assert.ok(performance.now() - startedAt < withinMs, 'not in time')
    await sleep(50)
  }
}
