import type { Random } from '#kernel/random.ts'
import type { Answer, SimHub } from './hub.ts'

/** One thing that a person does by the console's API; null where there is nothing to do it to. */
export type Deed = {
  readonly words: string
  /** How often among the others; 1 unless given. */
  readonly weight?: number
  readonly do: (hub: SimHub, random: Random) => Promise<Answer | null>
}
export type Item = Readonly<Record<string, unknown>> & { readonly id?: string }

export const SKUS = ['PET-1001', 'PET-1002', 'TEA-2001', 'CUP-3001', 'TEX-4001', 'CUP-3101', 'BAT-6001']
export const WAREHOUSES = ['EAST', 'SOUTH', 'NORTH']

export function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random.next() * list.length)] as T
}

export function below(most: number, random: Random): number {
  return Math.floor(random.next() * most)
}

/** A key that no other deed of this life has. */
export function keyOf(what: string, random: Random): string {
  return `${what}-${below(1e9, random)}`
}

/** What a list shows first, by its ids, so that it is the same however the rows came. */
export async function listed(hub: SimHub, path: string): Promise<readonly Item[]> {
  const { body } = await hub.call('GET', path)
  const rows = Object.values((body ?? {}) as Record<string, unknown>).find(Array.isArray) as
    | Item[]
    | undefined
  return (rows ?? []).toSorted((a, b) =>
    String(a.id ?? '').localeCompare(String(b.id ?? ''), 'en', { numeric: true }),
  )
}

export async function anyItem(hub: SimHub, random: Random, path: string): Promise<Item | null> {
  const rows = await listed(hub, path)
  return rows[below(rows.length, random)] ?? null
}

export async function anyOf(hub: SimHub, random: Random, path: string): Promise<string | null> {
  const item = await anyItem(hub, random, path)
  return item?.id ?? null
}

/** A call about one of a list; null where the list is empty. */
export function onOne(
  list: string,
  path: (id: string) => string,
  body: Readonly<Record<string, unknown>>,
): Deed['do'] {
  return async (hub, random) => {
    const id = await anyOf(hub, random, list)
    return id === null ? null : await hub.call('POST', path(id), body)
  }
}
