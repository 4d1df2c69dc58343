import type { FeedOrder } from '#domain/stock-feed.ts'
import type { AdjustCommand, SourceFigure } from '#features/stock/index.ts'
import type { LedgerFigure } from './compare.ts'
import { type Dispute, stepDispute } from './dispute.ts'
import { movementKey, type Placed, type PlacedChange } from './place-changes.ts'

/** Who says it and how a person finds it there. */
export type Origin = {
  readonly feed: string
  readonly actor: string
  /** `mysql-bin.000003:4711`, a stream id, a key's name. */
  readonly evidence: string
}
export type RulingDispute = Dispute & { readonly id: bigint; readonly feedId: bigint | null }

/** What is known before the batch, by `sku\nwarehouse`. */
export type Known = {
  readonly disputes: ReadonlyMap<string, RulingDispute>
  readonly figures: ReadonlyMap<string, LedgerFigure>
  /** The feed that told of a place last; null: somebody without an order; none: nobody yet. */
  readonly tellers: ReadonlyMap<string, bigint | null>
}
/** Who tells, and what his order is worth. */
export type Teller = { readonly feedId: bigint | null; readonly order: FeedOrder | null }
export type Planned = {
  readonly index: number
  readonly change: Placed
  /** Its command's place in the list; null: it needs none. */
  readonly command: number | null
  readonly disputed: bigint | null
}
export type Plan = {
  readonly commands: readonly AdjustCommand[]
  readonly planned: readonly Planned[]
  /** Disputes that go on, with the source's newest word; by id of the finding. */
  readonly followed: ReadonlyMap<bigint, Dispute>
  readonly over: readonly bigint[]
  /** Places whose figure is by this teller from now on. */
  readonly told: ReadonlySet<string>
}

const keyOf = (change: Placed): string => `${change.sku}\n${change.warehouse}`

/** The commands of a batch, in its order: levels whole, movements once by their id, and disputed places by what went down there. */
export function planBatch(
  changes: readonly PlacedChange[],
  { disputes, figures, tellers }: Known,
  origin: Origin,
  teller: Teller = { feedId: null, order: null },
): Plan {
  const ruling = new Map(disputes)
  const order = followOrder(teller, figures, tellers)
  const levels = new Map(
    [...figures].map(([key, { physical, unseenOut }]) => [key, { physical, unseenOut }] as const),
  )
  const commands: AdjustCommand[] = []
  const planned: Planned[] = []
  const followed = new Map<bigint, Dispute>()
  const over: bigint[] = []
  const add = (command: AdjustCommand): number => commands.push(command) - 1
  for (const { index, change } of changes) {
    const dispute = ruling.get(keyOf(change))
    if (change.kind === 'movement' || dispute === undefined) {
      const command = add(commandOf(change, origin, order.take(change)))
      planned.push({ index, change, command, disputed: dispute?.id ?? null })
      continue
    }
    const level = levels.get(keyOf(change)) ?? { physical: 0, unseenOut: 0 }
    const step = stepDispute(dispute, level, change, overOf(teller, dispute.feedId))
    if (step.step === 'nothing') planned.push({ index, change, command: null, disputed: dispute.id })
    else if (step.step === 'over') {
      ruling.delete(keyOf(change))
      followed.delete(dispute.id)
      over.push(dispute.id)
      planned.push({
        index,
        change,
        command: add(commandOf(change, origin, order.take(change))),
        disputed: null,
      })
    } else {
      ruling.set(keyOf(change), { ...dispute, ...step.dispute })
      followed.set(dispute.id, step.dispute)
      const seen = Math.min(level.unseenOut, -step.delta)
      levels.set(keyOf(change), {
        physical: level.physical + step.delta + seen,
        unseenOut: level.unseenOut - seen,
      })
      const command = step.delta === 0 ? null : add(deltaOf(change, step.delta, dispute.id, origin))
      planned.push({ index, change, command, disputed: dispute.id })
    }
  }
  return { commands, planned, followed, over, told: order.told }
}

/** What a teller's word may replace where `last` told before him. */
function overOf({ feedId, order }: Teller, last: bigint | null): SourceFigure['over'] {
  if (order === null || feedId === null || feedId !== last) return undefined
  return order === 'committed' ? 'any' : 'same'
}

/** Goes through a batch as the ledger will: whose the last word at each place is, and with it what the next one may replace. */
function followOrder(teller: Teller, figures: Known['figures'], tellers: Known['tellers']) {
  const versions = new Map([...figures].map(([key, one]) => [key, one.sourceVersion] as const))
  const told = new Set<string>()
  return {
    told,
    take: (change: Placed): SourceFigure['over'] => {
      if (change.kind === 'movement') return undefined
      const key = keyOf(change)
      const over = overOf(teller, told.has(key) ? teller.feedId : (tellers.get(key) ?? null))
      const known = versions.get(key) ?? null
      const { version } = change
      const isTaken =
        version === null ||
        known === null ||
        version > known ||
        over === 'any' ||
        (over === 'same' && version === known)
      if (isTaken) {
        told.add(key)
        versions.set(key, version ?? known)
      }
      return over
    },
  }
}

function commandOf(change: Placed, origin: Origin, over: SourceFigure['over']): AdjustCommand {
  const { sku, warehouse } = change
  const base = { do: 'adjust', cause: 'capture', actor: origin.actor } as const
  const told = { feed: origin.feed, at: origin.evidence, reference: change.reference }
  if (change.kind === 'movement')
    return {
      ...base,
      key: movementKey(warehouse, change.id),
      changes: [{ sku, warehouse, sourceDelta: change.delta }],
      evidence: { ...told, movement: change.id },
    }
  const figure = { quantity: change.quantity, version: change.version }
  return {
    ...base,
    key: null,
    changes: [{ sku, warehouse, source: { ...figure, ...(over === undefined ? {} : { over }) } }],
    evidence: { ...told, says: change.quantity, version: change.version?.toString() ?? null },
  }
}

function deltaOf(
  change: Placed & { readonly kind: 'level' },
  delta: number,
  finding: bigint,
  origin: Origin,
): AdjustCommand {
  const { sku, warehouse } = change
  return {
    do: 'adjust',
    key: null,
    changes: [{ sku, warehouse, sourceDelta: delta }],
    cause: 'capture',
    actor: origin.actor,
    evidence: {
      feed: origin.feed,
      at: origin.evidence,
      reference: change.reference,
      says: change.quantity,
      finding: String(finding),
    },
  }
}
