import type { FeedChange } from '#domain/stock-feed.ts'

/** What the ledger has for a place that a source told of. */
export type LedgerFigure = {
  readonly physical: number
  readonly unseenOut: number
  readonly isCaptured: boolean
}
export type Difference = {
  readonly sku: string
  readonly warehouse: string
  readonly ledger: number
  readonly captured: number
}
export type Comparison = {
  readonly rows: number
  /** Places without a figure: taken over as opening stock. */
  readonly opening: number
  readonly openingPieces: number
  readonly same: number
  readonly different: number
  /** The largest, `DIFFERENCES_SHOWN` at most. */
  readonly differences: readonly Difference[]
  /** Rows whose SKU the hub does not know. */
  readonly unknownSkus: number
  /** Each once, `UNKNOWN_SHOWN` at most. */
  readonly unknownSkuList: readonly string[]
  readonly unmapped: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}
export const DIFFERENCES_SHOWN = 50
const UNKNOWN_SHOWN = 50
/** More different codes than this are no warehouse codes. */
const UNMAPPED_MOST = 50

export const NOTHING_COMPARED: Comparison = {
  rows: 0,
  opening: 0,
  openingPieces: 0,
  same: 0,
  different: 0,
  differences: [],
  unknownSkus: 0,
  unknownSkuList: [],
  unmapped: {},
  faults: {},
}

/** One batch of a snapshot added to what was compared so far; memory is bounded however large the table is. */
export function compareBatch(
  so: Comparison,
  batch: { readonly changes: readonly FeedChange[]; readonly faults: readonly { readonly code: string }[] },
  known: {
    readonly homeOf: (sourceCode: string) => string | null
    readonly figureOf: (sku: string, warehouse: string) => LedgerFigure | null
    readonly isKnownSku: (sku: string) => boolean
    /** Whether an earlier row was of this place: several rows of one cannot be followed. */
    readonly isSecond?: (sku: string, warehouse: string) => boolean
  },
): Comparison {
  let { rows, opening, openingPieces, same, different, unknownSkus } = so
  const differences = [...so.differences]
  const unknownSkuList = [...so.unknownSkuList]
  const unmapped = { ...so.unmapped }
  const faults = { ...so.faults }
  for (const { code } of batch.faults) faults[code] = (faults[code] ?? 0) + 1
  rows += batch.changes.length + batch.faults.length
  for (const change of batch.changes) {
    const warehouse = known.homeOf(change.warehouse)
    if (warehouse === null) {
      const name =
        Object.hasOwn(unmapped, change.warehouse) || Object.keys(unmapped).length < UNMAPPED_MOST
          ? change.warehouse
          : '…'
      unmapped[name] = (unmapped[name] ?? 0) + 1
      continue
    }
    if (!known.isKnownSku(change.sku)) {
      unknownSkus += 1
      if (unknownSkuList.length < UNKNOWN_SHOWN && !unknownSkuList.includes(change.sku))
        unknownSkuList.push(change.sku)
    }
    if (change.kind === 'movement') continue
    if (known.isSecond?.(change.sku, warehouse) === true) {
      faults['capture.row_twice'] = (faults['capture.row_twice'] ?? 0) + 1
      continue
    }
    const figure = known.figureOf(change.sku, warehouse)
    if (figure === null) {
      opening += 1
      openingPieces += change.quantity
    } else if (figure.physical === change.quantity - (figure.isCaptured ? figure.unseenOut : 0)) same += 1
    else {
      different += 1
      differences.push({ sku: change.sku, warehouse, ledger: figure.physical, captured: change.quantity })
    }
  }
  const largest = differences
    .toSorted((a, b) => Math.abs(b.captured - b.ledger) - Math.abs(a.captured - a.ledger))
    .slice(0, DIFFERENCES_SHOWN)
  return {
    rows,
    opening,
    openingPieces,
    same,
    different,
    differences: largest,
    unknownSkus,
    unknownSkuList,
    unmapped,
    faults,
  }
}
