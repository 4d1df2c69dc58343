import { ok, type Result } from '#kernel/result.ts'
import { idOfMessage } from '#platform/inbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Compiled, compareRules, type Rules } from './core/rules.ts'
import type { MappingDeps } from './deps.ts'
import { audit, type By, checkScope, connectionsIn, draftOf, scopeOf, versionGone } from './edit-draft.ts'
import {
  insertDraft,
  lockScope,
  makeLive,
  readParked,
  readVersions,
  type Scope,
  type VersionRow,
} from './store.ts'

export type Published = {
  readonly version: number
  /** Messages put back to be read again: parked ones whose codes are decided now, and recorded ones read differently. */
  readonly replayed: number
}

/**
 * Makes a draft the live version in every process at once, retires the one before, and lets the messages that it concerns
 * be read again: parked ones always, interpreted ones of the last `days` days when a code changed its meaning.
 */
export async function publishDraft(
  deps: MappingDeps,
  by: By,
  id: bigint,
  days: number,
): Promise<Result<Published>> {
  await deps.directory.refresh()
  const published = await deps.db.begin(async (tx): Promise<Result<Live>> => {
    const draft = await draftOf(tx, id)
    if (!draft.ok) return draft
    await deps.mirror?.lock(tx, scopeOf(draft.value))
    await lockScope(tx, scopeOf(draft.value))
    return ok(await goLive(tx, deps, by, 'mapping.published', draft.value))
  })
  return published.ok ? await carryOut(deps, published.value, days) : published
}

/** The state before anything was published: no rules of the scope's own. */
const DEFAULTS_VERSION = 0

/**
 * Publishes a copy of an older version under a new number, so that the history only grows. Version 0 is what held before the
 * first one: for a kind the connector's defaults, for a connection its kind's rules.
 */
export async function rollBack(
  deps: MappingDeps,
  by: By,
  scope: Scope,
  toVersion: number,
  days: number,
): Promise<Result<Published>> {
  const known = checkScope(deps, scope)
  if (!known.ok) return known
  await deps.directory.refresh()
  const published = await deps.db.begin(async (tx): Promise<Result<Live>> => {
    await deps.mirror?.lock(tx, scope)
    await lockScope(tx, scope)
    const old = await rulesOfVersion(tx, scope, toVersion)
    if (old === null) return versionGone()
    const copy = { ...old, author: by.name, at: deps.clock.now() }
    return ok(await goLive(tx, deps, by, 'mapping.rolled_back', await insertDraft(tx, scope, copy)))
  })
  return published.ok ? await carryOut(deps, published.value, days) : published
}

const HISTORY_SEARCHED = 10_000

async function rulesOfVersion(
  tx: Sql,
  scope: Scope,
  version: number,
): Promise<{ rules: Rules; note: string } | null> {
  if (version === DEFAULTS_VERSION) return { rules: {}, note: '↩ 默认 / defaults' }
  const versions = await readVersions(tx, scope, HISTORY_SEARCHED)
  const old = versions.find((row) => row.version === version && row.state !== 'draft')
  return old === undefined ? null : { rules: old.rules, note: `↩ v${version}` }
}

/** The rules of each connection as they were until the version went live. */
type Live = { readonly row: VersionRow; readonly before: ReadonlyMap<string, Compiled> }

async function goLive(tx: Sql, deps: MappingDeps, by: By, action: string, row: VersionRow): Promise<Live> {
  const scope = scopeOf(row)
  await makeLive(tx, scope, row.id, deps.clock.now())
  await audit(tx, deps, by, action, row)
  await deps.mirror?.live(tx, { scope, rules: row.rules, note: row.note, actor: by })
  // Taken before the commit, hence before any process can have been told of the new rules.
  const rules = connectionsIn(deps, scope).map(
    (connection) => [connection, deps.directory.rulesFor(scope.kind, connection)] as const,
  )
  return { row, before: new Map(rules) }
}

async function carryOut(deps: MappingDeps, { row, before }: Live, days: number): Promise<Result<Published>> {
  await deps.directory.refresh()
  const reread: string[] = []
  for (const [connection, old] of before) {
    if (compareRules(old, deps.directory.rulesFor(row.kind, connection)).changed.length > 0)
      reread.push(connection)
  }
  const from = deps.clock.now().subtract({ hours: 24 * days })
  const recorded = reread.length > 0 && days > 0 ? await deps.replay({ connections: reread, from }) : 0
  return ok({ version: row.version, replayed: recorded + (await replayDecided(deps, row.kind)) })
}

const PARKED_BATCH = 1_000
/** Batches of one sweep and connection; the next sweep goes on. */
const PARKED_BATCHES = 100

/**
 * Puts parked messages back whose codes are all decided by this process's rules. Run after every change of the rules and,
 * since a process with older rules may park one again in the same moment, by a sweep as well. Stateless.
 */
export async function replayDecided(deps: MappingDeps, kind?: string): Promise<number> {
  let total = 0
  for (const connector of deps.connectors) {
    if (kind !== undefined && connector.kind !== kind) continue
    for (const connection of deps.connectionsOf(connector.kind))
      total += await replayOfConnection(deps, connector.kind, connection)
  }
  return total
}

async function replayOfConnection(deps: MappingDeps, kind: string, connection: string): Promise<number> {
  const rules = deps.directory.rulesFor(kind, connection)
  let after = 0n
  let total = 0
  for (let batch = 0; batch < PARKED_BATCHES; batch += 1) {
    const parked = await readParked(deps.db, connection, after, PARKED_BATCH)
    const ids = parked
      .filter(({ park_detail }) => isDecided(park_detail ?? '', rules))
      .map((task) => idOfMessage(task.message_id, task.received_at))
    if (ids.length > 0) total += await deps.replay({ ids })
    after = parked.at(-1)?.message_id ?? after
    if (parked.length < PARKED_BATCH) break
  }
  return total
}

/** The parking's detail lists the codes with blanks between them; one that holds a blank itself is found whole. */
export function isDecided(detail: string, rules: ReadonlyMap<string, unknown>): boolean {
  if (rules.has(detail)) return true
  const words = detail.split(' ')
  for (let at = 0; at < words.length; ) {
    let end = words.length
    while (end > at && !rules.has(words.slice(at, end).join(' '))) end -= 1
    if (end === at) return false
    at = end
  }
  return words.length > 0
}
