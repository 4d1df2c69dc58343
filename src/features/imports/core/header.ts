type Row = { readonly row: number; readonly cells: readonly string[] }

/**
 * The row that names the columns: the first that is nearly as wide as the widest, has no empty or repeated names to speak of,
 * and no bare numbers. Exports often write a title and a date above it. The first row where nothing fits.
 */
export function findHeader(head: readonly Row[]): number {
  const widest = Math.max(0, ...head.map(({ cells }) => filled(cells).length))
  const found = head.find(({ cells }) => {
    const names = filled(cells)
    const numbers = names.filter((name) => /^[\d\s.,:/+-]+$/.test(name)).length
    return (
      names.length >= Math.max(1, widest * 0.7) && numbers === 0 && new Set(names).size >= names.length * 0.6
    )
  })
  return found?.row ?? head[0]?.row ?? 1
}

function filled(cells: readonly string[]): string[] {
  return cells.map((cell) => cell.trim()).filter((cell) => cell !== '')
}

/** Names without blanks around them; an empty one is called by its place (`#3`), a repeated one gets its count (`备注 (2)`). */
export function headerNames(cells: readonly string[], width: number): string[] {
  const seen = new Map<string, number>()
  return Array.from({ length: Math.max(cells.length, width) }, (_, index) => {
    const name = (cells[index] ?? '').replace(/\s+/g, ' ').trim().slice(0, 200) || `#${index + 1}`
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}

/** Where a named column stands: to the letter, else regardless of case; -1: nowhere. */
export function columnIndex(header: readonly string[], name: string): number {
  const exact = header.indexOf(name.trim())
  if (exact >= 0) return exact
  const folded = fold(name)
  return header.findIndex((one) => fold(one) === folded)
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
}

/** `least` are the columns up to the last that has a name; beyond `most` a row may hold empty cells only. */
export type CellCount = { readonly least: number; readonly most: number }

export function cellCountOf(header: readonly string[]): CellCount {
  return { least: header.findLastIndex((name) => name.trim() !== '') + 1, most: header.length }
}

/** Whether a row was cut short or holds a separator too many: which of its cells belong to which column, nobody knows then. */
export function hasWrongCellCount(cells: readonly string[], count: CellCount): boolean {
  return cells.length < count.least || cells.slice(count.most).some((cell) => cell.trim() !== '')
}
