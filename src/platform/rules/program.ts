import type { Words } from '#domain/notice.ts'
import type { RuleKind, RuleModel, RuleNode, RuleVariable } from '#domain/rulebook.ts'
import { type CelName, celTypeOf } from './cel-types.ts'
import { findCircle, waysOf } from './graph.ts'
import { type Lookup, readLookup } from './lookup.ts'
import { stepOf } from './nodes.ts'
import type { Building, ModelFault, Program } from './program-types.ts'
import { tableStep } from './table-step.ts'

/** Makes a model ready to run. Null where a fault keeps it from running; the faults say which. */
export function buildProgram(
  kind: RuleKind,
  model: RuleModel,
): { program: Program | null; faults: readonly ModelFault[] } {
  const faults: ModelFault[] = []
  const fault: Building['fault'] = (node, part, code, words) =>
    void faults.push({ code, node: node?.id ?? null, part, words })
  checkShape(model, fault)
  if (faults.length > 0) return { program: null, faults }

  let slots = 0
  const newSlot = (): number => slots++
  const names = new Map(kind.variables.map((one) => [one.name, nameOf(one, newSlot(), true)]))
  nameWhatIsSet(kind, model, names, newSlot, fault)
  const lineNames = new Map(kind.lineVariables.map((one) => [one.name, nameOf(one, newSlot(), false)]))
  const building: Building = {
    kind,
    model,
    names,
    lineNames,
    newSlot,
    indexOf: new Map(model.nodes.map((node, index) => [node.id, index])),
    lookups: readTables(model, fault),
    uses: [],
    atoms: [],
    reads: new Set(),
    definitions: new Map(),
    fault,
  }
  const steps = model.nodes.map((node) =>
    node.type === 'table' ? tableStep(node, building) : stepOf(node, building),
  )
  if (faults.length > 0) return { program: null, faults }
  const load = kind.variables
    .filter(({ name }) => building.reads.has(name))
    .flatMap(({ name, label }) => {
      const known = names.get(name)
      return known === undefined ? [] : [{ name, slot: known.slot, type: known.type, label }]
    })
  const program: Program = {
    kind,
    model,
    steps,
    labels: new Map(model.nodes.map((node) => [node.id, node.label || node.id])),
    start: model.start === null ? -1 : (building.indexOf.get(model.start) ?? -1),
    slots,
    load,
    own: [...names.values()].filter((one) => !one.given).map((one) => one.slot),
    names,
    atoms: building.atoms,
    reads: building.reads,
    definitions: building.definitions,
    lookups: building.uses,
  }
  return { program, faults }
}

/** What `parseModel` refuses too: a model that came another way must not loop or point to nowhere. */
function checkShape(model: RuleModel, fault: Building['fault']): void {
  const ids = new Set(model.nodes.map((node) => node.id))
  if (model.start === null || !ids.has(model.start))
    fault(null, 'start', 'rulebook.no_start', {
      zh: '还没有指定从哪个节点开始',
      en: 'there is no node to start from',
    })
  for (const node of model.nodes)
    for (const { way, to } of waysOf(node))
      if (to !== null && !ids.has(to))
        fault(node, way, 'rulebook.no_such_node', {
          zh: `「${node.label}」的去向 ${to} 不存在`,
          en: `"${node.label}" leads to ${to}, which does not exist`,
        })
  const circle = findCircle(model)
  if (circle !== null)
    fault(model.nodes.find((node) => node.id === circle[0]) ?? null, null, 'rulebook.circle', {
      zh: `节点绕成了圈：${circle.map((id) => labelOf(model, id)).join(' → ')}`,
      en: `the nodes go in a circle: ${circle.map((id) => labelOf(model, id)).join(' > ')}`,
    })
}

function labelOf(model: RuleModel, id: string): string {
  return model.nodes.find((node) => node.id === id)?.label || id
}

function nameOf({ type, label, choices }: RuleVariable, slot: number, given: boolean): CelName {
  return { slot, type: celTypeOf(type), label, choices: choices?.map((one) => one.value) ?? null, given }
}

type Setting = {
  readonly node: RuleNode
  readonly part: string
  readonly name: string
  readonly type: RuleVariable['type']
  readonly label: Words
}

/** Gives a slot to every value of the kind and every name that the model sets; one name has one type, and no variable's name. */
function nameWhatIsSet(
  kind: RuleKind,
  model: RuleModel,
  names: Map<string, CelName>,
  newSlot: () => number,
  fault: Building['fault'],
): void {
  for (const value of kind.values) names.set(value.name, nameOf(value, newSlot(), false))
  for (const { node, part, name, type, label } of model.nodes.flatMap((node) => settingsOf(model, node))) {
    const known = names.get(name)
    if (known === undefined) names.set(name, nameOf({ name, type, label }, newSlot(), false))
    else if (known.given)
      fault(node, part, 'rulebook.name_taken', {
        zh: `${name} 是变量「${known.label.zh}」的名字，不能再赋值`,
        en: `"${name}" is a variable and cannot be set`,
      })
    else if (known.type !== celTypeOf(type))
      fault(node, part, 'rulebook.name_type_differs', {
        zh: `${name} 在这里是 ${type}，在别处是 ${known.type}`,
        en: `"${name}" is ${type} here and ${known.type} elsewhere`,
      })
  }
}

function settingsOf(model: RuleModel, node: RuleNode): Setting[] {
  if (node.type === 'set')
    return node.values.map(({ name, type }, index) => ({
      node,
      part: `values[${index}]`,
      name,
      type,
      label: plain(name),
    }))
  if (node.type === 'table')
    return node.outputs.map(({ name, type, label }, index) => ({
      node,
      part: `outputs[${index}]`,
      name,
      type,
      label: plain(label === '' ? name : label),
    }))
  if (node.type !== 'lookup') return []
  const table = model.tables.find((one) => one.id === node.table)
  return node.bind.flatMap(({ column, as }, index) => {
    const found = table?.columns.find((one) => one.name === column)
    return found === undefined
      ? []
      : [{ node, part: `bind[${index}]`, name: as, type: found.type, label: plain(found.label || as) }]
  })
}

function plain(text: string): Words {
  return { zh: text, en: text }
}

function readTables(model: RuleModel, fault: Building['fault']): Map<string, Lookup> {
  return new Map(
    model.tables.map((table) => {
      const { lookup, faults } = readLookup(table, model.currency)
      // One message a row would bury the rest: twenty are enough to see what is wrong with an import.
      for (const { code, part, words } of faults.slice(0, 20)) fault(null, part, code, words)
      return [table.id, lookup]
    }),
  )
}
