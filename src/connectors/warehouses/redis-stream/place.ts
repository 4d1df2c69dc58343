// Where a group stands in a stream, and whether anything is missing. Pure.

/** `<milliseconds>-<number>`; compares as two numbers. */
export type EntryId = string

/** The last entry that is durable in the hub, and how many entries were ever added up to it (null before Redis 7). */
export type Place = { readonly id: EntryId; readonly read: number | null }

export function placeText({ id, read }: Place): string {
  return JSON.stringify({ v: 1, id, read })
}

/** Null for what no version of this connector wrote. */
export function parsePlace(text: string): Place | null {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof given !== 'object' || given === null) return null
  const { v, id, read } = given as Record<string, unknown>
  if (v !== 1 || typeof id !== 'string' || !/^\d+-\d+$/.test(id)) return null
  if (read !== null && !(typeof read === 'number' && Number.isSafeInteger(read) && read >= 0)) return null
  return { id, read }
}

export function compareIds(a: EntryId, b: EntryId): number {
  const [[am, an], [bm, bn]] = [partsOf(a), partsOf(b)]
  if (am !== bm) return am < bm ? -1 : 1
  return an < bn ? -1 : an > bn ? 1 : 0
}

function partsOf(id: EntryId): [bigint, bigint] {
  const [ms = '0', n = '0'] = id.split('-')
  return [BigInt(ms), BigInt(n)]
}

export function msOf(id: EntryId): number {
  return Number(id.split('-')[0])
}

/** XINFO STREAM. */
export type StreamFacts = {
  readonly length: number
  readonly lastId: EntryId
  readonly firstId: EntryId | null
  /** Redis 7: entries ever added; highest id ever deleted by XDEL (0-0: none). Null before. */
  readonly added: number | null
  readonly maxDeletedId: EntryId | null
}

export type PlaceDoubt = 'stream_went_back' | 'trimmed' | 'deleted'

/**
 * Whether entries after the place were lost before anybody read them; null: all are there. Since trimming cuts the oldest, entries are
 * missing when more were removed than we had read. Before Redis 7 nothing is counted: where our last entry is gone itself and newer
 * ones are there, it is taken for a gap, since nobody can tell.
 */
export function doubtOf(place: Place, facts: StreamFacts, isLastThere: boolean): PlaceDoubt | null {
  if (compareIds(facts.lastId, place.id) < 0) return 'stream_went_back'
  if (compareIds(facts.lastId, place.id) === 0) return null
  if (facts.maxDeletedId !== null && compareIds(facts.maxDeletedId, place.id) > 0) return 'deleted'
  if (isLastThere) return null
  if (facts.firstId !== null && compareIds(facts.firstId, place.id) <= 0) return null
  if (facts.added === null || place.read === null) return 'trimmed'
  return facts.added - facts.length > place.read ? 'trimmed' : null
}
