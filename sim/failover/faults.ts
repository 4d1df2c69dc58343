import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '#kernel/assert.ts'
import { type Cluster, NAMES, type NodeName, type Promotion } from './cluster.ts'
import type { PlannedFailover } from './plan.ts'
import { ask } from './server.ts'

export type FailoverDeps = {
  readonly cluster: Cluster
  /** Something that must never be. */
  readonly onWrong: (words: string) => void
  readonly note: (words: string) => void
}

/** Carries one loss out and mends what a person, or a machine's supervisor, would; answers the promotion, where there was one. */
export async function carryOutFailover(
  deps: FailoverDeps,
  { kind, holdMs }: PlannedFailover,
): Promise<Promotion | null> {
  switch (kind) {
    case 'primary_killed':
      return await killPrimary(deps)
    case 'primary_of_three_killed':
      return await killPrimaryOfThree(deps)
    case 'primary_frozen':
      return await freezePrimary(deps)
    case 'standby_killed':
      return await killOnlyStandby(deps, holdMs)
    case 'one_of_two_standbys_killed':
      return await killOneOfTwo(deps, holdMs)
    case 'replication_cut':
      return await cutReplication(deps, holdMs)
    case 'waiting_commits_cancelled':
      return await cancelWaiting(deps, holdMs)
    case 'led_to_the_standby':
      return await leadToStandby(deps, holdMs)
    case 'switched_over':
      return await switchOver(deps)
  }
}

let probes = 0

/** A row that is written to one server by hand; answers its number and whether it was acknowledged in time. */
async function probe(url: string, withinMs: number): Promise<{ readonly n: number; readonly took: boolean }> {
  probes += 1
  const n = -probes
  const took = await ask(url, `insert into mark (n) values (${n})`, withinMs).then(
    () => true,
    () => false,
  )
  return { n, took }
}

/** The machine burns: the server is gone, and its disk. */
async function killPrimary({ cluster }: FailoverDeps): Promise<Promotion> {
  const since = performance.now()
  const lost = cluster.primary()
  await cluster.server(lost).kill()
  rmSync(cluster.server(lost).folder, { recursive: true, force: true })
  const done = await cluster.promoted(since)
  await cluster.addStandby(lost)
  return done
}

/** The same with two standbys: the one that is not promoted follows the other, and nobody waits for a new one to be built. */
async function killPrimaryOfThree({ cluster }: FailoverDeps): Promise<Promotion> {
  await cluster.addStandby(unusedName(cluster))
  const since = performance.now()
  const lost = cluster.primary()
  await cluster.server(lost).kill()
  rmSync(cluster.server(lost).folder, { recursive: true, force: true })
  const done = await cluster.promoted(since)
  await untilSynchronous(cluster)
  return done
}

const NOT_ACKNOWLEDGED_MS = 2_000

/**
 * It answers nobody, is given up, and comes back as if nothing had been: two primaries. Whoever still reaches the old one gets no
 * acknowledgement there, since it waits for a standby that follows another one now.
 */
async function freezePrimary({ cluster, onWrong }: FailoverDeps): Promise<Promotion> {
  const since = performance.now()
  const old = cluster.primary()
  cluster.server(old).freeze()
  const done = await cluster.promoted(since)
  cluster.server(old).thaw()
  const { n, took } = await probe(cluster.server(old).url('marks'), NOT_ACKNOWLEDGED_MS)
  if (took) onWrong('the old primary acknowledged a write after another one was promoted')
  await cluster.server(old).stop()
  await cluster.rewind(old)
  const [row] = await ask(cluster.server(old).url('marks'), `select 1 from mark where n = ${n}`, 5_000)
  if (row !== undefined) onWrong('what the old primary wrote alone is still there after it was taken back')
  return done
}

function onlyStandby(cluster: Cluster): NodeName {
  const [standby] = cluster.standbys()
  assert(standby !== undefined && cluster.standbys().length === 1, 'FO3')
  return standby
}

function unusedName(cluster: Cluster): NodeName {
  const used = [cluster.primary(), ...cluster.standbys()]
  const unused = NAMES.find((name) => !used.includes(name))
  assert(unused !== undefined, 'FO4')
  return unused
}

/** Nobody is left who could confirm a commit: nothing is committed until the standby is back. */
async function killOnlyStandby({ cluster, onWrong }: FailoverDeps, holdMs: number): Promise<null> {
  const standby = onlyStandby(cluster)
  await cluster.server(standby).kill()
  // What was on its way may be confirmed still.
  await sleep(500)
  const { took } = await probe(cluster.url('marks'), NOT_ACKNOWLEDGED_MS)
  if (took) onWrong('a commit was acknowledged that no standby has')
  await sleep(holdMs)
  await cluster.startStandby(standby)
  return null
}

const COMMITS_WITHIN_MS = 3_000

/** With two of whom one has to confirm, the loss of one is none to the hubs. */
async function killOneOfTwo({ cluster, onWrong }: FailoverDeps, holdMs: number): Promise<null> {
  const first = onlyStandby(cluster)
  await cluster.addStandby(unusedName(cluster))
  await cluster.server(first).kill()
  const began = performance.now()
  const { took } = await probe(cluster.url('marks'), COMMITS_WITHIN_MS)
  if (!took)
    onWrong(`no commit within ${Math.round(performance.now() - began)} ms, though a second standby is there`)
  await sleep(holdMs)
  // What it held back for the dead one would fill its disk.
  cluster.forget(first)
  await ask(
    cluster.server(cluster.primary()).url('postgres'),
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = 'standby_${first}' and not active`,
    5_000,
  ).catch(() => undefined)
  return null
}

/** A network that says nothing any more: neither side hears that the other is gone. */
async function cutReplication({ cluster }: FailoverDeps, holdMs: number): Promise<null> {
  cluster.replication.silence(true)
  await sleep(holdMs)
  cluster.replication.silence(false)
  await untilSynchronous(cluster)
  return null
}

async function untilSynchronous(cluster: Cluster): Promise<void> {
  const standby = onlyStandby(cluster)
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (await cluster.isSynchronous(standby).catch(() => false)) return
    await sleep(100)
  }
  throw new Error(`${standby} does not follow again`)
}

/**
 * The network to the standby is cut, commits hang, and somebody helps them by `pg_cancel_backend`: the server lets them through,
 * and they are on the primary alone. Then it burns. Nothing that was acknowledged may have been among them.
 */
async function cancelWaiting({ cluster, note }: FailoverDeps, holdMs: number): Promise<Promotion> {
  cluster.replication.silence(true)
  const url = cluster.server(cluster.primary()).url('postgres')
  let cancelled = 0
  for (const until = performance.now() + holdMs; performance.now() < until; await sleep(200)) {
    const text = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`
    cancelled += (await ask(url, text, 3_000).catch(() => [])).length
  }
  note(`${cancelled} waiting commits were cancelled`)
  const since = performance.now()
  const lost = cluster.primary()
  await cluster.server(lost).kill()
  rmSync(cluster.server(lost).folder, { recursive: true, force: true })
  const done = await cluster.promoted(since)
  cluster.replication.silence(false)
  await cluster.addStandby(lost)
  return done
}

/** The name leads to a server that may only be read, as a stale DNS answer does after a failover. */
async function leadToStandby({ cluster }: FailoverDeps, holdMs: number): Promise<null> {
  cluster.line.leadTo(cluster.server(onlyStandby(cluster)).port)
  await sleep(holdMs)
  // New lines lead right again; those that lead to the standby stay, as no name server ends a connection.
  cluster.line.leadNewTo(cluster.server(cluster.primary()).port)
  return null
}

/** As for a new kernel: the primary is stopped in peace, which waits until the standby has everything. */
async function switchOver({ cluster }: FailoverDeps): Promise<Promotion> {
  const since = performance.now()
  const old = cluster.primary()
  await cluster.server(old).stop()
  const done = await cluster.promoted(since)
  await cluster.rewind(old)
  return done
}
