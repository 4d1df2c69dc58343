import type { NextNode, RuleModel, RuleNode } from '#domain/rulebook.ts'

/** A way out of a node; `way` as a path and the canvas name it: a branch's id, `otherwise`, `to`, `missing`. */
export type Way = { readonly way: string; readonly to: NextNode }

/** The ways out of a node, in the order in which they are tried. A result has none. */
export function waysOf(node: RuleNode): readonly Way[] {
  if (node.type === 'branch')
    return [...node.branches.map(({ id, to }) => ({ way: id, to })), { way: 'otherwise', to: node.otherwise }]
  if (node.type === 'table')
    return [
      { way: 'to', to: node.to },
      { way: 'otherwise', to: node.otherwise },
    ]
  if (node.type === 'lookup')
    return [
      { way: 'to', to: node.to },
      { way: 'missing', to: node.missing },
    ]
  return node.type === 'result' ? [] : [{ way: 'to', to: node.to }]
}

/** Ids of the nodes that some way from the start leads to, without asking whether its conditions can hold. */
export function connectedNodes(model: RuleModel): ReadonlySet<string> {
  const byId = new Map(model.nodes.map((node) => [node.id, node]))
  const seen = new Set<string>()
  const open = model.start === null ? [] : [model.start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = byId.get(id)
    if (node === undefined || seen.has(id)) continue
    seen.add(id)
    for (const { to } of waysOf(node)) if (to !== null) open.push(to)
  }
  return seen
}

/** The ids along a circle, the first one again at the end; null where there is none. Takes no stack: 400 nodes may stand in a row. */
export function findCircle(model: RuleModel): readonly string[] | null {
  const byId = new Map(model.nodes.map((node) => [node.id, node]))
  const done = new Set<string>()
  for (const { id } of model.nodes) {
    if (done.has(id)) continue
    const trail: { id: string; ways: readonly Way[]; next: number }[] = []
    const onTrail = new Set<string>()
    const enter = (one: string): void => {
      const node = byId.get(one)
      trail.push({ id: one, ways: node === undefined ? [] : waysOf(node), next: 0 })
      onTrail.add(one)
    }
    enter(id)
    for (let last = trail.at(-1); last !== undefined; last = trail.at(-1)) {
      const way = last.ways[last.next]
      last.next += 1
      if (way === undefined) {
        done.add(last.id)
        onTrail.delete(last.id)
        trail.pop()
      } else if (way.to !== null && onTrail.has(way.to)) {
        const from = trail.findIndex((one) => one.id === way.to)
        return [...trail.slice(from).map((one) => one.id), way.to]
      } else if (way.to !== null && !done.has(way.to)) enter(way.to)
    }
  }
  return null
}
