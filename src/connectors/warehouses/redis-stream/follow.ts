import type { CallDeps } from '#domain/connector.ts'
import type { Words } from '#domain/notice.ts'
import type { FeedBatch, FeedChange, FeedEnd, FeedFault, FeedMapping, FeedSink } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { entryMeaning } from './entry.ts'
import { outageOf } from './faults.ts'
import { type Client, openRedis } from './open-redis.ts'
import { compareIds, doubtOf, msOf, type Place, type PlaceDoubt, parsePlace, placeText } from './place.ts'
import type { StreamSettings } from './settings.ts'
import { entriesOf, readEntries, readGroup, readStream } from './stream-facts.ts'

/** Entries asked for at once; a JSON entry may hold several rows. */
const READ_MOST = 500
const BATCH_MOST = 1_000
const BLOCK_MS = 1_000
const QUIET_MS = 5_000
/** Entries that another consumer of the group took and did not acknowledge for so long are taken over. */
const DEAD_MS = 60_000
const CLAIM_EVERY_MS = 30_000
/** One process follows a feed at a time, so that one name is enough, and what it left behind is found by it. */
const CONSUMER = 'holdfast'

type Entries = ReturnType<typeof entriesOf>
type FollowDeps = { readonly deps: CallDeps; readonly settings: StreamSettings }
type Stand = { place: Place }

/**
 * See `StockFeed.follow`. Acknowledged only after the sink resolved. What an earlier process took and did not acknowledge comes first,
 * then what dead consumers left, then what is new.
 */
export async function follow(
  { deps, settings }: FollowDeps,
  mapping: FeedMapping,
  from: string | null,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<FeedEnd> {
  const kept = from === null ? null : parsePlace(from)
  if (from !== null && kept === null) return gap('unreadable_position', from.slice(0, 60))
  let client: Client | null = null
  // A waiting read would hold the end back for a second.
  const cut = (): void => client?.close()
  try {
    client = await openRedis(deps.openTcp, settings)
    const begin = await enter(client, settings, mapping.table, kept)
    if ('reason' in begin) return begin
    signal.addEventListener('abort', cut, { once: true })
    if (signal.aborted) return { reason: 'stopped' }
    await sink({ changes: [], faults: [], position: placeText(begin), committedAt: null, evidence: begin.id })
    return await readOn(
      { client, settings, mapping, sink, signal, clock: deps.clock, stand: { place: begin } },
      kept,
    )
  } catch (error) {
    if (signal.aborted) return { reason: 'stopped' }
    // A group that somebody deleted is made again at the kept place when the caller comes back.
    throw outageOf(error)
  } finally {
    signal.removeEventListener('abort', cut)
    client?.close()
  }
}

/** Finds or makes the group, and says whether anything was lost since the kept place. */
async function enter(
  client: Client,
  { group }: StreamSettings,
  key: string,
  kept: Place | null,
): Promise<Place | FeedEnd> {
  const facts = await readStream(client, key)
  if (facts === null)
    throw new Outage('redis_stream.stream_missing', `there is no stream ${key.slice(0, 100)}`)
  const there = await readGroup(client, key, group)
  if (kept === null) {
    const behind = there !== null && compareIds(there.lastId, facts.lastId) <= 0
    if (there !== null && behind) return { id: there.lastId, read: there.read }
    // The end is named, not `$`: it is what the counter was read with.
    if (there === null) await client.call('XGROUP', 'CREATE', key, group, facts.lastId)
    else await client.call('XGROUP', 'SETID', key, group, facts.lastId)
    return { id: facts.lastId, read: facts.added }
  }
  const isLastThere = entriesOf(await client.call('XRANGE', key, kept.id, kept.id)).length > 0
  const doubt = doubtOf(kept, facts, isLastThere)
  if (doubt !== null) return gap(doubt, kept.id)
  // A group that is gone, or stands before the place (restored from an older copy), is put where the hub stands.
  if (there === null) await client.call('XGROUP', 'CREATE', key, group, kept.id)
  else if (compareIds(there.lastId, kept.id) < 0) await client.call('XGROUP', 'SETID', key, group, kept.id)
  return kept
}

type Reading = {
  readonly client: Client
  readonly settings: StreamSettings
  readonly mapping: FeedMapping
  readonly sink: FeedSink
  readonly signal: AbortSignal
  readonly clock: CallDeps['clock']
  readonly stand: Stand
}

async function readOn(reading: Reading, kept: Place | null): Promise<FeedEnd> {
  const { client, settings, mapping, signal } = reading
  const group = ['GROUP', settings.group, CONSUMER] as const
  const own = await takeOwn(reading, kept)
  if (own !== null) return own
  let claimedAt = Number.NEGATIVE_INFINITY
  let spokeAt = performance.now()
  while (!signal.aborted) {
    if (performance.now() - claimedAt >= CLAIM_EVERY_MS) {
      const end = await takeDead(reading)
      if (end !== null) return end
      claimedAt = performance.now()
    }
    const answer = await client.call(
      ...([
        'XREADGROUP',
        ...group,
        'COUNT',
        READ_MOST,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        mapping.table,
        '>',
      ] as const),
    )
    const entries = readEntries(answer)
    if (entries.length > 0) {
      await store(reading, entries)
      spokeAt = performance.now()
    } else if (performance.now() - spokeAt >= QUIET_MS) {
      const end = await saySigns(reading)
      if (end !== null) return end
      spokeAt = performance.now()
    }
  }
  return { reason: 'stopped' }
}

/** Nothing new: the place is handed over as a sign of life, with the counter as the group has it by now. */
async function saySigns({ client, settings, mapping, sink, stand }: Reading): Promise<FeedEnd | null> {
  const facts = await readStream(client, mapping.table)
  if (facts === null) return gap('stream_gone', mapping.table)
  if (compareIds(facts.lastId, stand.place.id) < 0) return gap('stream_went_back', stand.place.id)
  const there = await readGroup(client, mapping.table, settings.group)
  if (there !== null && there.lastId === stand.place.id && there.read !== null)
    stand.place = { id: stand.place.id, read: there.read }
  await sink({
    changes: [],
    faults: [],
    position: placeText(stand.place),
    committedAt: null,
    evidence: stand.place.id,
  })
  return null
}

/** What this consumer was given before and did not acknowledge: durable already up to the kept place, to be stored after it. */
async function takeOwn(reading: Reading, kept: Place | null): Promise<FeedEnd | null> {
  const { client, settings, mapping, signal } = reading
  let after = '0-0'
  while (!signal.aborted) {
    const answer = await client.call(
      'XREADGROUP',
      'GROUP',
      settings.group,
      CONSUMER,
      'COUNT',
      READ_MOST,
      'STREAMS',
      mapping.table,
      after,
    )
    const entries = readEntries(answer)
    const last = entries.at(-1)
    if (last === undefined) return null
    const fresh = entries.filter(({ id }) => kept === null || compareIds(id, kept.id) > 0)
    const known = entries.filter((entry) => entry.deleted || !fresh.includes(entry))
    await store(
      reading,
      fresh.filter(({ deleted }) => !deleted),
    )
    await acknowledge(reading, known)
    // Those beside it are stored by now; what the lost one said nobody can tell.
    const lost = fresh.find(({ deleted }) => deleted)
    if (lost !== undefined) return gap('deleted', lost.id)
    after = last.id
  }
  return null
}

/** What another consumer of the group took and left. */
async function takeDead(reading: Reading): Promise<FeedEnd | null> {
  const { client, settings, mapping, signal } = reading
  let cursor = '0-0'
  do {
    const answer = await client.call(
      'XAUTOCLAIM',
      mapping.table,
      settings.group,
      CONSUMER,
      DEAD_MS,
      cursor,
      'COUNT',
      READ_MOST,
    )
    if (!Array.isArray(answer)) return null
    cursor = String(answer[0] ?? '0-0')
    const entries = entriesOf(answer[1])
    await store(
      reading,
      entries.filter(({ deleted }) => !deleted),
    )
    // Redis 7 lists the ids whose entries are gone; before, they come as entries without fields.
    const [lost] = [
      ...(Array.isArray(answer[2]) ? answer[2] : []),
      ...entries.filter((one) => one.deleted).map(({ id }) => id),
    ]
    if (lost !== undefined) return gap('deleted', String(lost))
  } while (cursor !== '0-0' && !signal.aborted)
  return null
}

/** In batches of 1,000 rows; each batch is acknowledged after it was stored. The place never goes back. */
async function store(reading: Reading, entries: Entries): Promise<void> {
  const { mapping, settings, sink, stand, signal } = reading
  let changes: FeedChange[] = []
  let faults: FeedFault[] = []
  let held: { readonly id: string }[] = []
  const hand = async (): Promise<void> => {
    const last = held.at(-1)
    if (last === undefined || signal.aborted) return
    const next = advance(stand.place, held)
    const isLate = held.some(({ id }) => compareIds(id, stand.place.id) <= 0)
    await sink(batchOf(changes, faults, next, last.id, isLate))
    stand.place = next
    await acknowledge(reading, held)
    changes = []
    faults = []
    held = []
  }
  for (const entry of entries) {
    const said = entryMeaning(mapping, entry, settings.jsonField)
    if (
      held.length > 0 &&
      changes.length + faults.length + said.changes.length + said.faults.length > BATCH_MOST
    )
      await hand()
    changes.push(...said.changes)
    faults.push(...said.faults)
    held.push(entry)
  }
  await hand()
}

function advance(place: Place, held: readonly { readonly id: string }[]): Place {
  const newer = held.filter(({ id }) => compareIds(id, place.id) > 0)
  const last = newer.at(-1)
  return last === undefined
    ? place
    : { id: last.id, read: place.read === null ? null : place.read + newer.length }
}

function batchOf(
  changes: readonly FeedChange[],
  faults: readonly FeedFault[],
  place: Place,
  newest: string,
  isLate: boolean,
): FeedBatch {
  return {
    changes,
    faults,
    position: placeText(place),
    // The id is the server's clock when the entry was added, unless the sender made its own.
    committedAt: timeOf(newest),
    evidence: newest,
    // What another consumer left comes after what is newer; and senders may overtake one another, so that the version goes first.
    ...(isLate ? {} : { order: 'sent' }),
  }
}

/** Null for ids that a sender made of something else than milliseconds since 1970. */
function timeOf(id: string): FeedBatch['committedAt'] {
  const ms = msOf(id)
  return ms > 946_684_800_000 && ms < 4_102_444_800_000 ? Temporal.Instant.fromEpochMilliseconds(ms) : null
}

async function acknowledge(
  { client, settings, mapping }: Reading,
  entries: readonly { readonly id: string }[],
): Promise<void> {
  if (entries.length > 0)
    await client.call('XACK', mapping.table, settings.group, ...entries.map(({ id }) => id))
}

type GapReason = PlaceDoubt | 'unreadable_position' | 'stream_gone'
const GAPS: Readonly<Record<GapReason, (what: string) => Words>> = {
  trimmed: (what) => ({
    zh: `Stream 已裁剪，${what} 之后有没读过的消息被删掉`,
    en: `the stream was trimmed: entries after ${what} went before they were read`,
  }),
  deleted: (what) => ({
    zh: `有没读过的消息被删除（${what} 附近）`,
    en: `entries were deleted before they were read, near ${what}`,
  }),
  stream_went_back: (what) => ({
    zh: `Stream 回退到 ${what} 之前（主从切换丢数据，或从备份恢复）`,
    en: `the stream ends before ${what}: a failover lost entries, or it was restored`,
  }),
  stream_gone: (what) => ({ zh: `Stream ${what} 被删除`, en: `the stream ${what} was deleted` }),
  unreadable_position: (what) => ({
    zh: `位置无法识别：${what}`,
    en: `the position cannot be read: ${what}`,
  }),
}

function gap(why: GapReason, what: string): FeedEnd {
  return { reason: 'gap', words: GAPS[why](what) }
}
