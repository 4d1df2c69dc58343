import type { RuleModel } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import { fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { VersionState } from './core/states.ts'

export type SetRow = {
  readonly id: bigint
  readonly kind: string
  readonly name: string
  readonly note: string
  readonly connector_kind: string
  readonly connection_id: string | null
  readonly needs_approval: boolean
  readonly active: boolean
  readonly live_version: bigint | null
  readonly previous_version: bigint | null
  readonly gray_version: bigint | null
  readonly gray_bps: number
  readonly gray_salt: string | null
  readonly gray_watch: string | null
  readonly gray_started_at: Instant | null
  readonly gray_until: Instant | null
  readonly gray_waits: string | null
  readonly revision: bigint
  readonly created_by: string
  readonly created_at: Instant
  readonly updated_at: Instant
}

/** All of a version but its model, which may be large. */
export type VersionRow = {
  readonly id: bigint
  readonly set_id: bigint
  readonly number: number
  readonly state: VersionState
  readonly hash: string
  readonly note: string
  readonly author: string
  readonly author_id: string
  readonly hands: readonly string[]
  readonly revision: number
  readonly based_on: number | null
  readonly checked: CheckedJson | null
  readonly cases_passed: boolean | null
  readonly dry_run_id: bigint | null
  readonly approval: 'waiting' | 'approved' | 'rejected' | null
  readonly approval_asked_by: string | null
  readonly approval_asked_by_id: string | null
  readonly approval_asks: ApprovalAsks | null
  readonly approval_by: string | null
  readonly approval_words: string | null
  readonly created_at: Instant
  readonly updated_at: Instant
  readonly published_at: Instant | null
  readonly live_at: Instant | null
  readonly retired_at: Instant | null
  readonly retired_words: string | null
}
export type CheckedJson = {
  readonly errors: number
  readonly warnings: number
  readonly tried: number
  readonly complete: boolean
  /** The whole check as the API answers it. */
  readonly check: unknown
}
export type ApprovalAsks = {
  readonly do: 'gray' | 'live'
  readonly bps: number
  readonly watchMinutes: number
  readonly because: string
}

const SET = fragment`id, kind, name, note, connector_kind, connection_id, needs_approval, active, live_version, previous_version,
  gray_version, gray_bps, gray_salt, gray_watch, gray_started_at, gray_until, gray_waits, revision, created_by, created_at, updated_at`
const VERSION = fragment`id, set_id, number, state, hash, note, author, author_id, hands, revision, based_on, checked,
  cases_passed, dry_run_id, approval, approval_asked_by, approval_asked_by_id, approval_asks, approval_by, approval_words,
  created_at, updated_at, published_at, live_at, retired_at, retired_words`

/** By id descending; `after`: the last id of the page before. */
export async function readSets(
  sql: Sql,
  filter: {
    readonly kind: string | null
    readonly q: string
    readonly after: bigint | null
    readonly limit: number
  },
): Promise<SetRow[]> {
  const { kind, q, after, limit } = filter
  return await runFragment<SetRow>(
    sql,
    fragment`select ${SET} from rule_set
      where (${kind}::text is null or kind = ${kind}) and (${after}::bigint is null or id < ${after})
        and (${q} = '' or strpos(lower(name || ' ' || note), lower(${q})) > 0)
      order by id desc limit ${limit}`,
  )
}

export async function readSet(sql: Sql, id: bigint): Promise<SetRow | null> {
  const [row] = await runFragment<SetRow>(sql, fragment`select ${SET} from rule_set where id = ${id}`)
  return row ?? null
}

/** Every change of a set goes through this lock: one at a time, in one order. */
export async function lockSet(sql: Sql, id: bigint): Promise<SetRow | null> {
  const [row] = await runFragment<SetRow>(
    sql,
    fragment`select ${SET} from rule_set where id = ${id} for update`,
  )
  return row ?? null
}

/** Sets with a share that is being tried. */
export async function readGraySets(sql: Sql): Promise<SetRow[]> {
  return await runFragment<SetRow>(
    sql,
    fragment`select ${SET} from rule_set where active and gray_version is not null order by id`,
  )
}

/** Whether an active set of the kind asks for two people. */
export async function asksForTwo(sql: Sql, kind: string): Promise<boolean> {
  const rows = await sql`select 1 from rule_set where kind = ${kind} and active and needs_approval limit 1`
  return rows.length > 0
}

export type NewSet = Pick<
  SetRow,
  'kind' | 'name' | 'note' | 'connector_kind' | 'connection_id' | 'needs_approval' | 'active' | 'created_by'
>

/** Null where an active set has this name, or decides for the same orders. */
export async function insertSet(sql: Sql, set: NewSet, now: Instant): Promise<bigint | null> {
  const [row] = await sql<{ id: bigint }>`
    insert into rule_set (kind, name, note, connector_kind, connection_id, needs_approval, active, created_by, created_at,
      updated_at)
    values (${set.kind}, ${set.name}, ${set.note}, ${set.connector_kind}, ${set.connection_id}, ${set.needs_approval},
      ${set.active}, ${set.created_by}, ${now}, ${now})
    on conflict do nothing returning id`
  return row?.id ?? null
}

/** Another active set with this name or place; null where there is none. */
export async function findRival(
  sql: Sql,
  set: Pick<SetRow, 'kind' | 'name' | 'connector_kind' | 'connection_id'>,
  but: bigint | null,
): Promise<{ id: bigint; name: string; isName: boolean } | null> {
  const [row] = await sql<{ id: bigint; name: string; same: boolean }>`
    select id, name, name = ${set.name} as same from rule_set
    where active and kind = ${set.kind} and id is distinct from ${but}
      and (name = ${set.name} or (connector_kind = ${set.connector_kind} and connection_id is not distinct from ${set.connection_id}))
    order by name = ${set.name} desc limit 1`
  return row === undefined ? null : { id: row.id, name: row.name, isName: row.same }
}

/** Everything that may change about a set, in one statement; the set must be locked. */
export async function saveSet(sql: Sql, set: SetRow): Promise<void> {
  await sql`
    update rule_set set name = ${set.name}, note = ${set.note}, needs_approval = ${set.needs_approval}, active = ${set.active},
      live_version = ${set.live_version}, previous_version = ${set.previous_version}, gray_version = ${set.gray_version},
      gray_bps = ${set.gray_bps}, gray_salt = ${set.gray_salt}, gray_watch = ${set.gray_watch},
      gray_started_at = ${set.gray_started_at}, gray_until = ${set.gray_until}, gray_waits = ${set.gray_waits},
      revision = ${set.revision}, updated_at = ${set.updated_at}
    where id = ${set.id}`
}

export async function readVersion(sql: Sql, id: bigint): Promise<VersionRow | null> {
  const [row] = await runFragment<VersionRow>(
    sql,
    fragment`select ${VERSION} from rule_version where id = ${id}`,
  )
  return row ?? null
}

export async function readModel(sql: Sql, id: bigint): Promise<unknown> {
  const [row] = await sql<{ model: unknown }>`select model from rule_version where id = ${id}`
  return row?.model ?? null
}

export async function readModelCurrency(sql: Sql, id: bigint): Promise<string | null> {
  const [row] = await sql<{ currency: string }>`
    select model ->> 'currency' as currency from rule_version where id = ${id}`
  return row?.currency ?? null
}

/** Newest first. */
export async function readVersions(
  sql: Sql,
  setId: bigint,
  below: number | null,
  limit: number,
): Promise<VersionRow[]> {
  return await runFragment<VersionRow>(
    sql,
    fragment`select ${VERSION} from rule_version where set_id = ${setId} and (${below}::int is null or number < ${below})
      order by number desc limit ${limit}`,
  )
}

/** The versions that sets speak of, and their open drafts. */
export async function readVersionsOf(
  sql: Sql,
  sets: readonly SetRow[],
): Promise<{ byId: Map<bigint, VersionRow>; open: Map<bigint, VersionRow> }> {
  const byId = new Map<bigint, VersionRow>()
  const open = new Map<bigint, VersionRow>()
  if (sets.length === 0) return { byId, open }
  const wanted = sets.flatMap(({ live_version, gray_version, previous_version }) =>
    [live_version, gray_version, previous_version].filter((id) => id !== null),
  )
  const list = (ids: readonly bigint[]) =>
    joinFragments(
      ids.map((id) => fragment`${id}`),
      ', ',
    )
  const rows = await runFragment<VersionRow>(
    sql,
    fragment`select ${VERSION} from rule_version
      where id in (${list([0n, ...wanted])}) or (set_id in (${list(sets.map(({ id }) => id))}) and state in ('draft', 'checked'))`,
  )
  for (const row of rows) {
    byId.set(row.id, row)
    if (row.state === 'draft' || row.state === 'checked') open.set(row.set_id, row)
  }
  return { byId, open }
}

/** The newest version below `number` that once decided for everybody: where one click goes back to. */
export async function findBefore(sql: Sql, setId: bigint, number: number): Promise<bigint | null> {
  const [row] = await sql<{ id: bigint }>`
    select id from rule_version where set_id = ${setId} and number < ${number} and live_at is not null and state = 'retired'
    order by number desc limit 1`
  return row?.id ?? null
}

export type NewVersion = {
  readonly setId: bigint
  readonly model: RuleModel
  readonly hash: string
  readonly note: string
  readonly author: string
  readonly authorId: string
  readonly basedOn: number | null
  readonly now: Instant
}

/** The set must be locked and have no open version. */
export async function insertVersion(sql: Sql, version: NewVersion): Promise<bigint> {
  const { setId, now } = version
  const [row] = await sql<{ id: bigint }>`
    insert into rule_version (set_id, number, state, model, hash, note, author, author_id, hands, based_on, created_at, updated_at)
    select ${setId}, coalesce(max(number), 0) + 1, 'draft', ${json(version.model)}::jsonb, ${version.hash}, ${version.note},
      ${version.author}, ${version.authorId}, array[${version.authorId}]::text[], ${version.basedOn}, ${now}, ${now}
    from rule_version where set_id = ${setId} returning id`
  if (row === undefined) throw new Error('insert returned nothing')
  return row.id
}

/** Other content takes check, dry run and approval away; a node that only moved does not. */
export async function saveModel(
  sql: Sql,
  id: bigint,
  save: {
    readonly model: RuleModel
    readonly hash: string
    readonly note: string
    readonly by: string
    readonly casesPassed: boolean | null
    readonly now: Instant
  },
): Promise<void> {
  await sql`
    update rule_version set model = ${json(save.model)}::jsonb, note = ${save.note}, revision = revision + 1, updated_at = ${save.now},
      hands = case when ${save.by} = any(hands) then hands else hands || ${save.by}::text end,
      state = case when hash = ${save.hash} then state else 'draft' end,
      checked = case when hash = ${save.hash} then checked end, cases_passed = ${save.casesPassed},
      dry_run_id = case when hash = ${save.hash} then dry_run_id end,
      approval = case when hash = ${save.hash} then approval end,
      approval_asks = case when hash = ${save.hash} then approval_asks end,
      hash = ${save.hash}
    where id = ${id}`
}

export async function saveCheck(
  sql: Sql,
  id: bigint,
  save: {
    readonly state: 'draft' | 'checked'
    readonly checked: CheckedJson
    readonly casesPassed: boolean
    readonly by: string
    readonly now: Instant
  },
): Promise<void> {
  await sql`
    update rule_version set state = ${save.state}, checked = ${json(save.checked)}::jsonb, cases_passed = ${save.casesPassed},
      hands = case when ${save.by} = any(hands) then hands else hands || ${save.by}::text end, updated_at = ${save.now}
    where id = ${id}`
}

export async function deleteVersion(sql: Sql, id: bigint): Promise<void> {
  await sql`delete from rule_version where id = ${id} and state in ('draft', 'checked')`
}

export async function saveApproval(
  sql: Sql,
  id: bigint,
  approval: {
    readonly state: 'waiting' | 'approved' | 'rejected'
    readonly asks: ApprovalAsks
    readonly askedBy: string
    readonly askedById: string
    readonly by: string | null
    readonly words: string | null
    readonly now: Instant
  },
): Promise<void> {
  await sql`
    update rule_version set approval = ${approval.state}, approval_asks = ${json(approval.asks)}::jsonb,
      approval_asked_by = ${approval.askedBy}, approval_asked_by_id = ${approval.askedById}, approval_by = ${approval.by},
      approval_words = ${approval.words}, updated_at = ${approval.now}
    where id = ${id}`
}

export async function setState(
  sql: Sql,
  id: bigint,
  state: 'gray' | 'live' | 'retired',
  now: Instant,
  words: string | null = null,
): Promise<void> {
  await sql`
    update rule_version set state = ${state}, updated_at = ${now}, published_at = coalesce(published_at, ${now}),
      live_at = case when ${state} = 'live' then coalesce(live_at, ${now}) else live_at end,
      retired_at = case when ${state} = 'retired' then ${now}::timestamptz end,
      retired_words = case when ${state} = 'retired' then ${words}::text end,
      -- Whoever publishes it again asks again.
      approval = case when ${state} = 'retired' then null else approval end
    where id = ${id}`
}

export type NewEvent = {
  readonly setId: bigint
  readonly versionId: bigint | null
  readonly at: Instant
  readonly what: string
  readonly actor: string
  readonly zh: string
  readonly en: string
  readonly detail: Record<string, unknown>
}
export type EventRow = {
  readonly id: bigint
  readonly at: Instant
  readonly what: string
  readonly actor: string
  readonly zh: string
  readonly en: string
  readonly number: number | null
  readonly detail: Record<string, unknown>
}

export async function insertEvent(sql: Sql, event: NewEvent): Promise<void> {
  await sql`
    insert into rule_event (set_id, version_id, at, what, actor, zh, en, detail)
    values (${event.setId}, ${event.versionId}, ${event.at}, ${event.what}, ${event.actor}, ${event.zh}, ${event.en},
      ${json(event.detail)}::jsonb)`
}

/** Newest first. */
export async function readEvents(
  sql: Sql,
  setId: bigint,
  below: bigint | null,
  limit: number,
): Promise<EventRow[]> {
  return await sql<EventRow>`
    select e.id, e.at, e.what, e.actor, e.zh, e.en, coalesce(v.number, (e.detail ->> 'number')::int) as number, e.detail
    from rule_event e left join rule_version v on v.id = e.version_id
    where e.set_id = ${setId} and (${below}::bigint is null or e.id < ${below}) order by e.id desc limit ${limit}`
}

/** The test cases that a template brings. */
export async function insertTemplateCases(
  sql: Sql,
  setId: bigint,
  cases: readonly { readonly name: string; readonly input: unknown; readonly expected: unknown }[],
  by: string,
  now: Instant,
): Promise<void> {
  for (const { name, input, expected } of cases)
    await sql`
      insert into rule_case (set_id, name, input, expected, origin, created_by, updated_at)
      values (${setId}, ${name}, ${json(input)}::jsonb, ${json(expected)}::jsonb, 'template', ${by}, ${now})
      on conflict (set_id, name) do nothing`
}
