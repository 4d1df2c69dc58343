import { type Edge, MarkerType, type Node, Position } from '@xyflow/react'
import type { NodePlace, RuleFinding, RuleModel, RuleNode } from '#/api/rule-model-types.ts'
import { boxOf, IN_HANDLE_Y, NODE_WIDTH } from './boxes.ts'
import { START, waysOf } from './graph.ts'
import type { NodeChange } from './model-diff.ts'
import { edgeId, type Lights } from './path-lights.ts'
import type { Speaker } from './summary.ts'

export type WayView = {
  readonly id: string
  readonly label: string
  readonly condition: string
  readonly open: boolean
  readonly lit: boolean
}
export type RuleNodeData = {
  readonly node: RuleNode
  readonly lines: readonly string[]
  readonly ways: readonly WayView[]
  readonly light: 'lit' | 'dim' | null
  readonly row: number | null
  readonly change: NodeChange | null
  readonly findings: readonly RuleFinding[]
  readonly isStart: boolean
  readonly readOnly: boolean
}
export type RuleFlowNode = Node<RuleNodeData, 'rule'>
export type StartFlowNode = Node<{ readonly light: 'lit' | 'dim' | null }, 'start'>
export type FlowNode = RuleFlowNode | StartFlowNode

export type Looks = {
  readonly speaker: Speaker
  readonly wayWords: Readonly<Record<'otherwise' | 'missing' | 'table' | 'lookup' | 'next', string>>
  readonly nodeName: (node: RuleNode) => string
  readonly startName: string
  readonly lights: Lights | null
  readonly changes: ReadonlyMap<string, NodeChange> | null
  readonly findings: ReadonlyMap<string, readonly RuleFinding[]>
  readonly readOnly: boolean
}
/** What was made for a node last time, to be handed out again while nothing about it changed: only what changed is drawn anew. */
export type NodeCache = Map<
  string,
  { readonly said: string; readonly node: RuleNode; readonly flow: RuleFlowNode }
>

const HANDLE = 10
const START_SIZE = { width: 76, height: 30 }
const START_GAP = 130
const NO_FINDINGS: readonly RuleFinding[] = []

export function flowNodesOf(model: RuleModel, looks: Looks, cache: NodeCache): FlowNode[] {
  const nodes: readonly RuleNode[] = [
    ...model.nodes,
    ...[...(looks.changes?.values() ?? [])].flatMap((one) => (one.change === 'removed' ? [one.node] : [])),
  ]
  const made: FlowNode[] = nodes.map((node) => cachedNode(node, model, looks, cache))
  const first = model.nodes.find(({ id }) => id === model.start)
  if (model.nodes.length > 0) made.push(startNode(first?.at ?? leftmost(model), looks))
  return made
}

function cachedNode(node: RuleNode, model: RuleModel, looks: Looks, cache: NodeCache): RuleFlowNode {
  const data = dataOf(node, model, looks)
  const said = JSON.stringify([data.lines, data.ways, data.light, data.row, data.isStart, data.readOnly])
  const old = cache.get(node.id)
  const same =
    old?.node === node &&
    old.said === said &&
    old.flow.data.findings === data.findings &&
    old.flow.data.change === data.change
  if (same) return old.flow
  const flow = flowNode(node, data, looks)
  cache.set(node.id, { said, node, flow })
  return flow
}

function dataOf(node: RuleNode, model: RuleModel, looks: Looks): RuleNodeData {
  const { lights } = looks
  const change = looks.changes?.get(node.id) ?? null
  return {
    node,
    lines: looks.speaker.lines(node),
    ways: waysOf(node).map((way) => ({
      id: way.id,
      label: wayLabel(node, way.role, way.label, looks),
      condition: conditionOf(node, way.id, looks),
      open: way.to === null,
      lit: lights?.edges.has(edgeId(node.id, way.id)) ?? false,
    })),
    light: lights ? (lights.nodes.has(node.id) ? 'lit' : 'dim') : null,
    row: lights?.rows.get(node.id) ?? null,
    change,
    findings: looks.findings.get(node.id) ?? NO_FINDINGS,
    isStart: model.start === node.id,
    readOnly: looks.readOnly || change?.change === 'removed',
  }
}

function conditionOf(node: RuleNode, way: string, looks: Looks): string {
  if (node.type !== 'branch') return ''
  const branch = node.branches.find(({ id }) => `branch.${id}` === way)
  return branch ? looks.speaker.condition(branch.when) : ''
}

function wayLabel(
  node: RuleNode,
  role: 'branch' | 'next' | 'otherwise' | 'missing',
  label: string,
  { wayWords }: Looks,
): string {
  if (role === 'branch') return label
  if (role !== 'next') return wayWords[role]
  return node.type === 'table' || node.type === 'lookup' ? wayWords[node.type] : wayWords.next
}

function flowNode(node: RuleNode, data: RuleNodeData, looks: Looks): RuleFlowNode {
  const box = boxOf(node, data.lines.length)
  const source = data.ways.map((way, i) => ({
    id: way.id,
    type: 'source' as const,
    position: Position.Right,
    x: NODE_WIDTH - HANDLE / 2,
    y: (box.ways[i] ?? 0) - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  }))
  return {
    id: node.id,
    type: 'rule',
    position: node.at,
    data,
    width: NODE_WIDTH,
    height: box.height,
    // Known, not measured: nodes out of sight count too when all is to be shown.
    measured: { width: NODE_WIDTH, height: box.height },
    draggable: !data.readOnly,
    connectable: !data.readOnly,
    deletable: !data.readOnly,
    ariaLabel: looks.nodeName(node),
    handles: [
      {
        id: 'in',
        type: 'target',
        position: Position.Left,
        x: -HANDLE / 2,
        y: IN_HANDLE_Y - HANDLE / 2,
        width: HANDLE,
        height: HANDLE,
      },
      ...source,
    ],
  }
}

function leftmost(model: RuleModel): NodePlace {
  return {
    x: Math.min(...model.nodes.map(({ at }) => at.x)),
    y: Math.min(...model.nodes.map(({ at }) => at.y)),
  }
}

function startNode(at: NodePlace, { lights, readOnly, startName }: Looks): StartFlowNode {
  return {
    id: START,
    type: 'start',
    position: { x: at.x - START_GAP, y: at.y + IN_HANDLE_Y - START_SIZE.height / 2 },
    data: { light: lights ? 'lit' : null },
    ...START_SIZE,
    measured: START_SIZE,
    draggable: false,
    selectable: false,
    focusable: false,
    deletable: false,
    connectable: !readOnly,
    ariaLabel: startName,
    handles: [
      {
        id: 'next',
        type: 'source',
        position: Position.Right,
        x: START_SIZE.width - HANDLE / 2,
        y: START_SIZE.height / 2 - HANDLE / 2,
        width: HANDLE,
        height: HANDLE,
      },
    ],
  }
}

export function flowEdgesOf(
  model: RuleModel,
  base: RuleModel | null,
  looks: Looks,
  selected: ReadonlySet<string>,
): Edge[] {
  const here = new Set(model.nodes.map(({ id }) => id))
  const shown = new Set([...here, ...(base?.nodes ?? []).map(({ id }) => id)])
  const edges: Edge[] = []
  const add = (source: string, way: string, to: string, label: string, kind: string): void => {
    const id = edgeId(source, way) + (kind === 'removed' ? ' removed' : '')
    edges.push(edgeOf({ id, source, way, to, label, kind }, looks, selected))
  }
  if (model.start !== null && here.has(model.start)) add(START, 'next', model.start, '', '')
  const lines = linesOf(model, shown)
  const before = base ? linesOf(base, shown) : null
  for (const [key, line] of lines) {
    const was = before?.get(key)
    const kind = before === null || was?.to === line.to ? '' : 'added'
    add(line.node.id, line.way, line.to, edgeLabel(line, looks), kind)
  }
  for (const [key, line] of before ?? [])
    if (lines.get(key)?.to !== line.to)
      add(line.node.id, line.way, line.to, edgeLabel(line, looks), 'removed')
  return edges
}

type Line = {
  readonly node: RuleNode
  readonly way: string
  readonly to: string
  readonly label: string
  readonly role: string
}
function linesOf(model: RuleModel, shown: ReadonlySet<string>): Map<string, Line> {
  const lines = new Map<string, Line>()
  for (const node of model.nodes)
    for (const { id, to, label, role } of waysOf(node))
      if (to !== null && shown.has(to)) lines.set(edgeId(node.id, id), { node, way: id, to, label, role })
  return lines
}

function edgeLabel({ role, label }: Line, { wayWords }: Looks): string {
  if (role === 'branch') return label
  return role === 'otherwise' || role === 'missing' ? wayWords[role] : ''
}

function edgeOf(
  line: { id: string; source: string; way: string; to: string; label: string; kind: string },
  { lights, readOnly }: Looks,
  selected: ReadonlySet<string>,
): Edge {
  const lit = lights?.edges.has(line.id) ?? false
  const classes = [
    'hf-rule-edge',
    lights ? (lit ? 'hf-rule-edge-lit' : 'hf-rule-edge-dim') : '',
    line.kind === '' ? '' : `hf-rule-edge-${line.kind}`,
  ]
  return {
    id: line.id,
    source: line.source,
    target: line.to,
    sourceHandle: line.way,
    targetHandle: 'in',
    label: line.label === '' ? undefined : line.label,
    animated: lit,
    className: classes.filter((name) => name !== '').join(' '),
    selected: selected.has(line.id),
    selectable: !readOnly && line.kind !== 'removed',
    reconnectable: !readOnly && line.kind !== 'removed' ? 'target' : false,
    focusable: false,
    markerEnd: {
      type: MarkerType.ArrowClosed,
      width: lit ? 12 : 16,
      height: lit ? 12 : 16,
      color: lit ? 'var(--hf-good-mark)' : 'var(--hf-neutral-mark)',
    },
    labelBgPadding: [5, 1],
    labelBgBorderRadius: 3,
    ...(lit ? { zIndex: 1 } : {}),
  }
}
