import type { PathStep, RuleValue, TableNode } from '#domain/rulebook.ts'
import { type CelExpression, celTypeOf, type Run, type Stuck } from './cel-types.ts'
import { type Cell, readCell } from './cells.ts'
import { amongChoices, checkChoices, expressionOf } from './expressions.ts'
import { deadEnd, define, stuckAt, unread, wayOf } from './nodes.ts'
import type { Building, RunFrame, Step } from './program-types.ts'

type Test = { readonly column: number; readonly test: (value: RuleValue) => boolean }
type Row = {
  /** Without the cells that hold for anything. */
  readonly tests: readonly Test[]
  readonly outputs: readonly { readonly slot: number; readonly run: Run }[]
  readonly step: PathStep
}
/** What a column's input is, worked out at most once a visit. `undefined` cannot be decided, `why` says it. */
type Seen = { done: boolean; value: RuleValue | undefined; why: Stuck | null }

export function tableStep(node: TableNode, building: Building): Step {
  const inputs = node.columns.map(({ input, type, id }) =>
    expressionOf(input, celTypeOf(type), node, `columns.${id}`, building),
  )
  const rows = node.rows.map((_, index) => rowOf(node, index, inputs, building))
  const plan = { runs: inputs.map((input) => input?.run ?? unread), rows }
  const found = wayOf(node, 'to', node.to, building, deadEnd('命中之后没有下一步', 'nothing follows'))
  const otherwise = wayOf(node, 'otherwise', node.otherwise, building, {
    ...deadEnd('没有一行命中', 'no row holds'),
    code: 'rulebook.no_row',
  })
  const stuck = stuckAt(node)
  const pick = node.hit === 'first' ? firstRow : onlyRow
  return (frame) => {
    const index = pick(frame, plan)
    if (index === UNDECIDED) return stuck(frame)
    const row = rows[index]
    if (row === undefined) return otherwise(frame)
    for (const { slot, run } of row.outputs) {
      const value = run(frame)
      if (value === undefined) return stuck(frame)
      frame.slots[slot] = value
    }
    const next = found(frame)
    frame.path[frame.path.length - 1] = row.step
    return next
  }
}

function rowOf(
  node: TableNode,
  index: number,
  inputs: readonly (CelExpression | undefined)[],
  building: Building,
): Row {
  const row = node.rows[index]
  const tests = (row?.cells ?? []).flatMap((text, column) => {
    const cell = cellOf(node, index, column, text, inputs[column], building)
    return cell === undefined || cell.any ? [] : [{ column, test: cell.test }]
  })
  const outputs = node.outputs.flatMap(({ name, type }, at) => {
    const part = `rows.${row?.id}.outputs[${at}]`
    const read = expressionOf(row?.outputs[at] ?? '', celTypeOf(type), node, part, building)
    const known = building.names.get(name)
    if (read === undefined || known === undefined) return []
    define(name, { ...read, slot: known.slot, values: null }, building)
    return [{ slot: known.slot, run: amongChoices(read, known.label, known.choices, node, part, building) }]
  })
  return { tests, outputs, step: Object.freeze({ node: node.id, way: 'to', row: index }) }
}

function cellOf(
  node: TableNode,
  row: number,
  column: number,
  text: string,
  input: CelExpression | undefined,
  building: Building,
): Cell | undefined {
  const of = node.columns[column]
  if (of === undefined) return undefined
  const part = `rows.${node.rows[row]?.id}.cells[${column}]`
  const read = readCell(text, of.type, building.model.currency)
  if (!read.ok) {
    building.fault(node, part, read.fault.code, read.fault.words)
    return undefined
  }
  const cell = read.value
  if (input === undefined || cell.any) return cell
  checkChoices(input.reads, cell.texts, building.names, node, part, building)
  const run: Run = (frame) => {
    const value = input.run(frame)
    return value === undefined ? undefined : cell.test(value)
  }
  // A truth has its conditions within.
  if (input.type === 'bool') return cell
  const { reads, uses, steady, subject } = input
  const form = subject ?? 'other'
  const turn = cell.ints.length === 0 ? run : placeAmong(input.run, cell.ints)
  building.atoms.push({
    reads,
    uses,
    steady,
    form,
    texts: cell.texts,
    ints: cell.ints,
    looks: 'whole',
    run,
    turn,
  })
  return cell
}

/** How many of the numbers a value has reached and how many it has passed: grows with the value, and turns at each of them. */
export function placeAmong(value: Run, numbers: readonly bigint[]): Run {
  return (frame) => {
    const one = value(frame)
    if (one === undefined) return undefined
    let place = 0n
    for (const number of numbers) place += (one as bigint) > number ? 2n : one === number ? 1n : 0n
    return place
  }
}

type Plan = { readonly runs: readonly Run[]; readonly rows: readonly Row[] }
const UNDECIDED = -2
const NONE = -1

function firstRow(frame: RunFrame, { runs, rows }: Plan): number {
  const seen: Seen[] = []
  for (let index = 0; index < rows.length; index += 1) {
    const holds = rowHolds(frame, runs, rows[index]?.tests ?? [], seen)
    if (holds === true) return index
    if (holds === undefined) return UNDECIDED
  }
  return NONE
}

const TWO_ROWS = (a: number, b: number): Stuck => ({
  code: 'rulebook.two_rows',
  words: { zh: `第 ${a + 1} 行和第 ${b + 1} 行同时命中`, en: `rows ${a + 1} and ${b + 1} both hold` },
})

function onlyRow(frame: RunFrame, { runs, rows }: Plan): number {
  const seen: Seen[] = []
  let found = NONE
  let unknown: Stuck | null = null
  let undecided = false
  for (let index = 0; index < rows.length; index += 1) {
    const holds = rowHolds(frame, runs, rows[index]?.tests ?? [], seen)
    if (holds === undefined) {
      undecided = true
      unknown ??= frame.stuck
    } else if (holds && found !== NONE) {
      frame.stuck = TWO_ROWS(found, index)
      return UNDECIDED
    } else if (holds) found = index
  }
  if (!undecided) return found
  frame.stuck = unknown
  return UNDECIDED
}

/** One cell that does not hold settles the row, whatever nobody knows of the others. */
function rowHolds(
  frame: RunFrame,
  runs: readonly Run[],
  tests: readonly Test[],
  seen: Seen[],
): boolean | undefined {
  let undecided = false
  for (const { column, test } of tests) {
    const input = seen[column] ?? { done: false, value: undefined, why: null }
    if (!input.done) {
      seen[column] = input
      input.value = runs[column]?.(frame)
      input.why = input.value === undefined ? frame.stuck : null
      input.done = true
    }
    if (input.value === undefined) {
      undecided = true
      frame.stuck = input.why
    } else if (!test(input.value)) return false
  }
  return undecided ? undefined : true
}
