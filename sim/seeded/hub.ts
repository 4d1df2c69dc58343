import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import { readConfig } from '#app/config.ts'
import { askingDeps } from '#app/fallback.ts'
import { journalFollowers } from '#app/followers.ts'
import { type Core, mappingDeps, startCore } from '#app/hub.ts'
import { jobHandlers } from '#app/jobs.ts'
import { buildFace, type Face } from '#app/main.ts'
import { followForSellable } from '#app/sellable.ts'
import { sweepsOf } from '#app/sweeps.ts'
import { dispatcherDeps, pollDeps } from '#app/work.ts'
import { askByHand } from '#features/fallback/index.ts'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { replayDecided } from '#features/mapping/index.ts'
import { pollUpdates } from '#features/pull/index.ts'
import { movementReader } from '#features/stock/index.ts'
import { assert } from '#kernel/assert.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import { runJobOnce } from '#platform/jobs/runner.ts'
import { journalReader } from '#platform/journal/follow.ts'
import { createLog } from '#platform/log.ts'
import { dispatchByHand } from '#platform/outbox/dispatcher.ts'
import { sweepIfDue } from '#platform/sweeps/store.ts'
import { interpretAny } from '#test-support/pipeline.ts'
import { Crashed, type Gate } from './crash.ts'
import { openTimers } from './timers.ts'

// A whole hub, of which nothing runs by itself: what its loops do all day is here a list of pieces of work, each done once when it is told to.
// A call to its API or to a callback address is injected into its own HTTP surface.

export type Answer = { readonly status: number; readonly body: unknown; readonly text: string }

/** One piece of the hub's work; answers how much it found to do. */
export type Piece = { readonly name: string; readonly run: () => Promise<number> }

export type SimHub = {
  readonly core: Core
  readonly pieces: readonly Piece[]
  /** As an administrator's key. */
  readonly call: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ) => Promise<Answer>
  /** As a platform: bytes and headers. */
  readonly push: (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<Answer>
  /** Errors that its log told of and that no outage explains, since it was opened. */
  readonly bugs: () => readonly string[]
  /** Ends it; a dead one without waiting for what it cannot do any more. */
  readonly close: () => Promise<void>
}

export type SimHubDeps = {
  readonly databaseUrl: string
  readonly clock: Clock
  readonly random: Random
  readonly gate: Gate
  readonly dataDir: string
  readonly apiKey: string
}

const KEY = '5e'.repeat(32)
/** What looks at real certificates and real disks has no place on a virtual clock. */
const LEFT_OUT = new Set(['callback-tls', 'spool', 'clocks', 'backlog'])
const BATCH = 40
const LOOK_MS = 3

export async function openSimHub(deps: SimHubDeps): Promise<SimHub> {
  const { clock, random, gate } = deps
  const bugs: string[] = []
  const log = createLog({ level: 'error', pretty: false, write: (line) => noteBug(line, gate, bugs) })
  const config = readConfig(environment(deps))
  assert(config.ok, 'SIM2', config.ok ? '' : config.refusal.detail)
  const timers = openTimers()
  const { core, face } = await timers.within(async () => {
    const core = await startCore(config.value, log, jobHandlers, {
      clock,
      random,
      aroundDatabase: gate.aroundDatabase,
      aroundHttp: gate.aroundHttp,
      nowMs: passing(clock),
      ticks: 'by_hand',
    })
    return { core, face: await buildFace(core, true) }
  })
  face.setUrl('http://hub.sim')
  const tick = async (): Promise<number> => {
    await timers.tick(gate.quiet)
    return 0
  }
  const pieces = [{ name: 'sweep timers', run: tick }, ...(await piecesOf(core))]
  await gate.quiet()
  return {
    core,
    pieces,
    call: (method, path, body) =>
      inject(face, {
        method,
        url: path,
        headers: { authorization: `Bearer ${deps.apiKey}` },
        ...(body === undefined ? {} : { payload: body as object }),
      }),
    push: (url, headers, body) =>
      inject(face, {
        method: 'POST',
        url: URL.parse(url)?.pathname ?? '/',
        headers: { ...headers },
        payload: body,
      }),
    bugs: () => bugs,
    close: async () => {
      await face.stop().catch(() => undefined)
      await core.stop().catch(() => undefined)
    },
  }
}

function environment({ databaseUrl, dataDir }: SimHubDeps): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir === '' ? join(tmpdir(), 'holdfast-sim') : dataDir,
    HOLDFAST_KEY: KEY,
    PORT: '0',
    ROLES: 'api',
    PUBLIC_URL: 'http://hub.sim',
    ALLOW_LOOPBACK_TARGETS: 'true',
    SPOOL_RESERVE_MB: '0',
    SPOOL_ALLOW_TMPFS: 'true',
    // A machine that is slow is no trouble of the seed's.
    SPOOL_COMMIT_DEADLINE_MS: '60000',
    // Many statements at once would come in another order each time.
    DATABASE_CONNECTIONS: '24',
    CALLS_PER_SECOND: '1000',
    CALLS_BURST: '5000',
  }
}

/** Virtual milliseconds that pass a little with every look, so that whoever waits for them comes to an end. */
function passing(clock: Clock): () => number {
  let looks = 0
  return () => {
    looks += 1
    return clock.now().epochMilliseconds + looks * LOOK_MS
  }
}

async function inject(face: Face, options: InjectOptions): Promise<Answer> {
  const answer = await face.app.inject({
    ...options,
    headers: { host: 'hub.sim', ...options.headers },
    remoteAddress: '127.0.0.1',
  })
  const text = answer.body
  const isJson = String(answer.headers['content-type'] ?? '').includes('json')
  return { status: answer.statusCode, text, body: isJson && text !== '' ? JSON.parse(text) : null }
}

/** An error that no outage of ours explains is a fault of the product, whatever the invariants say. */
function noteBug(line: string, gate: Gate, bugs: string[]): void {
  if (gate.isDead()) return
  const { err, msg } = JSON.parse(line) as {
    err?: { type?: string; code?: string; message?: string; stack?: string }
    msg?: string
  }
  if (
    err?.type === 'Crashed' ||
    err?.type === 'Outage' ||
    (err?.message ?? '').includes('pool after calling end')
  )
    return
  bugs.push(
    `${msg ?? ''}: ${err?.type ?? ''} ${err?.message ?? ''} ${err?.stack?.split('\n').slice(1, 4).join(' ') ?? ''}`.trim(),
  )
}

async function piecesOf(core: Core): Promise<readonly Piece[]> {
  const { db, sweepDb } = core.database
  const { clock, directory } = core
  const nobody = (): void => undefined
  // One after another: which of two calls side by side comes first would be the sockets' business. Two at a time are for chaos.
  const dispatch = dispatchByHand({ ...dispatcherDeps(core, nobody), concurrency: 1 })
  const ask = askByHand(askingDeps(core, nobody))
  const handlers = jobHandlers(core)
  const onError = (error: unknown): void => core.log.error({ err: error }, 'job failed')
  const readers = journalFollowers(core).map((deps) => ({ name: deps.name, ...journalReader(deps) }))
  const movements = movementReader(followForSellable(core))
  for (const reader of [...readers, movements]) await reader.open()
  const polling = directory.all().filter((entry) => entry.connector.poll !== undefined)
  const polled = new Map<string, Temporal.Instant>()
  const poll = async (entry: (typeof polling)[number]): Promise<number> => {
    const last = polled.get(entry.id)
    const every = entry.connector.poll?.everySeconds ?? 60
    const now = clock.now()
    if (last !== undefined && now.since(last).total('seconds') < every) return 0
    polled.set(entry.id, now)
    return (await pollUpdates({ ...pollDeps(core, nobody), onAccepted: nobody }, entry)).fresh
  }
  return [
    { name: 'interpret', run: () => interpretAny(core.interpret(), BATCH) },
    { name: 'dispatch', run: dispatch },
    { name: 'ask', run: ask },
    { name: 'job', run: async () => ((await runJobOnce({ db, clock, handlers, onError })) ? 1 : 0) },
    // A closed breaker is looked at like a sweep: once in a while, and it is no work found.
    { name: 'sweep breaker-counts', run: () => core.outward.breakers.tick().then(() => 0) },
    { name: 'parked', run: () => replayDecided(mappingDeps(core)) },
    ...readers.map(({ name, readOnce }) => ({ name: `follow ${name}`, run: readOnce })),
    { name: 'follow stock', run: movements.readOnce },
    ...polling.map((entry) => ({ name: `poll ${entry.id}`, run: () => poll(entry) })),
    ...sweepsOf(core)
      .filter(({ name }) => !LEFT_OUT.has(name))
      .map(({ name, everyMs, run }) => ({
        name: `sweep ${name}`,
        // Having looked is no work found: the next look is due when its time has come.
        run: async () => {
          await sweepIfDue(sweepDb, { name, everyMs, now: clock.now() }, run)
          return 0
        },
      })),
  ]
}

/** The text of an API key that may do everything; made once, for every hub over this database. */
export async function simApiKey(db: Core['database']['db'], clock: Clock, random: Random): Promise<string> {
  const identity = createIdentity({ sql: db, clock, random, policy: { idleHours: 1, maxDays: 1 } })
  const made = await makeKey(identity, SYSTEM, { name: 'simulation', scopes: ['admin'], expiresAt: null })
  assert(made.ok, 'SIM3')
  return made.value.text
}

export function isCrash(error: unknown): boolean {
  return error instanceof Crashed || (error instanceof Error && isCrash(error.cause))
}
