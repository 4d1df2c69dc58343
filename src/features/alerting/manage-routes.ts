import { newUuid } from '#kernel/id.ts'
import { readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { zoneOf } from '#kernel/source-time-place.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { composeNotice, testDraft } from './core/compose-notice.ts'
import { checkPatterns, parseRoute, type RouteDraft } from './core/parse-route.ts'
import { type AlertingDeps, type Audit, NOTIFIER_ROLE } from './deps.ts'
import { trySend } from './send-notice.ts'
import {
  endSilence,
  insertDelivery,
  insertSilence,
  readRoutes,
  removeRoute,
  routeNameTaken,
  saveRoute,
} from './store.ts'

export type ManageDeps = AlertingDeps & { readonly audit: Audit }

/** Adds a route, or replaces the one with that id. Refused: `parseRoute`'s codes, `alerting.route_exists`, `alerting.route_not_found`. */
export async function putRoute(
  deps: ManageDeps,
  id: bigint | null,
  typed: RouteDraft,
  actor: Actor,
): Promise<Result<bigint>> {
  const isNotifier = (target: string): boolean => deps.find(target)?.connector.role === NOTIFIER_ROLE
  const draft = parseRoute(typed, isNotifier, (zone) => zoneOf(zone) !== null)
  if (!draft.ok) return draft
  return await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    if (await routeNameTaken(tx, draft.value.name, id))
      return refuse('alerting.route_exists', `there is already a route "${draft.value.name}"`)
    const saved = await saveRoute(tx, id, draft.value, actor.name, deps.clock.now())
    if (saved === null) return noRoute()
    await deps.audit(tx, {
      actor,
      action: id === null ? 'alerting.route_added' : 'alerting.route_changed',
      subject: saved.toString(),
      detail: { ...draft.value },
    })
    return ok(saved)
  })
}

/** Refused: `alerting.route_not_found`. */
export async function dropRoute(deps: ManageDeps, id: bigint, actor: Actor): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const name = await removeRoute(tx, id)
    if (name === null) return noRoute()
    await deps.audit(tx, {
      actor,
      action: 'alerting.route_removed',
      subject: id.toString(),
      detail: { name },
    })
    return ok(null)
  })
}

export type TestedTarget = {
  readonly target: string
  readonly state: 'delivered' | 'refused' | 'failed' | 'unknown'
  readonly words: string
}

/**
 * Sends a marked test notice to everybody a route tells, at once and past the outbox, and writes down how each went. Refused:
 * `alerting.route_not_found`.
 */
export async function testRoute(
  deps: ManageDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<readonly TestedTarget[]>> {
  const route = (await readRoutes(deps.db, deps.zone())).find((one) => one.id === id)
  if (route === undefined) return noRoute()
  const at = deps.clock.now()
  const noticeId = newUuid(deps.clock, deps.random)
  const place = { language: route.language, publicUrl: deps.publicUrl() }
  const notice = composeNotice(testDraft(noticeId, at), place)
  const targets = [...new Set([...route.targets, ...route.escalateTo])]
  const results = await Promise.all(
    targets.map(async (target) => ({ target, ...(await trySend(deps, target, notice)) })),
  )
  await deps.db.begin(async (tx) => {
    for (const { target, state, words } of results)
      await insertDelivery(tx, {
        noticeId,
        routeId: id,
        target,
        alarmIds: [],
        subjects: [],
        notice,
        state,
        words,
        direct: false,
        at,
      })
    await deps.audit(tx, {
      actor,
      action: 'alerting.route_tested',
      subject: id.toString(),
      detail: { results: results.map(({ target, state }) => ({ target, state })) },
    })
  })
  return ok(results)
}

export const SILENCE_DAYS_AT_MOST = 30

export type SilenceDraft = {
  readonly rules: readonly string[]
  readonly subjects: readonly string[]
  /** An instant, or for how many minutes: one of the two. */
  readonly until?: string
  readonly minutes?: number
  readonly reason: string
}

/** Refused: `alerting.bad_pattern`, `alerting.silence_everything`, `alerting.bad_until`, `alerting.reason_missing`. */
export async function addSilence(
  deps: ManageDeps,
  typed: SilenceDraft,
  actor: Actor,
): Promise<Result<bigint>> {
  const rules = checkPatterns(typed.rules)
  if (!rules.ok) return rules
  const subjects = typed.subjects.map((one) => one.trim()).filter((one) => one !== '')
  if (rules.value.length === 0 && subjects.length === 0)
    return refuse('alerting.silence_everything', 'name a rule or a subject; * is every one of them')
  const reason = typed.reason.trim()
  if (reason === '') return refuse('alerting.reason_missing', 'say why, so that others need not ask')
  const now = deps.clock.now()
  const until = endOf(typed, now)
  if (
    until === null ||
    Temporal.Instant.compare(until, now) <= 0 ||
    until.since(now).total('hours') > SILENCE_DAYS_AT_MOST * 24
  )
    return refuse(
      'alerting.bad_until',
      `a silence ends at an instant within the next ${SILENCE_DAYS_AT_MOST} days`,
    )
  return await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const silence = { rules: rules.value, subjects, until, reason }
    const id = await insertSilence(tx, silence, actor.name, now)
    await deps.audit(tx, {
      actor,
      action: 'alerting.silence_added',
      subject: id.toString(),
      detail: { ...silence, until: until.toString() },
    })
    return ok(id)
  })
}

/** Refused: `alerting.silence_not_found`. */
export async function stopSilence(deps: ManageDeps, id: bigint, actor: Actor): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    if (!(await endSilence(tx, id, deps.clock.now())))
      return refuse('alerting.silence_not_found', 'there is no such silence that still holds')
    await deps.audit(tx, { actor, action: 'alerting.silence_ended', subject: id.toString(), detail: {} })
    return ok(null)
  })
}

function noRoute() {
  return refuse('alerting.route_not_found', 'there is no such route')
}

function endOf({ until, minutes }: SilenceDraft, now: Temporal.Instant): Temporal.Instant | null {
  if ((until === undefined) === (minutes === undefined)) return null
  return until === undefined ? now.add({ minutes: minutes ?? 0 }) : readInstant(until)
}
