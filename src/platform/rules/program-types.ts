import type { Words } from '#domain/notice.ts'
import type {
  LookupNode,
  PathStep,
  RuleDone,
  RuleInput,
  RuleKind,
  RuleModel,
  RuleNode,
  RuleValue,
} from '#domain/rulebook.ts'
import type { Atom, CelExpression, CelName, Frame } from './cel-types.ts'
import type { Lookup } from './lookup.ts'

/** Something that keeps a model from deciding, found before it runs. */
export type ModelFault = {
  readonly code: string
  readonly node: string | null
  readonly part: string | null
  readonly words: Words
}

/** What one decision is worked out in, node by node. */
export type RunFrame = Frame & {
  path: PathStep[]
  actions: RuleDone[]
  lines: RuleInput['lines']
  values: Record<string, RuleValue>
  outcome: 'decided' | 'review'
  /** True once a result was reached. */
  ended: boolean
}

/** Runs a node: the index of the next one, `STUCK` or `END`. */
export type Step = (frame: RunFrame) => number
export const STUCK = -1
export const END = -2

export type LoadedName = {
  readonly name: string
  readonly slot: number
  readonly type: CelName['type']
  readonly label: Words
}

/** Where a name of the model's own gets its value: the expressions of `set` nodes and table rows, the columns of lookups. */
export type Definition = Pick<CelExpression, 'reads' | 'run' | 'constant' | 'uses' | 'steady'> & {
  readonly slot: number
  readonly values: readonly RuleValue[] | null
}

export type LookupUse = {
  readonly node: LookupNode
  readonly lookup: Lookup
  readonly keys: readonly CelExpression[]
}

/** A model made ready to run, with what the check wants to know of it. */
export type Program = {
  readonly kind: RuleKind
  readonly model: RuleModel
  readonly steps: readonly Step[]
  /** What people call the nodes, by id. */
  readonly labels: ReadonlyMap<string, string>
  readonly start: number
  readonly slots: number
  /** The slots that are put in from the input; the others are emptied before each decision. */
  readonly load: readonly LoadedName[]
  readonly own: readonly number[]
  readonly names: ReadonlyMap<string, CelName>
  readonly atoms: readonly Atom[]
  readonly reads: ReadonlySet<string>
  readonly definitions: ReadonlyMap<string, readonly Definition[]>
  readonly lookups: readonly LookupUse[]
}

/** What the nodes are compiled with. */
export type Building = {
  readonly kind: RuleKind
  readonly model: RuleModel
  readonly names: Map<string, CelName>
  readonly lineNames: ReadonlyMap<string, CelName>
  readonly newSlot: () => number
  readonly indexOf: ReadonlyMap<string, number>
  readonly lookups: ReadonlyMap<string, Lookup>
  readonly uses: LookupUse[]
  readonly atoms: Atom[]
  readonly reads: Set<string>
  readonly definitions: Map<string, Definition[]>
  readonly fault: (node: RuleNode | null, part: string | null, code: string, words: Words) => void
}
