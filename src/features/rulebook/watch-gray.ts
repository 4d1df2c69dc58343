import type { RuleGuard, RuleKind } from '#domain/rulebook.ts'
import { SYSTEM } from '#features/identity/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { partOf } from './change-set.ts'
import {
  decideWatch,
  type Figures,
  type Judged,
  judgeGuard,
  NEW_GUARD,
  NO_FIGURES,
  REVIEW_GUARD,
  REVIEW_METRIC,
} from './core/guards.ts'
import type { RulebookDeps } from './deps.ts'
import { prolong, promote, rollBack } from './publish-version.ts'
import { readGraySets, readModelCurrency, type SetRow } from './store.ts'
import { readGuards, readTally, saveGuard } from './tally/store.ts'

export type GuardView = {
  readonly guard: RuleGuard
  readonly live: Figures
  readonly gray: Figures
  readonly judged: Judged
  /** Of its rules; null before there are any. */
  readonly currency: string | null
}

/** How long a watch goes on where it could not end: looked at again soon, since a few more orders may be all that lacks. */
const PROLONG_MINUTES = 15

/** Judges every gray version by what its decisions came to; takes back, promotes or goes on watching. By one process at a time. */
export async function watchGray(deps: RulebookDeps): Promise<void> {
  for (const set of await readGraySets(deps.db)) await watchOne(deps, set)
}

async function watchOne(deps: RulebookDeps, set: SetRow): Promise<void> {
  const part = partOf(deps, set.kind)
  const { gray_version: gray, gray_watch: watch, gray_until: until } = set
  if (!part.ok || gray === null || watch === null) return
  const now = deps.clock.now()
  const guards = await judgeSet(deps.db, set, part.value.kind)
  for (const { guard, judged } of guards)
    await saveGuard(deps.db, { setId: set.id, watch, metric: guard.metric }, judged.state, now)
  const decisions = guards.find(({ guard }) => guard.metric === REVIEW_METRIC)?.gray.n ?? 0
  const decision = decideWatch({
    gray,
    decisions,
    leastDecisions: deps.watch.decisions,
    minutesLeft: until === null ? null : until.since(now).total('minutes'),
    guards,
  })
  if (decision.is === 'roll_back') {
    const guard = guards.find(({ judged }) => judged.state.verdict === 'broken')?.guard.metric ?? ''
    await rollBack(deps, SYSTEM, set.id, { because: decision.words, to: null, watch, guard })
  } else if (decision.is === 'promote') {
    const done = await promote(deps, SYSTEM, set.id, decision.words, watch)
    if (!done.ok && done.refusal.code !== 'rulebook.no_gray_conflict') {
      const words = {
        zh: `无法自动全量：${done.refusal.detail}`,
        en: `cannot be promoted: ${done.refusal.detail}`,
      }
      await prolong(deps, SYSTEM, set.id, { watch, code: done.refusal.code, words, minutes: PROLONG_MINUTES })
    }
  } else if (decision.is === 'prolong') {
    const { code, words } = decision
    await prolong(deps, SYSTEM, set.id, { watch, code, words, minutes: PROLONG_MINUTES })
  }
}

/** Every guard of the set's kind with its figures in both arms; amounts are in the currency of its rules. Changes nothing. */
export async function judgeSet(sql: Sql, set: SetRow, kind: RuleKind): Promise<GuardView[]> {
  const watch = set.gray_watch
  const states = watch === null ? new Map<string, never>() : await readGuards(sql, set.id, watch)
  const live = watch === null ? NONE : await readTally(sql, set.id, watch, set.live_version)
  const gray = watch === null ? NONE : await readTally(sql, set.id, watch, set.gray_version)
  const version = set.gray_version ?? set.live_version
  const currency = version === null ? null : await readModelCurrency(sql, version)
  return guardsOf(kind).map((guard) => {
    const figures = {
      live: live.get(guard.metric) ?? NO_FIGURES,
      gray: gray.get(guard.metric) ?? NO_FIGURES,
    }
    const state = states.get(guard.metric) ?? NEW_GUARD
    const judged = judgeGuard(guard, figures.live, figures.gray, state, currency ?? undefined)
    return { guard, ...figures, judged, currency }
  })
}

const NONE: ReadonlyMap<string, Figures> = new Map()

export function guardsOf(kind: RuleKind): readonly RuleGuard[] {
  return kind.guards.some(({ metric }) => metric === REVIEW_METRIC)
    ? kind.guards
    : [REVIEW_GUARD, ...kind.guards]
}
