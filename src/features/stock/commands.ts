import type { Demand, Hold, HoldKind, HoldOwner, StockPlace, Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'

/**
 * Takes goods for somebody, all lines or none. Lines of one SKU and warehouse are added up first. The same key for the same
 * demand is the same hold, whoever asks again and however often.
 */
export type LockCommand = {
  readonly do: 'lock'
  /** 1 to 200 characters; keys beginning with `hub:` are the hub's own. */
  readonly key: string
  readonly kind: HoldKind
  readonly owner: HoldOwner
  readonly channel: string | null
  readonly lines: readonly Demand[]
  /** For lines without a warehouse: where to look, the first goes first. Decided under the same lock as the taking. */
  readonly candidates: readonly string[]
  /** Whether lines without a warehouse may come from several: never, a whole line from one, or pieces of a line. */
  readonly spread: 'never' | 'lines' | 'units'
  /** Whether safety stock may be used. */
  readonly drawSafety: boolean
  readonly reason: string
  readonly actor: string
  /** Seconds until its deadline; 1 to 2,592,000. */
  readonly ttlSeconds: number
  readonly onDeadline: 'ask' | 'release'
  /** The engine asks once more for the same caller, for whom it made these holds before: finding one of them is nobody else's asking. */
  readonly made?: readonly bigint[]
}

/** Gives held goods back: all that is open, or these pieces. Releasing what is not held is a success that does nothing. */
export type ReleaseCommand = {
  readonly do: 'release'
  readonly key: string
  readonly lines?: readonly Taken[]
  /** A part given back under this key is given back once; whole holds need none. */
  readonly onceKey?: string
  /** Only what these takings made, while nobody has asked again for it or renewed it: for an answer that came too late. */
  readonly unclaimed?: Takings
  /** Only where its deadline had passed by then; renewed meanwhile, it is left. */
  readonly expiredBy?: Instant
  readonly reason: string
  readonly actor: string
}

/**
 * What a process knows to have taken for an asker who did not hear of it: ids of holds, and the places they took from. A time would
 * not do: the same key may have been asked for again elsewhere, or by a process whose clock is ahead, and been acknowledged.
 */
export type Takings = { readonly ids: readonly bigint[]; readonly places: readonly StockPlace[] }

/** The held goods have left: physical and locked go down together. Committing twice is a success that does nothing. */
export type CommitCommand = {
  readonly do: 'commit'
  readonly key: string
  readonly lines?: readonly Taken[]
  /** A part committed under this key is committed once; whole holds need none. */
  readonly onceKey?: string
  readonly reason: string
  readonly actor: string
  readonly evidence?: unknown
}

/** Moves the deadline on, from now. A hold that has ended is refused (`stock.hold_ended`). */
export type RenewCommand = { readonly do: 'renew'; readonly key: string; readonly ttlSeconds: number }

export type SourceFigure = {
  readonly quantity: number
  /** Null: the known one stays. */
  readonly version: bigint | null
  readonly over?: 'same' | 'any'
}

/** A change of figures. Signed parts; or absolute ones, of which the difference becomes the movement. */
export type AdjustChange = StockPlace & {
  readonly physical?: number
  readonly inTransit?: number
  /** Absolute. */
  readonly setPhysical?: number
  readonly setSafety?: number
  /**
   * Absolute, as a captured warehouse's system says it, with its version: physical becomes it less what is known to have left
   * unseen. An older version than the one known does nothing, and the same with another figure is a conflict; but `over: 'same'` replaces
   * also the figure of an equal version, and `over: 'any'` that of whatever is known: the source's own order, or a person, says so.
   */
  readonly source?: SourceFigure
  /** Signed, as such a system says it. */
  readonly sourceDelta?: number
}
export type AdjustCommand = {
  readonly do: 'adjust'
  /** Takes effect once under this key, 200 characters at most; null: every time. */
  readonly key: string | null
  readonly changes: readonly AdjustChange[]
  /** `count`, `import`, `capture`, `receipt`, `return`, `transfer_out`, `transfer_in`, `repair`... */
  readonly cause: string
  readonly actor: string
  readonly evidence: unknown
}

/** Sets aside so many pieces for one channel, taken from or given back to what is free. */
export type QuotaCommand = {
  readonly do: 'quota'
  readonly sku: string
  readonly warehouse: string
  readonly channel: string
  readonly granted: number
  readonly actor: string
}

export type StockCommand =
  | LockCommand
  | ReleaseCommand
  | CommitCommand
  | RenewCommand
  | AdjustCommand
  | QuotaCommand

/** What a level went through in one adjustment. */
export type Adjusted = StockPlace & {
  /** The signed change of physical that took place. */
  readonly physical: number
  /** `done`; `older`: a newer version was known; `repeated`: known already; `conflict`: the same version said another figure. */
  readonly outcome: 'done' | 'older' | 'repeated' | 'conflict'
  readonly available: number
}

/**
 * What became of a command. Refusals: `SKU_NOT_AVAILABLE_IN_WAREHOUSE` (data: `short`), `INV_LOCK_TIMEOUT`, `stock.key_reused`,
 * `stock.hold_ended`, `stock.hold_not_found`, `stock.nothing_asked`, `stock.unknown_warehouse`, `stock.warehouse_inactive`,
 * `stock.bad_quantity`, `stock.more_than_held`, `stock.key_invalid`.
 */
export type StockAnswer =
  | { readonly do: 'lock' | 'release' | 'commit' | 'renew'; readonly hold: Hold; readonly isRepeat: boolean }
  | { readonly do: 'adjust'; readonly changes: readonly Adjusted[]; readonly isRepeat: boolean }
  | { readonly do: 'quota'; readonly leftOver: number }

export type Answered = Result<StockAnswer>

/** How a lock went, for figures and the list of failures. */
export type LockOutcome = {
  readonly command: LockCommand
  readonly answer: Answered
  readonly at: Instant
  readonly tookMs: number
}
