import type { Bilingual } from './types.ts'

/** What a rule set's version is made of, as the hub keeps it. Conditions are CEL; amounts in tables stand in the major unit. */
export type RuleValueType = 'text' | 'int' | 'money' | 'bool' | 'texts' | 'choice'
export type RuleParamType = RuleValueType | 'lines'
export type RuleChoice = { readonly value: string; readonly label: Bilingual }
export type RuleVariable = {
  readonly name: string
  readonly label: Bilingual
  readonly type: RuleValueType
  readonly choices?: readonly RuleChoice[]
  /** Whole numbers as text. */
  readonly bounds?: { readonly least: string; readonly most: string }
  readonly examples?: readonly string[]
  readonly unit?: string
}
export type RuleKindValue = RuleVariable & { readonly required: boolean }
export type RuleParam = {
  readonly name: string
  readonly label: Bilingual
  readonly type: RuleParamType
  readonly choices?: readonly RuleChoice[]
  readonly required: boolean
}
export type RuleAction = {
  readonly name: string
  readonly label: Bilingual
  readonly params: readonly RuleParam[]
}
/** What the canvas needs to know of a kind of rules; an item of GET /api/rules/kinds has it all. */
export type RuleKindWords = {
  readonly kind: string
  readonly label: Bilingual
  readonly variables: readonly RuleVariable[]
  readonly lineVariables: readonly RuleVariable[]
  readonly values: readonly RuleKindValue[]
  readonly actions: readonly RuleAction[]
}

export type NodePlace = { readonly x: number; readonly y: number }
export type NextNode = string | null
type NodeCommon = {
  readonly id: string
  readonly label: string
  readonly note?: string
  readonly at: NodePlace
}
export type RuleBranch = {
  readonly id: string
  readonly label: string
  readonly when: string
  readonly to: NextNode
}
export type BranchNode = NodeCommon & {
  readonly type: 'branch'
  readonly branches: readonly RuleBranch[]
  readonly otherwise: NextNode
}
export type TableColumn = {
  readonly id: string
  readonly label: string
  readonly input: string
  readonly type: RuleValueType
}
export type TableOutput = { readonly name: string; readonly label: string; readonly type: RuleValueType }
export type TableRow = {
  readonly id: string
  readonly cells: readonly string[]
  readonly outputs: readonly string[]
  readonly note?: string
}
export type TableNode = NodeCommon & {
  readonly type: 'table'
  readonly hit: 'first' | 'unique'
  readonly columns: readonly TableColumn[]
  readonly outputs: readonly TableOutput[]
  readonly rows: readonly TableRow[]
  readonly to: NextNode
  readonly otherwise: NextNode
}
export type LookupNode = NodeCommon & {
  readonly type: 'lookup'
  readonly table: string
  readonly keys: readonly string[]
  readonly bind: readonly { readonly column: string; readonly as: string }[]
  readonly to: NextNode
  readonly missing: NextNode
}
export type SetNode = NodeCommon & {
  readonly type: 'set'
  readonly values: readonly {
    readonly name: string
    readonly type: RuleValueType
    readonly expression: string
  }[]
  readonly to: NextNode
}
export type ActionNode = NodeCommon & {
  readonly type: 'action'
  readonly action: string
  readonly params: Readonly<Record<string, string>>
  readonly to: NextNode
}
export type ResultNode = NodeCommon & {
  readonly type: 'result'
  readonly outcome: 'decided' | 'review'
  readonly values: readonly { readonly name: string; readonly expression: string }[]
  readonly reason: string
}
export type RuleNode = BranchNode | TableNode | LookupNode | SetNode | ActionNode | ResultNode
export type RuleNodeType = RuleNode['type']
export type LookupKey = { readonly name: string; readonly label: string; readonly type: 'text' | 'int' }
export type LookupColumn = {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'int' | 'money' | 'bool'
}
export type LookupTable = {
  readonly id: string
  readonly name: string
  readonly keys: readonly LookupKey[]
  readonly columns: readonly LookupColumn[]
  readonly rows: readonly (readonly string[])[]
}
export type RuleModel = {
  readonly format: 1
  readonly currency: string
  readonly start: string | null
  readonly nodes: readonly RuleNode[]
  readonly tables: readonly LookupTable[]
}

/** A value on the wire: whole numbers and amounts (minor unit) as `{"int":"9900"}`; null is known to nobody. */
export type RuleValueJson = string | boolean | null | readonly string[] | { readonly int: string }
export type RuleValuesJson = Readonly<Record<string, RuleValueJson>>
export type RuleInputJson = {
  readonly currency: string
  readonly values: RuleValuesJson
  readonly lines: readonly { readonly id: string; readonly values: RuleValuesJson }[]
}
export type RulePathStep = { readonly node: string; readonly way: string | null; readonly row?: number }
export type RuleDecisionJson = {
  readonly outcome: 'decided' | 'review'
  readonly reason: { readonly code: string; readonly node: string | null; readonly words: Bilingual } | null
  readonly values: RuleValuesJson
  readonly actions: readonly {
    readonly node: string
    readonly action: string
    readonly params: RuleValuesJson
  }[]
  readonly path: readonly RulePathStep[]
}
export type RuleFinding = {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly node: string | null
  readonly part: string | null
  readonly words: Bilingual
  readonly example: RuleInputJson | null
}
export type RuleCheck = {
  readonly findings: readonly RuleFinding[]
  readonly boundaries: readonly {
    readonly name: string
    readonly input: RuleInputJson
    readonly decision: RuleDecisionJson
  }[]
  readonly tried: number
  readonly complete: boolean
}
/** Answer of POST /api/rules/try. */
export type RuleTried = {
  readonly decision: RuleDecisionJson
  readonly input: RuleInputJson
  readonly words: Bilingual
}
