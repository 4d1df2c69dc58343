import type { Entry } from './entry.ts'
import type { Client } from './open-redis.ts'
import type { StreamFacts } from './place.ts'

/** Null where there is no such stream. Throws the library's error otherwise. */
export async function readStream(client: Client, key: string): Promise<StreamFacts | null> {
  let answer: unknown
  try {
    answer = await client.call('XINFO', 'STREAM', key)
  } catch (error) {
    if (error instanceof Error && /no such key/i.test(error.message)) return null
    throw error
  }
  const told = pairsOf(answer)
  return {
    length: Number(told.get('length') ?? 0),
    lastId: String(told.get('last-generated-id') ?? '0-0'),
    firstId: entriesOf([told.get('first-entry')])[0]?.id ?? null,
    added: told.has('entries-added') ? Number(told.get('entries-added')) : null,
    maxDeletedId: told.has('max-deleted-entry-id') ? String(told.get('max-deleted-entry-id')) : null,
  }
}

export type GroupFacts = { readonly lastId: string; readonly read: number | null; readonly pending: number }

/** Null where the stream has no such group. */
export async function readGroup(client: Client, key: string, group: string): Promise<GroupFacts | null> {
  const groups = await client.call('XINFO', 'GROUPS', key)
  const found = (Array.isArray(groups) ? groups : []).map(pairsOf).find((one) => one.get('name') === group)
  if (found === undefined) return null
  const read = found.get('entries-read')
  return {
    lastId: String(found.get('last-delivered-id') ?? '0-0'),
    read: typeof read === 'number' ? read : null,
    pending: Number(found.get('pending') ?? 0),
  }
}

/** Entries as Redis lists them: `[id, [field, value, ...]]`; one that was deleted since has no fields. */
export function entriesOf(answer: unknown): readonly (Entry & { readonly deleted: boolean })[] {
  if (!Array.isArray(answer)) return []
  return answer.flatMap((one: unknown) => {
    if (!Array.isArray(one) || typeof one[0] !== 'string') return []
    const fields = Array.isArray(one[1]) ? one[1].map(String) : []
    return [{ id: one[0], fields, deleted: !Array.isArray(one[1]) }]
  })
}

/** The entries of one key out of an XREADGROUP answer, which is null when nothing came in time. */
export function readEntries(answer: unknown): ReturnType<typeof entriesOf> {
  const [first] = Array.isArray(answer) ? answer : []
  return Array.isArray(first) ? entriesOf(first[1]) : []
}

function pairsOf(answer: unknown): Map<string, unknown> {
  const told = new Map<string, unknown>()
  if (!Array.isArray(answer)) return told
  for (let i = 0; i + 1 < answer.length; i += 2) told.set(String(answer[i]), answer[i + 1])
  return told
}
