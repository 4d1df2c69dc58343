import { freshId } from './graph.ts'
import { pasteCells } from './grid-text.ts'

export type GridRow = { readonly id: string; readonly cells: readonly string[] }
export type GridPlace = { readonly row: number; readonly column: number }
export type GridArea = {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

export function areaOf(a: GridPlace, b: GridPlace): GridArea {
  return {
    top: Math.min(a.row, b.row),
    bottom: Math.max(a.row, b.row),
    left: Math.min(a.column, b.column),
    right: Math.max(a.column, b.column),
  }
}

export function isInArea({ top, bottom, left, right }: GridArea, row: number, column: number): boolean {
  return row >= top && row <= bottom && column >= left && column <= right
}

/** Rows of these cells: each keeps the id of the row that was in its place, the ones beyond get ids of their own. */
function numbered(cells: readonly (readonly string[])[], rows: readonly GridRow[]): GridRow[] {
  const first = freshId(
    rows.map(({ id }) => id),
    'r',
  )
  const start = Number(first.slice(1))
  return cells.map((one, i) => ({ id: rows[i]?.id ?? `r${start + i - rows.length}`, cells: one }))
}

export function setCell(rows: readonly GridRow[], at: GridPlace, text: string): readonly GridRow[] {
  return rows.map((row, i) =>
    i === at.row ? { ...row, cells: row.cells.map((cell, c) => (c === at.column ? text : cell)) } : row,
  )
}

export function clearArea(rows: readonly GridRow[], area: GridArea): readonly GridRow[] {
  return rows.map((row, r) =>
    r < area.top || r > area.bottom
      ? row
      : { ...row, cells: row.cells.map((cell, c) => (isInArea(area, r, c) ? '' : cell)) },
  )
}

export function pasteBlock(
  rows: readonly GridRow[],
  block: readonly (readonly string[])[],
  at: GridPlace,
  width: number,
  rowsMost: number,
): readonly GridRow[] {
  const cells = pasteCells(
    rows.map((row) => row.cells),
    block,
    at,
    width,
    rowsMost,
  )
  return numbered(cells, rows)
}

export function insertRow(rows: readonly GridRow[], at: number, width: number): readonly GridRow[] {
  const id = freshId(
    rows.map((row) => row.id),
    'r',
  )
  return rows.toSpliced(at, 0, { id, cells: Array.from({ length: width }, () => '') })
}

export function moveRows(rows: readonly GridRow[], area: GridArea, by: -1 | 1): readonly GridRow[] {
  const to = by === -1 ? area.top - 1 : area.bottom + 1
  const passed = rows[to]
  if (!passed) return rows
  const block = rows.slice(area.top, area.bottom + 1)
  const start = Math.min(area.top, to)
  const joined = by === -1 ? [...block, passed] : [passed, ...block]
  return rows.toSpliced(start, joined.length, ...joined)
}

export function cellsOfArea(rows: readonly GridRow[], area: GridArea): string[][] {
  return rows.slice(area.top, area.bottom + 1).map(({ cells }) => cells.slice(area.left, area.right + 1))
}

/** Rows read from a file, in place of these or behind them. */
export function takeIn(
  rows: readonly GridRow[],
  more: readonly (readonly string[])[],
  how: 'replace' | 'append',
): readonly GridRow[] {
  return how === 'replace'
    ? more.map((cells, i) => ({ id: rows[i]?.id ?? `r${i + 1}`, cells })).map(unique())
    : numbered([...rows.map(({ cells }) => cells), ...more], rows)
}

/** Ids taken over by place may meet ids made from the place. */
function unique(): (row: GridRow) => GridRow {
  const seen = new Set<string>()
  return (row) => {
    const id = seen.has(row.id) ? freshId(seen, 'r') : row.id
    seen.add(id)
    return id === row.id ? row : { ...row, id }
  }
}
