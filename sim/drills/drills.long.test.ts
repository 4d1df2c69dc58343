import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDrillStage } from '#app/drill-stage.ts'
import { silentLog } from '#platform/log.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { until } from '#test-support/hub.ts'

const SPEED = 40
/** The silent webhook, made short: the fault at minute 3, the alarm four minutes later. */
const SHORT = readFileSync(new URL('./scenarios/paid-nothing-happens.yaml', import.meta.url), 'utf8')
  .replace('id: paid-nothing-happens', 'id: short')
  .replace('at: 15', 'at: 3')
  .replace('CALLBACK_SILENCE_MINUTES: 10', 'CALLBACK_SILENCE_MINUTES: 4')
  .replace('goals_from: 15', 'goals_from: 4')
  .replace('takes: 4', 'takes: 1')

test('a drill runs from the first buyer to its debrief in a sandbox of its own, and leaves nothing behind', async () => {
  const dataDir = testDataDir()
  const ownDir = join(dataDir, 'drills/scenarios')
  mkdirSync(ownDir, { recursive: true })
  writeFileSync(join(ownDir, 'short.yaml'), SHORT)
  const stage = openDrillStage({
    dataDir,
    log: silentLog(),
    nowMs: () => Temporal.Now.instant().epochMilliseconds,
  })
  const look = async () => {
    const seen = await stage.look('r1')
    assert.ok(seen.ok)
    return seen.value
  }
  try {
    const sources = new Map((await stage.scenarios()).map((one) => [one.id, one.source]))
    assert.equal(sources.get('short'), 'own')
    assert.equal(sources.get('sent-again'), 'built_in')
    const refusedSpeed = await stage.start({ runId: 'r0', scenarioId: 'short', speed: 500 })
    assert.equal(refusedSpeed.ok || refusedSpeed.refusal.code, 'drills.bad_speed')
    assert.ok((await stage.start({ runId: 'r1', scenarioId: 'short', speed: SPEED })).ok)
    await until(
      async () => (await look()).state !== 'starting',
      async () => JSON.stringify(await look()),
      60,
    )

    const running = await look()
    assert.equal(running.problem, null)
    assert.equal(running.score, null, 'nothing is told before the end')
    const early = await stage.answer('r1', 'certificate')
    assert.ok(early.ok || early.refusal.code === 'drills.too_early')
    const entered = await fetch(running.signInUrl ?? '', { redirect: 'manual' })
    assert.equal(entered.headers.get('location'), '/', 'signed in by the door itself')
    assert.match(entered.headers.getSetCookie().join(), /^holdfast_drill_r1=[^;]{20}/)
    const page = await (await fetch(running.url ?? '')).text()
    assert.match(page, /drill-clock\.js|Holdfast/, 'the console answers')
    const hint = await stage.openHint('r1')
    assert.ok(hint.ok && hint.value.hints.length === 1)

    await stage.auto('r1')
    await until(
      async () => (await look()).state === 'ended',
      async () => JSON.stringify(await look()),
      100,
    )
    const ended = await look()
    const kinds = ended.timeline.map((moment) => moment.kind)
    for (const kind of ['fault', 'alarm', 'noticed', 'answer', 'action', 'goal', 'end'] as const)
      assert.ok(kinds.includes(kind), kind)
    assert.ok(ended.goals.every((goal) => goal.doneAt !== null))
    assert.ok((ended.score?.points ?? 0) >= 80, JSON.stringify(ended.score))
    assert.equal(ended.score?.hintsOpened, 1)
    assert.ok((ended.score?.toNotice ?? 0) >= 1 && (ended.score?.toFix ?? 0) >= (ended.score?.toFind ?? 0))
    assert.equal(ended.signInUrl, null)
    const late = await stage.openHint('r1')
    assert.equal(late.ok || late.refusal.code, 'drills.not_running')
  } finally {
    await stage.close()
  }
  const runs = join(dataDir, 'drills/runs')
  assert.deepEqual(existsSync(runs) ? readdirSync(runs) : [], [])
})

test('a sandbox that dies is a drill that failed, with the reason', async () => {
  const dataDir = testDataDir()
  const stage = openDrillStage({ dataDir, log: silentLog(), nowMs: () => Number.NaN })
  try {
    assert.ok((await stage.start({ runId: 'broken', scenarioId: 'paid-nothing-happens', speed: 1 })).ok)
    const state = async () => {
      const seen = await stage.look('broken')
      return seen.ok ? seen.value : null
    }
    await until(
      async () => (await state())?.state === 'failed',
      async () => JSON.stringify(await state()),
    )
    assert.match((await state())?.problem ?? '', /^drills\.sandbox_failed: /)
  } finally {
    await stage.close()
  }
})

test('a hub that goes while a sandbox is being built leaves neither its folder nor its PostgreSQL behind', async () => {
  const dataDir = testDataDir()
  const stage = openDrillStage({
    dataDir,
    log: silentLog(),
    nowMs: () => Temporal.Now.instant().epochMilliseconds,
  })
  const pidFile = join(dataDir, 'drills/runs/r1/database/postgres/18/postmaster.pid')
  try {
    assert.ok((await stage.start({ runId: 'r1', scenarioId: 'paid-nothing-happens', speed: 1 })).ok)
    await until(
      async () => existsSync(pidFile),
      () => 'no PostgreSQL was begun',
      60,
    )
    const server = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    await stage.close()
    assert.throws(() => process.kill(server, 0), { code: 'ESRCH' })
    assert.equal(existsSync(join(dataDir, 'drills/runs/r1')), false)
  } finally {
    await stage.close()
  }
})
