import { setImmediate } from 'node:timers/promises'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type Calendar, checkCalendar, openMinutesOfWeek } from './core/calendar.ts'
import { clocksOf, type OrderClock, type PromiseOrder, type PromiseRule } from './core/clocks.ts'
import type { PromiseDirectory } from './directory.ts'
import {
  calendarUses,
  connectionExists,
  insertRule,
  type RuleDraft,
  readCalendars,
  readRules,
  removeCalendar,
  removeRule,
  ruleOf,
  saveCalendar,
  updateRule,
} from './rules/store.ts'
import { openOrderIds, readPromiseOrders } from './store.ts'

export type EditDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly directory: PromiseDirectory
  /** Kinds of channels that a rule may name. */
  readonly kinds: readonly string[]
}

/**
 * Adds a rule, or changes the one with that id. Refuses with `promises.rule_invalid` (a part contradicts another),
 * `promises.name_taken`, `promises.calendar_not_found`, `promises.rule_not_found`.
 */
export async function saveRule(
  tx: Sql,
  deps: EditDeps,
  id: bigint | null,
  draft: RuleDraft,
  by: string,
): Promise<Result<bigint>> {
  const checked = await checkRule(deps, draft)
  if (!checked.ok) return checked
  const stamp = { by, at: deps.clock.now() }
  if (id === null) {
    const added = await insertRule(tx, draft, stamp)
    return added === null ? nameTaken() : ok(added)
  }
  if (!(await readRules(tx)).some((row) => row.id === id))
    return refuse('promises.rule_not_found', 'there is no such rule')
  return (await updateRule(tx, id, draft, stamp)) ? ok(id) : nameTaken()
}

function nameTaken(): Result<never> {
  return refuse('promises.name_taken', 'another one has this name')
}

async function checkRule(deps: EditDeps, draft: RuleDraft): Promise<Result<Calendar | null>> {
  const wrong = (words: string): Result<never> => refuse('promises.rule_invalid', words)
  if (draft.kind !== '*' && !deps.kinds.includes(draft.kind))
    return wrong(`no channel of kind ${draft.kind}; known are *, ${deps.kinds.join(', ')}`)
  if (draft.connection_id !== null) {
    const kind = await connectionExists(deps.db, draft.connection_id)
    if (kind === null) return wrong(`there is no connection ${draft.connection_id}`)
    if (draft.kind !== kind) return wrong(`connection ${draft.connection_id} is of kind ${kind}`)
  }
  if (draft.starts === draft.keeps) return wrong('a promise cannot be kept by what starts it')
  if (ORDER.indexOf(draft.starts) > ORDER.indexOf(draft.keeps))
    return wrong('what keeps the promise must come after what starts it')
  if (draft.cutoff !== null && draft.calendar_id === null)
    return wrong('a cut-off needs a calendar to count by')
  if (draft.warn_minutes >= draft.minutes && draft.calendar_id === null)
    return wrong('the warning must come after the start: fewer minutes than the promise itself')
  if (draft.calendar_id === null) return ok(null)
  const calendar = (await readCalendars(deps.db)).find((row) => row.id === draft.calendar_id)
  if (calendar === undefined) return refuse('promises.calendar_not_found', 'there is no such calendar')
  const weeks = draft.minutes / openMinutesOfWeek(calendar)
  return weeks > WEEKS_AT_MOST
    ? wrong(
        `so many minutes of opening time are ${Math.round(weeks)} weeks of this calendar; at most ${WEEKS_AT_MOST}`,
      )
    : ok(calendar)
}

const WEEKS_AT_MOST = 60

const ORDER: readonly string[] = ['placed', 'paid', 'waybill_issued', 'dispatched', 'picked_up', 'delivered']

/** Refuses with `promises.rule_not_found`. */
export async function dropRule(tx: Sql, id: bigint): Promise<Result<null>> {
  if (!(await removeRule(tx, id))) return refuse('promises.rule_not_found', 'there is no such rule')
  return ok(null)
}

/** Orders that a preview looks at, at most. */
export const PREVIEW_AT_MOST = 2_000
const TURN = 100

export type RulePreview = {
  readonly orders: number
  readonly capped: boolean
  readonly changed: number
  /** Clocks that would be past their time at once. */
  readonly breachedNow: number
  readonly sample: readonly {
    readonly orderId: bigint
    readonly before: string | null
    readonly after: string | null
  }[]
}

/** What saving the rule would change on today's open orders. Changes nothing. Refuses as `saveRule` does. */
export async function previewRule(
  deps: EditDeps,
  id: bigint | null,
  draft: RuleDraft,
): Promise<Result<RulePreview>> {
  const checked = await checkRule(deps, draft)
  if (!checked.ok) return checked
  const now = deps.clock.now()
  const ids = await openOrderIds(deps.db, 0n, PREVIEW_AT_MOST)
  const orders = await readPromiseOrders(deps.db, ids)
  const today = deps.directory.rules()
  const wished = withRule(today, ruleOf({ ...draft, id: id ?? 0n }, checked.value), draft.active)
  const rows: { order: PromiseOrder; before: readonly OrderClock[]; after: readonly OrderClock[] }[] = []
  for (const order of orders) {
    rows.push({ order, before: clocksOf(order, today, now), after: clocksOf(order, wished, now) })
    // Others have their turn: two thousand orders by a calendar take a while.
    if (rows.length % TURN === 0) await setImmediate()
  }
  const due = (clocks: readonly OrderClock[]): string | null =>
    clocks.length === 0 ? null : clocks.map((one) => `${one.keeps} ${one.dueAt.toString()}`).join(', ')
  const changed = rows.filter(({ before, after }) => due(before) !== due(after))
  return ok({
    orders: orders.length,
    capped: ids.length === PREVIEW_AT_MOST,
    changed: changed.length,
    breachedNow: rows.filter(
      ({ before, after }) =>
        after.some((one) => one.state === 'breached') && !before.some((one) => one.state === 'breached'),
    ).length,
    sample: changed
      .slice(0, 20)
      .map(({ order, before, after }) => ({ orderId: order.id, before: due(before), after: due(after) })),
  })
}

function withRule(rules: readonly PromiseRule[], rule: PromiseRule, active: boolean): readonly PromiseRule[] {
  const others = rules.filter((one) => one.id !== rule.id)
  return active ? [...others, rule] : others
}

/** Refuses with `promises.calendar_invalid`, `promises.calendar_not_found`, `promises.name_taken`. */
export async function saveBusinessCalendar(
  tx: Sql,
  { clock }: Pick<EditDeps, 'clock'>,
  id: bigint | null,
  name: string,
  calendar: Calendar,
  by: string,
): Promise<Result<bigint>> {
  const checked = checkCalendar(calendar)
  if (!checked.ok) return checked
  if (id !== null && !(await readCalendars(tx)).some((row) => row.id === id))
    return refuse('promises.calendar_not_found', 'there is no such calendar')
  const saved = await saveCalendar(tx, id, { name, calendar: checked.value, by, at: clock.now() })
  return saved === null ? nameTaken() : ok(saved)
}

/** Refuses with `promises.calendar_used` and the rules that count by it, `promises.calendar_not_found`. */
export async function dropCalendar(tx: Sql, id: bigint): Promise<Result<null>> {
  const uses = await calendarUses(tx, id)
  if (uses.length > 0)
    return refuse('promises.calendar_used', `rules count by it: ${uses.join(', ')}; change them first`)
  if (!(await removeCalendar(tx, id)))
    return refuse('promises.calendar_not_found', 'there is no such calendar')
  return ok(null)
}
