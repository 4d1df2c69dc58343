import type { FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'

/** Upstream code -> what it means, for one connection: defaults, the kind's rules over them, its own over those. */
export type RulesFor = (kind: string, connection: string) => ReadonlyMap<string, FactKind | 'none'>

/** Accepted messages on record: all that is given must fit. */
export type RecordedFilter = {
  readonly ids?: readonly string[]
  readonly connections?: readonly string[]
  readonly from?: Instant
}

export type PreviewedOrder = {
  readonly id: string
  readonly orderNo: string
  /** Null: the order would come into being. */
  readonly from: string | null
  readonly to: string
  readonly factsAdded: number
  readonly factsRemoved: number
}
export type MappingPreview = {
  readonly messages: number
  readonly orders: readonly PreviewedOrder[]
  readonly factsAdded: number
  readonly factsRemoved: number
  /** Codes that would still be undecided. */
  readonly unknownLeft: readonly string[]
}

/**
 * Reads recorded messages with other rules and says what would change. Changes nothing.
 *
 * What a reading means for facts, in the preview and in the replay alike: a fact's id is a hash of its source, upstream
 * code, time and detail, and NOT of its kind. So reading a message again under other rules either finds the same fact
 * (nothing happens), gives it another kind (the old reading is superseded: one removed, one added), or reads the code as
 * `none` (the fact is taken back). Facts of other codes, of other sources and of messages that are not read again are
 * never touched. A code that became undecided takes nothing back: nobody has said that the old reading was wrong. All
 * effects are keyed by order and effect, so a changed reading never repeats one; it may make a pending one moot.
 */
export type PreviewMessages = (filter: RecordedFilter, rulesFor: RulesFor) => Promise<MappingPreview>

/** Puts the messages back to be interpreted with today's rules; answers how many. Works through large selections in the background. */
export type ReplayMessages = (filter: RecordedFilter) => Promise<number>
