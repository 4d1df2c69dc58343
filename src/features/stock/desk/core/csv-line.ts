import { sheetText } from '#kernel/sheet-text.ts'

/**
 * One line of a CSV file. A text cell that a spreadsheet would take for a formula gets a `'` before it, so that it stays text; numbers
 * stay numbers.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map((cell) => (typeof cell === 'string' ? textCell(cell) : String(cell ?? ''))).join(',')}\r\n`
}

function textCell(cell: string): string {
  const plain = sheetText(cell)
  return /[",\r\n']/.test(plain) || plain !== plain.trim() ? `"${plain.replaceAll('"', '""')}"` : plain
}
