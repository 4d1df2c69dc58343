import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '#app/main.ts'
import { dryRunDepsOf, rulebookDeps } from '#app/rulebook.ts'
import type { RuleModel } from '#domain/rulebook.ts'
import { SYSTEM } from '#features/identity/index.ts'
import {
  addDraft,
  addSet,
  checkVersion,
  passDryRun,
  publishVersion,
  saveDraft,
  startDryRun,
} from '#features/rulebook/index.ts'
import { taken } from './seed.ts'

/** Marks the version that a drill published, for the check `rules_good`. */
export const WRONG_NOTE = 'drill: 大促前收紧审单'
const TRIES = 600

/** Every order is let through; the version that decided rightly so far. */
const LETS_THROUGH = resultOf('decided', '放行')
/** The sign of the comparison was turned round: every order is left to a person. */
const HOLDS_ALL = resultOf('review', '金额待人工确认')

/** Publishes a sound version of the review rules for all, and a wrong one over it for most orders, as gray. */
export async function publishWrongVersion(hub: Hub): Promise<void> {
  const deps = rulebookDeps(hub.core)
  const setId = taken(
    await addSet(deps, SYSTEM, {
      kind: 'review',
      name: '订单审核',
      note: '',
      template: null,
      connectorKind: '*',
      connectionId: null,
      needsApproval: false,
      active: true,
    }),
  )
  await publish(hub, setId, LETS_THROUGH, '', { do: 'live', bps: 10_000 })
  await publish(hub, setId, HOLDS_ALL, WRONG_NOTE, { do: 'gray', bps: 8_000 })
}

async function publish(
  { core }: Hub,
  setId: bigint,
  model: RuleModel,
  note: string,
  how: { readonly do: 'gray' | 'live'; readonly bps: number },
): Promise<void> {
  const deps = rulebookDeps(core)
  const versionId = taken(await addDraft(deps, SYSTEM, setId, { from: null, note }))
  taken(await saveDraft(deps, SYSTEM, versionId, { model, note, revision: 1 }))
  taken(await checkVersion(deps, SYSTEM, versionId))
  const trial = dryRunDepsOf(core)
  const run = taken(await startDryRun(trial, SYSTEM, versionId, { days: 1, againstVersionId: null }))
  const because = '大促前，来不及细看试跑结果'
  for (let tries = 0; ; tries += 1) {
    const passed = await passDryRun(trial, SYSTEM, run, because)
    if (passed.ok) break
    if (passed.refusal.code !== 'rulebook.dry_run_open_conflict' || tries > TRIES) taken(passed)
    await sleep(50)
  }
  taken(await publishVersion(deps, SYSTEM, versionId, { ...how, watchMinutes: 240, because }))
}

function resultOf(outcome: 'decided' | 'review', reason: string): RuleModel {
  return {
    format: 1,
    currency: 'CNY',
    start: 'end',
    nodes: [
      {
        id: 'end',
        type: 'result',
        label: reason,
        at: { x: 0, y: 0 },
        outcome,
        values: [],
        reason: outcome === 'review' ? reason : '',
      },
    ],
    tables: [],
  }
}
