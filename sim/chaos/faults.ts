import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiFault } from './gate.ts'
import { API_FAULTS, type PlannedFault } from './plan.ts'
import { runRecover } from './processes.ts'
import type { HubName, Stage } from './stage.ts'
import type { Watch } from './watch.ts'
import { KINDS, NOTICES } from './world-process.ts'

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

/** The first filter field that a person would use: one connection's messages. */
async function replayAsOperator({ stage, note }: FaultDeps, choice: number): Promise<void> {
  const kind = KINDS[Math.floor(choice * KINDS.length)] ?? 'shopify'
  const answer = await stage.call('POST', '/api/messages/replay', {
    filter: { connection: stage.connections[kind] },
  })
  if (answer.status >= 300 && answer.status !== 404)
    note(`the replay was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

const CALLED_OFTEN = ['shopify', 'youzan', 'douyin'] as const

/** One shop, or more often everybody whom the hub calls. */
async function breakApi(stage: Stage, fault: ApiFault, { choice, holdMs }: PlannedFault): Promise<void> {
  const part = Math.floor(((choice * 10) % 1) * CALLED_OFTEN.length)
  const chosen = choice < 0.6 ? [...KINDS, NOTICES] : [CALLED_OFTEN[part] ?? 'shopify']
  await stage.world.tell({ api: Object.fromEntries(chosen.map((kind) => [kind, fault])) })
  await sleep(holdMs)
  await stage.world.tell({ api: {} })
}
