import type { Lanes } from '#domain/lane.ts'
import type { ConnectionDirectory } from '#features/connections/index.ts'
import { gatewayRoutes } from '#features/intake/index.ts'
import {
  type DepthWatch,
  type LaneDirectory,
  type LaneHttpDeps,
  laneDirectory,
  laneRoutes,
  type MinuteCounter,
  openDepthWatch,
  openMinuteCounter,
} from '#features/lanes/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Log } from '#platform/log.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Core } from './hub.ts'

export type LaneParts = Lanes & {
  readonly directory: LaneDirectory
  readonly depths: DepthWatch
  readonly minutes: MinuteCounter
  readonly stop: () => Promise<void>
}

/** Lanes as the way in and the workers ask of them, followed live, with their depth and their tallies. */
export async function openLanes(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly connections: ConnectionDirectory
}): Promise<LaneParts> {
  const { db, clock, log, connections } = deps
  const directory = laneDirectory({
    db,
    connections: connections.all,
    onProblem: (error) => log.error({ err: error }, 'lanes cannot be read'),
  })
  await directory.start()
  const depths = openDepthWatch({
    db,
    configOf: directory.configOf,
    onProblem: (error) => log.warn({ err: error }, 'the depth of the lanes could not be read'),
  })
  const minutes = openMinuteCounter({
    db,
    clock,
    onProblem: (error) => log.warn({ err: error }, 'the traffic of the lanes is written later'),
  })
  return {
    laneOf: directory.laneOf,
    configOf: directory.configOf,
    isFull: depths.isFull,
    directory,
    depths,
    minutes,
    stop: async () => void (await Promise.all([directory.stop(), depths.stop(), minutes.stop()])),
  }
}

/** The lanes' own routes, and the gateway's, whose callers may name a lane. */
export function registerLaneRoutes(
  app: HttpApp,
  { database, intake, clock, directory, lanes, wakeWorkers }: Core,
  { zone, audit }: Pick<LaneHttpDeps, 'zone' | 'audit'>,
): void {
  const { db } = database
  gatewayRoutes(app, {
    db,
    intake,
    clock,
    find: directory.byId,
    zoneOf: (id) => directory.byId(id)?.zone ?? zone(),
    membersOf: lanes.directory.membersOf,
    onAccepted: wakeWorkers,
  })
  laneRoutes(app, { db, clock, zone, audit, lanes: lanes.directory, depths: lanes.depths })
}
