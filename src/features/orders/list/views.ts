import type { OrderStatus } from '#domain/order-status.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { narrowShops } from '#platform/http/shops.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type FilterInput, isStatusOnly, type OrderQuestion, parseQuestion } from './core/filter.ts'
import { PRESETS } from './core/presets.ts'
import { countUpTo, readTallies } from './store.ts'
import { deleteView, insertView, readViews } from './view-store/store.ts'

export type View = {
  readonly id: string
  readonly group: 'normal' | 'abnormal' | 'mine'
  readonly zh: string
  readonly en: string
  readonly filter: FilterInput
  readonly count: number
  /** The real count is at least `count`; it was not counted further. */
  readonly capped: boolean
}
export type ViewDeps = { readonly sql: Sql; readonly clock: Clock; readonly zone: () => string }

export const COUNT_AT_MOST = 10_000
export const VIEWS_AT_MOST = 100

type Shops = Actor['shops']
type Owner = Pick<Actor, 'id' | 'shops'>
type Tally = { readonly connection_id: string; readonly status: string; readonly count: bigint }

/** Open consoles ask again at every change, all for the same figures: one answer serves them all for this long. */
const PRESETS_LAST_MS = 1_000

/** The preset views with their counts: from the counters where only statuses matter, else counted to a cap. */
export function openPresetViews(deps: ViewDeps): (shops: Shops) => Promise<readonly View[]> {
  let last: { readonly at: number; readonly views: Promise<readonly View[]> } | null = null
  return async (shops) => {
    // Who is confined has figures of their own; few are, and they are not kept.
    if (shops !== null) return await countPresets(deps, shops)
    const now = deps.clock.now().epochMilliseconds
    if (last === null || now - last.at >= PRESETS_LAST_MS || now < last.at) {
      const views = countPresets(deps, null)
      last = { at: now, views }
      // A failure is not kept: the next one asks the database again.
      views.catch(() => {
        last = null
      })
    }
    return await last.views
  }
}

async function countPresets(deps: ViewDeps, shops: Shops): Promise<readonly View[]> {
  const tallies = await readTallies(deps.sql)
  const views: View[] = []
  for (const preset of PRESETS)
    views.push({ ...preset, ...(await countView(deps, preset.filter, tallies, shops)) })
  return views
}

/** A person's own views and those that others share, with their counts. */
export async function listSavedViews(deps: ViewDeps, { id: owner, shops }: Owner): Promise<View[]> {
  const [tallies, saved] = await Promise.all([
    readTallies(deps.sql),
    readViews(deps.sql, owner, VIEWS_AT_MOST),
  ])
  const views: View[] = []
  for (const { id, name, filter } of saved) {
    const count = await countView(deps, filter, tallies, shops)
    views.push({ id: id.toString(), group: 'mine', zh: name, en: name, filter, ...count })
  }
  return views
}

/** Refuses what the list itself would refuse, and `orders.view_exists` for a name that this person already has. */
export async function saveView(
  deps: ViewDeps,
  { id: owner, shops }: Owner,
  view: { readonly name: string; readonly filter: FilterInput; readonly shared: boolean },
): Promise<Result<View>> {
  const question = parseQuestion(view.filter, deps.zone(), deps.clock.now())
  if (!question.ok) return question
  const id = await insertView(deps.sql, { owner, ...view })
  if (id === null) return refuse('orders.view_exists', `you already have a view named "${view.name}"`)
  const count = await countView(deps, view.filter, await readTallies(deps.sql), shops)
  const { name, filter } = view
  return ok({ id: id.toString(), group: 'mine', zh: name, en: name, filter, ...count })
}

/** Only its owner may delete a view. */
export async function removeView(deps: ViewDeps, owner: string, id: bigint): Promise<Result<null>> {
  const gone = await deleteView(deps.sql, owner, id)
  return gone ? ok(null) : refuse('orders.view_not_found', 'you have no such view')
}

const NONE: Count = { count: 0, capped: false }

type Count = { readonly count: number; readonly capped: boolean }

async function countView(
  deps: ViewDeps,
  asked: FilterInput,
  tallies: readonly Tally[],
  shops: Shops,
): Promise<Count> {
  const question = parseQuestion(asked, deps.zone(), deps.clock.now())
  // A saved view may name a status of a release that is gone; it is shown, and holds nothing.
  if (!question.ok) return NONE
  const { filter } = question.value
  const connections = narrowShops({ shops }, filter.connections)
  // Somebody shared a view of a shop that is not this person's.
  if (!connections.ok) return NONE
  const narrowed = { ...question.value, filter: { ...filter, connections: connections.value } }
  return await countQuestion(deps.sql, narrowed, tallies)
}

async function countQuestion(sql: Sql, question: OrderQuestion, tallies: readonly Tally[]): Promise<Count> {
  // A text is looked for a stretch at a time; counting its hits would look through everything.
  if (question.search !== null) return { count: 0, capped: true }
  if (isStatusOnly(question)) return { count: sumTallies(tallies, question), capped: false }
  const count = await countUpTo(sql, question.filter, COUNT_AT_MOST + 1)
  return { count: Math.min(count, COUNT_AT_MOST), capped: count > COUNT_AT_MOST }
}

function sumTallies(tallies: readonly Tally[], { filter }: OrderQuestion): number {
  const wanted = tallies.filter(
    (tally) =>
      (filter.statuses.length === 0 || filter.statuses.includes(tally.status as OrderStatus)) &&
      (filter.connections.length === 0 || filter.connections.includes(tally.connection_id)),
  )
  return Number(wanted.reduce((sum, tally) => sum + tally.count, 0n))
}
