import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisServer } from '#test-support/redis.ts'
import { familyOf, freeze } from './freeze.ts'
import { type PlannedStockFault, shiftOf } from './plan.ts'
import { HUBS, type HubName, type StockStage } from './stage.ts'

export type StockFaultDeps = {
  readonly stage: StockStage
  readonly note: (words: string) => void
}

/** Carries out one fault and mends what only a person could mend; resolves once what was hurt is there again. */
export async function carryOutStock(deps: StockFaultDeps, fault: PlannedStockFault): Promise<void> {
  const { stage } = deps
  const { choice, holdMs } = fault
  const name: HubName = choice < 0.5 ? 'a' : 'b'
  switch (fault.kind) {
    case 'hub_killed':
      return await stage.startAgain(name)
    case 'both_hubs_killed':
      return void (await Promise.all(HUBS.map((one) => stage.startAgain(one))))
    case 'hub_stopped':
      return await stage.startAgain(name, { gently: true })
    case 'hub_frozen':
      return await frozen([stage.hub(name).child.pid ?? 0], holdMs)
    case 'clock_shifted':
      return await shiftClock(deps, name, fault)
    case 'callers_cut':
      return await cutAgainAndAgain(holdMs, () => HUBS.forEach((one) => void stage.fronts[one].cut()))
    case 'database_lines_cut':
      return await cutAgainAndAgain(holdMs, () => void stage.databaseLine.cut())
    case 'commit_answers_lost':
      return await loseCommits(stage, holdMs, 0.05 + choice * 0.5)
    case 'database_killed':
      return await killPostmaster(stage)
    case 'database_frozen':
      return await frozen(familyOf(stage.database.postmaster()), holdMs)
    case 'database_restarted':
      return await restartDatabase(stage, holdMs)
    case 'backend_killed':
      return await killBackend(stage, choice)
    default:
      return await hurtRedis(deps, fault)
  }
}

async function frozen(pids: readonly number[], holdMs: number): Promise<void> {
  const wake = freeze(pids)
  await sleep(holdMs)
  wake()
}

async function shiftClock(
  { stage }: StockFaultDeps,
  name: HubName,
  { choice, holdMs }: PlannedStockFault,
): Promise<void> {
  const clockShiftMs = shiftOf(choice)
  await stage.startAgain(name, { clockShiftMs })
  await sleep(holdMs)
  await stage.startAgain(name)
}

const CUT_EVERY_MS = 120

async function cutAgainAndAgain(holdMs: number, cut: () => void): Promise<void> {
  for (let passed = 0; passed < holdMs; passed += CUT_EVERY_MS) {
    cut()
    await sleep(CUT_EVERY_MS)
  }
}

async function loseCommits({ databaseLine }: StockStage, holdMs: number, share: number): Promise<void> {
  databaseLine.loseCommits(share)
  await sleep(holdMs)
  databaseLine.loseCommits(0)
}

async function killPostmaster({ database }: StockStage): Promise<void> {
  const killed = database.postmaster()
  process.kill(killed, 'SIGKILL')
  for (let waited = 0; waited < 30_000 && [0, killed].includes(database.postmaster()); waited += 50)
    await sleep(50)
  await database.answers()
}

async function restartDatabase({ database }: StockStage, holdMs: number): Promise<void> {
  await database.stop()
  try {
    await sleep(holdMs)
  } finally {
    await database.start()
    await database.answers()
  }
}

async function killBackend({ database }: StockStage, choice: number): Promise<void> {
  const rows = await database.sql<{ pid: number }>`
    select pid from pg_stat_activity where application_name like 'holdfast%' and backend_type = 'client backend' order by pid`
  const chosen = rows[Math.floor(choice * rows.length)]
  if (chosen !== undefined) process.kill(chosen.pid, 'SIGKILL')
  await sleep(250)
  await database.answers()
}

async function hurtRedis(
  { stage }: StockFaultDeps,
  { kind, choice, holdMs }: PlannedStockFault,
): Promise<void> {
  const { redis } = stage
  if (redis.kind === 'none') return
  if (kind === 'redis_flushed') {
    if (redis.kind === 'single') await redis.server.command('flushall')
    else await redis.cluster.flush()
    return
  }
  const server = redis.kind === 'single' ? redis.server : await masterOf(stage, choice)
  switch (kind) {
    case 'redis_frozen':
    case 'master_frozen':
      return await frozenRedis(server, holdMs)
    case 'redis_old_copy':
      // Saved, then so much happens that the copy no longer knows of.
      await server.command('save')
      await sleep(holdMs)
      return await killed(server, 0, 'saved')
    case 'redis_restarted_empty':
      return await killed(server, 0, 'empty')
    case 'master_killed':
      // Its replica takes its place; it comes back and follows, or leads again where it was too quick.
      return await killed(server, holdMs, 'saved')
    default:
      return await killed(server, holdMs, 'saved')
  }
}

async function masterOf({ redis }: StockStage, choice: number): Promise<RedisServer> {
  if (redis.kind !== 'cluster') throw new Error('there is no cluster')
  return await redis.cluster.masterOf(`{g${Math.floor(choice * 64)}}`)
}

async function frozenRedis(server: RedisServer, holdMs: number): Promise<void> {
  server.freeze()
  await sleep(holdMs)
  server.go()
}

async function killed(server: RedisServer, holdMs: number, keep: 'saved' | 'empty'): Promise<void> {
  await server.stop('SIGKILL')
  await sleep(holdMs)
  await server.start(keep)
}
