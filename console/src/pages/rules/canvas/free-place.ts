import type { NodePlace, RuleKindWords, RuleModel } from '../../../api/rule-model-types.ts'
import { boxOf, NODE_WIDTH } from './boxes.ts'
import { speakerOf } from './summary.ts'

export type PlacedBox = NodePlace & { readonly height: number }
export type Viewport = { readonly x: number; readonly y: number; readonly zoom: number }

const GAP = 24
/** Below this zoom a node's words are a smear: better to see the beginning well than everything badly. */
const READABLE = 0.6
const OPENING = 0.8
const MARGIN = 28

/** How high each node is drawn, in px at zoom 1. The words' language makes no difference to it. */
export function heightsOf(kind: RuleKindWords, model: RuleModel): ReadonlyMap<string, number> {
  const { lines } = speakerOf(kind, model, { pick: ({ zh }) => zh, t: (key) => key })
  return new Map(model.nodes.map((node) => [node.id, boxOf(node, lines(node).length).height]))
}

/** The place nearest to `wanted`, straight above or below it, where a node of that height hides no other. */
export function freePlace(boxes: readonly PlacedBox[], wanted: NodePlace, height: number): NodePlace {
  const column = boxes.filter(({ x }) => Math.abs(x - wanted.x) < NODE_WIDTH + GAP)
  const inTheWay = (y: number) =>
    column.find((one) => y < one.y + one.height + GAP && one.y < y + height + GAP)
  const towards = (next: (box: PlacedBox) => number): number => {
    let y = wanted.y
    for (let box = inTheWay(y); box !== undefined; box = inTheWay(y)) y = next(box)
    return y
  }
  const below = towards((box) => box.y + box.height + GAP)
  const above = towards((box) => box.y - height - GAP)
  return { x: wanted.x, y: below - wanted.y <= wanted.y - above ? below : above }
}

/** What one sees first of a model too large to be read as a whole: its beginning, at a size to read; null: all of it fits. */
export function openingView(
  nodes: readonly { readonly x: number; readonly y: number; readonly height: number }[],
  start: NodePlace | null,
  { width, height, fitted }: { readonly width: number; readonly height: number; readonly fitted: number },
): Viewport | null {
  if (nodes.length === 0 || width === 0 || fitted >= READABLE) return null
  const left = Math.min(...nodes.map(({ x }) => x))
  const top = Math.min(...nodes.map(({ y }) => y))
  const bottom = Math.max(...nodes.map((one) => one.y + one.height))
  const room = height - 2 * MARGIN
  const y =
    (bottom - top) * OPENING <= room
      ? (height - (bottom + top) * OPENING) / 2
      : // The start in the upper third, without showing emptiness above the first node.
        Math.min(height / 3 - (start?.y ?? top) * OPENING, MARGIN - top * OPENING)
  return { x: MARGIN - left * OPENING, y, zoom: OPENING }
}
