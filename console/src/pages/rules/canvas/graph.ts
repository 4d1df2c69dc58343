import type {
  LookupTable,
  NextNode,
  NodePlace,
  RuleKindWords,
  RuleModel,
  RuleNode,
  RuleNodeType,
  RuleParamType,
} from '../../../api/rule-model-types.ts'

/** One of the ways out of a node. `id` names it on the canvas; `said` are the names by which a decision's path may call it. */
export type Way = {
  readonly id: string
  readonly role: 'branch' | 'next' | 'otherwise' | 'missing'
  readonly label: string
  readonly to: NextNode
  readonly said: readonly string[]
}

/** The place before the first node, on the canvas only. */
export const START = '@start'
const BRANCH = 'branch.'

export function waysOf(node: RuleNode): readonly Way[] {
  if (node.type === 'result') return []
  if (node.type === 'branch')
    return [
      ...node.branches.map(({ id, label, to }) => ({
        id: BRANCH + id,
        role: 'branch' as const,
        label,
        to,
        said: [id],
      })),
      fixedWay('otherwise', node.otherwise),
    ]
  if (node.type === 'table') return [fixedWay('next', node.to), fixedWay('otherwise', node.otherwise)]
  if (node.type === 'lookup') return [fixedWay('next', node.to), fixedWay('missing', node.missing)]
  return [fixedWay('next', node.to)]
}

function fixedWay(role: 'next' | 'otherwise' | 'missing', to: NextNode): Way {
  return { id: role, role, label: '', to, said: role === 'next' ? ['to', 'next', 'hit', 'found'] : [role] }
}

/** The node with that way leading elsewhere; a way it does not have changes nothing. */
export function withWay(node: RuleNode, way: string, to: NextNode): RuleNode {
  if (node.type === 'result') return node
  if (node.type === 'branch') {
    if (way === 'otherwise') return { ...node, otherwise: to }
    const branches = node.branches.map((one) => (BRANCH + one.id === way ? { ...one, to } : one))
    return { ...node, branches }
  }
  if (way === 'next') return { ...node, to }
  if (node.type === 'table' && way === 'otherwise') return { ...node, otherwise: to }
  if (node.type === 'lookup' && way === 'missing') return { ...node, missing: to }
  return node
}

export function nodeById(model: RuleModel, id: string | null): RuleNode | undefined {
  return id === null ? undefined : model.nodes.find((node) => node.id === id)
}

export function replaceNode(model: RuleModel, id: string, to: RuleNode): RuleModel {
  return { ...model, nodes: model.nodes.map((node) => (node.id === id ? to : node)) }
}

/** True where the way from `source` to `target` would close a circle: rules run to an end. */
export function closesCircle(model: RuleModel, source: string, target: string): boolean {
  const seen = new Set<string>()
  const open = [target]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === source) return true
    if (seen.has(id)) continue
    seen.add(id)
    const node = nodeById(model, id)
    if (node) for (const { to } of waysOf(node)) if (to !== null) open.push(to)
  }
  return false
}

/** Draws or moves a line; `@start` as source makes the target the first node. Null where it would close a circle. */
export function connect(model: RuleModel, source: string, way: string, target: NextNode): RuleModel | null {
  if (source === START) return { ...model, start: target }
  const node = nodeById(model, source)
  if (!node || (target !== null && closesCircle(model, source, target))) return null
  return replaceNode(model, source, withWay(node, way, target))
}

/** Takes nodes away; what led to them leads nowhere, and so to a person. */
export function removeNodes(model: RuleModel, ids: readonly string[]): RuleModel {
  const gone = new Set(ids)
  const kept = model.nodes.filter(({ id }) => !gone.has(id))
  const cut = kept.map((node) =>
    waysOf(node)
      .filter(({ to }) => to !== null && gone.has(to))
      .reduce((one, way) => withWay(one, way.id, null), node),
  )
  return { ...model, start: model.start !== null && gone.has(model.start) ? null : model.start, nodes: cut }
}

export function moveNodes(model: RuleModel, places: ReadonlyMap<string, NodePlace>): RuleModel {
  if (places.size === 0) return model
  const nodes = model.nodes.map((node) => {
    const at = places.get(node.id)
    return at ? { ...node, at: { x: Math.round(at.x), y: Math.round(at.y) } } : node
  })
  return { ...model, nodes }
}

/** `n7` where n1 to n6 are taken; never one that was just removed by chance of order. */
export function freshId(taken: Iterable<string>, letter: string): string {
  const pattern = new RegExp(`^${letter}(\\d{1,6})$`)
  let most = 0
  for (const id of taken) most = Math.max(most, Number(pattern.exec(id)?.[1] ?? 0))
  return `${letter}${most + 1}`
}

/** The simplest expression of a type, to start from. */
export function plainExpression(
  type: RuleParamType,
  choices?: readonly { readonly value: string }[],
): string {
  const plain: Readonly<Record<RuleParamType, string>> = {
    text: '""',
    int: '0',
    money: 'yuan("0.00")',
    bool: 'false',
    texts: '[]',
    lines: 'true',
    choice: JSON.stringify(choices?.[0]?.value ?? ''),
  }
  return plain[type]
}

/** A node as it leaves the palette: complete enough to be kept, and named in the person's language. */
export function addNode(
  model: RuleModel,
  kind: RuleKindWords,
  type: RuleNodeType,
  at: NodePlace,
  words: {
    readonly label: string
    readonly branch: string
    readonly table: string
    readonly name: (name: { readonly zh: string; readonly en: string }) => string
  },
): { readonly model: RuleModel; readonly id: string } {
  const id = freshId(
    model.nodes.map((node) => node.id),
    'n',
  )
  const place = { x: Math.round(at.x), y: Math.round(at.y) }
  const common = { id, label: words.label, at: place }
  const tables =
    type === 'lookup' && model.tables.length === 0
      ? [plainTable(kind, words.table, words.name)]
      : model.tables
  const node = plainNode(common, kind, type, tables, words)
  const start = model.start ?? id
  return { model: { ...model, start, tables, nodes: [...model.nodes, node] }, id }
}

function plainNode(
  common: { readonly id: string; readonly label: string; readonly at: NodePlace },
  kind: RuleKindWords,
  type: RuleNodeType,
  tables: readonly LookupTable[],
  words: { readonly branch: string; readonly name: (name: { zh: string; en: string }) => string },
): RuleNode {
  const first = kind.variables[0]
  const value = kind.values[0]
  switch (type) {
    case 'branch':
      return {
        ...common,
        type,
        branches: [{ id: 'b1', label: words.branch, when: 'true', to: null }],
        otherwise: null,
      }
    case 'table': {
      const output = value
        ? { name: value.name, label: words.name(value.label), type: value.type }
        : { name: 'amount_1', label: words.name({ zh: '金额', en: 'amount' }), type: 'money' as const }
      return {
        ...common,
        type,
        hit: 'first',
        columns: first
          ? [{ id: 'c1', label: words.name(first.label), input: first.name, type: first.type }]
          : [],
        outputs: [output],
        rows: [
          { id: 'r1', cells: first ? [''] : [], outputs: [plainExpression(output.type, value?.choices)] },
        ],
        to: null,
        otherwise: null,
      }
    }
    case 'lookup': {
      const table = tables[0]
      return {
        ...common,
        type,
        table: table?.id ?? '',
        keys: table?.keys.map(({ name }) => keyVariable(kind, name)) ?? [],
        bind: table?.columns.map(({ name }) => ({ column: name, as: name })) ?? [],
        to: null,
        missing: null,
      }
    }
    case 'set':
      return {
        ...common,
        type,
        values: [
          value
            ? { name: value.name, type: value.type, expression: plainExpression(value.type, value.choices) }
            : { name: 'amount_1', type: 'money', expression: plainExpression('money') },
        ],
        to: null,
      }
    case 'action': {
      const action = kind.actions[0]
      return {
        ...common,
        type,
        action: action?.name ?? '',
        params: plainParams(kind, action?.name),
        to: null,
      }
    }
    case 'result':
      return {
        ...common,
        type,
        outcome: 'decided',
        values: kind.values
          .filter(({ required }) => required)
          .map((one) => ({ name: one.name, expression: plainExpression(one.type, one.choices) })),
        reason: '',
      }
  }
}

/** The parameters that an action cannot do without. */
export function plainParams(kind: RuleKindWords, action: string | undefined): Record<string, string> {
  const params = kind.actions.find(({ name }) => name === action)?.params ?? []
  return Object.fromEntries(
    params
      .filter(({ required }) => required)
      .map(({ name, type, choices }) => [name, plainExpression(type, choices)]),
  )
}

function keyVariable(kind: RuleKindWords, name: string): string {
  return kind.variables.some((one) => one.name === name) ? name : (kind.variables[0]?.name ?? '""')
}

/** Province and city where the kind knows them: what people keep such tables for. */
export function plainTable(
  kind: RuleKindWords,
  name: string,
  word: (name: { readonly zh: string; readonly en: string }) => string,
  taken: Iterable<string> = [],
): LookupTable {
  const places = kind.variables.filter((one) => one.name === 'province' || one.name === 'city')
  const keys = places.length > 0 ? places : kind.variables.filter(({ type }) => type === 'text').slice(0, 1)
  return {
    id: freshId(taken, 't'),
    name,
    keys:
      keys.length > 0
        ? keys.map((one) => ({ name: one.name, label: word(one.label), type: 'text' as const }))
        : [{ name: 'key', label: word({ zh: '键', en: 'key' }), type: 'text' as const }],
    columns: [{ name: 'fee', label: word({ zh: '金额', en: 'amount' }), type: 'money' }],
    rows: [],
  }
}
