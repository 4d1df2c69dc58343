import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { testDataDir } from '#test-support/data-dir.ts'
import { runCli } from '../cli.ts'

const dataDir = testDataDir()

async function drill(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const exit = await runCli(['drill', ...args], {
    env: { DATA_DIR: dataDir },
    stdin: Readable.from([]),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    isTerminal: false,
  })
  return { exit, out: out.join('\n'), err: err.join('\n') }
}

test('the list offers what can be trained and says neither what it trains nor what can be answered', async () => {
  const { exit, out } = await drill('list', '--json')
  assert.equal(exit, 0)
  const [first, ...rest] = JSON.parse(out) as Record<string, unknown>[]
  assert.ok(rest.length >= 13)
  assert.deepEqual(Object.keys(first ?? {}).toSorted(), [
    'difficulty',
    'hints',
    'id',
    'minutes',
    'source',
    'speedMost',
    'story',
    'title',
  ])
})

test('a bad file is told line by line; what is not there, and a speed that a drill does not take, are refused', async () => {
  mkdirSync(dataDir, { recursive: true })
  const bad = join(dataDir, 'bad.yaml')
  writeFileSync(bad, 'id: bad\ntitle: { zh: "甲", en: "a" }\ndifficulty: 7\n')
  const checked = await drill('check', bad)
  assert.equal(checked.exit, 1)
  assert.match(checked.err, /bad\.yaml:3: drills\.scenario_invalid: difficulty: is at most 3/)
  const started = await drill('start', bad)
  assert.match(started.err, /drills\.scenario_invalid: line \d/)
  assert.match((await drill('start', 'nobody')).err, /drills\.unknown_scenario/)
  assert.match((await drill('start', join(dataDir, 'none.yaml'))).err, /drills\.unknown_scenario/)
  assert.match(
    (await drill('start', 'all-shops-slow', '--speed', '500')).err,
    /drills\.bad_speed: .* 1 to 30/,
  )
  assert.equal((await drill('check')).exit, 2)
  assert.equal((await drill('record', '--from', 'yesterday')).exit, 2)
})
