import type { RuleModel, RuleNode } from '#domain/rulebook.ts'

export type FieldChange = {
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}
export type ItemChange = {
  readonly id: string
  readonly label: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly fields: readonly FieldChange[]
}
export type TextLine = { readonly sign: '+' | '-' | ' '; readonly line: string }
export type ModelDiff = {
  readonly nodes: readonly ItemChange[]
  readonly tables: readonly ItemChange[]
  /** Both models as text, line by line. */
  readonly text: readonly TextLine[]
}

/** What is different from `before` to `after`; where nodes stand on the canvas does not count. `linesOf`: a model as people read it. */
export function diffModels(
  before: RuleModel,
  after: RuleModel,
  linesOf: (model: RuleModel) => readonly string[],
): ModelDiff {
  return {
    nodes: diffItems(before.nodes.map(withoutPlace), after.nodes.map(withoutPlace), ({ label }) => label),
    tables: diffItems(before.tables, after.tables, ({ name }) => name),
    text: diffLines(linesOf(before), linesOf(after)),
  }
}

function withoutPlace({ at: _, ...node }: RuleNode): Omit<RuleNode, 'at'> {
  return node
}

function diffItems<T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
  labelOf: (item: T) => string,
): ItemChange[] {
  const was = new Map(before.map((item) => [item.id, item]))
  const is = new Set(after.map(({ id }) => id))
  const changes: ItemChange[] = []
  for (const item of after) {
    const old = was.get(item.id)
    if (old === undefined) changes.push({ id: item.id, label: labelOf(item), change: 'added', fields: [] })
    else {
      const fields = diffFields(old, item)
      if (fields.length > 0)
        changes.push({
          id: item.id,
          label: labelOf(item),
          change: 'changed',
          fields: fields.slice(0, MOST_FIELDS),
        })
    }
  }
  for (const item of before)
    if (!is.has(item.id)) changes.push({ id: item.id, label: labelOf(item), change: 'removed', fields: [] })
  return changes
}

/** A replaced table of 20,000 rows; the text has them all. */
const MOST_FIELDS = 500

function diffFields(before: object, after: object): FieldChange[] {
  const was = leavesOf(before)
  const is = leavesOf(after)
  const paths = [...is.keys(), ...[...was.keys()].filter((path) => !is.has(path))]
  return paths.flatMap((path) => {
    const [old = null, now = null] = [was.get(path), is.get(path)]
    return old === now ? [] : [{ path, before: old, after: now }]
  })
}

/** Paths like `branches[b1].when`: parts that have an id go by it, so that an inserted row does not change all below it. */
function leavesOf(value: unknown, path = '', leaves = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) leavesOf(item, `${path}[${keyOf(item, index)}]`, leaves)
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value))
      leavesOf(item, path === '' ? name : `${path}.${name}`, leaves)
  else if (value !== undefined) leaves.set(path, typeof value === 'string' ? value : String(value))
  return leaves
}

function keyOf(item: unknown, index: number): string {
  if (typeof item !== 'object' || item === null) return String(index)
  if ('id' in item && typeof item.id === 'string') return item.id
  return 'name' in item && typeof item.name === 'string' ? item.name : String(index)
}

/** Work that one diff may take; two wholly different tables of 20,000 rows are shown as removed and added. */
const MOST_STEPS = 700

/** Shortest edit script (Myers, "An O(ND) difference algorithm", 1986), removed lines before added ones. */
export function diffLines(before: readonly string[], after: readonly string[]): TextLine[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1
  let tail = 0
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1
  const middle = editScript(before.slice(head, before.length - tail), after.slice(head, after.length - tail))
  const same = (line: string): TextLine => ({ sign: ' ', line })
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)]
}

function editScript(a: readonly string[], b: readonly string[]): TextLine[] {
  const traces: Map<number, number>[] = []
  const reach = new Map<number, number>([[1, 0]])
  for (let d = 0; d <= a.length + b.length; d += 1) {
    if (d > MOST_STEPS) return allOf(a, b)
    traces.push(new Map(reach))
    for (let k = -d; k <= d; k += 2) {
      let x = isDown(reach, k, d) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      reach.set(k, x)
      if (x >= a.length && x - k >= b.length) return walkBack(traces, a, b)
    }
  }
  return allOf(a, b)
}

function isDown(reach: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1))
}

function walkBack(
  traces: readonly ReadonlyMap<number, number>[],
  a: readonly string[],
  b: readonly string[],
): TextLine[] {
  const lines: TextLine[] = []
  let [x, y] = [a.length, b.length]
  for (let d = traces.length - 1; d >= 0; d -= 1) {
    const reach = traces[d] ?? new Map<number, number>()
    const k = x - y
    const from = isDown(reach, k, d) ? k + 1 : k - 1
    const startX = reach.get(from) ?? 0
    const startY = startX - from
    while (x > startX && y > startY && x > 0 && y > 0) {
      lines.push({ sign: ' ', line: a[x - 1] ?? '' })
      x -= 1
      y -= 1
    }
    if (d === 0) break
    if (x === startX) lines.push({ sign: '+', line: b[y - 1] ?? '' })
    else lines.push({ sign: '-', line: a[x - 1] ?? '' })
    x = startX
    y = startY
  }
  return lines.reverse()
}

function allOf(a: readonly string[], b: readonly string[]): TextLine[] {
  return [
    ...a.map((line): TextLine => ({ sign: '-', line })),
    ...b.map((line): TextLine => ({ sign: '+', line })),
  ]
}
