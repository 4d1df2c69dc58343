import type { StockPlace, Taken } from '#domain/stock.ts'
import { Outage } from '#kernel/outage.ts'
import type { RedisClient, RedisScript } from '#platform/redis/redis.ts'
import { type Bid, groupOf, groupsOf, joinVerdicts, type Verdict } from './core/bid.ts'
import { type KeptLevel, levelText, parseLevel } from './core/level-text.ts'
import { ADMIT, CLOSE, LOOK, OPEN, READ, SETTLE } from './scripts.ts'

/** A level with the number of its last movement, and what is left of the quotas there. */
export type VersionedLevel = {
  readonly level: KeptLevel
  readonly version: bigint
  readonly quotas: readonly { readonly channel: string; readonly leftOver: number }[]
}
export type Pending = { readonly token: string; readonly key: string; readonly lines: readonly Taken[] }

/** A Cluster's slots are filled by groups of SKUs; one server has no slots, and one group means one call. */
const CLUSTER_GROUPS = 64
/** Bids and levels of one call: a server does nothing else meanwhile (500 lines take about 2 ms). */
const BIDS_AT_ONCE = 256
/** Beside that: a basket has up to a thousand lines, and a server refuses a call of more than a million words. */
const LINES_AT_ONCE = 4_000
const LEVELS_AT_ONCE = 500
const PENDING_AT_ONCE = 200

export type Mirror = ReturnType<typeof openMirror>

/** The levels in Redis. Every function throws `Outage`: `redis.unreachable`, `redis.failed`, or `redis.epoch` where another epoch stands. */
export function openMirror(redis: RedisClient, namespace: string) {
  const groups = redis.cluster ? CLUSTER_GROUPS : 1
  const keys = (group: number): [string, string, string] => {
    const tag = `hf:${namespace}:{g${group}}`
    return [`${tag}:epoch`, `${tag}:pending`, `${tag}:since`]
  }
  const skuKey = (group: number, sku: string): string => `hf:${namespace}:{g${group}}:sku:${sku}`
  const run = async (
    script: RedisScript,
    group: number,
    numbered: Numbered,
    args: readonly (string | number)[],
  ): Promise<unknown> => {
    const all = [...keys(group), ...numbered.list.map((sku) => skuKey(group, sku))]
    const answer = await redis.run(script, all, args)
    if (answer === 'epoch') throw new Outage('redis.epoch', 'what Redis holds is of another epoch')
    return answer
  }

  const admitIn = async (epoch: bigint, group: number, bids: readonly Bid[]): Promise<Verdict[]> => {
    const numbered = numbering(OWN_KEYS)
    const args = bids.flatMap((bid) => {
      const lines = bid.lines.filter((line) => line.group === group)
      const entry = JSON.stringify([bid.key, lines.map((one) => [one.sku, one.warehouse, one.quantity])])
      return [
        bid.token,
        entry,
        lines.length,
        ...lines.flatMap((line) => [
          numbered.of(line.sku),
          line.warehouse,
          line.quantity,
          bid.drawSafety ? 1 : 0,
          bid.channel ?? '',
        ]),
      ]
    })
    const answer = await run(ADMIT, group, numbered, [epoch.toString(), bids.length, ...args])
    return (answer as string[]).map((one) => (one === 'yes' || one === 'no' ? one : 'doubt'))
  }

  const settle = async (
    epoch: bigint,
    pending: readonly Pending[],
    levels: readonly VersionedLevel[],
    mode: 'live' | 'build' = 'live',
  ): Promise<void> => {
    const work = new Map<number, { pending: Pending[]; levels: VersionedLevel[] }>()
    const of = (group: number) => {
      const known = work.get(group) ?? { pending: [], levels: [] }
      work.set(group, known)
      return known
    }
    for (const one of pending)
      for (const [group, lines] of linesByGroup(one.lines, groups)) of(group).pending.push({ ...one, lines })
    for (const one of levels) of(groupOf(one.level.sku, groups)).levels.push(one)
    await Promise.all(
      [...work].map(async ([group, part]) => {
        // What is admitted counts until its level is here: levels first, entries with the last of them.
        const levelParts = chunks(part.levels, LEVELS_AT_ONCE, ({ quotas }) => 1 + quotas.length)
        const pendingParts = chunks(part.pending, BIDS_AT_ONCE, ({ lines }) => lines.length)
        const calls = levelParts.length + pendingParts.length - 1
        for (let call = 0; call < calls; call += 1) {
          const numbered = numbering(OWN_KEYS)
          const own = pendingParts[call - levelParts.length + 1] ?? []
          const args = [...pendingArgs(own, numbered), ...levelArgs(levelParts[call] ?? [], numbered)]
          await run(SETTLE, group, numbered, [epoch.toString(), mode, ...args])
        }
      }),
    )
  }

  /** Slot by slot in order, the bids of one slot together; who was refused in a later slot gives back what earlier ones took. */
  const admit = async (epoch: bigint, bids: readonly Bid[]): Promise<Verdict[]> => {
    const seen = bids.map((): Verdict[] => [])
    const waiting = bids.map((bid) => groupsOf(bid))
    const askGroup = async (group: number, members: readonly number[]): Promise<void> => {
      for (const part of chunks(members, BIDS_AT_ONCE, (i) => bids[i]?.lines.length ?? 0)) {
        const asked = part.flatMap((i) => bids[i] ?? [])
        const answers = await admitIn(epoch, group, asked)
        for (const [at, i] of part.entries()) seen[i]?.push(answers[at] ?? 'doubt')
      }
    }
    // An outage in the middle leaves entries behind; the look at what is pending for too long gives them back.
    for (let wave = 0; ; wave += 1) {
      const here = Map.groupBy(
        bids.keys().filter((i) => joinVerdicts(seen[i] ?? []) === 'yes' && waiting[i]?.[wave] !== undefined),
        (i) => waiting[i]?.[wave] ?? 0,
      )
      if (here.size === 0) break
      await Promise.all([...here].map(([group, members]) => askGroup(group, members)))
    }
    const verdicts = seen.map(joinVerdicts)
    const back = bids.filter((_, i) => verdicts[i] !== 'yes' && seen[i]?.includes('yes') === true)
    if (back.length > 0) await settle(epoch, back.map(pendingOf), [])
    return verdicts
  }

  return {
    groups,
    admit,
    settle,
    /** Levels by place; null where Redis knows none. */
    read: async (epoch: bigint, places: readonly StockPlace[]): Promise<(KeptLevel | null)[]> => {
      const levels: (KeptLevel | null)[] = places.map(() => null)
      const here = Map.groupBy(places.keys(), (i) => groupOf(places[i]?.sku ?? '', groups))
      await Promise.all(
        [...here].map(async ([group, members]) => {
          for (const part of chunks(members, LEVELS_AT_ONCE)) {
            const numbered = numbering(OWN_KEYS)
            const args = part.flatMap((i) => {
              const place = places[i] as StockPlace
              return [numbered.of(place.sku), place.warehouse]
            })
            const answer = (await run(READ, group, numbered, [epoch.toString(), ...args])) as string[]
            for (const [at, i] of part.entries())
              levels[i] = parseLevel(places[i] as StockPlace, answer[at] ?? '')
          }
        }),
      )
      return levels
    },
    /** The epoch of every slot group ('' where none stands), and what has been pending for longer than `ms`. */
    look: async (ms: number): Promise<{ readonly epochs: string[]; readonly pending: Pending[] }> => {
      const epochs: string[] = []
      const pending: Pending[] = []
      await Promise.all(
        Array.from({ length: groups }, async (_, group) => {
          const answer = await redis.run(LOOK, keys(group), [ms, PENDING_AT_ONCE])
          const [epoch = '', ...rest] = answer as string[]
          epochs.push(epoch)
          for (let i = 0; i + 1 < rest.length; i += 2)
            pending.push(parsePending(rest[i] ?? '', rest[i + 1] ?? ''))
        }),
      )
      return { epochs, pending }
    },
    /** Nobody is admitted until `open`. */
    close: async (): Promise<void> => {
      await Promise.all(Array.from({ length: groups }, (_, group) => redis.run(CLOSE, keys(group), [])))
    },
    open: async (epoch: bigint): Promise<void> => {
      await Promise.all(
        Array.from({ length: groups }, (_, group) => redis.run(OPEN, keys(group), [epoch.toString()])),
      )
    },
  }
}

export function pendingOf(bid: Bid): Pending {
  return { token: bid.token, key: bid.key, lines: bid.lines }
}

/** KEYS 1 to 3 are the group's own. */
const OWN_KEYS = 3

type Numbered = { readonly list: string[]; readonly of: (sku: string) => number }

function numbering(before: number): Numbered {
  const list: string[] = []
  const known = new Map<string, number>()
  return {
    list,
    of: (sku) => {
      const number = known.get(sku)
      if (number !== undefined) return number
      list.push(sku)
      known.set(sku, before + list.length)
      return before + list.length
    },
  }
}

function pendingArgs(pending: readonly Pending[], numbered: Numbered): (string | number)[] {
  return [
    pending.length,
    ...pending.flatMap(({ token, lines }) => [
      token,
      lines.length,
      ...lines.flatMap((line) => [numbered.of(line.sku), line.warehouse, line.quantity]),
    ]),
  ]
}

function levelArgs(levels: readonly VersionedLevel[], numbered: Numbered): (string | number)[] {
  return [
    levels.length,
    ...levels.flatMap(({ level, version, quotas }) => [
      numbered.of(level.sku),
      level.warehouse,
      version.toString(),
      level.available,
      level.safety,
      levelText(level),
      quotas.length,
      ...quotas.flatMap(({ channel, leftOver }) => [channel, leftOver]),
    ]),
  ]
}

function linesByGroup(lines: readonly Taken[], groups: number): Map<number, Taken[]> {
  return Map.groupBy(lines, (line) => groupOf(line.sku, groups))
}

/** An entry that cannot be read has no lines: it is left, and goes with the next epoch. */
function parsePending(token: string, entry: string): Pending {
  try {
    const [key, lines] = JSON.parse(entry) as [string, [string, string, number][]]
    return {
      token,
      key,
      lines: lines.map(([sku, warehouse, quantity]) => ({ sku, warehouse, quantity })),
    }
  } catch {
    return { token, key: '', lines: [] }
  }
}

/** Parts of so many at most that weigh no more than one call may; at least one part, so that work without levels is done too. */
function chunks<T>(list: readonly T[], size: number, weightOf: (one: T) => number = () => 1): T[][] {
  const parts: T[][] = []
  let part: T[] = []
  let weight = 0
  for (const one of list) {
    weight += weightOf(one)
    if (part.length > 0 && (part.length >= size || weight > LINES_AT_ONCE)) {
      parts.push(part)
      part = []
      weight = weightOf(one)
    }
    part.push(one)
  }
  return [...parts, part]
}
