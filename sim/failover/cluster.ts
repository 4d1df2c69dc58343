import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '#kernel/assert.ts'
import { type Line, openLine } from './line.ts'
import {
  addSettings,
  ask,
  type Ground,
  initServer,
  lsnOf,
  openServer,
  readSwitch,
  runProgram,
  type Server,
  touch,
  USER,
} from './server.ts'

// A primary and its synchronous standbys, the line that the hubs come by, and a keeper that watches, fences and promotes: what
// Patroni or a cloud does in life, as little of it as a run on one machine needs.

export const NAMES = ['a', 'b', 'c'] as const
export type NodeName = (typeof NAMES)[number]

/** A standby that became the primary. */
export type Promotion = {
  readonly from: NodeName
  readonly to: NodeName
  /** Milliseconds from the first look that found no primary until the new one took writes. */
  readonly tookMs: number
  readonly timeline: number
  /** Where the new timeline left the old one, in bytes of WAL. */
  readonly switchedAt: bigint
  readonly at: number
}

export type Cluster = {
  /** Where the hubs go. */
  readonly url: (database: string) => string
  readonly line: Line
  readonly replication: Line
  readonly server: (name: NodeName) => Server
  readonly primary: () => NodeName
  readonly standbys: () => readonly NodeName[]
  readonly promotions: readonly Promotion[]
  /** Builds a standby from the present primary, and waits until commits may count on it. */
  readonly addStandby: (name: NodeName) => Promise<void>
  /** Makes a standby of a former primary again, from its own folder. */
  readonly rewind: (name: NodeName) => Promise<void>
  /** It is gone: nobody waits for it before the next promotion. */
  readonly forget: (name: NodeName) => void
  readonly startStandby: (name: NodeName) => Promise<void>
  /** Until the keeper has made another one the primary. */
  readonly promoted: (since: number) => Promise<Promotion>
  readonly isSynchronous: (name: NodeName) => Promise<boolean>
  readonly close: () => Promise<void>
}

const LOOK_EVERY_MS = 300
const ANSWER_WITHIN_MS = 1_500
/** Looks in a row without a primary before it is fenced: shorter is quicker, and takes a slow server for a dead one. */
const MISSES = 3
const REPLICATES_WITHIN_MS = 60_000

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  wal_level: 'replica',
  max_wal_senders: '10',
  max_replication_slots: '10',
  max_slot_wal_keep_size: '1GB',
  // A former primary is taken back from its last checkpoint that both know; without its WAL pg_rewind gives up.
  wal_keep_size: '1GB',
  hot_standby: 'on',
  wal_log_hints: 'on',
  synchronous_commit: 'on',
  // Named on every server: whoever is the primary waits for one of the others, and nobody has to change this in the night.
  synchronous_standby_names: `ANY 1 (${NAMES.join(', ')})`,
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  wal_retrieve_retry_interval: '500ms',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

type State = {
  primary: NodeName
  readonly standbys: Set<NodeName>
  readonly promotions: Promotion[]
  isOver: boolean
}

export async function openCluster(
  ground: Ground,
  ports: readonly number[],
  log: (line: string) => void,
): Promise<Cluster> {
  const [front = 0, behind = 0, ...own] = ports
  const servers = new Map(
    NAMES.map((name, i) => [name, openServer(ground, name, own[i] ?? 0, join(ground.dir, `node-${name}`))]),
  )
  const server = (name: NodeName): Server => {
    const found = servers.get(name)
    assert(found !== undefined, 'FO1', name)
    return found
  }
  const state: State = { primary: 'a', standbys: new Set(), promotions: [], isOver: false }
  await initServer(ground, server('a').folder)
  addSettings(server('a').folder, SETTINGS)
  await server('a').start()
  // Without a standby nothing would be committed yet.
  for (const database of ['holdfast', 'marks'])
    await ask(
      `${own0(server('a'))}?options=-csynchronous_commit%3Dlocal`,
      `create database ${database}`,
      20_000,
    )
  const line = await openLine(front)
  const replication = await openLine(behind)
  line.leadTo(server('a').port)
  replication.leadTo(server('a').port)
  const deps = { ground, server, state, replication, log }
  await addStandby(deps, 'b')
  const keeper = keep({ ...deps, line })
  return {
    url: (database) => `postgres://${USER}:${ground.password}@127.0.0.1:${front}/${database}`,
    line,
    replication,
    server,
    primary: () => state.primary,
    standbys: () => [...state.standbys],
    promotions: state.promotions,
    addStandby: (name) => addStandby(deps, name),
    rewind: (name) => rewind(deps, name),
    forget: (name) => void state.standbys.delete(name),
    startStandby: (name) => startStandby(deps, name),
    promoted: (since) => promotedSince(state, since),
    isSynchronous: (name) => isSynchronous(deps, name),
    close: async () => {
      state.isOver = true
      await keeper
      for (const one of [line, replication]) await one.close()
      for (const one of servers.values()) {
        one.thaw()
        await one.kill()
      }
    },
  }
}

const own0 = (server: Server): string => server.url('postgres')

type Deps = {
  readonly ground: Ground
  readonly server: (name: NodeName) => Server
  readonly state: State
  readonly replication: Line
  readonly log: (line: string) => void
}

async function addStandby(deps: Deps, name: NodeName): Promise<void> {
  const { ground, server, state } = deps
  const own = server(name)
  await own.kill()
  rmSync(own.folder, { recursive: true, force: true })
  await makeSlot(deps, name)
  const from = ['-h', '127.0.0.1', '-p', String(server(state.primary).port), '-U', USER]
  await runProgram(ground, 'pg_basebackup', [
    ...from,
    ...['-D', own.folder, '-X', 'stream', '-c', 'fast', '--no-sync', '-S', slotOf(name)],
  ])
  await follow(deps, name)
}

const slotOf = (name: NodeName): string => `standby_${name}`

async function makeSlot({ server, state }: Deps, name: NodeName): Promise<void> {
  await ask(
    own0(server(state.primary)),
    `select pg_create_physical_replication_slot('${slotOf(name)}', true)
     where not exists (select from pg_replication_slots where slot_name = '${slotOf(name)}')`,
    20_000,
  )
}

/** Tells a folder that it is a standby's, and starts it. */
async function follow(deps: Deps, name: NodeName): Promise<void> {
  const { ground, server, replication } = deps
  const { folder } = server(name)
  const source = `host=127.0.0.1 port=${replication.port} user=${USER} password=${ground.password}`
  addSettings(folder, {
    primary_conninfo: `${source} application_name=${name} connect_timeout=5`,
    primary_slot_name: slotOf(name),
    recovery_target_timeline: 'latest',
  })
  touch(ground, join(folder, 'standby.signal'))
  await startStandby(deps, name)
}

async function startStandby(deps: Deps, name: NodeName): Promise<void> {
  const { server, state } = deps
  await server(name).start()
  const until = performance.now() + REPLICATES_WITHIN_MS
  while (!(await isSynchronous(deps, name).catch(() => false))) {
    if (performance.now() > until)
      throw new Error(`${name} does not replicate: ${server(name).said().slice(-1_500)}`)
    await sleep(100)
  }
  state.standbys.add(name)
}

async function isSynchronous({ server, state }: Deps, name: NodeName): Promise<boolean> {
  const rows = await ask(
    own0(server(state.primary)),
    `select 1 from pg_stat_replication where application_name = '${name}' and state = 'streaming' and sync_state = 'quorum'`,
    5_000,
  )
  return rows.length > 0
}

/** What the former primary wrote and nobody confirmed is taken back, block by block; then it follows the new one. */
async function rewind(deps: Deps, name: NodeName): Promise<void> {
  const { ground, server, state } = deps
  const primary = server(state.primary)
  // pg_rewind reads the new timeline from the control file, which the first checkpoint after a promotion writes.
  await ask(own0(primary), 'checkpoint', 30_000)
  await makeSlot(deps, name)
  const source = `host=127.0.0.1 port=${primary.port} user=${USER} password=${ground.password} dbname=postgres`
  await runProgram(ground, 'pg_rewind', [
    ...['--target-pgdata', server(name).folder, '--source-server', source, '--no-sync'],
  ])
  await follow(deps, name)
}

/** Looks at the primary; where it is gone, nobody is let through to it any more, and the furthest standby takes its place. */
async function keep(deps: Deps & { readonly line: Line }): Promise<void> {
  const { server, state, line, log } = deps
  let misses = 0
  let firstMiss = 0
  while (!state.isOver) {
    await sleep(LOOK_EVERY_MS)
    const asked = performance.now()
    const rows = await ask(
      own0(server(state.primary)),
      'select pg_is_in_recovery() as standby',
      ANSWER_WITHIN_MS,
    ).catch(() => [])
    if (rows[0]?.standby === false) {
      misses = 0
      continue
    }
    if (misses === 0) firstMiss = asked
    misses += 1
    if (misses < MISSES || state.isOver) continue
    line.leadTo(null)
    const done = await promote(deps, firstMiss).catch((error: unknown) => {
      log(`  keeper: ${String(error).slice(0, 300)}`)
      return null
    })
    if (done === null) continue
    line.leadTo(server(state.primary).port)
    state.promotions.push(done)
    misses = 0
  }
}

async function promote(deps: Deps & { readonly line: Line }, firstMiss: number): Promise<Promotion> {
  const { server, state, replication } = deps
  // An acknowledged commit is on one of them at least: only who sees all of them knows which.
  const places = await Promise.all(
    [...state.standbys].map(async (name) => {
      const text = 'select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as lsn'
      const [row] = await ask(own0(server(name)), text, ANSWER_WITHIN_MS)
      return { name, lsn: lsnOf(String(row?.lsn ?? '0/0')) }
    }),
  )
  const [furthest] = places.sort((x, y) => (x.lsn < y.lsn ? 1 : -1))
  if (furthest === undefined) throw new Error('no standby is left to be promoted')
  const from = state.primary
  const to = furthest.name
  await ask(own0(server(to)), 'select pg_promote(true, 30)', 35_000)
  state.standbys.delete(to)
  state.primary = to
  for (const name of state.standbys) await makeSlot(deps, name)
  replication.leadTo(server(to).port)
  const left = readSwitch(server(to).folder)
  assert(left !== null, 'FO2', `${to} was promoted and has no history`)
  const now = performance.now()
  return {
    from,
    to,
    tookMs: Math.round(now - firstMiss),
    timeline: left.timeline,
    switchedAt: left.at,
    at: now,
  }
}

async function promotedSince(state: State, since: number): Promise<Promotion> {
  for (let waited = 0; waited < 90_000; waited += 50) {
    const found = state.promotions.find((one) => one.at > since)
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error('nobody was promoted')
}
