import type { AdjustCommand } from '#features/stock/index.ts'
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
export type RulingDispute = Dispute & { readonly id: bigint }
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
}

const keyOf = (change: Placed): string => `${change.sku}\n${change.warehouse}`

/** The commands of a batch, in its order: levels whole, movements once by their id, and disputed places by what went down there. */
export function planBatch(
  changes: readonly PlacedChange[],
  disputes: ReadonlyMap<string, RulingDispute>,
  figures: ReadonlyMap<string, LedgerFigure>,
  origin: Origin,
): Plan {
  const ruling = new Map(disputes)
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
      const command = add(commandOf(change, origin))
      planned.push({ index, change, command, disputed: dispute?.id ?? null })
      continue
    }
    const level = levels.get(keyOf(change)) ?? { physical: 0, unseenOut: 0 }
    const step = stepDispute(dispute, level, change)
    if (step.step === 'nothing') planned.push({ index, change, command: null, disputed: dispute.id })
    else if (step.step === 'over') {
      ruling.delete(keyOf(change))
      followed.delete(dispute.id)
      over.push(dispute.id)
      planned.push({ index, change, command: add(commandOf(change, origin)), disputed: null })
    } else {
      ruling.set(keyOf(change), { ...step.dispute, id: dispute.id })
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
  return { commands, planned, followed, over }
}

function commandOf(change: Placed, origin: Origin): AdjustCommand {
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
  return {
    ...base,
    key: null,
    changes: [{ sku, warehouse, source: { quantity: change.quantity, version: change.version } }],
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
