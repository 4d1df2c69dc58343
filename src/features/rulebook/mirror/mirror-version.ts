import type { RuleModel } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { By, RuleEngine } from '../deps.ts'
import { notifyRulebook } from '../live/store.ts'
import { insertEvent, insertSet, lockSet, readVersion, saveSet, setState } from '../store.ts'
import { findSetAt, insertLiveVersion } from './store.ts'

/** A version that went live by a way of its own (a page that is older than the rulebook): the rulebook shows it as it shows its own. */
export type MirroredVersion = {
  readonly kind: string
  readonly connectorKind: string
  readonly connectionId: string | null
  /** Of the set, where there is none at this place yet. */
  readonly name: string
  readonly model: RuleModel
  readonly note: string
  readonly actor: By
  readonly now: Instant
}

/** Takes the set of a place, so that whoever publishes by either way comes to the same locks in the same order. */
export async function lockMirror(
  tx: Sql,
  place: Pick<MirroredVersion, 'kind' | 'connectorKind' | 'connectionId'>,
): Promise<void> {
  const id = await findSetAt(tx, place)
  if (id !== null) await lockSet(tx, id)
}

/**
 * Adds the version to the history of the set at its place (made where there is none) and makes it the live one, in the transaction in
 * which it went live where it came from. Content that is live already changes nothing. Asks no hook: what a hook would do is done.
 */
export async function mirrorLive(
  engine: Pick<RuleEngine, 'hashOf'>,
  tx: Sql,
  { kind, connectorKind, connectionId, name, model, note, actor, now }: MirroredVersion,
): Promise<boolean> {
  const place = { kind, connectorKind, connectionId }
  const setId = (await findSetAt(tx, place)) ?? (await makeSet(tx, { ...place, name, actor, now }))
  const set = setId === null ? null : await lockSet(tx, setId)
  if (set === null) return false
  const hash = engine.hashOf(model)
  const before = set.live_version === null ? null : await readVersion(tx, set.live_version)
  if (before?.hash === hash) return false
  if (before !== null) await setState(tx, before.id, 'retired', now, note)
  const made = await insertLiveVersion(tx, {
    setId: set.id,
    model,
    hash,
    note,
    author: actor.name,
    authorId: `${actor.kind}:${actor.id}`,
    basedOn: before?.number ?? null,
    now,
  })
  const revision = set.revision + 1n
  await saveSet(tx, {
    ...set,
    live_version: made.id,
    previous_version: set.live_version,
    revision,
    updated_at: now,
  })
  await notifyRulebook(tx, set.id, revision)
  const data = { set: set.id, kind, what: 'mirrored', live: made.id, gray: null, bps: 0, revision }
  await writeJournal(tx, [{ kind: 'rules.published', orderId: null, data }], now)
  await insertEvent(tx, {
    setId: set.id,
    versionId: made.id,
    at: now,
    what: 'published',
    actor: actor.name,
    zh: `v${made.number} 在原页面发布${note === '' ? '' : `：${note}`}`,
    en: `v${made.number} published on its own page${note === '' ? '' : `: ${note}`}`,
    detail: { mirrored: true },
  })
  return true
}

async function makeSet(
  tx: Sql,
  { kind, connectorKind, connectionId, name, actor, now }: Omit<MirroredVersion, 'model' | 'note'>,
): Promise<bigint | null> {
  const set = {
    kind,
    note: '',
    connector_kind: connectorKind,
    connection_id: connectionId,
    needs_approval: false,
    active: true,
    created_by: actor.name,
  }
  // A name that is taken by a set of another place gets the place behind it.
  return (
    (await insertSet(tx, { ...set, name }, now)) ??
    (await insertSet(tx, { ...set, name: `${name} (${connectionId ?? connectorKind})` }, now))
  )
}
