/** Headings that name the stock SKU column; a first line without one of them is a row already. */
const STOCK_HEADINGS = ['stock_sku', 'stocksku', 'stock sku', '库存sku', '库存编码']
const HEADING = 'shop_sku,stock_sku,connection'

export type PastedTable = {
  readonly csv: string
  /** Rows without the heading. */
  readonly rows: number
  /** What is taken from the hub's row numbers to get the reader's: 1 where the heading was put in front. */
  readonly shift: 0 | 1
}

/** What was pasted, as the CSV that the hub reads: cells parted by tabs (a spreadsheet), commas or spaces, heading or none. */
export function readPasted(text: string): PastedTable {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  const parted = text.includes('\t') ? '\t' : text.includes(',') ? null : / +/
  const csv = parted === null ? lines : lines.map((line) => csvLine(line.trim().split(parted)))
  const first = (csv[0] ?? '').toLowerCase()
  const headed = first.split(',').some((cell) => STOCK_HEADINGS.includes(cell.replaceAll('"', '').trim()))
  return {
    csv: `${(headed ? csv : [HEADING, ...csv]).join('\n')}\n`,
    rows: lines.filter((line) => line.trim() !== '').length - (headed ? 1 : 0),
    shift: headed ? 0 : 1,
  }
}

export function mappingsCsv(rows: readonly (readonly [string, string, string])[]): string {
  return `${[HEADING, ...rows.map(csvLine)].join('\n')}\n`
}

function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => `"${cell.trim().replaceAll('"', '""')}"`).join(',')
}

/** A file's text: UTF-8, or what Chinese Excel saves as CSV. */
export async function readTextFile(file: File): Promise<string> {
  const bytes = await file.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}
