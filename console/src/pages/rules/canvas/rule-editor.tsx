import { ReactFlowProvider } from '@xyflow/react'
import { App } from 'antd'
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react'
import type {
  RuleFinding,
  RuleInputJson,
  RuleKindWords,
  RuleModel,
  RuleNodeType,
  RuleTried,
} from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ConnectBox } from './connect-box.tsx'
import { EditorSide, type SideTab } from './editor-side.tsx'
import { EditorToolbar } from './editor-toolbar.tsx'
import { addNode, connect, removeNodes } from './graph.ts'
import { Palette } from './palette.tsx'
import { RuleFlow } from './rule-canvas.tsx'
import { SheetDialog, type SheetOf } from './sheet-dialog.tsx'
import { useCanvasKeys } from './use-canvas-keys.ts'
import { useClipboard } from './use-clipboard.ts'
import { useHistory } from './use-history.ts'
import { useRuleCheck } from './use-rule-check.ts'
import { useView } from './use-view.ts'
import { firstInput, variablesOf } from './values.ts'

export type RuleEditorProps = {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly onChange: (model: RuleModel) => void
  readonly readOnly?: boolean
  /** Shown instead of the hub's check of what stands here. */
  readonly findings?: readonly RuleFinding[]
  /** Offers "keep as a case" beside an input. */
  readonly onAddCase?: (name: string, input: RuleInputJson) => void
  readonly onTried?: (tried: RuleTried | null) => void
  /** At the right end of the tools. */
  readonly extra?: ReactNode
}

/** The rule canvas with all that one edits with. Needs a parent with a height. */
export function RuleEditor(props: RuleEditorProps) {
  return (
    <ReactFlowProvider>
      <Editor {...props} />
    </ReactFlowProvider>
  )
}

const NOTHING: readonly string[] = []
const NO_ROWS: ReadonlyMap<string, number> = new Map()

function Editor(props: RuleEditorProps) {
  const { kind, readOnly = false } = props
  const { t } = useWording()
  const place = useRef<HTMLDivElement>(null)
  const { model, change, undo, redo, canUndo, canRedo, pause } = useHistory(props.model, props.onChange)
  const chosen = useChosen(model)
  const state = useRuleCheck(kind.kind, model, props.findings === undefined)
  const findings = props.findings ?? state.check?.findings ?? NO_FINDINGS
  const [tab, setTab] = useState<SideTab | null>('node')
  const [sheet, setSheet] = useState<SheetOf | null>(null)
  const [connecting, setConnecting] = useState<string | null>(null)
  const [minimap, setMinimap] = useState(true)
  const trying = useTrying(props)
  const variables = useMemo(() => variablesOf(kind, model), [kind, model])
  const view = useView(place)
  const clipboard = useClipboard({ kind, model, change, chosen: chosen.ids, choose: chosen.choose, readOnly })
  const edit = useEdits({ kind, model, change, readOnly, chosen, view })
  const open = useCallback(
    (id: string) => {
      chosen.choose([id])
      setTab('node')
      const node = model.nodes.find((one) => one.id === id)
      if (node?.type === 'table') setSheet({ node: id })
    },
    [chosen, model],
  )
  const go = (id: string) => {
    chosen.choose([id])
    view.show(id)
  }
  const onKeyDown = useCanvasKeys({
    readOnly,
    chosen: chosen.ids,
    undo,
    redo,
    remove: edit.remove,
    all: () => chosen.choose(model.nodes.map(({ id }) => id)),
    search: view.search,
    connect: (id) => {
      // Arrow keys move what is chosen: after the line is drawn one may go on with it.
      chosen.choose([id])
      setConnecting(id)
    },
    open: () => {
      setTab('node')
      view.firstField()
    },
    escape: () => {
      setConnecting(null)
      if (chosen.ids.length > 0) chosen.choose(NOTHING)
      else setTab(null)
    },
  })
  const panel = { kind, model, variables, findings, readOnly, onModel: change, onSheet: setSheet }
  return (
    <div ref={place} className="hf-rule-editor">
      <EditorToolbar
        {...{ model, readOnly, undo, redo, canUndo, canRedo, view, clipboard, findings, state, minimap, tab }}
        chosen={chosen.ids}
        tidy={() => edit.tidy()}
        remove={edit.remove}
        connect={() => setConnecting(chosen.ids[0] ?? null)}
        onMinimap={() => setMinimap(!minimap)}
        onTab={setTab}
        onGo={go}
        extra={props.extra}
      />
      <div className="hf-rule-middle">
        {readOnly ? null : <Palette kind={kind} onAdd={edit.addInView} />}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keys and clipboard of the canvas within */}
        <div
          className="hf-rule-centre"
          onKeyDown={onKeyDown}
          onCopy={clipboard.onCopy}
          onCut={clipboard.onCopy}
          onPaste={clipboard.onPaste}
          onPointerDown={pause}
        >
          <RuleFlow
            {...{ kind, model, readOnly, findings, minimap }}
            {...(readOnly ? {} : { onChange: change })}
            litPath={trying.tried?.decision.path ?? null}
            selected={chosen.ids}
            onSelect={(ids) => {
              chosen.choose(ids, true)
              if (ids.length === 1) setTab((now) => (now === null || now === 'findings' ? 'node' : now))
            }}
            selectedEdges={chosen.edges}
            onSelectEdges={chosen.chooseEdges}
            onOpen={open}
            onDropType={edit.drop}
          />
        </div>
        {connecting !== null && !readOnly ? (
          <ConnectBox
            model={model}
            source={connecting}
            onClose={() => {
              setConnecting(null)
              view.focusNode(connecting)
            }}
            onConnect={(way, to) => {
              const next = connect(model, connecting, way, to)
              if (next) change(next)
              setConnecting(null)
              view.focusNode(connecting)
            }}
          />
        ) : null}
        {tab === null ? null : (
          <EditorSide
            {...panel}
            {...{ tab, state, trying }}
            chosen={chosen.ids}
            onTab={setTab}
            onGo={go}
            onAddCase={props.onAddCase}
            onNode={edit.putNode}
          />
        )}
      </div>
      <SheetDialog
        {...{ model, variables, findings, readOnly }}
        of={sheet}
        litRows={trying.rows}
        onModel={change}
        onClose={() => setSheet(null)}
      />
      <span className="hf-hidden" role="status">
        {chosen.ids.length > 0 ? t('canvas.chosen', { n: chosen.ids.length }) : ''}
      </span>
    </div>
  )
}
const NO_FINDINGS: readonly RuleFinding[] = []

/** Nodes and lines that are chosen; what is no longer there falls out. */
function useChosen(model: RuleModel) {
  const [ids, setIds] = useState(NOTHING)
  const [edges, chooseEdges] = useState(NOTHING)
  const here = useMemo(() => new Set(model.nodes.map(({ id }) => id)), [model])
  const kept = useMemo(
    () => (ids.every((id) => here.has(id)) ? ids : ids.filter((id) => here.has(id))),
    [ids, here],
  )
  const choose = useCallback((next: readonly string[], keepEdges = false) => {
    setIds(next)
    if (!keepEdges) chooseEdges(NOTHING)
  }, [])
  return { ids: kept, choose, edges, chooseEdges }
}

function useTrying({ kind, model, onTried }: RuleEditorProps) {
  const [input, setInput] = useState<RuleInputJson>(() => firstInput(kind, model.currency))
  const [tried, setTried] = useState<RuleTried | null>(null)
  const rows = useMemo(() => {
    const found = new Map<string, number>()
    for (const step of tried?.decision.path ?? []) if (step.row !== undefined) found.set(step.node, step.row)
    return tried ? found : NO_ROWS
  }, [tried])
  return {
    input,
    setInput,
    tried,
    rows,
    setTried: (next: RuleTried | null) => {
      setTried(next)
      onTried?.(next)
    },
  }
}
export type Trying = ReturnType<typeof useTrying>

/** What is done to the model from the canvas and the tools. */
function useEdits(ask: {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly change: (model: RuleModel, key?: string | null) => void
  readonly readOnly: boolean
  readonly chosen: ReturnType<typeof useChosen>
  readonly view: ReturnType<typeof useView>
}) {
  const { kind, model, change, readOnly, chosen, view } = ask
  const { t, pick } = useWording()
  const { message } = App.useApp()
  const add = (type: RuleNodeType, at: { readonly x: number; readonly y: number }, isFreed = false) => {
    if (readOnly) return
    const words = {
      label: t(`canvas.type.${type}`),
      branch: t('canvas.newBranch'),
      table: t('canvas.newTable'),
      name: pick,
    }
    const made = addNode(model, kind, type, at, words)
    change(isFreed ? view.freed(kind, made.model, made.id) : made.model)
    chosen.choose([made.id])
    if (isFreed) view.show(made.id)
    view.focusNode(made.id)
  }
  return {
    addInView: (type: RuleNodeType) => add(type, view.middle(), true),
    drop: (type: RuleNodeType, at: { readonly x: number; readonly y: number }) => add(type, view.placeAt(at)),
    remove: () => {
      if (readOnly || (chosen.ids.length === 0 && chosen.edges.length === 0)) return
      change(withoutChosen(model, chosen.ids, chosen.edges))
      chosen.choose(NOTHING)
      view.focusCanvas()
    },
    tidy: () => {
      if (readOnly || model.nodes.length === 0) return
      // The layout's code is large and seldom asked for.
      void view.tidy(kind, model).then(
        (next) => {
          change(next)
          view.open()
        },
        () => void message.error(t('canvas.tool.tidy')),
      )
    },
    putNode: (node: RuleModel['nodes'][number], key?: string) =>
      change({ ...model, nodes: model.nodes.map((one) => (one.id === node.id ? node : one)) }, key),
  }
}

function withoutChosen(model: RuleModel, ids: readonly string[], edges: readonly string[]): RuleModel {
  const cut = edges.reduce((now, edge) => {
    const [source = '', way = ''] = edge.split(' ')
    return connect(now, source, way, null) ?? now
  }, model)
  return ids.length === 0 ? cut : removeNodes(cut, ids)
}
