import '@xyflow/react/dist/base.css'
import '#/styles/rules.css'
import {
  Background,
  BackgroundVariant,
  type Connection,
  type Edge,
  type EdgeChange,
  MiniMap,
  type NodeChange,
  Panel,
  ReactFlow,
  ReactFlowProvider,
} from '@xyflow/react'
import { App } from 'antd'
import { type DragEvent, type ReactNode, useMemo, useRef, useState } from 'react'
import type {
  NodePlace,
  RuleFinding,
  RuleKindWords,
  RuleModel,
  RuleNodeType,
  RulePathStep,
} from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useTheme } from '#/theme/theme.tsx'
import { CanvasLegend } from './canvas-legend.tsx'
import { type FlowNode, flowEdgesOf, flowNodesOf, type NodeCache } from './flow-elements.ts'
import { connect, moveNodes } from './graph.ts'
import { RuleNodeView, StartNodeView } from './rule-node.tsx'
import { useLooks } from './use-looks.ts'
import { openOn } from './use-view.ts'

export type RuleCanvasProps = {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  /** Left out: nothing can be changed. `key` joins steps of one movement. */
  readonly onChange?: (model: RuleModel, key?: string | null) => void
  readonly readOnly?: boolean
  /** A decision's path: lit, everything else dimmed. */
  readonly litPath?: readonly RulePathStep[] | null
  /** Paints what became of `base`: added, removed, changed. */
  readonly diff?: { readonly base: RuleModel } | null
  readonly findings?: readonly RuleFinding[]
  readonly selected?: readonly string[]
  readonly onSelect?: (ids: readonly string[]) => void
  readonly onOpen?: (id: string) => void
  readonly selectedEdges?: readonly string[]
  readonly onSelectEdges?: (ids: readonly string[]) => void
  readonly onDropType?: (type: RuleNodeType, at: { readonly x: number; readonly y: number }) => void
  readonly minimap?: boolean
  readonly children?: ReactNode
}

export const DRAG_TYPE = 'application/x-holdfast-node'
const NODE_TYPES = { rule: RuleNodeView, start: StartNodeView }
const NO_IDS: readonly string[] = []
/** By then the parts around the canvas have their widths, and it its own. */
const SETTLED_MS = 150
const FIT = { padding: 0.08, maxZoom: 1, minZoom: 0.3 }

/** A rule model to look at: with a decision's way lit, a comparison painted, or findings on its nodes. Needs a parent with a height. */
export function RuleCanvas(props: RuleCanvasProps) {
  return (
    <ReactFlowProvider>
      <RuleFlow {...props} />
    </ReactFlowProvider>
  )
}

/** The canvas itself; whoever steers it from outside (zoom, focus) gives the provider. */
export function RuleFlow(props: RuleCanvasProps) {
  const { t } = useWording()
  const { scheme } = useTheme()
  const readOnly = props.readOnly === true || props.onChange === undefined
  const flow = useFlow(props, readOnly)
  const place = useRef<HTMLDivElement>(null)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; this is a drawing with controls in it
    <div ref={place} className="hf-rule-flow" role="group" aria-label={t('canvas.label')}>
      <ReactFlow
        {...flow}
        nodeTypes={NODE_TYPES}
        colorMode={scheme}
        fitView
        fitViewOptions={FIT}
        minZoom={0.1}
        maxZoom={1.8}
        onlyRenderVisibleElements
        nodesDraggable={!readOnly}
        nodesConnectable={!readOnly}
        edgesReconnectable={!readOnly}
        edgesFocusable={false}
        deleteKeyCode={null}
        multiSelectionKeyCode={['Shift', 'Control', 'Meta']}
        selectionKeyCode="Shift"
        panOnScroll
        zoomOnDoubleClick={false}
        snapToGrid
        snapGrid={[4, 4]}
        connectionRadius={36}
        onInit={(made) =>
          window.setTimeout(
            () => void (props.litPath || props.diff ? made.fitView(FIT) : openOn(made, place.current)),
            SETTLED_MS,
          )
        }
        ariaLabelConfig={ariaOf(t('canvas.label'))}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        {props.minimap === false ? null : (
          <MiniMap pannable zoomable nodeClassName={miniClass} ariaLabel={t('canvas.tool.minimap')} />
        )}
        {props.model.nodes.length === 0 && !props.diff ? (
          <Panel position="top-center">
            <div className="hf-rule-empty">
              <strong>{t('canvas.empty')}</strong>
              <p>{t(readOnly ? 'canvas.emptyRead' : 'canvas.emptyHint')}</p>
            </div>
          </Panel>
        ) : null}
        {props.diff || props.litPath ? (
          <Panel position="top-left">
            <CanvasLegend of={props.diff ? 'diff' : 'lit'} />
          </Panel>
        ) : null}
        {props.children}
      </ReactFlow>
    </div>
  )
}

function useFlow(props: RuleCanvasProps, readOnly: boolean) {
  const { model, onChange } = props
  const { t } = useWording()
  const { message } = App.useApp()
  const { litPath, findings, kind } = props
  const base = props.diff?.base ?? null
  const looks = useLooks({ kind, model, readOnly, litPath, base, findings })
  const cache = useRef<NodeCache>(new Map())
  const [ownSelected, setOwnSelected] = useState(NO_IDS)
  const [ownEdges, setOwnEdges] = useState(NO_IDS)
  const selected = props.selected ?? ownSelected
  const selectedEdges = props.selectedEdges ?? ownEdges
  const select = props.onSelect ?? setOwnSelected
  const selectEdges = props.onSelectEdges ?? setOwnEdges
  const [dragged, setDragged] = useState<ReadonlyMap<string, NodePlace> | null>(null)
  const built = useMemo(() => flowNodesOf(model, looks, cache.current), [model, looks])
  const nodes = useMemo(() => withState(built, selected, dragged), [built, selected, dragged])
  const edges = useMemo(
    () => flowEdgesOf(model, base, looks, new Set(selectedEdges)),
    [model, base, looks, selectedEdges],
  )
  const draw = (source: string, way: string | null, target: string) => {
    if (!onChange || way === null) return
    const next = connect(model, source, way, target)
    if (next) onChange(next)
    else void message.warning(t('canvas.circle'))
  }
  const onNodesChange = (changes: readonly NodeChange<FlowNode>[]) => {
    const places = new Map(dragged ?? [])
    let [moved, ended] = [false, false]
    for (const one of changes) {
      if (one.type !== 'position' || !one.position) continue
      places.set(one.id, one.position)
      moved = true
      if (one.dragging !== true) ended = true
    }
    if (ended && onChange && !readOnly) {
      setDragged(null)
      onChange(moveNodes(model, places), dragged ? null : `move ${[...places.keys()].join(' ')}`)
    } else if (moved) setDragged(places)
    else if (dragged && changes.some((one) => one.type === 'position' && one.dragging === false)) {
      setDragged(null)
      onChange?.(moveNodes(model, dragged))
    }
    const chosen = chosenAfter(selected, changes)
    if (chosen !== selected) select(chosen)
  }
  return {
    nodes,
    edges,
    onNodesChange,
    onEdgesChange: (changes: readonly EdgeChange[]) => {
      const chosen = chosenAfter(selectedEdges, changes)
      if (chosen !== selectedEdges) selectEdges(chosen)
    },
    onConnect: ({ source, sourceHandle, target }: Connection) => draw(source, sourceHandle, target),
    onReconnect: (old: Edge, { target, source, sourceHandle }: Connection) => {
      if (old.source === source && old.sourceHandle === sourceHandle) draw(source, sourceHandle, target)
    },
    onNodeDoubleClick: (_: unknown, { id }: FlowNode) => props.onOpen?.(id),
    onDragOver: (event: DragEvent) => {
      if (!readOnly && event.dataTransfer.types.includes(DRAG_TYPE)) event.preventDefault()
    },
    onDrop: (event: DragEvent) => {
      const type = event.dataTransfer.getData(DRAG_TYPE) as RuleNodeType | ''
      if (readOnly || type === '') return
      event.preventDefault()
      props.onDropType?.(type, { x: event.clientX, y: event.clientY })
    },
  }
}

/** Only nodes whose selection or place differs are new objects; the others are drawn as they were. */
function withState(
  built: readonly FlowNode[],
  selected: readonly string[],
  dragged: ReadonlyMap<string, NodePlace> | null,
): FlowNode[] {
  const chosen = new Set(selected)
  return built.map((node) => {
    const at = dragged?.get(node.id)
    if (!at && !chosen.has(node.id)) return node
    return { ...node, ...(at ? { position: at } : {}), selected: chosen.has(node.id) } as FlowNode
  })
}

function chosenAfter(
  before: readonly string[],
  changes: readonly (NodeChange<FlowNode> | EdgeChange)[],
): readonly string[] {
  const chosen = new Set(before)
  for (const one of changes) {
    if (one.type !== 'select') continue
    if (one.selected) chosen.add(one.id)
    else chosen.delete(one.id)
  }
  return chosen.size === before.length && before.every((id) => chosen.has(id)) ? before : [...chosen]
}

function miniClass(node: FlowNode): string {
  return node.type === 'rule' ? `hf-mini-${node.data.node.type}` : ''
}

/** The library's own words for screen readers are English only: ours take their place. */
function ariaOf(label: string) {
  return {
    'node.a11yDescription.default': label,
    'node.a11yDescription.keyboardDisabled': label,
    'node.a11yDescription.ariaLiveMessage': () => '',
    'edge.a11yDescription.default': label,
  }
}
