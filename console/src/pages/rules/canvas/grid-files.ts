import { cellsOfText, textOfCells } from './grid-text.ts'

const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** The rows of a CSV or of an XLSX file's first sheet, as texts. Throws for what is neither. */
export async function readSheet(file: File): Promise<string[][]> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    const text = textOfBytes(bytes)
    const rows = cellsOfText(text, text.split('\n', 1)[0]?.includes('\t') ? '\t' : ',')
    return rows.map((row) => row.map(withoutGuard))
  }
  const { readXlsx } = await import('hucre/xlsx')
  const book = await readXlsx(bytes)
  return (book.sheets[0]?.rows ?? []).map((row) => row.map(cellText))
}

/** What a spreadsheet would run as a formula, also behind blanks and in full-width signs. */
const FORMULA = /^[\s\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/
const guarded = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell)
const withoutGuard = (cell: string): string =>
  cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell

/** Excel in China writes CSV as GB 18030. */
function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes)
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? '' : String(value)
}

export async function saveSheet(
  name: string,
  format: 'csv' | 'xlsx',
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const blob =
    format === 'csv'
      ? new Blob(
          [
            `\uFEFF${textOfCells(
              [head, ...rows].map((row) => row.map(guarded)),
              ',',
            )}\n`,
          ],
          { type: 'text/csv' },
        )
      : new Blob([await xlsxOf(name, head, rows)], { type: XLSX_TYPE })
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}.${format}`
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

async function xlsxOf(
  name: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { writeXlsx } = await import('hucre/xlsx')
  const sheet = name.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31) || 'Sheet1'
  const bytes = await writeXlsx({
    sheets: [{ name: sheet, rows: [[...head], ...rows.map((row) => [...row])] }],
  })
  return new Uint8Array(bytes)
}
