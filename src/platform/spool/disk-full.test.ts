import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { openSegment } from './read-segment.ts'
import { openSpool } from './spool.ts'
import { spoolArrival } from './testing.ts'

/** Mounts 2 MiB of memory as a disk; false where this user may not. */
function mountSmall(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dir], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('a disk that is really full: the last acknowledgement holds, and room that comes back is used', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-full-'))
  if (!mountSmall(dir)) {
    rmSync(dir, { recursive: true, force: true })
    t.skip('needs the right to mount')
    return
  }
  let uptime = 1_000
  try {
    const spool = await openSpool({
      roots: [join(dir, 'spool')],
      clock: systemClock,
      uptimeMs: () => uptime,
      vault: null,
      quotaBytes: 1e9,
      reserveBytes: 0,
      allowVolatile: true,
      maxQueue: 10_000,
      onTrouble: () => undefined,
    })
    writeFileSync(join(dir, 'somebody-else'), Buffer.alloc(1_000_000))
    const acknowledged: string[] = []
    let refused: unknown = null
    for (let n = 0; refused === null && n < 5_000; n += 1)
      await spool.keep(spoolArrival(n, { body: Buffer.alloc(2_000, n) })).then(
        () => acknowledged.push(`delivery-${n}`),
        (error: unknown) => {
          refused = error
        },
      )
    assert.ok(refused instanceof Outage && refused.code === 'spool.disk_full', String(refused))
    assert.ok(acknowledged.length > 100, `${acknowledged.length}`)
    rmSync(join(dir, 'somebody-else'))
    uptime += 31_000
    assert.equal((await spool.keep(spoolArrival(9_999))).verdict, 'accepted')
    const keys = new Set<string>()
    for (const path of await spool.closeSegments()) {
      const opened = await openSegment(path, [])
      if (opened.ok) for (const { arrival } of opened.value.batch(0, 1e6).records) keys.add(arrival.dedupKey)
    }
    for (const key of [...acknowledged, 'delivery-9999']) assert.ok(keys.has(key), key)
    await spool.close()
  } finally {
    execFileSync('umount', [dir])
    rmSync(dir, { recursive: true, force: true })
  }
})
