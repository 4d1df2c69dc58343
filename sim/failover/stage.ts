import { randomBytes } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chooseAccount } from '#platform/embedded-postgres/account.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { freePorts } from '#test-support/free-port.ts'
import type { ChaosDatabase } from '../chaos/database.ts'
import { type Cluster, NAMES, openCluster } from './cluster.ts'
import { findPrograms, type Ground, makeFolder } from './server.ts'

/** Where the servers of a run live; throws with words for a person where the system has no PostgreSQL. */
export function openGround(dir: string): Ground {
  const programs = findPrograms()
  if (programs === null)
    throw new Error(
      'this needs the system package "postgresql" (15 or later): scripts/install-services.sh postgresql [services.missing]',
    )
  const account = chooseAccount(dir)
  const ground = { ...programs, account, password: randomBytes(16).toString('hex'), dir }
  makeFolder(ground, dir)
  // The servers' account has to come through to its folder, and to nothing else.
  chmodSync(dirname(dir), 0o711)
  return ground
}

/** A cluster that the stage of the chaos run takes for its database. */
export async function openClusterDatabase(
  dir: string,
  log: (line: string) => void,
): Promise<{ readonly cluster: Cluster; readonly database: ChaosDatabase; readonly version: string }> {
  const ground = openGround(dir)
  const ports = await freePorts(NAMES.length + 2)
  const cluster = await openCluster(ground, ports, log)
  const url = cluster.url('holdfast')
  const sql = openDatabase({ url, connections: 2, applicationName: 'chaos harness', queryTimeoutMs: 20_000 })
  const database: ChaosDatabase = {
    url,
    sql,
    postmaster: () => 0,
    start: async () => undefined,
    stop: async () => undefined,
    answers: async () => {
      for (let tries = 0; ; tries += 1) {
        const failure = await sql`select 1`.then(
          () => null,
          (error: unknown) => error,
        )
        if (failure === null) return
        if (tries > 600) throw failure
        await sleep(100)
      }
    },
    close: async () => {
      await sql.end().catch(() => undefined)
      await cluster.close()
    },
  }
  return { cluster, database, version: ground.version }
}
