import { PIECES_MOST, type Taken } from '#domain/stock.ts'
import type { LockCommand } from '#features/stock/index.ts'

/** What of a lock Redis is asked about. */
export type Bid = {
  /** Of this try; two tries under one key are two bids. */
  readonly token: string
  readonly key: string
  /** Whose quota may be drawn; null where none may. */
  readonly channel: string | null
  readonly drawSafety: boolean
  /** Added up per SKU and warehouse, in order of their slot group. */
  readonly lines: readonly GroupedLine[]
}
export type GroupedLine = Taken & { readonly group: number }
export type Verdict = 'yes' | 'no' | 'doubt'

/** The separator of a place's fields in Redis may be in no warehouse; in a SKU it does not matter. */
const PLAIN_CODE = /^[A-Za-z0-9._-]{1,40}$/

/**
 * The bid of a lock whose lines all name their warehouse; null for what Redis cannot say anything about: lines that leave the choice
 * open, and demands that PostgreSQL refuses for their form.
 */
export function bidOf(command: LockCommand, token: string, groups: number): Bid | null {
  const { lines, key, kind, channel, drawSafety } = command
  if (lines.length === 0) return null
  const sums = new Map<string, GroupedLine>()
  for (const { sku, warehouse, quantity } of lines) {
    if (warehouse === null || !PLAIN_CODE.test(warehouse) || sku === '') return null
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > PIECES_MOST) return null
    const place = `${sku}\n${warehouse}`
    const known = sums.get(place)
    sums.set(place, {
      sku,
      warehouse,
      quantity: quantity + (known?.quantity ?? 0),
      group: known?.group ?? groupOf(sku, groups),
    })
  }
  return {
    token,
    key,
    // A reservation draws no quota.
    channel: kind === 'lock' ? channel : null,
    drawSafety,
    lines: [...sums.values()].sort((a, b) => a.group - b.group),
  }
}

/** Which slot group a SKU lives in: FNV-1a over its UTF-16 units, the same in every process and version. */
export function groupOf(sku: string, groups: number): number {
  if (groups === 1) return 0
  let hash = 0x811c9dc5
  for (let i = 0; i < sku.length; i += 1) {
    hash ^= sku.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193) >>> 0
  }
  return hash % groups
}

/** The groups of a bid, in order. */
export function groupsOf(bid: Bid): number[] {
  return [...new Set(bid.lines.map((line) => line.group))]
}

/**
 * What becomes of a bid that went through several slots: one that is too short anywhere is `no`; one that hangs on pending pieces
 * anywhere is `doubt`. What other slots had admitted is given back in both cases, so that it is held everywhere or nowhere.
 */
export function joinVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('no')) return 'no'
  return verdicts.includes('doubt') ? 'doubt' : 'yes'
}
