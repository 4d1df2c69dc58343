import { countOpenConflicts, pruneReceipts, type RecoveryRoutesDeps } from '#features/recovery/index.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

/** What the routes of the emergency centre stand on. */
export function recoveryDeps(core: Core, audit: RecoveryRoutesDeps['audit']): RecoveryRoutesDeps {
  const { database, clock, settings, emergency, intake, wakeWorkers } = core
  const zone = (): string => settings.current().zone
  return { db: database.db, clock, zone, audit, emergency, laneOf: intake.laneOf, onTaken: wakeWorkers }
}

/** Conflicts of merges that wait for a person, and receipts whose days are over. */
export function recoverySweeps({ database, alarms, clock, settings }: Core): readonly Sweep[] {
  const { db } = database
  return [
    {
      name: 'spool-conflicts',
      everyMs: 30_000,
      run: async () => {
        const count = await countOpenConflicts(db)
        await alarms.settle(
          'spool.conflict',
          count === 0
            ? []
            : [
                {
                  rule: 'spool.conflict',
                  subject: 'hub',
                  severity: 'warning',
                  words: {
                    zh: `${count} 条合并冲突待定：同一条报文内容不同，暂存的一份尚未解读。请到应急中心比对后决定。`,
                    en: `${count} conflicts of a merge wait: the same message with two bodies, of which the spooled one is not read. Compare and decide in the emergency centre.`,
                  },
                  evidence: { count },
                  link: '/emergency?tab=conflicts',
                },
              ],
        )
      },
    },
    {
      name: 'spool-receipts',
      everyMs: 3_600_000,
      run: async () => {
        await pruneReceipts(db, clock.now().subtract({ hours: 24 * settings.current().rawMessageDays }))
      },
    },
  ]
}
