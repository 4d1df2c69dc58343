import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RuleModel } from '#domain/rulebook.ts'
import { addDraft, addSet, checkVersion, publishVersion, saveDraft } from '#features/rulebook/index.ts'
import type { Result } from '#kernel/result.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { migrate } from '#platform/migrate.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { feeModel, openTestRulebook } from '#test-support/rulebook.ts'
import { withFolder } from './lib/child.ts'
import { round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const PROCESSES = 4
const PUBLICATIONS = 60
const TABLE_ROWS = 2_000
const SEEN_WITHIN_MS = 10_000
const bench = { kind: 'user', id: 'bench', name: 'bench' } as const

/** From the request to publish until the last of four processes decides with the new version; each model has a table of 2,000 rows. */
export async function publish(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const server = await startPostgres({ dataDir: join(dir, 'pg') })
    const db = openDatabase({ url: server.url, connections: 4 })
    const followers: Follower[] = []
    try {
      await migrate(db)
      await ensurePartitions(db, Temporal.Now.plainDateISO('UTC'))
      for (let n = 0; n < PROCESSES; n += 1) followers.push(await startFollower(server.url))
      say(`${PROCESSES} processes follow`)
      const times = await publishMany(db, followers)
      const all = times.map(({ last }) => last).sort((a, b) => a - b)
      const committed = times.map(({ commit }) => commit).sort((a, b) => a - b)
      return {
        name: 'publish',
        p50: at(all, 0.5),
        p99: at(all, 0.99),
        most: at(all, 1),
        limit: at(committed, 0.99),
        ratio: round(at(all, 0.99) / at(committed, 0.99)),
        seconds: round((performance.now() - startedAt) / 1_000),
        processes: PROCESSES,
        publications: PUBLICATIONS,
      }
    } finally {
      for (const follower of followers) await follower.stop()
      await db.end()
      await server.stop()
    }
  })
}

/** `commit`: the publishing call itself, which the visible time cannot beat. */
async function publishMany(db: Database, followers: readonly Follower[]) {
  const deps = await openTestRulebook(db)
  const text = { kind: 'fee', name: 'bench', note: '', connectorKind: 'bench', connectionId: null }
  const set = must(await addSet(deps, bench, { ...text, needsApproval: false, active: true, template: null }))
  const times: { last: number; commit: number }[] = []
  for (let n = 1; n <= PUBLICATIONS; n += 1) {
    const version = must(await addDraft(deps, bench, set, { from: null, note: '' }))
    must(await saveDraft(deps, bench, version, { model: modelOf(n), note: '', revision: 1 }))
    must(await checkVersion(deps, bench, version))
    await db`update rule_version set dry_run_id = 1 where id = ${version}`
    const seen = Promise.all(followers.map((follower) => follower.until(version.toString())))
    const startedAt = performance.timeOrigin + performance.now()
    const asks = { do: 'live', bps: 0, watchMinutes: 0, because: 'bench' } as const
    must(await publishVersion(deps, bench, version, asks))
    const commit = performance.timeOrigin + performance.now() - startedAt
    times.push({ last: Math.max(...(await seen)) - startedAt, commit })
  }
  await deps.directory.stop()
  return times
}

function modelOf(n: number): RuleModel {
  const rows = Array.from({ length: TABLE_ROWS }, (_, i) => [`省${i}`, `${n}.00`])
  const keys = [{ name: 'province', label: '省', type: 'text' as const }]
  const columns = [{ name: 'fee', label: '运费', type: 'money' as const }]
  return { ...feeModel(`${n}.00`), tables: [{ id: 'zones', name: '分区', keys, columns, rows }] }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.detail}`)
  return result.value
}

function at(sorted: readonly number[], share: number): number {
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}

type Follower = {
  /** When this process decided with the version, in milliseconds since 1970. */
  readonly until: (version: string) => Promise<number>
  readonly stop: () => Promise<void>
}

async function startFollower(url: string): Promise<Follower> {
  const file = fileURLToPath(new URL('./lib/rulebook-follower.ts', import.meta.url))
  const child: ChildProcess = fork(file, [JSON.stringify({ url })])
  let waits: { version: string; done: (at: number) => void } | null = null
  const ready = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`a follower ended with ${code}`)))
  })
  child.on('message', (message) => {
    const { version, at: seenAt } = message as { version: string; at: number }
    if (waits?.version === version) waits.done(seenAt)
  })
  await ready
  return {
    until: (version) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`v${version} was not seen`)), SEEN_WITHIN_MS)
        waits = {
          version,
          done: (seenAt) => {
            clearTimeout(timer)
            resolve(seenAt)
          },
        }
      }),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(timer)
    },
  }
}
