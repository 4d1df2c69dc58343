import type { RuleValueType, TableNode, TableRow } from '../../../api/rule-model-types.ts'
import { minorOf } from './amounts.ts'
import type { GridRow } from './grid-rows.ts'

/** An expression as a cell shows it: `yuan("12.00")` as 12.00, `"ZTO"` as ZTO, anything else as it stands. */
export function cellOfExpression(expression: string, type: RuleValueType): string {
  const amount = /^yuan\("(-?\d+(?:\.\d+)?)"\)$/.exec(expression.trim())
  if (type === 'money' && amount) return amount[1] ?? ''
  if (type === 'text' || type === 'choice') {
    const text = /^"([^"\\]*)"$/.exec(expression.trim())
    // A text that looks like an expression keeps its quotes, so that it stays a text when the cell is left.
    if (text && expressionOfCell(text[1] ?? '', type) === expression.trim()) return text[1] ?? ''
  }
  return expression
}

/** Back again: a bare figure in a column of amounts is an amount, a bare word in one of texts that text. */
export function expressionOfCell(cell: string, type: RuleValueType): string {
  const text = cell.trim()
  if (type === 'money') {
    if (minorOf(text) === null) return text
    return `yuan("${text}")`
  }
  if (type !== 'text' && type !== 'choice') return text
  // Variables are lower case names: such a word may be one, so a text like that keeps its quotes.
  const isExpression = text === '' || /["'()+?&|=<>.]/.test(text) || /^[a-z_][a-z0-9_]*$/.test(text)
  return isExpression ? text : JSON.stringify(text)
}

export function gridOfTable(node: TableNode): readonly GridRow[] {
  return node.rows.map(({ id, cells, outputs, note }) => ({
    id,
    cells: [
      ...node.columns.map((_, i) => cells[i] ?? ''),
      ...node.outputs.map(({ type }, i) => cellOfExpression(outputs[i] ?? '', type)),
      note ?? '',
    ],
  }))
}

/** The rows again; what a person did not touch stays the same object. */
export function tableOfGrid(node: TableNode, rows: readonly GridRow[]): TableNode {
  const before = new Map(node.rows.map((row) => [row.id, row]))
  const width = node.columns.length
  const made = rows.map(({ id, cells }): TableRow => {
    const outputs = node.outputs.map(({ type }, i) => expressionOfCell(cells[width + i] ?? '', type))
    const note = cells[width + node.outputs.length] ?? ''
    const row = { id, cells: cells.slice(0, width), outputs, ...(note === '' ? {} : { note }) }
    const old = before.get(id)
    return old && JSON.stringify(old) === JSON.stringify(row) ? old : row
  })
  return { ...node, rows: made }
}

/** The table without a condition column, its cells gone from every row. */
export function withoutColumn(node: TableNode, index: number): TableNode {
  return {
    ...node,
    columns: node.columns.toSpliced(index, 1),
    rows: node.rows.map((row) => ({ ...row, cells: row.cells.toSpliced(index, 1) })),
  }
}

export function withoutOutput(node: TableNode, index: number): TableNode {
  return {
    ...node,
    outputs: node.outputs.toSpliced(index, 1),
    rows: node.rows.map((row) => ({ ...row, outputs: row.outputs.toSpliced(index, 1) })),
  }
}

/** A column moved by one place, together with its cells. */
export function withColumnMoved(node: TableNode, index: number, by: -1 | 1): TableNode {
  const swap = <T>(list: readonly T[]): readonly T[] => {
    const [one, other] = [list[index], list[index + by]]
    return one === undefined || other === undefined ? list : list.with(index, other).with(index + by, one)
  }
  return {
    ...node,
    columns: swap(node.columns),
    rows: node.rows.map((row) => ({ ...row, cells: swap(row.cells) })),
  }
}
