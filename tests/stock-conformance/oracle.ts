import { NOT_AVAILABLE } from '#domain/stock.ts'

// A second opinion: the rules of the ledger written down as plainly as can be, without a thought for speed or for how the engine does it.

export type Cell = {
  physical: number
  transit: number
  safety: number
  quotas: Record<string, { granted: number; left: number }>
}
export type OracleLine = { place: string; open: number; committed: number; quota: number }
export type OracleHold = {
  kind: 'lock' | 'reservation'
  channel: string | null
  lines: OracleLine[]
  asked: string
}
export type Oracle = { cells: Map<string, Cell>; holds: Map<string, OracleHold> }

export type Ask =
  | {
      do: 'lock'
      key: string
      kind: 'lock' | 'reservation'
      channel: string | null
      drawSafety: boolean
      lines: [string, number][]
    }
  | { do: 'release' | 'commit'; key: string; part: number | null }
  | { do: 'move'; place: string; physical: number; transit: number }
  | { do: 'safety'; place: string; safety: number }
  | { do: 'quota'; place: string; channel: string; granted: number }

export function newOracle(places: readonly string[]): Oracle {
  return {
    cells: new Map(places.map((place) => [place, { physical: 0, transit: 0, safety: 0, quotas: {} }])),
    holds: new Map(),
  }
}

export function held(oracle: Oracle, place: string, kind: 'lock' | 'reservation'): number {
  let sum = 0
  for (const hold of oracle.holds.values())
    if (hold.kind === kind) for (const line of hold.lines) if (line.place === place) sum += line.open
  return sum
}

export function available(oracle: Oracle, place: string): number {
  const cell = cellOf(oracle, place)
  const kept = Object.values(cell.quotas).reduce((sum, quota) => sum + quota.left, 0)
  return (
    cell.physical + cell.transit - held(oracle, place, 'lock') - held(oracle, place, 'reservation') - kept
  )
}

/** Answers `ok` or the refusal's code, and is changed by what is ok. */
export function tell(oracle: Oracle, ask: Ask): string {
  if (ask.do === 'lock') return tellLock(oracle, ask)
  if (ask.do === 'safety') {
    cellOf(oracle, ask.place).safety = ask.safety
    return 'ok'
  }
  if (ask.do === 'move') return tellMove(cellOf(oracle, ask.place), ask)
  if (ask.do === 'quota') return tellQuota(oracle, ask)
  return tellEnd(oracle, ask)
}

function tellMove(cell: Cell, ask: Extract<Ask, { do: 'move' }>): string {
  if (cell.transit + ask.transit < 0) return 'stock.below_zero'
  if (ask.physical < 0 && cell.physical + ask.physical < 0) return 'stock.below_zero'
  cell.physical += ask.physical
  cell.transit += ask.transit
  return 'ok'
}

function tellQuota(oracle: Oracle, ask: Extract<Ask, { do: 'quota' }>): string {
  const { quotas } = cellOf(oracle, ask.place)
  const quota = quotas[ask.channel] ?? { granted: 0, left: 0 }
  const left = Math.max(0, ask.granted - (quota.granted - quota.left))
  if (left > quota.left && left - quota.left > available(oracle, ask.place)) return NOT_AVAILABLE
  quotas[ask.channel] = { granted: Math.max(ask.granted, left), left }
  return 'ok'
}

function tellLock(oracle: Oracle, ask: Extract<Ask, { do: 'lock' }>): string {
  const sums = new Map<string, number>()
  for (const [place, pieces] of ask.lines) sums.set(place, pieces + (sums.get(place) ?? 0))
  const asked = JSON.stringify([ask.kind, ask.channel, [...sums].sort()])
  const known = oracle.holds.get(ask.key)
  if (known !== undefined) {
    if (known.asked !== asked) return 'stock.key_reused'
    return stateOf(known) === 'released' ? 'stock.hold_ended' : 'ok'
  }
  const quotaAt = (place: string): number =>
    ask.kind === 'lock' && ask.channel !== null ? (cellOf(oracle, place).quotas[ask.channel]?.left ?? 0) : 0
  for (const [place, pieces] of sums) {
    const safety = ask.drawSafety ? 0 : cellOf(oracle, place).safety
    if (Math.max(0, available(oracle, place) - safety) + quotaAt(place) < pieces) return NOT_AVAILABLE
  }
  const lines = [...sums].map(([place, pieces]): OracleLine => {
    const quota = Math.min(pieces, quotaAt(place))
    const own = ask.channel === null ? undefined : cellOf(oracle, place).quotas[ask.channel]
    if (own !== undefined) own.left -= quota
    return { place, open: pieces, committed: 0, quota }
  })
  oracle.holds.set(ask.key, { kind: ask.kind, channel: ask.channel, lines, asked })
  return 'ok'
}

function tellEnd(oracle: Oracle, ask: Extract<Ask, { do: 'release' | 'commit' }>): string {
  const hold = oracle.holds.get(ask.key)
  if (hold === undefined) return 'stock.hold_not_found'
  const state = stateOf(hold)
  if (ask.do === 'release' && state !== 'held') return 'ok'
  if (ask.do === 'commit' && state === 'committed') return 'ok'
  if (ask.do === 'commit' && state === 'released') return 'stock.hold_ended'
  const [first] = hold.lines
  if (ask.part !== null && ask.part > (first?.open ?? 0)) return 'stock.more_than_held'
  for (const line of hold.lines) {
    const pieces = ask.part === null ? line.open : line === first ? ask.part : 0
    if (pieces > 0) endLine(oracle, hold, line, pieces, ask.do)
  }
  return 'ok'
}

function endLine(
  oracle: Oracle,
  hold: OracleHold,
  line: OracleLine,
  pieces: number,
  how: 'release' | 'commit',
): void {
  const cell = cellOf(oracle, line.place)
  const fromQuota = Math.min(line.quota, pieces)
  const quota = hold.channel === null ? undefined : cell.quotas[hold.channel]
  line.open -= pieces
  line.quota -= fromQuota
  if (how === 'commit') {
    line.committed += pieces
    cell.physical -= pieces
    if (quota !== undefined) quota.granted = Math.max(quota.left, quota.granted - fromQuota)
  } else if (quota !== undefined) quota.left = Math.min(quota.granted, quota.left + fromQuota)
}

function stateOf(hold: OracleHold): 'held' | 'released' | 'committed' {
  if (hold.lines.some((line) => line.open > 0)) return 'held'
  return hold.lines.some((line) => line.committed > 0) ? 'committed' : 'released'
}

function cellOf(oracle: Oracle, place: string): Cell {
  const cell = oracle.cells.get(place)
  if (cell === undefined) throw new Error(`no cell ${place}`)
  return cell
}
