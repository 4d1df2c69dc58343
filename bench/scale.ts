import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { type ProofRecord, recordProof } from '#sim/proof/record.ts'
import { type Child, startChild, withFolder } from './lib/child.ts'
import { closedLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const PROCESSES = [1, 2, 4] as const
const WARM_UP = 1_000
const ORDERS = 4_000
const CALLERS = 64
/** The kernel's own unit of processor time, in every build that we know of. */
const TICKS_PER_SECOND = 100
const KEY = '07'.repeat(32)

type Ready = { port: number; control: number; callback: string; pid: number }
type Round = {
  readonly processes: number
  readonly perSecond: number
  readonly hubMs: number
  readonly databaseMs: number
  readonly clientMs: number
  readonly shares: readonly number[]
  readonly walBytes: number
  readonly diskBytes: number
}

/**
 * The same orders by 1, 2 and 4 whole hubs over one PostgreSQL, all on this machine: taken in and visible, orders a second, and what
 * each order cost in processor time of the hub, of PostgreSQL and of the senders. On a machine whose cores one hub and its
 * database fill already, more processes cannot be faster; what counts then is what they cost.
 */
export async function scale(say: (line: string) => void): Promise<BenchReport> {
  const startedAt = performance.now()
  const at = Temporal.Now.instant().toString({ smallestUnit: 'second' })
  const rounds: Round[] = []
  const others = round(loadavg()[0] ?? 0)
  if (others > availableParallelism() / 2)
    say(
      `the machine is not quiet: load ${others} on ${availableParallelism()} cores; only the processor times say something`,
    )
  for (const processes of PROCESSES) {
    const one = await runRound(processes)
    rounds.push(one)
    say(
      `${processes} processes: ${one.perSecond}/s; an order costs ${one.hubMs} ms of hub, ${one.databaseMs} ms of PostgreSQL, ${one.clientMs} ms of senders`,
    )
  }
  const seconds = round((performance.now() - startedAt) / 1_000)
  if (process.argv.includes('--record'))
    say(`recorded in ${recordProof(recordOf(rounds, at, seconds, others))}`)
  const [one, two, four] = rounds.map(({ perSecond }) => perSecond)
  return {
    name: 'scale',
    rate: one ?? 0,
    two: two ?? 0,
    four: four ?? 0,
    ratio: round((two ?? 0) / (one ?? 1)),
    ratioOfFour: round((four ?? 0) / (one ?? 1)),
    hubMs: rounds[0]?.hubMs ?? 0,
    databaseMs: rounds[0]?.databaseMs ?? 0,
    seconds,
  }
}

async function runRound(processes: number): Promise<Round> {
  return await withFolder(async (dir) => {
    const server = await startPostgres({ dataDir: join(dir, 'pg') })
    const db = openDatabase({ url: server.url, connections: 2 })
    const hubs: Child<Ready>[] = []
    try {
      for (let i = 0; i < processes; i += 1) {
        const env = {
          DATABASE_URL: server.url,
          DATA_DIR: join(dir, `hub${i}`),
          HOLDFAST_KEY: KEY,
          SPOOL_RESERVE_MB: '0',
          DATABASE_CONNECTIONS: '6',
        }
        hubs.push(await startChild<Ready>('./hub-child.ts', { env, joins: i > 0 }))
      }
      const postmaster = Number(
        readFileSync(join(dir, 'pg/postgres/18/postmaster.pid'), 'utf8').split('\n')[0],
      )
      await send(hubs, 0, WARM_UP)
      await untilVisible(hubs, WARM_UP)
      const first = await Promise.all(hubs.map(visibleAt))
      const before = await measure(db, hubs, postmaster)
      const begun = performance.now()
      await send(hubs, WARM_UP, ORDERS)
      await untilVisible(hubs, WARM_UP + ORDERS)
      const took = (performance.now() - begun) / 1_000
      const after = await measure(db, hubs, postmaster)
      const last = await Promise.all(hubs.map(visibleAt))
      const perOrder = (from: number, to: number): number => round((to - from) / ORDERS)
      return {
        processes,
        perSecond: Math.round(ORDERS / took),
        hubMs: perOrder(before.hubMs, after.hubMs),
        databaseMs: perOrder(before.databaseMs, after.databaseMs),
        clientMs: perOrder(before.clientMs, after.clientMs),
        shares: last.map((count, i) => round((count - (first[i] ?? 0)) / ORDERS)),
        walBytes: Math.round((after.wal - before.wal) / ORDERS),
        diskBytes: Math.round((after.disk - before.disk) / ORDERS),
      }
    } finally {
      await Promise.all(hubs.map((hub) => hub.stop()))
      await db.end()
      await server.stop()
    }
  })
}

/** Every hub gets its share of the senders, as behind a load balancer. */
async function send(hubs: readonly Child<Ready>[], from: number, count: number): Promise<void> {
  const each = Math.ceil(count / hubs.length)
  await Promise.all(
    hubs.map(async ({ ready }, i) => {
      const mine = Math.min(each, count - i * each)
      const requests = Array.from({ length: mine }, (_, n) =>
        shopifyRequest(ready.callback, from + i * each + n, `s${from + i * each + n}`),
      )
      await closedLoop({ port: ready.port, callers: Math.ceil(CALLERS / hubs.length), requests })
    }),
  )
}

async function visibleAt({ ready }: Child<Ready>): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${ready.control}/visible`)).text())
}

async function untilVisible(hubs: readonly Child<Ready>[], count: number): Promise<void> {
  for (let i = 0; i < 2_400; i += 1) {
    const seen = await Promise.all(hubs.map(visibleAt))
    if (seen.reduce((sum, one) => sum + one, 0) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`not all ${count} orders became visible within two minutes`)
}

async function measure(
  db: ReturnType<typeof openDatabase>,
  hubs: readonly Child<Ready>[],
  postmaster: number,
) {
  const { user, system } = process.cpuUsage()
  const [row] = await db<{ wal: string; disk: bigint }>`
    select (pg_current_wal_lsn() - '0/0')::text as wal, pg_database_size(current_database()) as disk`
  return {
    clientMs: (user + system) / 1_000,
    hubMs: hubs.reduce((sum, { ready }) => sum + processorMs(ready.pid), 0),
    databaseMs: databaseMs(postmaster),
    wal: Number(row?.wal ?? 0),
    disk: Number(row?.disk ?? 0n),
  }
}

/** Of the process alone: user and system time, in milliseconds. */
function processorMs(pid: number): number {
  const fields = statOf(pid)
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND) * 1_000
}

/** Of the server, its backends, and those that have ended and been collected by it. */
function databaseMs(postmaster: number): number {
  const children = childrenOf(postmaster)
  const collected = statOf(postmaster)
  const gone = ((Number(collected[13] ?? 0) + Number(collected[14] ?? 0)) / TICKS_PER_SECOND) * 1_000
  return gone + [postmaster, ...children].reduce((sum, pid) => sum + processorMs(pid), 0)
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function recordOf(rounds: readonly Round[], at: string, seconds: number, others: number): ProofRecord {
  const [one] = rounds
  return {
    name: 'scale',
    command: 'npm run bench -- scale --record',
    at,
    seconds,
    passed: rounds.every(({ shares }) => shares.every((share) => share > 0.3 / shares.length)),
    figures: [
      {
        what: 'load of the machine before it began (orders a second and ratios are worth nothing above half its cores)',
        value: `${others} on ${availableParallelism()} cores`,
      },
      { what: 'orders taken in and visible in each round', value: String(ORDERS) },
      { what: 'processor time of one order, one process: hub', value: `${one?.hubMs} ms` },
      { what: 'processor time of one order, one process: PostgreSQL', value: `${one?.databaseMs} ms` },
      { what: 'write-ahead log of one order', value: `${one?.walBytes} bytes` },
      { what: 'disk of one order (two lines, raw message and journal)', value: `${one?.diskBytes} bytes` },
    ],
    tables: [
      {
        title: 'Whole hubs over one PostgreSQL, senders on the same machine',
        columns: ['processes', 'orders/s', 'against one', 'hub ms', 'PostgreSQL ms', 'senders ms', 'shares'],
        rows: rounds.map((row) => [
          String(row.processes),
          String(row.perSecond),
          (row.perSecond / (one?.perSecond ?? 1)).toFixed(2),
          String(row.hubMs),
          String(row.databaseMs),
          String(row.clientMs),
          row.shares.map((share) => `${Math.round(share * 100)}%`).join(' '),
        ]),
      },
    ],
  }
}
