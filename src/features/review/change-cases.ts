import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import { type Sql, sqlState } from '#platform/postgres/database.ts'
import {
  addEvents,
  type LockedCase,
  lockCases,
  readFaces,
  setNote,
  setOwners,
  setReopened,
  setResolved,
  setSnooze,
} from './change/store.ts'
import { answeredUntil, type Change, checkChange, decideChange, type Skip } from './core/change.ts'
import type { Filter } from './core/filter.ts'
import type { ReviewDeps } from './deps.ts'
import { readCaseIds } from './list/store.ts'

/** Chosen cases, with the revisions that the person saw where the caller knows them, or everything that a filter holds. */
export type Choice =
  | { readonly ids: readonly bigint[]; readonly revisions: readonly number[] | null }
  | { readonly filter: Filter }

type Who = Pick<Actor, 'kind' | 'id' | 'name'>
export type Skipped = Skip & { readonly id: bigint; readonly orderNo: string | null }
export type Changed = { readonly changed: number; readonly skipped: readonly Skipped[] }
export type ChangeAnswer = Changed | { readonly jobId: bigint; readonly cases: number }

export const CASES_AT_MOST = 50_000
/** More than this is a job: a request should not hold locks and a person for long. */
const AT_ONCE = 2_000
const CHUNK = 500
const IDS_AUDITED = 100

/** What a change would do, case by case. Refuses with `review.too_large`. */
export async function previewChange(
  deps: ReviewDeps,
  choice: Choice,
  change: Change,
): Promise<Result<Changed>> {
  const asked = await chosen(deps, choice)
  if (!asked.ok) return asked
  const { ids, seen } = asked.value
  const skipped: Skipped[] = []
  let changed = 0
  for (let at = 0; at < ids.length; at += CHUNK) {
    const faces = await readFaces(deps.sql, ids.slice(at, at + CHUNK))
    const decided = decideAll(faces, change, seen)
    changed += decided.fit.length
    skipped.push(...decided.skipped)
  }
  return ok({ changed, skipped })
}

/**
 * Changes the chosen cases; each change is in the case's history, all of them are one audit line. Those that cannot be changed are
 * skipped and named; a single one is refused. Refuses with `review.not_found`, `review.changed_conflict` and its kin of
 * `decideChange`, with those of `checkChange`, `review.unknown_person` and `review.too_large`.
 */
export async function applyChange(
  deps: ReviewDeps,
  choice: Choice,
  change: Change,
  actor: Who,
): Promise<Result<ChangeAnswer>> {
  const fit = await checked(deps, change)
  if (!fit.ok) return fit
  const asked = await chosen(deps, choice)
  if (!asked.ok) return asked
  const { ids, seen } = asked.value
  if (ids.length > AT_ONCE) return ok(await queueChange(deps, ids, change, actor))
  const names = await namesOf(deps)
  const done = await oneTwin(() =>
    deps.sql.begin(async (tx) => await changeIn(tx, deps, { ids, seen, change, actor, names, offset: 0 })),
  )
  if (!done.ok) return done
  const [first] = done.value.skipped
  if (ids.length === 1 && first !== undefined && 'ids' in choice) return refuse(first.code, first.detail)
  return done
}

type Asked = { readonly ids: readonly bigint[]; readonly seen: ReadonlyMap<bigint, number> }

async function checked(deps: ReviewDeps, change: Change): Promise<Result<Change>> {
  const fit = checkChange(change, deps.clock.now())
  if (!fit.ok) return fit
  const wanted = change.action === 'assign' ? [change.to] : change.action === 'spread' ? change.among : []
  const known = wanted.length === 0 ? [] : (await deps.assignees()).map((one) => one.id)
  const stranger = wanted.find((id) => id !== null && !known.includes(id))
  if (stranger !== undefined)
    return refuse(
      'review.unknown_person',
      `${stranger} is nobody who may work on cases; GET /api/review/assignees lists them`,
    )
  return fit
}

async function chosen(deps: ReviewDeps, choice: Choice): Promise<Result<Asked>> {
  if ('ids' in choice) {
    const { ids, revisions } = choice
    if (revisions !== null && revisions.length !== ids.length)
      return refuse('review.revisions_wrong', 'give one revision per id, in the same order')
    const seen = new Map(
      ids.flatMap((id, i) => (revisions === null ? [] : [[id, revisions[i] ?? 0] as const])),
    )
    return ok({ ids: [...new Set(ids)], seen })
  }
  const ids = await readCaseIds(deps.sql, choice.filter, CASES_AT_MOST + 1)
  if (ids.length > CASES_AT_MOST)
    return refuse('review.too_large', `more than ${CASES_AT_MOST} cases; narrow the filter`)
  return ok({ ids, seen: new Map() })
}

type Part = Asked & {
  readonly change: Change
  readonly actor: Who
  readonly names: ReadonlyMap<string, string>
  /** Place of the first of these ids among all that were chosen: whose turn it is. */
  readonly offset: number
}

async function changeIn(tx: Sql, deps: ReviewDeps, part: Part): Promise<Result<Changed>> {
  const { ids, seen, change, actor, names, offset } = part
  const now = deps.clock.now()
  const cases = await lockCases(tx, ids)
  const known = new Set(cases.map((one) => one.id))
  const missing = ids
    .filter((id) => !known.has(id))
    .map((id) => ({ id, orderNo: null, code: 'review.not_found', detail: 'there is no such case' }))
  const { fit, skipped } = decideAll(cases, change, seen)
  if (fit.length > 0) {
    const words = await write(tx, { fit, change, actor, offset, now, names })
    await addEvents(tx, words, { actor: actor.name, kind: KIND[change.action], now })
    await deps.audit(tx, {
      actor,
      action: `review.${KIND[change.action]}`,
      subject: `${fit.length} cases`,
      detail: { ids: fit.slice(0, IDS_AUDITED).map((one) => one.id.toString()), ...detailOf(change) },
    })
  }
  return ok({ changed: fit.length, skipped: [...missing, ...skipped] })
}

function decideAll(cases: readonly LockedCase[], change: Change, seen: ReadonlyMap<bigint, number>) {
  const fit: LockedCase[] = []
  const skipped: Skipped[] = []
  for (const one of cases) {
    const why = decideChange(one, change, seen.get(one.id) ?? null)
    if (why === null) fit.push(one)
    else skipped.push({ id: one.id, orderNo: one.orderNo, ...why })
  }
  return { fit, skipped }
}

const KIND = {
  assign: 'assigned',
  spread: 'assigned',
  snooze: 'snoozed',
  wake: 'woken',
  resolve: 'resolved',
  reopen: 'reopened',
  note: 'noted',
} as const

type Writing = {
  readonly fit: readonly LockedCase[]
  readonly change: Change
  readonly actor: Who
  readonly offset: number
  readonly now: Instant
  readonly names: ReadonlyMap<string, string>
}

/** Writes the change; answers each case's line of history: a name, a time, an outcome with its note. */
async function write(tx: Sql, writing: Writing): Promise<{ id: bigint; words: string }[]> {
  const { fit, change, actor, offset, now, names } = writing
  const ids = fit.map((one) => one.id)
  const told = (words: string) => ids.map((id) => ({ id, words }))
  switch (change.action) {
    case 'assign':
      await setOwners(
        tx,
        ids.map((id) => ({ id, owner: change.to })),
        now,
      )
      return told(change.to === null ? '' : (names.get(change.to) ?? change.to))
    case 'spread': {
      const { among } = change
      const owners = ids.map((id, i) => ({ id, owner: among[(offset + i) % among.length] ?? null }))
      await setOwners(tx, owners, now)
      return owners.map(({ id, owner }) => ({ id, words: names.get(owner ?? '') ?? owner ?? '' }))
    }
    case 'snooze':
      await setSnooze(tx, ids, change.until, now)
      return told(change.until.toString())
    case 'wake':
      await setSnooze(tx, ids, null, now)
      return told('')
    case 'resolve': {
      const { outcome, note } = change
      await setResolved(
        tx,
        ids,
        { outcome, note, by: actor.name, answeredUntil: answeredUntil(outcome, now) },
        now,
      )
      return told(note === null ? outcome : `${outcome}: ${note}`)
    }
    case 'reopen':
      await setReopened(tx, ids, now)
      return told(change.note ?? '')
    case 'note':
      await setNote(tx, ids, change.note, now)
      return told(change.note)
  }
}

function detailOf(change: Change): Record<string, unknown> {
  if (change.action === 'snooze') return { until: change.until.toString() }
  const { action: _action, ...detail } = change
  return detail
}

async function namesOf(deps: ReviewDeps): Promise<ReadonlyMap<string, string>> {
  return new Map((await deps.assignees()).map((one) => [one.id, one.name]))
}

/** The sweep may open the same trouble at the very moment at which somebody reopens it: the index lets one of them through. */
async function oneTwin<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work()
  } catch (error) {
    if (sqlState(error) !== '23505') throw error
    return refuse('review.reopen_exists', 'the same trouble has another open case; work on that one')
  }
}

type Payload = {
  readonly ids: readonly string[]
  readonly change: Record<string, unknown>
  readonly actor: Who
}

/** The cases are written down by id: what the preview counted is what is changed, whatever opens meanwhile. */
async function queueChange(deps: ReviewDeps, ids: readonly bigint[], change: Change, actor: Who) {
  const { kind, id, name } = actor
  const payload: Payload = {
    ids: ids.map(String),
    change: change.action === 'snooze' ? { ...change, until: change.until.toString() } : { ...change },
    actor: { kind, id, name },
  }
  const jobId = await queueJob(
    deps.sql,
    { kind: 'review_change', payload, createdBy: name },
    deps.clock.now(),
  )
  deps.onJobQueued()
  return { jobId, cases: ids.length }
}

/**
 * Large changes, chunk by chunk, from where a run was interrupted. A chunk that was committed and not counted is skipped by
 * itself: its cases are so already.
 */
export function reviewJobs(deps: ReviewDeps): Readonly<Record<string, JobHandler>> {
  return {
    review_change: async (job, progress) => {
      const { ids: texts, change: stored, actor } = job.payload as unknown as Payload
      const change = (
        stored.action === 'snooze'
          ? { ...stored, until: Temporal.Instant.from(String(stored.until)) }
          : stored
      ) as Change
      const ids = texts.map(BigInt)
      const names = await namesOf(deps)
      let changed = 0
      let skipped = 0
      for (let at = Number(job.progress); at < ids.length; at += CHUNK) {
        const part = { ids: ids.slice(at, at + CHUNK), seen: new Map(), change, actor, names, offset: at }
        const done = await oneTwin(() => deps.sql.begin(async (tx) => await changeIn(tx, deps, part)))
        if (!done.ok) return done
        changed += done.value.changed
        skipped += done.value.skipped.length
        await progress(Math.min(at + CHUNK, ids.length), ids.length)
      }
      return ok({ changed, skipped })
    },
  }
}
