import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '#platform/log.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { openDrillStage } from './drill-stage.ts'

const SAMPLE = readFileSync(
  new URL('../../sim/drills/scenarios/paid-nothing-happens.yaml', import.meta.url),
  'utf8',
)

test('a recorded scenario without its messages does not begin, and says where they belong', async () => {
  const dataDir = testDataDir()
  const dir = join(dataDir, 'drills/scenarios')
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'rush.yaml')
  writeFileSync(
    path,
    SAMPLE.replace('id: paid-nothing-happens', 'id: rush')
      .replace(
        '{ at: 15, do: pushes.lost, shop: youzan }',
        '{ at: 1, do: recording.replay, file: rush.jsonl }',
      )
      .replace('mends: pushes.lost', 'mends: recording.replay'),
  )
  const stage = openDrillStage({ dataDir, log: silentLog(), nowMs: () => 0 })
  try {
    const offered = (await stage.scenarios()).find((one) => one.id === 'rush')
    assert.equal(offered?.source, 'recorded')
    for (const started of [
      await stage.start({ runId: 'r1', scenarioId: 'rush', speed: 20 }),
      await stage.startFile({ runId: 'r2', path, speed: 20 }),
    ])
      assert.equal(started.ok || started.refusal.code, 'drills.recording_missing')
    assert.equal(existsSync(join(dataDir, 'drills/runs/r1')), false, 'nothing was begun')
  } finally {
    await stage.close()
  }
})
