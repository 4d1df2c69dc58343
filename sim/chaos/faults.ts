import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LineTrouble } from './database-line.ts'
import type { ApiFault } from './gate.ts'
import { API_FAULTS, type PlannedFault } from './plan.ts'
import { runRecover } from './processes.ts'
import { HUBS, type HubName, type Stage } from './stage.ts'
import type { Watch } from './watch.ts'
import { KINDS, NOTICES } from './world-process.ts'
import { YARD } from './yard.ts'

export type FaultDeps = {
  readonly stage: Stage
  readonly watch: Watch
  /** Something that the report should tell: a fault that could not be made, what a fault showed. */
  readonly note: (words: string) => void
}

/** Carries out one fault and mends what only a person could mend; the hub has to mend the rest. */
export async function carryOut(deps: FaultDeps, fault: PlannedFault): Promise<void> {
  const { stage } = deps
  switch (fault.kind) {
    case 'kill_hub':
      return await stage.startAgain('hub')
    case 'kill_worker':
      return await stage.startAgain('worker')
    case 'kill_world':
      return await stage.world.restart()
    case 'kill_postmaster':
      return await killPostmaster(stage)
    case 'kill_backend':
      return await killBackend(stage, fault.choice)
    case 'database_away':
      return await whileAway(deps, () => sleep(fault.holdMs))
    case 'hub_killed_while_spooling':
      return await killedWhileSpooling(deps)
    case 'recover_by_command':
      return await recoverByCommand(deps, fault.choice)
    case 'disk_full':
      return await fillDisk(deps, fault.holdMs)
    case 'certificate_expired':
      return await expireCertificate(deps)
    case 'clock_jump':
      return await jumpClock(stage, fault)
    case 'clock_jump_hours':
      return await jumpHours(stage, fault)
    case 'database_line_cut_one':
    case 'database_line_cut_both':
    case 'database_line_hole':
    case 'database_line_slow':
      return await hurtLine(stage, fault)
    case 'killed_while_asking':
      return await killWhileAsking(deps, fault.choice)
    case 'redis_cluster_master_lost':
      return await loseMaster(stage, fault)
    case 'rabbitmq_restarted':
      return await restartBroker(stage, fault)
    case 'operator_replay':
      return await replayAsOperator(deps, fault.choice)
    default:
      return await breakApi(stage, API_FAULTS[fault.kind] ?? 'none', fault)
  }
}

const SPOOLED_ENOUGH = 3
const SPOOL_WITHIN_MS = 12_000

/** Stops the database, does something, and starts it again in any case. */
async function whileAway({ stage }: FaultDeps, act: () => Promise<void>): Promise<void> {
  await stage.database.stop()
  try {
    await act()
  } finally {
    await stage.database.start()
    await stage.database.answers()
  }
}

/** Answers whether messages went to the local disk in time. */
async function spools({ watch, note }: FaultDeps): Promise<boolean> {
  for (let waited = 0; waited < SPOOL_WITHIN_MS; waited += 50) {
    if ((watch.now()?.spool.records ?? 0) >= SPOOLED_ENOUGH) return true
    await sleep(50)
  }
  note(`fewer than ${SPOOLED_ENOUGH} messages were spooled within ${SPOOL_WITHIN_MS / 1_000} s`)
  return false
}

/** Its backends notice within moments; the harness's guard, as the hub's own does, starts a new one. */
async function killPostmaster({ database }: Stage): Promise<void> {
  const killed = database.postmaster()
  process.kill(killed, 'SIGKILL')
  for (let waited = 0; waited < 30_000 && [0, killed].includes(database.postmaster()); waited += 50)
    await sleep(50)
  await database.answers()
}

/** PostgreSQL throws everybody out and recovers when one of its processes is killed. */
async function killBackend({ database }: Stage, choice: number): Promise<void> {
  const rows = await database.sql<{ pid: number }>`
    select pid from pg_stat_activity where application_name like 'holdfast%' and backend_type = 'client backend' order by pid`
  const chosen = rows[Math.floor(choice * rows.length)]
  if (chosen !== undefined) process.kill(chosen.pid, 'SIGKILL')
  await sleep(250)
  await database.answers()
}

/** Its spool is merged by the process that comes after it. */
async function killedWhileSpooling(deps: FaultDeps): Promise<void> {
  const { stage } = deps
  await whileAway(deps, async () => {
    await spools(deps)
    await stage.hub('hub').kill()
  })
  await stage.startAgain('hub')
}

/** Its spool is merged by the command, which is killed once itself and called again. */
async function recoverByCommand(deps: FaultDeps, choice: number): Promise<void> {
  const { stage, note } = deps
  const { diary } = stage
  await whileAway(deps, async () => {
    await spools(deps)
    await stage.hub('hub').kill()
  })
  const path = join(stage.dataDirOf('hub'), 'spool')
  const first = runRecover(stage.environmentOf('hub'), path, diary)
  await sleep(400 + choice * 600)
  await first.kill()
  const second = runRecover(stage.environmentOf('hub'), path, diary)
  const { code } = await second.ended
  if (code !== 0) note(`holdfast recover ended with ${code}: ${second.said().slice(-300)}`)
  await stage.startAgain('hub')
}

async function fillDisk(deps: FaultDeps, holdMs: number): Promise<void> {
  const { stage, note } = deps
  const { smallDisk } = stage
  if (smallDisk === null) {
    note('disk_full was left out: a small disk can only be mounted by root')
    return
  }
  const ballast = join(smallDisk.path, 'ballast')
  await whileAway(deps, async () => {
    await spools(deps)
    fill(ballast)
    await sleep(holdMs)
    rmSync(ballast, { force: true })
  })
}

function fill(path: string): void {
  const chunk = Buffer.alloc(65_536, 1)
  const file = openSync(path, 'a')
  try {
    // Piece by piece down to single bytes: the last page has to be taken too.
    for (let size = chunk.length; size >= 1; size = Math.floor(size / 4))
      while (wrote(file, chunk.subarray(0, size)));
  } finally {
    closeSync(file)
  }
}

function wrote(file: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(file, bytes) === bytes.length
  } catch {
    return false
  }
}

/** The alarm must come by the look that everybody may ask for, and go when the certificate was renewed. */
async function expireCertificate({ stage, note }: FaultDeps): Promise<void> {
  stage.front.show('expired')
  try {
    await stage.call('POST', '/api/tls-probe')
    if (!(await isOpen(stage, 'tls.expired'))) note('no alarm tells of the expired certificate')
  } finally {
    stage.front.show('valid')
  }
  await stage.call('POST', '/api/tls-probe')
  if (await isOpen(stage, 'tls.expired')) note('the alarm about the certificate stays after it was renewed')
}

async function isOpen({ database }: Stage, rule: string): Promise<boolean> {
  const rows = await database.sql`select 1 from alarm where rule = ${rule} and state <> 'resolved'`
  return rows.length > 0
}

/** Up to four minutes, ahead or behind: within what the platforms' signatures allow. */
async function jumpClock(stage: Stage, { choice, holdMs }: PlannedFault): Promise<void> {
  const name: HubName = choice < 0.5 ? 'hub' : 'worker'
  const part = (choice * 2) % 1
  const shiftMs = Math.round((60_000 + part * 180_000) * (part < 0.5 ? 1 : -1))
  await stage.startAgain(name, shiftMs)
  await sleep(holdMs)
  await stage.startAgain(name)
}

/** The worker, whose clock nobody's signature depends on: up to eight hours, ahead or behind. */
async function jumpHours(stage: Stage, { choice, holdMs }: PlannedFault): Promise<void> {
  const part = (choice * 2) % 1
  const shiftMs = Math.round((1 + part * 7) * 3_600_000 * (choice < 0.5 ? 1 : -1))
  await stage.startAgain('worker', shiftMs)
  await sleep(holdMs)
  await stage.startAgain('worker')
}

const LINE_TROUBLE: Readonly<Partial<Record<PlannedFault['kind'], LineTrouble>>> = {
  database_line_cut_one: 'cut',
  database_line_cut_both: 'cut',
  database_line_hole: 'hole',
  database_line_slow: 'slow',
}

/** Between one hub process and the database, or both; the database itself is well. */
async function hurtLine({ lines }: Stage, { kind, choice, holdMs }: PlannedFault): Promise<void> {
  const isBoth = kind === 'database_line_cut_both' || (kind !== 'database_line_cut_one' && choice >= 0.7)
  const hurt = isBoth ? HUBS : ([choice * 10 - Math.floor(choice * 10) < 0.5 ? 'hub' : 'worker'] as const)
  for (const name of hurt) lines[name].behave(LINE_TROUBLE[kind] ?? 'none')
  await sleep(holdMs)
  for (const name of hurt) lines[name].behave('none')
}

const ASKED_WITHIN_MS = 6_000
const DAWDLE_MS = 600

/** A carrier that takes its time, and the process that waits for its number killed meanwhile: which one asks, nobody can see, so both are. */
async function killWhileAsking({ stage, note }: FaultDeps, choice: number): Promise<void> {
  const { yard } = stage.outfit
  if (yard === null) return
  yard.dawdle(DAWDLE_MS)
  try {
    for (let waited = 0; yard.underWay() === 0 && waited < ASKED_WITHIN_MS; waited += 5) await sleep(5)
    if (yard.underWay() === 0) note('no carrier was asked for anything while the hubs were to be killed')
    await sleep(choice * DAWDLE_MS * 1.2)
    await Promise.all(HUBS.map((name) => stage.hub(name).kill()))
  } finally {
    yard.dawdle(0)
    await Promise.all(HUBS.map((name) => stage.startAgain(name)))
  }
}

/** A replica takes its place, and may know less; the old master comes back and follows. */
async function loseMaster({ outfit }: Stage, { choice, holdMs }: PlannedFault): Promise<void> {
  if (outfit.redis === null) return
  const master = await outfit.redis.masterOf(`{g${Math.floor(choice * 64)}}`)
  await master.stop('SIGKILL')
  await sleep(holdMs)
  await master.start('saved')
}

async function restartBroker({ outfit }: Stage, { choice, holdMs }: PlannedFault): Promise<void> {
  if (outfit.queue === null) return
  await outfit.queue.broker.stop(choice < 0.5 ? 'SIGTERM' : 'SIGKILL')
  await sleep(holdMs)
  await outfit.queue.broker.start()
}

/** The first filter field that a person would use: one connection's messages. */
async function replayAsOperator({ stage, note }: FaultDeps, choice: number): Promise<void> {
  const kind = KINDS[Math.floor(choice * KINDS.length)] ?? 'shopify'
  const answer = await stage.call('POST', '/api/messages/replay', {
    filter: { connection: stage.connections[kind] },
  })
  if (answer.status >= 300 && answer.status !== 404)
    note(`the replay was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

const CALLED_OFTEN = ['shopify', 'youzan', 'douyin', ...YARD] as const

/** One shop, or more often everybody whom the hub calls. */
async function breakApi(stage: Stage, fault: ApiFault, { choice, holdMs }: PlannedFault): Promise<void> {
  const part = Math.floor(((choice * 10) % 1) * CALLED_OFTEN.length)
  const chosen = choice < 0.6 ? [...KINDS, ...YARD, NOTICES] : [CALLED_OFTEN[part] ?? 'shopify']
  const api = Object.fromEntries(chosen.map((kind) => [kind, fault]))
  stage.outfit.yard?.behave(api)
  await stage.world.tell({ api })
  await sleep(holdMs)
  stage.outfit.yard?.behave({})
  await stage.world.tell({ api: {} })
}
