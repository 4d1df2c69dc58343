import { setTimeout as sleep } from 'node:timers/promises'
import type { RuleModel, RuleNode } from '#domain/rulebook.ts'
import type { Random } from '#kernel/random.ts'
import { demanded } from './goods.ts'
import type { Stage } from './stage.ts'

// Operators who publish rules while everything goes wrong: a draft, its check and dry run, a share of the orders, then all of them or
// back again. What they asked for, and when, is their book; each version says something of its own, so that a decision shows its maker.

/** When a version was asked to decide, and when it was known to decide no more; milliseconds since 1970. */
export type InForce = { readonly version: string; readonly from: number; until: number | null }
export type RuleBook = {
  /** `split` and `freight`: the most pieces of a parcel, and the price of a parcel in cents, by version. */
  readonly means: Map<string, { readonly kind: RuleKindName; readonly figure: number }>
  readonly inForce: InForce[]
  readonly done: Record<string, number>
}
export type RuleKindName = 'split' | 'freight'

type Call = Stage['call']
type Desk = {
  readonly call: Call
  readonly random: Random
  readonly isOpen: () => boolean
  readonly book: RuleBook
}
type SetJson = {
  readonly id: string
  readonly live: { readonly id: string } | null
  readonly gray: { readonly id: string } | null
}
type Version = { readonly id: string; readonly state: string; readonly revision: number }

const TURN_MS = 500
const DRY_RUN_LOOKS = 100

export const emptyRuleBook = (): RuleBook => ({ means: new Map(), inForce: [], done: {} })

/** One set for how goods travel together, for everybody, and one for what the dollar shop's parcels cost. */
export async function setUpRules(desk: Pick<Desk, 'call' | 'book'>): Promise<readonly OpenSet[]> {
  const sets: OpenSet[] = []
  for (const kind of ['split', 'freight'] as const) {
    const made = (await demanded(desk.call, 'POST', '/api/rules/sets', {
      kind,
      name: `chaos ${kind}`,
      connectorKind: kind === 'freight' ? 'shopify' : '*',
    })) as SetJson
    const set = { id: made.id, kind }
    sets.push(set)
    const version = await readyVersion(desk, set, 1)
    note(desk.book, version)
    await demanded(desk.call, 'POST', `/api/rules/versions/${version}/publish`, LIVE)
  }
  return sets
}

export type OpenSet = { readonly id: string; readonly kind: RuleKindName }

const LIVE = { do: 'live', watchMinutes: 0, because: 'the first version' }

/** Until the run is over: each turn does what the set's state asks for next; what was not answered is looked at again. */
export async function publishRules(desk: Desk, set: OpenSet): Promise<void> {
  for (let n = 2; desk.isOpen(); n += 1) {
    await turn(desk, set, n).catch(() => count(desk.book, 'unanswered'))
    await sleep(TURN_MS * (0.5 + desk.random.next()))
  }
}

async function turn({ call, random, book, isOpen }: Desk, set: OpenSet, n: number): Promise<void> {
  const shown = (await demanded(call, 'GET', `/api/rules/sets/${set.id}`)) as SetJson
  if (shown.gray !== null) {
    await sleep(1_500 * random.next())
    const isBack = random.next() < 0.4
    const path = `/api/rules/sets/${set.id}/${isBack ? 'rollback' : 'promote'}`
    const before = isBack ? shown.gray.id : shown.live?.id
    await demanded(call, 'POST', path, { because: 'chaos' })
    ended(book, before)
    return count(book, isBack ? 'gray taken back' : 'promoted')
  }
  if (random.next() < 0.15 && n > 4) {
    // The one before decides again; which one that is, the answer says.
    for (const one of book.means.keys()) if (book.means.get(one)?.kind === set.kind) note(book, one)
    const after = (await demanded(call, 'POST', `/api/rules/sets/${set.id}/rollback`, {
      because: 'chaos',
    })) as SetJson
    for (const [one, { kind }] of book.means)
      if (kind === set.kind && one !== after.live?.id) ended(book, one)
    return count(book, 'rolled back')
  }
  const version = await readyVersion({ call, book }, set, n)
  if (!isOpen()) return
  note(book, version)
  const isGray = random.next() < 0.8
  await demanded(
    call,
    'POST',
    `/api/rules/versions/${version}/publish`,
    isGray
      ? { do: 'gray', bps: 3_000 + Math.floor(random.next() * 4_000), watchMinutes: 0, because: 'chaos' }
      : LIVE,
  )
  if (!isGray) ended(book, shown.live?.id)
  count(book, isGray ? 'gray' : 'live at once')
}

/** A version that may be published: the open draft of the set, or a new one. */
async function readyVersion(
  { call, book }: Pick<Desk, 'call' | 'book'>,
  set: OpenSet,
  n: number,
): Promise<string> {
  const listed = (await demanded(call, 'GET', `/api/rules/sets/${set.id}/versions`)) as {
    items: readonly Version[]
  }
  const open = listed.items.find(({ state }) => state === 'draft' || state === 'checked')
  const draft =
    open ??
    ((await demanded(call, 'POST', `/api/rules/sets/${set.id}/drafts`, { from: null, note: '' })) as Version)
  const figure = figureOf(set.kind, n)
  const body = { model: modelOf(set.kind, figure), note: `figure ${figure}`, revision: draft.revision }
  await demanded(call, 'PUT', `/api/rules/versions/${draft.id}`, body)
  book.means.set(draft.id, { kind: set.kind, figure })
  const { version } = (await demanded(call, 'POST', `/api/rules/versions/${draft.id}/check`)) as {
    version: Version
  }
  if (version.state !== 'checked') throw new Error(`version ${draft.id} is ${version.state}`)
  const { dryRun } = (await demanded(call, 'POST', `/api/rules/versions/${draft.id}/dry-runs`, {
    days: 1,
  })) as {
    dryRun: { id: string }
  }
  for (let looks = 0; ; looks += 1) {
    const passed = await call('POST', `/api/rules/dry-runs/${dryRun.id}/pass`, { because: 'chaos' })
    if (passed.status < 300) return draft.id
    if (looks > DRY_RUN_LOOKS) throw new Error(`the dry run did not pass: ${JSON.stringify(passed.body)}`)
    await sleep(100)
  }
}

function figureOf(kind: RuleKindName, n: number): number {
  return kind === 'split' ? 1 + (n % 4) : 500 + n
}

function modelOf(kind: RuleKindName, figure: number): RuleModel {
  const act: Pick<RuleNode & { type: 'action' }, 'action' | 'params'> =
    kind === 'split'
      ? { action: 'limit_pieces', params: { most: String(figure), oversize: '"own"' } }
      : {
          action: 'charge',
          params: { label: '"chaos"', amount: `amount("${(figure / 100).toFixed(2)}") * parcel_count` },
        }
  return {
    format: 1,
    currency: kind === 'split' ? 'CNY' : 'USD',
    start: 'act',
    nodes: [
      { id: 'act', type: 'action', label: kind, at: { x: 0, y: 0 }, ...act, to: 'done' },
      {
        id: 'done',
        type: 'result',
        label: '完成',
        at: { x: 280, y: 0 },
        outcome: 'decided',
        values: [],
        reason: '',
      },
    ],
    tables: [],
  }
}

/** From when it is asked for it may decide, whatever the answer says. */
function note(book: RuleBook, version: string): void {
  book.inForce.push({ version, from: Temporal.Now.instant().epochMilliseconds, until: null })
}

function ended(book: RuleBook, version: string | undefined): void {
  const until = Temporal.Now.instant().epochMilliseconds
  for (const one of book.inForce) if (one.version === version) one.until ??= until
}

function count(book: RuleBook, what: string): void {
  book.done[what] = (book.done[what] ?? 0) + 1
}
