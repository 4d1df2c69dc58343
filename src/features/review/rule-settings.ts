import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { ALL, type SettingRow, settingsOf } from './core/settings.ts'
import type { ReviewDeps } from './deps.ts'
import { readConnectionIds } from './list/store.ts'
import { readSettings, saveSetting } from './store.ts'

/** Every rule with what holds for every channel, and the rows that people set. */
export async function listRules({ sql, rules, zone }: Pick<ReviewDeps, 'sql' | 'rules' | 'zone'>) {
  const rows = await readSettings(sql)
  return rules.map((rule) => ({
    id: rule.id,
    zh: rule.zh,
    en: rule.en,
    decision: rule.decision === true,
    next: { ...rule.next },
    standard: { minutes: rule.minutes, severity: rule.severity, dueMinutes: rule.dueMinutes },
    effective: { ...settingsOf(rule, rows).all },
    settings: rows
      .filter((row) => row.rule === rule.id)
      .map(({ rule: _rule, connectionId, updatedAt, ...row }) => ({
        connection: connectionId,
        ...row,
        updatedAt: formatInstant(updatedAt, zone()),
      })),
  }))
}

/** Refuses with `review.unknown_rule`, `review.unknown_connection`, `review.unknown_person`. */
export async function saveRule(deps: ReviewDeps, row: SettingRow, actor: Actor): Promise<Result<null>> {
  if (!deps.rules.some((rule) => rule.id === row.rule))
    return refuse('review.unknown_rule', `known are ${deps.rules.map((rule) => rule.id).join(', ')}`)
  if (row.connectionId !== ALL && !(await readConnectionIds(deps.sql)).includes(row.connectionId))
    return refuse('review.unknown_connection', `there is no connection ${row.connectionId}`)
  if (row.owner !== null && !(await deps.assignees()).some((one) => one.id === row.owner))
    return refuse('review.unknown_person', `${row.owner} is nobody who may work on cases`)
  await deps.sql.begin(async (tx) => {
    await saveSetting(tx, row, actor.name, deps.clock.now())
    const { rule, connectionId, ...detail } = row
    await deps.audit(tx, {
      actor,
      action: 'review.rule_set',
      subject: `${rule} ${connectionId}`,
      detail,
    })
  })
  return ok(null)
}
