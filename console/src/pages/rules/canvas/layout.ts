import { Graph, layout } from '@dagrejs/dagre'
import type { NodePlace, RuleModel } from '../../../api/rule-model-types.ts'
import { NODE_WIDTH } from './boxes.ts'
import { waysOf } from './graph.ts'

/** Places from left to right along the ways; the first way of a node lies above its last. `heights` by node id. */
export function tidyPlaces(
  model: RuleModel,
  heights: ReadonlyMap<string, number>,
): ReadonlyMap<string, NodePlace> {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 92, marginx: 0, marginy: 0 })
  graph.setDefaultEdgeLabel(() => ({}))
  const ids = new Set(model.nodes.map(({ id }) => id))
  for (const { id } of model.nodes) graph.setNode(id, { width: NODE_WIDTH, height: heights.get(id) ?? 80 })
  for (const node of model.nodes)
    for (const { id, to } of waysOf(node)) if (to !== null && ids.has(to)) graph.setEdge(node.id, to, {}, id)
  layout(graph)
  return new Map(
    model.nodes.map(({ id }) => {
      const { x, y, height } = graph.node(id) as { x: number; y: number; height: number }
      return [id, { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - height / 2) }]
    }),
  )
}
