import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { withFolder } from './lib/child.ts'
import { round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const STARTS = 3
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Seconds from `npm start` on an installed clone until the hub says that it is ready: on an empty data folder (which makes the
 * database) and on one that is there. The limit is the database alone, started the same two ways.
 */
export async function start(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const begunAt = performance.now()
    const bareFirst = await timed(() => bareDatabase(join(dir, 'bare')))
    const bareAgain = await timed(() => bareDatabase(join(dir, 'bare')))
    say(`the database alone: ${bareFirst.toFixed(2)} s new, ${bareAgain.toFixed(2)} s again`)
    const first = await npmStart(join(dir, 'hub'))
    say(`npm start on an empty folder: ${first.toFixed(2)} s`)
    const again: number[] = []
    for (let i = 0; i < STARTS; i += 1) again.push(await npmStart(join(dir, 'hub')))
    const median = again.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? 0
    return {
      name: 'start',
      first: round(first),
      again: round(median),
      limit: round(bareFirst),
      ratio: round(bareFirst / first),
      bareAgain: round(bareAgain),
      seconds: round((performance.now() - begunAt) / 1_000),
    }
  })
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1_000
}

async function bareDatabase(dataDir: string): Promise<void> {
  const server = await startPostgres({ dataDir })
  await server.stop()
}

/** Runs `npm start`, waits for its word that it is ready, stops it; answers the seconds until ready. */
async function npmStart(dataDir: string): Promise<number> {
  const startedAt = performance.now()
  const child = spawn('npm', ['start', '--', '--port', '0', '--data-dir', dataDir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = new Promise<number>((resolve, reject) => {
    let text = ''
    const read = (chunk: Buffer): void => {
      text += chunk.toString('utf8')
      if (text.includes('Holdfast is ready at')) resolve((performance.now() - startedAt) / 1_000)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then((code) => reject(new Error(`npm start ended with ${code}: ${text.slice(-400)}`)))
  })
  try {
    return await ready
  } finally {
    // npm passes the signal on only to its own child; the whole group is told.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
}
