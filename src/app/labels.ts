import { createIdentity, dropKey, makeKey, recordAudit } from '#features/identity/index.ts'
import {
  type LabelDeps,
  labelJobs,
  labelRoutes,
  openCheckApart,
  watchPrinting,
} from '#features/labels/index.ts'
import { notePrinted, readIssuedNumbers, readLabelSources } from '#features/waybills/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

const WATCH_EVERY_MS = 15_000

/** What labels are drawn and printed with. */
export function labelDeps(core: Core): LabelDeps {
  const { clock, random, vault, settings, config } = core
  const { db } = core.database
  const policy = { idleHours: config.sessionHours, maxDays: config.sessionMaxDays }
  // Made once somebody asks: routes are registered before there is a source of random bytes.
  const identity = () => createIdentity({ sql: db, clock, random, policy })
  return {
    db,
    clock,
    random,
    vault,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    sources: (sql, ids) => readLabelSources(sql, vault, ids),
    issued: (sql, ids) => readIssuedNumbers(sql, ids),
    notePrinted: (tx, printed) => notePrinted(tx, printed),
    makeDeviceKey: async (by, name) => {
      const made = await makeKey(identity(), by, { name, scopes: ['labels:print'], expiresAt: null })
      return made.ok ? { ok: true, value: { id: made.value.key.id, text: made.value.text } } : made
    },
    dropDeviceKey: async (by, id) => {
      await dropKey(identity(), by, id)
    },
    checkFonts: openCheckApart(),
    onJobQueued: core.wakeJobs,
    ackMinutes: config.printAckMinutes,
    keepDays: config.labelDays,
  }
}

export function registerLabelRoutes(app: HttpApp, core: Core): void {
  labelRoutes(app, labelDeps(core))
}

export function labelJobsOf(core: Core): Readonly<Record<string, JobHandler>> {
  return labelJobs(labelDeps(core))
}

export function labelSweepsOf(core: Core): readonly Sweep[] {
  const deps = labelDeps(core)
  return [{ name: 'printing', everyMs: WATCH_EVERY_MS, run: () => watchPrinting(deps, core.alarms) }]
}
