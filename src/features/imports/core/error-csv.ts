import { sheetText } from '#kernel/sheet-text.ts'

export const ERROR_HEAD = 'row,column,value,code,message\r\n'

/** One line of the error file. A cell that a spreadsheet would take for a formula is written as text. */
export function errorLine(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => safeCell(String(cell))).join(',')}\r\n`
}

function safeCell(cell: string): string {
  const plain = sheetText(cell)
  return /[",\r\n']/.test(plain) || plain !== plain.trim() ? `"${plain.replaceAll('"', '""')}"` : plain
}
