import { useReactFlow } from '@xyflow/react'
import { type RefObject, useMemo } from 'react'
import type { RuleKindWords, RuleModel } from '#/api/rule-model-types.ts'
import { boxOf } from './boxes.ts'
import { moveNodes } from './graph.ts'
import { speakerOf } from './summary.ts'

type Point = { readonly x: number; readonly y: number }
const QUICK = { duration: 200 }
const STEP = 36

/** Where one looks: zoom, focus, places. */
export function useView(place: RefObject<HTMLDivElement | null>) {
  const flow = useReactFlow()
  return useMemo(() => {
    const canvas = () => place.current?.querySelector<HTMLElement>('.react-flow') ?? null
    const later = (what: () => void) => window.setTimeout(what, 60)
    return {
      zoomIn: () => void flow.zoomIn(QUICK),
      zoomOut: () => void flow.zoomOut(QUICK),
      fit: () => void later(() => void flow.fitView({ ...QUICK, padding: 0.12, maxZoom: 1, minZoom: 0.2 })),
      show: (id: string) =>
        void later(() => {
          const node = flow.getNode(id)
          if (!node) return
          const [width, height] = [node.width ?? 252, node.height ?? 80]
          const zoom = Math.max(0.8, Math.min(1, flow.getZoom()))
          void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, { ...QUICK, zoom })
        }),
      placeAt: (at: Point) => flow.screenToFlowPosition(at),
      /** Beside the middle of what is in sight; each further node a little lower, so that none hides another. */
      middle: (count: number) => {
        const box = canvas()?.getBoundingClientRect()
        const shift = (count % 8) * STEP
        return box
          ? flow.screenToFlowPosition({
              x: box.left + box.width / 2 - 126 + shift,
              y: box.top + box.height / 2 - 80 + shift,
            })
          : { x: shift, y: shift }
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
        const { lines } = speakerOf(kind, model, { pick: ({ zh }) => zh, t: (key) => key })
        const heights = new Map(model.nodes.map((node) => [node.id, boxOf(node, lines(node).length).height]))
        return moveNodes(model, tidyPlaces(model, heights))
      },
    }
  }, [flow, place])
}
export type View = ReturnType<typeof useView>
