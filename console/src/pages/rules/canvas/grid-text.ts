/** Cells as spreadsheets copy them: tabs between, a cell with a tab, line or quote inside in quotes. */
export function cellsOfText(text: string, separator: '\t' | ',' = '\t'): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  let fresh = true
  const endCell = (): void => {
    rows.at(-1)?.push(cell)
    cell = ''
    fresh = true
  }
  const clean = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  for (let i = 0; i < clean.length; i += 1) {
    const one = clean.charAt(i)
    if (quoted) {
      if (one !== '"') cell += one
      else if (clean.charAt(i + 1) === '"') {
        cell += '"'
        i += 1
      } else quoted = false
    } else if (one === '"' && fresh) {
      quoted = true
      fresh = false
    } else if (one === separator) endCell()
    else if (one === '\n') {
      endCell()
      rows.push([])
    } else {
      cell += one
      fresh = false
    }
  }
  if (cell !== '' || (rows.at(-1)?.length ?? 0) > 0) endCell()
  return rows.filter((row) => row.length > 0)
}

export function textOfCells(rows: readonly (readonly string[])[], separator: '\t' | ',' = '\t'): string {
  const quote = (cell: string): string =>
    cell.includes(separator) || /["\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  return rows.map((row) => row.map(quote).join(separator)).join('\n')
}

/** Puts a block of cells at a place; rows that it needs beyond the last are made by `emptyRow`, columns beyond are dropped. */
export function pasteCells(
  rows: readonly (readonly string[])[],
  block: readonly (readonly string[])[],
  at: { readonly row: number; readonly column: number },
  width: number,
  rowsMost: number,
): string[][] {
  const height = Math.min(rowsMost, Math.max(rows.length, at.row + block.length))
  return Array.from({ length: height }, (_, r) => {
    const kept = Array.from({ length: width }, (__, c) => rows[r]?.[c] ?? '')
    const pasted = block[r - at.row]
    if (pasted)
      for (const [i, cell] of pasted.entries()) if (at.column + i < width) kept[at.column + i] = cell
    return kept
  })
}

/**
 * A file's rows in the order of the wanted columns. A first row that names at least one of them is its heading, and its order counts;
 * without one the columns are taken as they come.
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  wanted: readonly { readonly name: string; readonly label: string }[],
): string[][] {
  const head = rows[0]?.map((cell) => cell.trim()) ?? []
  const places = wanted.map(({ name, label }) => head.findIndex((cell) => cell === label || cell === name))
  const headed = places.some((place) => place >= 0)
  const body = (headed ? rows.slice(1) : rows).filter((row) => row.some((cell) => cell.trim() !== ''))
  return body.map((row) =>
    wanted.map((_, i) => {
      const place = headed ? (places[i] ?? -1) : i
      return (row[place] ?? '').trim()
    }),
  )
}
