import type {
  ActionNode,
  BranchNode,
  LookupNode,
  NextNode,
  PathStep,
  ResultNode,
  RuleDone,
  RuleNode,
  RuleValue,
  SetNode,
  TableNode,
} from '#domain/rulebook.ts'
import { type CelName, celTypeOf, isOfType, type Run, type Stuck } from './cel-types.ts'
import { amongChoices, expressionOf } from './expressions.ts'
import { type Building, type Definition, END, type RunFrame, STUCK, type Step } from './program-types.ts'

// Everything that is the same for all orders is made here, once: expressions, steps of the path, words of the reasons.

export function stepOf(node: Exclude<RuleNode, TableNode>, building: Building): Step {
  if (node.type === 'branch') return branchStep(node, building)
  if (node.type === 'lookup') return lookupStep(node, building)
  if (node.type === 'set') return setStep(node, building)
  if (node.type === 'action') return actionStep(node, building)
  return resultStep(node, building)
}

/** Goes one of a node's ways; one that leads nowhere ends in a review with the reason. */
export function wayOf(node: RuleNode, way: string, to: NextNode, { indexOf }: Building, words: Stuck): Step {
  const step: PathStep = Object.freeze({ node: node.id, way })
  const next = to === null ? STUCK : (indexOf.get(to) ?? STUCK)
  return (frame) => {
    frame.path.push(step)
    if (next === STUCK) frame.stuck = words
    return next
  }
}

/** A node that could not be left: the path shows where it stuck. */
export function stuckAt(node: RuleNode): Step {
  const step: PathStep = Object.freeze({ node: node.id, way: null })
  return (frame) => {
    frame.path.push(step)
    return STUCK
  }
}

export function deadEnd(zh: string, en: string): Stuck {
  return { code: 'rulebook.no_way', words: { zh, en } }
}

function branchStep(node: BranchNode, building: Building): Step {
  const ways = node.branches.map((branch) => ({
    run: expressionOf(branch.when, 'bool', node, `branches.${branch.id}`, building)?.run ?? unread,
    go: wayOf(
      node,
      branch.id,
      branch.to,
      building,
      deadEnd(`走到「${branch.label}」后没有下一步`, `nothing follows "${branch.label}"`),
    ),
  }))
  const otherwise = wayOf(node, 'otherwise', node.otherwise, building, {
    ...deadEnd('没有一个分支成立', 'no branch holds'),
    code: 'rulebook.no_branch',
  })
  const stuck = stuckAt(node)
  return (frame) => {
    for (const { run, go } of ways) {
      const holds = run(frame)
      if (holds === true) return go(frame)
      // What cannot be decided is not false: the ways behind it are for those of whom it is.
      if (holds === undefined) return stuck(frame)
    }
    return otherwise(frame)
  }
}

/** Stands in for a faulty expression; a program with faults never runs. */
export const unread: Run = () => undefined

function lookupStep(node: LookupNode, building: Building): Step {
  const lookup = building.lookups.get(node.table)
  if (lookup === undefined) {
    building.fault(node, 'table', 'rulebook.unknown_table', {
      zh: `没有对照表 ${node.table}`,
      en: `there is no table "${node.table}"`,
    })
    return stuckAt(node)
  }
  const { table } = lookup
  if (node.keys.length !== table.keys.length)
    building.fault(node, 'keys', 'rulebook.wrong_keys', {
      zh: `对照表「${table.name}」有 ${table.keys.length} 个键，这里给了 ${node.keys.length} 个`,
      en: `table "${table.name}" has ${table.keys.length} keys, ${node.keys.length} are given`,
    })
  const keys = node.keys.flatMap((text, at) => {
    const wanted = table.keys[at]?.type ?? null
    const read = expressionOf(text, wanted, node, `keys[${at}]`, building)
    return read === undefined ? [] : [read]
  })
  building.uses.push({ node, lookup, keys })
  const binds = node.bind.flatMap(({ column, as }, index) => {
    const at = table.columns.findIndex((one) => one.name === column)
    const name = building.names.get(as)
    if (at >= 0 && name !== undefined) {
      define(
        as,
        {
          reads: new Set(),
          uses: [],
          steady: true,
          run: unread,
          constant: undefined,
          slot: name.slot,
          values: lookup.values.map((row) => row[at] ?? null),
        },
        building,
      )
      return [{ at, slot: name.slot }]
    }
    building.fault(node, `bind[${index}]`, 'rulebook.unknown_column', {
      zh: `对照表「${table.name}」没有列 ${column}`,
      en: `table "${table.name}" has no column "${column}"`,
    })
    return []
  })
  const runs = keys.map((key) => key.run)
  const found = wayOf(node, 'to', node.to, building, deadEnd('查到之后没有下一步', 'nothing follows'))
  const missing = wayOf(node, 'missing', node.missing, building, {
    ...deadEnd(`对照表「${table.name}」里没有`, `not in table "${table.name}"`),
    code: 'rulebook.not_in_table',
  })
  const stuck = stuckAt(node)
  return (frame) => {
    const asked: RuleValue[] = []
    for (const run of runs) {
      const value = run(frame)
      if (value === undefined) return stuck(frame)
      asked.push(value)
    }
    const row = lookup.find(asked)
    if (row < 0) return missing(frame)
    const values = lookup.values[row] ?? []
    for (const { at, slot } of binds) frame.slots[slot] = values[at] ?? null
    const next = found(frame)
    frame.path[frame.path.length - 1] = { node: node.id, way: 'to', row }
    return next
  }
}

export function define(name: string, definition: Definition, { definitions }: Building): void {
  const known = definitions.get(name)
  if (known === undefined) definitions.set(name, [definition])
  else known.push(definition)
}

function setStep(node: SetNode, building: Building): Step {
  const sets = node.values.flatMap(({ name, type, expression }, index) => {
    const part = `values[${index}]`
    const read = expressionOf(expression, celTypeOf(type), node, part, building)
    const known = building.names.get(name)
    if (read === undefined || known === undefined) return []
    define(name, { ...read, slot: known.slot, values: null }, building)
    return [{ slot: known.slot, run: amongChoices(read, known.label, known.choices, node, part, building) }]
  })
  const go = wayOf(node, 'to', node.to, building, deadEnd('之后没有下一步', 'nothing follows'))
  const stuck = stuckAt(node)
  return (frame) => {
    for (const { slot, run } of sets) {
      const value = run(frame)
      if (value === undefined) return stuck(frame)
      frame.slots[slot] = value
    }
    return go(frame)
  }
}

type ReadParam = (frame: RunFrame) => RuleValue | undefined

function actionStep(node: ActionNode, building: Building): Step {
  const action = building.kind.actions.find((one) => one.name === node.action)
  const go = wayOf(node, 'to', node.to, building, deadEnd('之后没有下一步', 'nothing follows'))
  if (action === undefined) {
    building.fault(node, 'action', 'rulebook.unknown_action', {
      zh: `没有叫 ${node.action} 的动作`,
      en: `there is no action "${node.action}"`,
    })
    return go
  }
  for (const { name, required, label } of action.params)
    if (required && !Object.hasOwn(node.params, name))
      building.fault(node, `params.${name}`, 'rulebook.param_missing', {
        zh: `动作「${action.label.zh}」缺少「${label.zh}」`,
        en: `action "${action.label.en}" lacks "${label.en}"`,
      })
  const params = Object.entries(node.params).flatMap(([name, text]) => {
    const run = paramOf(node, name, text, building)
    return run === undefined ? [] : [{ name, run }]
  })
  const stuck = stuckAt(node)
  return (frame) => {
    const values: Record<string, RuleValue> = {}
    for (const { name, run } of params) {
      const value = run(frame)
      if (value === undefined) return stuck(frame)
      values[name] = value
    }
    const done: RuleDone = { node: node.id, action: node.action, params: values }
    frame.actions.push(done)
    return go(frame)
  }
}

function paramOf(node: ActionNode, name: string, text: string, building: Building): ReadParam | undefined {
  const part = `params.${name}`
  const param = building.kind.actions
    .find((one) => one.name === node.action)
    ?.params.find((one) => one.name === name)
  if (param === undefined) {
    building.fault(node, part, 'rulebook.unknown_param', {
      zh: `动作 ${node.action} 没有参数 ${name}`,
      en: `action "${node.action}" has no parameter "${name}"`,
    })
    return undefined
  }
  if (param.type === 'lines') return linesOf(node, part, text, building)
  const read = expressionOf(text, celTypeOf(param.type), node, part, building)
  if (read === undefined) return undefined
  const choices = param.choices?.map((one) => one.value) ?? null
  return amongChoices(read, param.label, choices, node, part, building)
}

/** The ids of the lines that a condition holds for; one line of which it cannot be decided leaves the whole undecided. */
function linesOf(node: ActionNode, part: string, text: string, building: Building): ReadParam | undefined {
  const names = new Map<string, CelName>([...building.names, ...building.lineNames])
  const before = building.atoms.length
  const read = expressionOf(text, 'bool', node, part, building, names)
  if (read === undefined) return undefined
  // Which lines it holds for never decides about the order's way.
  building.atoms.length = before
  for (const name of building.lineNames.keys()) if (!building.names.has(name)) building.reads.delete(name)
  const load = [...building.lineNames].filter(([name]) => read.reads.has(name))
  return (frame) => {
    const ids: string[] = []
    for (const line of frame.lines) {
      for (const [name, { slot, type, label }] of load) {
        const value = line.values[name] ?? null
        if (value !== null && !isOfType(value, type)) {
          frame.stuck = wrongType(name, label.zh, label.en)
          return undefined
        }
        frame.slots[slot] = value
      }
      const holds = read.run(frame)
      if (holds === undefined) return undefined
      if (holds === true) ids.push(line.id)
    }
    return ids
  }
}

export function wrongType(name: string, zh: string, en: string): Stuck {
  return {
    code: 'rulebook.bad_input',
    words: { zh: `${zh}（${name}）的值类型不对`, en: `${en} (${name}) is of the wrong type` },
  }
}

function resultStep(node: ResultNode, building: Building): Step {
  const { kind, names, fault } = building
  const sets = node.values.flatMap(({ name, expression }, index) => {
    const part = `values[${index}]`
    const value = kind.values.find((one) => one.name === name)
    const known = names.get(name)
    if (value === undefined || known === undefined) {
      fault(node, part, 'rulebook.unknown_value_name', {
        zh: `${kind.label.zh}规则没有结果 ${name}`,
        en: `such rules have no value "${name}"`,
      })
      return []
    }
    const read = expressionOf(expression, known.type, node, part, building)
    return read === undefined
      ? []
      : [{ slot: known.slot, run: amongChoices(read, known.label, known.choices, node, part, building) }]
  })
  const values = kind.values.map(({ name, required, label }) => ({
    name,
    slot: names.get(name)?.slot ?? -1,
    required: required && node.outcome === 'decided',
    missing: {
      code: 'rulebook.value_missing',
      words: { zh: `没有得出「${label.zh}」`, en: `nothing says "${label.en}"` },
    },
  }))
  const review: Stuck = {
    code: 'rulebook.review_asked',
    words: {
      zh: node.reason || node.label || '规则要求人工处理',
      en: node.reason || node.label || 'the rules ask for a person',
    },
  }
  const step: PathStep = Object.freeze({ node: node.id, way: null })
  return (frame) => {
    frame.path.push(step)
    for (const { slot, run } of sets) {
      const value = run(frame)
      if (value === undefined) return STUCK
      frame.slots[slot] = value
    }
    const given: Record<string, RuleValue> = {}
    for (const { name, slot, required, missing } of values) {
      const value = frame.slots[slot]
      if (value !== undefined && value !== null) given[name] = value
      else if (required) {
        frame.stuck = missing
        return STUCK
      }
    }
    frame.values = given
    frame.outcome = node.outcome
    frame.ended = true
    frame.stuck = node.outcome === 'review' ? review : null
    return END
  }
}
