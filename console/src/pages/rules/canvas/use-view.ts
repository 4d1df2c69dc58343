import { type ReactFlowInstance, useReactFlow } from '@xyflow/react'
import { type RefObject, useMemo } from 'react'
import type { RuleKindWords, RuleModel } from '#/api/rule-model-types.ts'
import { NODE_WIDTH } from './boxes.ts'
import type { FlowNode } from './flow-elements.ts'
import { freePlace, heightsOf, openingView } from './free-place.ts'
import { moveNodes, nodeById } from './graph.ts'

type Point = { readonly x: number; readonly y: number }
const QUICK = { duration: 200 }
const FIT = { padding: 0.12, maxZoom: 1, minZoom: 0.2 }

/** Where one looks: zoom, focus, places. */
export function useView(place: RefObject<HTMLDivElement | null>) {
  const flow = useReactFlow<FlowNode>()
  return useMemo(() => {
    const canvas = () => place.current?.querySelector<HTMLElement>('.react-flow') ?? null
    const later = (what: () => void) => window.setTimeout(what, 60)
    return {
      zoomIn: () => void flow.zoomIn(QUICK),
      zoomOut: () => void flow.zoomOut(QUICK),
      fit: () => void later(() => void flow.fitView({ ...QUICK, ...FIT })),
      show: (id: string) =>
        void later(() => {
          const node = flow.getNode(id)
          if (!node) return
          const [width, height] = [node.width ?? 252, node.height ?? 80]
          const zoom = Math.max(0.8, Math.min(1, flow.getZoom()))
          void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, { ...QUICK, zoom })
        }),
      /** As on opening: all of it, or its beginning where all would be too small to read. */
      open: () => void later(() => void openOn(flow, canvas())),
      placeAt: (at: Point) => flow.screenToFlowPosition(at),
      middle: () => {
        const box = canvas()?.getBoundingClientRect()
        const zoom = flow.getZoom()
        return box
          ? flow.screenToFlowPosition({
              x: box.left + box.width / 2 - (NODE_WIDTH / 2) * zoom,
              y: box.top + box.height / 2 - 60 * zoom,
            })
          : { x: 0, y: 0 }
      },
      /** The model with this node moved to where it hides no other, as near as can be. */
      freed: (kind: RuleKindWords, model: RuleModel, id: string): RuleModel => {
        const node = nodeById(model, id)
        if (!node) return model
        const heights = heightsOf(kind, model)
        const boxes = model.nodes
          .filter((one) => one.id !== id)
          .map((one) => ({ ...one.at, height: heights.get(one.id) ?? 0 }))
        return moveNodes(model, new Map([[id, freePlace(boxes, node.at, heights.get(id) ?? 0)]]))
      },
      focusNode: (id: string) =>
        void later(() =>
          place.current
            ?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)
            ?.focus({ preventScroll: true }),
        ),
      focusCanvas: () =>
        void later(() =>
          place.current?.querySelector<HTMLElement>('.hf-rule-flow')?.focus({ preventScroll: true }),
        ),
      firstField: () => void later(() => document.getElementById('hf-rule-first-field')?.focus()),
      search: () => place.current?.querySelector<HTMLElement>('.hf-rule-search input')?.focus(),
      tidy: async (kind: RuleKindWords, model: RuleModel): Promise<RuleModel> => {
        const { tidyPlaces } = await import('./layout.ts')
        return moveNodes(model, tidyPlaces(model, heightsOf(kind, model)))
      },
    }
  }, [flow, place])
}

/** The library's fit, and then closer where that is too small to read. */
export async function openOn(
  flow: Pick<ReactFlowInstance<FlowNode>, 'fitView' | 'getNodes' | 'getZoom' | 'setViewport'>,
  canvas: HTMLElement | null,
): Promise<void> {
  await flow.fitView(FIT)
  if (!canvas) return
  const nodes = flow.getNodes().map(({ position, height }) => ({ ...position, height: height ?? 0 }))
  const start = flow.getNodes().find(({ type }) => type === 'start')?.position ?? null
  const size = { width: canvas.clientWidth, height: canvas.clientHeight, fitted: flow.getZoom() }
  const view = openingView(nodes, start, size)
  if (view) await flow.setViewport(view)
}
export type View = ReturnType<typeof useView>
