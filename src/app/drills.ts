import { hostname } from 'node:os'
import { join } from 'node:path'
import type { DrillStage } from '#domain/drill.ts'
import { type DrillDeps, type DrillWatch, drillRoutes, startDrillWatch } from '#features/drills/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { ok, refuse } from '#kernel/result.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { checkScenario, offeredScenario } from './drill-scenario.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

export type DrillParts = { readonly deps: DrillDeps; readonly watch: DrillWatch }

/** Drills of this process; nothing runs until one is begun. */
export function openDrills(parts: Parts, stage: DrillStage): DrillParts {
  const { config, log, clock, random, database, settings } = parts
  const process_ = processName(Buffer.from(random.bytes(6)).toString('hex'))
  const deps: DrillDeps = {
    db: database.db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    stage: {
      ...stage,
      checkScenario: async (text) => {
        const read = checkScenario(text)
        if (read.ok) return ok(offeredScenario(read.value, 'own'))
        const [first] = read.problems
        const words = first === undefined ? 'it cannot be read' : `line ${first.line}: ${first.words}`
        return refuse('drills.scenario_invalid', words, { problems: read.problems })
      },
    },
    scenarioDir: () => join(config.dataDir, 'drills', 'scenarios'),
    atOnce: () => config.drillsAtOnce,
    process: process_,
    isGone: (name) => name !== process_ && hasEnded(name),
    onError: (error) => log.warn({ err: error }, 'the watch over drills stumbled'),
  }
  return { deps, watch: startDrillWatch(deps) }
}

/** Unlike any other, also where a container begins every life as process 1. */
function processName(nonce: string): string {
  return `${hostname()}/${process.pid}/${nonce}`
}

/** Told only of processes of this host; those of others are judged by their silence. */
export function hasEnded(name: string): boolean {
  const [host, pid] = name.split('/')
  if (host !== hostname()) return false
  if (Number(pid) === process.pid) return true
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

export function registerDrillRoutes(app: HttpApp, { drills }: Pick<Core, 'drills'>): void {
  drillRoutes(app, {
    ...drills.deps,
    onStarted: () => drills.watch.wake(),
  })
}
