import type { ReviewDeps } from './deps.ts'
import { countResolvedSince, readHeats, readTallies, type TallyRow } from './list/store.ts'

const SKUS_SHOWN = 12

/** Counts of everything unresolved, in one read; snoozed cases are counted apart and are never overdue. */
export async function summarise(deps: ReviewDeps, me: string | null) {
  const now = deps.clock.now()
  const midnight = now.toZonedDateTimeISO(deps.zone()).startOfDay().toInstant()
  const [tallies, resolvedToday, heats, people] = await Promise.all([
    readTallies(deps.sql, now),
    countResolvedSince(deps.sql, midnight),
    readHeats(deps.sql, SKUS_SHOWN),
    deps.assignees(),
  ])
  const open = (row: TallyRow): boolean => row.state === 'open'
  const overdue = (row: TallyRow): boolean => open(row) && row.overdue
  const count = (fits: (row: TallyRow) => boolean): number =>
    tallies.reduce((sum, row) => sum + (fits(row) ? Number(row.count) : 0), 0)
  const owners = [...new Set(tallies.flatMap((row) => (row.owner === null ? [] : [row.owner])))]
  const known = deps.rules.map((rule) => rule.id)
  const retired = [...new Set(tallies.map((row) => row.rule))].filter((rule) => !known.includes(rule))
  const rules = [...deps.rules, ...retired.map((id) => ({ id, zh: id, en: id }))]
  return {
    open: count(open),
    snoozed: count((row) => row.state === 'snoozed'),
    overdue: count(overdue),
    critical: count((row) => open(row) && row.severity === 'critical'),
    mine: count((row) => open(row) && row.owner !== null && row.owner === me),
    unowned: count((row) => open(row) && row.owner === null),
    resolvedToday,
    rules: rules.map(({ id, zh, en }) => ({
      id,
      zh,
      en,
      open: count((row) => row.rule === id && open(row)),
      snoozed: count((row) => row.rule === id && row.state === 'snoozed'),
      overdue: count((row) => row.rule === id && overdue(row)),
    })),
    owners: owners
      .map((id) => ({
        id,
        name: people.find((one) => one.id === id)?.name ?? id,
        open: count((row) => row.owner === id && open(row)),
        overdue: count((row) => row.owner === id && overdue(row)),
      }))
      .sort((a, b) => b.open - a.open || (a.name < b.name ? -1 : 1)),
    skus: heats.map((row) => ({
      sku: row.sku,
      title: row.title,
      heat: Number(row.heat),
      orders: Number(row.orders),
    })),
  }
}
