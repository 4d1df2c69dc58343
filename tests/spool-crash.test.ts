import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readFolder, segmentSource } from '#features/recovery/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { type Random, seededRandom } from '#kernel/random.ts'
import type { SpoolDisk } from '#platform/spool/disk.ts'
import { realDisk } from '#platform/spool/disk.ts'
import { openSpool } from '#platform/spool/spool.ts'
import { spoolArrival } from '#platform/spool/testing.ts'
import { seedFrom } from '#test-support/hub.ts'

const WRITER = fileURLToPath(new URL('../test-support/spool-writer.ts', import.meta.url))
const SEED = seedFrom('HOLDFAST_SPOOL_SEED', 20_261_122)
const KILLS = 8
const POWER_CUTS = 60

function below(random: Random, most: number): number {
  return Math.floor(random.next() * most)
}

/** How often each message is on the disk. */
async function timesOnDisk(root: string): Promise<Map<string, number>> {
  const folder = readFolder(root)
  const times = new Map<string, number>()
  if (!folder.ok) return times
  for (const path of folder.value.segments) {
    const source = await segmentSource(path, [], true)
    assert.ok(source.ok, path)
    for (const { arrival } of source.value.batch(0, 1e7).records)
      times.set(arrival.dedupKey, (times.get(arrival.dedupKey) ?? 0) + 1)
  }
  return times
}

test(`killed at any moment, the spool holds every acknowledged message once (seed ${SEED})`, async () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
  const random = seededRandom(SEED)
  const acknowledged = new Set<string>()
  try {
    for (let round = 0; round < KILLS; round += 1) {
      const child = spawn(process.execPath, [WRITER, root, String(round * 1_000_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
      const ended = new Promise((resolve) => child.once('close', resolve))
      for (let waited = 0; said === '' && waited < 10_000; waited += 5) await sleep(5)
      await sleep(below(random, 120))
      child.kill('SIGKILL')
      await ended
      // The last line may be cut: what was not wholly said was not promised.
      for (const line of said.slice(0, said.lastIndexOf('\n')).split('\n'))
        acknowledged.add(`delivery-${line}`)
    }
    const times = await timesOnDisk(root)
    assert.ok(acknowledged.size > KILLS * 16, `${acknowledged.size} acknowledged`)
    for (const key of acknowledged) assert.equal(times.get(key), 1, key)
    assert.ok([...times.values()].every((count) => count === 1))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

test(`after a loss of power anywhere behind the last sync, nothing acknowledged is missing (seed ${SEED})`, async () => {
  const random = seededRandom(SEED)
  let torn = 0
  for (let round = 0; round < POWER_CUTS; round += 1) {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-power-'))
    try {
      const { disk, files } = forgetfulDisk(3 + below(random, 30))
      const options = {
        roots: [root],
        clock: systemClock,
        vault: null,
        quotaBytes: 1e9,
        reserveBytes: 0,
        allowVolatile: true,
        maxQueue: 10_000,
        onTrouble: ({ code }: { code: string }) => {
          if (code === 'spool.tail_cut') torn += 1
        },
        segmentBytes: 3_000,
      }
      const spool = await openSpool({ ...options, disk })
      const acknowledged = new Set<string>()
      await Promise.all(
        Array.from({ length: 120 }, async (_, n) => {
          await sleep(below(random, 20))
          if (files.off) return
          await spool.keep(spoolArrival(n))
          if (!files.off) acknowledged.add(`delivery-${n}`)
        }),
      )
      // The power goes: of what was never synced, any part may be on the disk.
      const cuts = [...files.sizes].map(([path, { written, synced }]) => ({
        path,
        to: synced + below(random, written - synced + 1),
      }))
      await spool.close()
      for (const { path, to } of cuts) truncateSync(path, to)
      for (const path of files.late) rmSync(path, { force: true })
      const again = await openSpool(options)
      const times = await timesOnDisk(root)
      for (const key of acknowledged) assert.equal(times.get(key), 1, `${key} in round ${round}`)
      assert.ok([...times.values()].every((count) => count === 1))
      await again.close()
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  }
  assert.ok(torn > 0, 'no round tore a tail: the test proves nothing')
})

type Files = {
  off: boolean
  readonly sizes: Map<string, { written: number; synced: number }>
  readonly late: string[]
}

/** The real disk, which remembers what was written and what of it was synced until the power went. */
function forgetfulDisk(powerGoesAt: number): { disk: SpoolDisk; files: Files } {
  const files: Files = { off: false, sizes: new Map(), late: [] }
  let appends = 0
  const disk: SpoolDisk = {
    syncFolder: realDisk.syncFolder,
    create: async (path) => {
      const file = await realDisk.create(path)
      if (files.off) files.late.push(path)
      const size = { written: 0, synced: 0 }
      if (!files.off) files.sizes.set(path, size)
      return {
        append: async (bytes) => {
          appends += 1
          if (!files.off) size.written += bytes.length
          if (appends >= powerGoesAt) files.off = true
          await file.append(bytes)
        },
        sync: async () => {
          const reached = size.written
          await file.sync()
          if (!files.off) size.synced = reached
        },
        close: file.close,
      }
    },
  }
  return { disk, files }
}
