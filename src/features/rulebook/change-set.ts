import type { Words } from '#domain/notice.ts'
import type { RuleKindPart, RuleModel } from '#domain/rulebook.ts'
import { recordAudit } from '#features/identity/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Refusal, type Refused, type Result, refuse } from '#kernel/result.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { stateAfter, type VersionEvent } from './core/states.ts'
import type { By, RulebookDeps } from './deps.ts'
import { notifyRulebook } from './live/store.ts'
import {
  insertEvent,
  lockSet,
  readModel,
  readVersion,
  type SetRow,
  saveSet,
  type VersionRow,
} from './store.ts'

/** What a change of a set stands on: its transaction, the locked set, and the moment. */
export type Change = {
  readonly tx: Sql
  readonly deps: RulebookDeps
  readonly set: SetRow
  readonly by: By
  readonly now: Instant
}

/** Rolls the transaction back with the refusal that it holds. */
class RefusedInside extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** One change of a set at a time, in one transaction; a refusal leaves nothing of it. Refuses with `rulebook.set_not_found`. */
export async function changeSet<T>(
  deps: RulebookDeps,
  by: By,
  setId: bigint,
  run: (change: Change) => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await deps.db.begin(async (tx) => {
      const set = await lockSet(tx, setId)
      if (set === null) return setGone()
      const done = await run({ tx, deps, set, by, now: deps.clock.now() })
      if (!done.ok) throw new RefusedInside(done.refusal)
      return done
    })
  } catch (error) {
    if (error instanceof RefusedInside) return { ok: false, refusal: error.refusal }
    throw error
  }
}

/** The same by one of the set's versions, which is read under the lock. Refuses with `rulebook.version_not_found`. */
export async function changeVersion<T>(
  deps: RulebookDeps,
  by: By,
  versionId: bigint,
  run: (change: Change, version: VersionRow) => Promise<Result<T>>,
): Promise<Result<T>> {
  const found = await readVersion(deps.db, versionId)
  if (found === null) return versionGone()
  return await changeSet(deps, by, found.set_id, async (change) => {
    const version = await readVersion(change.tx, versionId)
    return version === null ? versionGone() : await run(change, version)
  })
}

export function setGone(): Refused {
  return refuse('rulebook.set_not_found', 'there is no such rule set')
}
export function versionGone(): Refused {
  return refuse('rulebook.version_not_found', 'there is no such version')
}

export function partOf(deps: Pick<RulebookDeps, 'parts'>, kind: string): Result<RuleKindPart> {
  const part = deps.parts.get(kind)
  return part === undefined
    ? refuse('rulebook.kind_not_found', `there are no rules of kind "${kind.slice(0, 40)}"`)
    : ok(part)
}

const NOT_NOW: Readonly<Record<VersionEvent, string>> = {
  save: 'was published and can no longer be changed; make a new draft from it',
  pass: 'was published already',
  try: 'has to be checked before a share of the orders may take it',
  promote: 'is not being tried on a share of the orders',
  publish: 'has to be checked before it is published',
  replace: 'decides nothing',
  stop: 'decides nothing',
  restore: 'has to have been live once to be gone back to',
  drop: 'was published and is kept',
}

/** Refuses with `rulebook.wrong_state_conflict` where the table of states says no. */
export function stepOf(version: VersionRow, event: VersionEvent): Result<string> {
  const next = stateAfter(version.state, event)
  return next === null
    ? refuse('rulebook.wrong_state_conflict', `v${version.number} (${version.state}) ${NOT_NOW[event]}`, {
        state: version.state,
      })
    : ok(next)
}

/** Who a person or a program is, over names that change. */
export function handOf(by: By): string {
  return `${by.kind}:${by.id}`
}

/** A line of the set's history and of the audit log. */
export async function tell(
  { tx, deps, set, by, now }: Change,
  version: Pick<VersionRow, 'id' | 'number'> | null,
  what: string,
  words: Words,
  detail: Record<string, unknown> = {},
): Promise<void> {
  const about = version === null ? detail : { ...detail, number: version.number }
  await insertEvent(tx, {
    setId: set.id,
    versionId: version?.id ?? null,
    at: now,
    what,
    actor: by.name,
    ...words,
    detail: about,
  })
  const event = { actor: by, action: `rulebook.${what}`, subject: `${set.kind}/${set.id}`, detail: about }
  await recordAudit({ sql: tx, clock: deps.clock }, event)
}

/** The part of a set that says which version decides. */
export type InForceChange = Partial<
  Pick<
    SetRow,
    | 'live_version'
    | 'previous_version'
    | 'gray_version'
    | 'gray_bps'
    | 'gray_salt'
    | 'gray_watch'
    | 'gray_started_at'
    | 'gray_until'
    | 'gray_waits'
    | 'active'
  >
>

export const NO_GRAY = {
  gray_version: null,
  gray_bps: 0,
  gray_salt: null,
  gray_watch: null,
  gray_started_at: null,
  gray_until: null,
  gray_waits: null,
} as const

/** Changes what decides: every process is told when the transaction commits, and the kind's hook when the live version is another. */
export async function decideAnew(
  change: Change,
  fields: InForceChange,
  what: string,
): Promise<Result<SetRow>> {
  const { tx, set, now } = change
  const next: SetRow = { ...set, ...fields, revision: set.revision + 1n, updated_at: now }
  await saveSet(tx, next)
  await notifyRulebook(tx, set.id, next.revision)
  const data = {
    set: set.id,
    kind: set.kind,
    what,
    live: next.live_version,
    gray: next.gray_version,
    bps: next.gray_bps,
    revision: next.revision,
  }
  await writeJournal(tx, [{ kind: 'rules.published', orderId: null, data }], now)
  const [was, is] = [liveOf(set), liveOf(next)]
  if (was === is) return ok(next)
  const told = await runHook(change, is)
  return told.ok ? ok(next) : told
}

function liveOf(set: SetRow): bigint | null {
  return set.active ? set.live_version : null
}

async function runHook({ tx, deps, set, by, now }: Change, versionId: bigint | null): Promise<Result<null>> {
  const hook = deps.hooks[set.kind]
  if (hook === undefined) return ok(null)
  const version = versionId === null ? null : await readVersion(tx, versionId)
  const model = version === null ? null : await modelOf(tx, deps, version.id)
  if (model !== null && !model.ok) return model
  return await hook(tx, {
    setId: set.id,
    kind: set.kind,
    connectorKind: set.connector_kind,
    connectionId: set.connection_id,
    versionId,
    number: version?.number ?? null,
    model: model?.value ?? null,
    actor: by,
    now,
  })
}

/** The model of a version as it is kept. */
export async function modelOf(
  sql: Sql,
  { engine }: Pick<RulebookDeps, 'engine'>,
  versionId: bigint,
): Promise<Result<RuleModel>> {
  return engine.parse(await readModel(sql, versionId))
}
