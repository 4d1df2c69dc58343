import { ok, type Result } from '#kernel/result.ts'
import { idOfMessage } from '#platform/inbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { compareRules } from './core/rules.ts'
import type { MappingDeps } from './deps.ts'
import { audit, type By, checkScope, connectionsIn, draftOf, scopeOf, versionGone } from './edit-draft.ts'
import {
  forgetUnknown,
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
  const published = await deps.db.begin(async (tx): Promise<Result<VersionRow>> => {
    const seen = await draftOf(tx, id)
    if (!seen.ok) return seen
    await lockScope(tx, scopeOf(seen.value))
    await golive(tx, deps, by, 'mapping.published', seen.value)
    return seen
  })
  return published.ok ? await carryOut(deps, published.value, days) : published
}

/** Publishes a copy of an older version under a new number, so that the history only grows. */
export async function rollBack(
  deps: MappingDeps,
  by: By,
  scope: Scope,
  toVersion: number,
  days: number,
): Promise<Result<Published>> {
  const known = checkScope(deps, scope)
  if (!known.ok) return known
  const published = await deps.db.begin(async (tx): Promise<Result<VersionRow>> => {
    await lockScope(tx, scope)
    const old = (await readVersions(tx, scope, 10_000)).find(
      (row) => row.version === toVersion && row.state !== 'draft',
    )
    if (old === undefined) return versionGone()
    const note = `↩ v${toVersion}`
    const copy = await insertDraft(tx, scope, {
      rules: old.rules,
      note,
      author: by.name,
      at: deps.clock.now(),
    })
    await golive(tx, deps, by, 'mapping.rolled_back', copy)
    return ok(copy)
  })
  return published.ok ? await carryOut(deps, published.value, days) : published
}

async function golive(tx: Sql, deps: MappingDeps, by: By, action: string, row: VersionRow): Promise<void> {
  await makeLive(tx, scopeOf(row), row.id, deps.clock.now())
  await audit(tx, deps, by, action, row)
}

async function carryOut(deps: MappingDeps, row: VersionRow, days: number): Promise<Result<Published>> {
  const scope = scopeOf(row)
  const connections = connectionsIn(deps, scope)
  const before = new Map(
    connections.map((connection) => [connection, deps.directory.rulesFor(scope.kind, connection)]),
  )
  await deps.directory.refresh()
  const changes = connections.map((connection) => {
    const after = deps.directory.rulesFor(scope.kind, connection)
    return { connection, after, ...compareRules(before.get(connection) ?? new Map(), after) }
  })
  for (const { connection, after } of changes)
    await forgetUnknown(deps.db, scope.kind, [connection], [...after.keys()])
  const reread = changes.filter(({ changed }) => changed.length > 0).map(({ connection }) => connection)
  const from = deps.clock.now().subtract({ hours: 24 * days })
  const recorded = reread.length > 0 && days > 0 ? await deps.replay({ connections: reread, from }) : 0
  return ok({ version: row.version, replayed: recorded + (await replayDecided(deps, scope.kind)) })
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
