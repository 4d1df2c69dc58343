import { type PreviewedOrder, previewJoin } from '#features/orders/index.ts'
import { type RecordedFilter, recordedMessages, requeueRecorded } from '#platform/inbox/recorded.ts'
import type { InterpretDeps } from './interpret.ts'
import type { RulesFor } from './ports.ts'
import { readTask } from './read-task.ts'

/** Messages that a preview reads at most, the newest of the selection. */
export const PREVIEW_LIMIT = 5_000

export type ReplayPreview = {
  readonly messages: number
  readonly orders: readonly PreviewedOrder[]
  readonly factsAdded: number
  readonly factsRemoved: number
  /** Messages that would still be parked, by reason. */
  readonly stillParked: readonly { readonly code: string; readonly count: number }[]
  readonly unknownLeft: readonly string[]
}

/** What reading recorded messages again would change, with today's rules or with others. Changes nothing. */
export async function previewReplay(
  deps: InterpretDeps,
  filter: RecordedFilter,
  rulesFor: RulesFor = deps.rulesFor,
): Promise<ReplayPreview> {
  const tasks = await recordedMessages(deps.db, filter, PREVIEW_LIMIT)
  const reads = tasks.map((task) => readTask(task, deps.find, rulesFor))
  const contributions = reads.flatMap((read) => (read.ok ? [read.value.contribution] : []))
  const joined = await previewJoin(deps, contributions)
  const parked = reads
    .map((read) =>
      read.ok ? (read.value.unknown.length > 0 ? 'mapping.unknown_code' : null) : read.refusal.code,
    )
    .filter((code) => code !== null)
  return {
    messages: tasks.length,
    ...joined,
    stillParked: [...Map.groupBy(parked, (code) => code)].map(([code, group]) => ({
      code,
      count: group.length,
    })),
    unknownLeft: [...new Set(reads.flatMap((read) => (read.ok ? read.value.unknown : [])))].sort(),
  }
}

/** Makes the messages pending again, after all fresh ones; effects are keyed by facts, so nothing is done to the world twice. */
export async function replay(deps: InterpretDeps, filter: RecordedFilter): Promise<number> {
  return await requeueRecorded(deps.db, filter)
}
