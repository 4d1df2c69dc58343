import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** A whole run has two databases at a time and up to half a gigabyte of log; twice that, so that nobody else runs short of memory. */
const ROOM_BYTES = 2 * 1024 ** 3
const TMPFS = 0x01021994

/**
 * Where a database that nobody needs to survive is kept: in memory where the machine has such a folder with room, else on the disk.
 * A clone of the template is 1,500 files; making and dropping one costs 1.2 s of a processor on ext4 and 0.2 s in memory.
 */
export function quickFolder(): string {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY)
    return type === TMPFS && bavail * bsize > ROOM_BYTES ? MEMORY : tmpdir()
  } catch {
    return tmpdir()
  }
}

/**
 * A folder of its own for one run of tests. What runs that were killed left behind is removed first: it would take memory until the machine
 * is started anew. A server without its folder ends by itself within a minute.
 */
export function runFolder(): string {
  const under = quickFolder()
  for (const name of readdirSync(under)) {
    const pid = /^holdfast-run-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    // Somebody else's, or removed by another run at this moment.
    try {
      rmSync(join(under, name), { recursive: true, force: true })
    } catch {}
  }
  return mkdtempSync(join(under, `holdfast-run-${process.pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
