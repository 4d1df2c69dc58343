import type { RuleModel, RulePathStep } from '../../../api/rule-model-types.ts'
import { nodeById, START, waysOf } from './graph.ts'

export type Lights = {
  readonly nodes: ReadonlySet<string>
  /** `node way`, as the canvas names its lines. */
  readonly edges: ReadonlySet<string>
  /** Row of a table or lookup that was taken, by node. */
  readonly rows: ReadonlyMap<string, number>
}

export function edgeId(node: string, way: string): string {
  return `${node} ${way}`
}

/** What of the canvas a decision went through. A way is known by its name, or else by where the next step is. */
export function lightsOf(model: RuleModel, path: readonly RulePathStep[]): Lights {
  const edges = new Set<string>()
  const rows = new Map<string, number>()
  if (path[0] && path[0].node === model.start) edges.add(edgeId(START, 'next'))
  for (const [i, step] of path.entries()) {
    if (step.row !== undefined) rows.set(step.node, step.row)
    const node = nodeById(model, step.node)
    const next = path[i + 1]?.node ?? null
    const ways = (node ? waysOf(node) : []).filter(({ to }) => to !== null && to === next)
    const taken = ways.find(({ id, said }) => step.way === id || said.includes(step.way ?? '')) ?? ways[0]
    if (taken) edges.add(edgeId(step.node, taken.id))
  }
  return { nodes: new Set(path.map(({ node }) => node)), edges, rows }
}
