import assert from 'node:assert/strict'
import type { RuleModel } from '#domain/rulebook.ts'
import {
  addDraft,
  addSet,
  type By,
  checkVersion,
  type RuleAlarmDeps,
  type RulebookDeps,
  saveDraft,
} from '#features/rulebook/index.ts'
import type { Refusal } from '#kernel/result.ts'

// What the tests of publishing do before they begin.

export const person = (name: string): By => ({ kind: 'user', id: name, name })
export const ann = person('ann')
export const bob = person('bob')

export function value<T>(result: { ok: true; value: T } | { ok: false; refusal: Refusal }): T {
  assert.ok(result.ok, result.ok ? '' : `${result.refusal.code}: ${result.refusal.detail}`)
  return result.value
}
export function code(result: { ok: boolean; refusal?: Refusal }): string {
  return result.ok ? 'ok' : (result.refusal?.code ?? '')
}

export const GRAY = { do: 'gray', bps: 5_000, watchMinutes: 120, because: '' } as const
export const LIVE = { do: 'live', bps: 0, watchMinutes: 0, because: 'urgent' } as const

let places = 0

/** A set of its own kind of connector, so that the tests do not meet. */
export async function newSet(deps: RulebookDeps, options: { needsApproval?: boolean } = {}) {
  places += 1
  const connectorKind = `kind-${places}`
  const id = value(
    await addSet(deps, ann, {
      kind: 'fee',
      name: `fees ${places}`,
      note: '',
      connectorKind,
      connectionId: null,
      needsApproval: options.needsApproval ?? false,
      active: true,
      template: null,
    }),
  )
  // Sets of other tests that ask for two people make the new one ask too.
  await deps.db`update rule_set set needs_approval = ${options.needsApproval ?? false} where id = ${id}`
  const choose = (key: string, pinned: bigint | null = null) =>
    deps.directory.choose('fee', { connection: 'x', connectorKind, key, pinned })
  return { id, connectorKind, choose }
}

/** A checked version with a dry run that passed. */
export async function ready(deps: RulebookDeps, setId: bigint, model: RuleModel, by = ann): Promise<bigint> {
  const id = value(await addDraft(deps, by, setId, { from: null, note: '' }))
  value(await saveDraft(deps, by, id, { model, note: 'n', revision: 1 }))
  const checked = value(await checkVersion(deps, by, id))
  assert.equal(checked.version.state, 'checked', JSON.stringify(checked.check.findings))
  await deps.db`update rule_version set dry_run_id = 1 where id = ${id}`
  return id
}

/** Alarms that only count: signals by rule. */
export function countedAlarms({ db, clock }: RulebookDeps, raised: Map<string, number>): RuleAlarmDeps {
  return {
    db,
    clock,
    zone: () => 'Asia/Shanghai',
    reviewPercent: 20,
    alarms: {
      raise: async () => undefined,
      clear: async () => undefined,
      settle: async (rule, signals) => void raised.set(rule, signals.length),
    },
  }
}
