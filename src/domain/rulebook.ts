import type { Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'

/**
 * What a variable, parameter or value may be. `money` is a whole number of the currency's minor unit, `choice` one of a list of texts,
 * `lines` those of the order's lines that a condition holds for.
 */
export type RuleType = 'text' | 'int' | 'money' | 'bool' | 'texts' | 'choice' | 'lines'

export type RuleVariable = {
  /** As conditions write it: lower case letters, digits and `_`. */
  readonly name: string
  readonly label: Words
  readonly type: Exclude<RuleType, 'lines'>
  /** For `choice`; a condition that names another one is a fault. */
  readonly choices?: readonly { readonly value: string; readonly label: Words }[]
  /** Least and most that an input may be; the check looks for gaps between them. */
  readonly bounds?: { readonly least: bigint; readonly most: bigint }
  /** Values for the check of gaps and for completion where the type alone does not name any (provinces, sources). */
  readonly examples?: readonly string[]
  /** `g`, `cm3`, `pieces`... beside the field in the console. */
  readonly unit?: string
  /** True where orders come without it (null): the check says which of them a person would then have to decide. */
  readonly maybeUnknown?: true
}

export type RuleParam = {
  readonly name: string
  readonly label: Words
  readonly type: RuleType
  readonly choices?: RuleVariable['choices']
  readonly required: boolean
}

/** What a rule of this kind may do on its way: `charge`, `keep_together`, `only_warehouses`... */
export type RuleAction = {
  readonly name: string
  readonly label: Words
  readonly params: readonly RuleParam[]
}

/** A figure that is watched while a version is gray, gathered from each decision's observations. */
export type RuleGuard = {
  readonly metric: string
  readonly label: Words
  /**
   * `never`: one bad is enough to roll back. `share`: bad of n, tested in sequence between the healthy and the broken share (parts of ten
   * thousand). `mean`: sum of n, compared with the live version's; further from it than `tolerance` (parts of ten thousand) is bad.
   * `figure` says how people read the mean: an amount in the minor unit, or a share of one; left out, a plain number.
   */
  readonly test:
    | { readonly is: 'never' }
    | { readonly is: 'share'; readonly healthyBps: number; readonly brokenBps: number }
    | {
        readonly is: 'mean'
        readonly toleranceBps: number
        readonly atLeast: number
        readonly figure?: 'money' | 'share'
      }
}

export type RuleTemplate = {
  readonly id: string
  readonly name: Words
  readonly description: Words
  readonly model: RuleModel
  /** Kept with the rule set that starts from it. */
  readonly cases: readonly RuleCaseContent[]
  /** True for an example with known gaps, to learn the check with: it cannot be published as it stands. */
  readonly hasGaps?: boolean
}

/** What a family of rules speaks about, what it may say and do, and what is watched when it changes. */
export type RuleKind = {
  readonly kind: string
  readonly label: Words
  /** One sentence: what such rules decide, and what happens where none is live. */
  readonly purpose: Words
  readonly variables: readonly RuleVariable[]
  /** Of one order line, in `lines` conditions; the order's variables may be used there too. */
  readonly lineVariables: readonly RuleVariable[]
  /** Values that a result may carry; `required` ones must be set on every decided way. */
  readonly values: readonly (RuleVariable & { readonly required: boolean })[]
  readonly actions: readonly RuleAction[]
  readonly guards: readonly RuleGuard[]
  readonly templates: readonly RuleTemplate[]
  /** False where versions go live at once for all (status mapping): no share of orders can be tried. */
  readonly gray: boolean
}

/** An expression in CEL (https://cel.dev); at most 2,000 characters. Amounts: `yuan("99.00")`. */
export type Cel = string

/** Where a node stands on the canvas; no part of the content hash. */
export type NodePlace = { readonly x: number; readonly y: number }
type NodeCommon = {
  readonly id: string
  readonly label: string
  readonly note?: string
  readonly at: NodePlace
}
/** The next node; null: the way ends in "cannot be decided" and goes to review. */
export type NextNode = string | null

/** One of several ways; the first whose condition holds. */
export type BranchNode = NodeCommon & {
  readonly type: 'branch'
  readonly branches: readonly {
    readonly id: string
    readonly label: string
    readonly when: Cel
    readonly to: NextNode
  }[]
  readonly otherwise: NextNode
}

/** A decision table: each row has a test per column (empty: any) and sets values. */
export type TableNode = NodeCommon & {
  readonly type: 'table'
  /** `first`: the first row that holds. `unique`: exactly one may hold; two are a fault of the check, and at run time go to review. */
  readonly hit: 'first' | 'unique'
  /** What each column looks at: an expression, and the type of its cells. */
  readonly columns: readonly {
    readonly id: string
    readonly label: string
    readonly input: Cel
    readonly type: Exclude<RuleType, 'lines'>
  }[]
  /** Names that rows give values to: values of the kind, or names of this model's own (`base_fee`) for later nodes. */
  readonly outputs: readonly {
    readonly name: string
    readonly label: string
    readonly type: Exclude<RuleType, 'lines'>
  }[]
  readonly rows: readonly {
    readonly id: string
    /**
     * A cell per column: `` (any), `新疆` or `9900` (equal), `新疆, 西藏` (one of), `!新疆` (not), `< 99`, `>= 99`, `[99, 199)` (range; `]` includes).
     * Amounts in the major unit. Text with a comma or a sign in front is quoted: `"a,b"`.
     */
    readonly cells: readonly string[]
    /** A CEL expression per output. */
    readonly outputs: readonly Cel[]
    readonly note?: string
  }[]
  readonly to: NextNode
  readonly otherwise: NextNode
}

/** Looks a row up in one of the model's tables: the most specific row (fewest `*`, the leftmost keys first) whose keys match. */
export type LookupNode = NodeCommon & {
  readonly type: 'lookup'
  readonly table: string
  readonly keys: readonly Cel[]
  /** Columns of the table, and the names under which later nodes see them. */
  readonly bind: readonly { readonly column: string; readonly as: string }[]
  readonly to: NextNode
  readonly missing: NextNode
}

/** Gives names to expressions for later nodes, or sets values of the kind. */
export type SetNode = NodeCommon & {
  readonly type: 'set'
  readonly values: readonly {
    readonly name: string
    readonly type: Exclude<RuleType, 'lines'>
    readonly expression: Cel
  }[]
  readonly to: NextNode
}

/** Does something of the kind's own. */
export type ActionNode = NodeCommon & {
  readonly type: 'action'
  readonly action: string
  /** A CEL expression per parameter; of a `lines` one a condition over a line. Parameters that are not required may be left out. */
  readonly params: Readonly<Record<string, Cel>>
  readonly to: NextNode
}

/** The end of a way. */
export type ResultNode = NodeCommon & {
  readonly type: 'result'
  /** `review`: a person decides; the reason is shown to them. */
  readonly outcome: 'decided' | 'review'
  readonly values: readonly { readonly name: string; readonly expression: Cel }[]
  readonly reason: string
}

export type RuleNode = BranchNode | TableNode | LookupNode | SetNode | ActionNode | ResultNode
export const NODE_TYPES = ['branch', 'table', 'lookup', 'set', 'action', 'result'] as const

/** A table of the model: keys (`*` matches anything), then values. */
export type LookupTable = {
  readonly id: string
  readonly name: string
  readonly keys: readonly { readonly name: string; readonly label: string; readonly type: 'text' | 'int' }[]
  readonly columns: readonly {
    readonly name: string
    readonly label: string
    readonly type: 'text' | 'int' | 'money' | 'bool'
  }[]
  /** As people write them: money in the major unit, `true` / `false`. At most 20,000 rows. */
  readonly rows: readonly (readonly string[])[]
}

/** The whole of a version's content: a graph without circles from `start`. At most 400 nodes, 40 tables. */
export type RuleModel = {
  readonly format: 1
  /** Of its amounts; where it has any, an order in another one goes to review (`rulebook.other_currency`). */
  readonly currency: string
  readonly start: string | null
  readonly nodes: readonly RuleNode[]
  readonly tables: readonly LookupTable[]
}

/** Texts, whole numbers, truths and lists of texts; null: nobody knows, and a condition that needs it cannot be decided. */
export type RuleValue = string | bigint | boolean | readonly string[] | null
export type RuleInput = {
  readonly currency: string
  readonly values: Readonly<Record<string, RuleValue>>
  /** The order's lines, for `lines` conditions; `id` is the line's. */
  readonly lines: readonly { readonly id: string; readonly values: Readonly<Record<string, RuleValue>> }[]
}

/** One step of a decision's path: which node, which of its ways. `row` for tables and lookups (index in their rows). */
export type PathStep = { readonly node: string; readonly way: string | null; readonly row?: number }

/** What an action node asked for, parameters evaluated; a `lines` parameter is the ids of the lines that it holds for. */
export type RuleDone = {
  readonly node: string
  readonly action: string
  readonly params: Readonly<Record<string, RuleValue>>
}

export type Decision = {
  readonly outcome: 'decided' | 'review'
  /** Why a person must decide: code `rulebook.*`, the node where it stuck, words. */
  readonly reason: { readonly code: string; readonly node: string | null; readonly words: Words } | null
  readonly values: Readonly<Record<string, RuleValue>>
  readonly actions: readonly RuleDone[]
  readonly path: readonly PathStep[]
}

/** Something wrong with, or odd about, a model. Errors keep it from being published. */
export type RuleFinding = {
  readonly level: 'error' | 'warning'
  /** `rulebook.*`; each has its line in docs/errors.md. */
  readonly code: string
  readonly node: string | null
  /** Which way, row, cell, column or parameter of it. */
  readonly part: string | null
  readonly words: Words
  /** An input that shows it: what nobody decides, or two rows decide. */
  readonly example: RuleInput | null
}

export type RuleCheck = {
  readonly findings: readonly RuleFinding[]
  /** Inputs on both sides of every boundary, with what the model says: offered as test cases. At most 500. */
  readonly boundaries: readonly {
    readonly name: string
    readonly input: RuleInput
    readonly decision: Decision
  }[]
  /** How many inputs were tried, and whether that was all that differ. */
  readonly tried: number
  readonly complete: boolean
}

/** A test case: an input, and what has to come of it. Parts that are left out are not compared. */
export type RuleCaseContent = {
  readonly name: string
  readonly input: RuleInput
  readonly expected: {
    readonly outcome: 'decided' | 'review'
    readonly values?: Readonly<Record<string, RuleValue>>
    readonly actions?: readonly {
      readonly action: string
      readonly params: Readonly<Record<string, RuleValue>>
    }[]
  }
}

/** Something ready to decide with. Made by `compileModel` (`#platform/rules/compile.ts`). */
export type CompiledRules = { readonly hash: string; readonly decide: (input: RuleInput) => Decision }

/** Which version decides for one order. */
export type ChosenRules = {
  readonly kind: string
  readonly setId: bigint
  readonly versionId: bigint
  /** The version's number within its set, as people call it. */
  readonly number: number
  readonly arm: 'live' | 'gray'
  readonly rules: CompiledRules
}

export type RuleScope = {
  readonly connection: string
  readonly connectorKind: string
  /** The order's number; with the version's salt it says whether the order is among the gray share. */
  readonly key: string
  /** The version that decided for this order before: it stays, while it may still decide. */
  readonly pinned?: bigint | null
}

/** What decides now, in this process; at most a second behind a publication. */
export type Rulebook = {
  /** Null where no rule set of that kind is live for it: the feature does what it does without rules. */
  readonly choose: (kind: string, scope: RuleScope) => ChosenRules | null
}

/**
 * A figure of one decision for the guards. `sum` is exact as it comes and counted in doubles: a mean is watched, nothing is paid by it. A
 * feature that tells `review` itself (its goods could not be split as the rules decided) takes the place of the decision's own outcome.
 */
export type RuleObservation = {
  readonly metric: string
  readonly n: number
  readonly bad: number
  readonly sum: number | bigint
}

/** A decision as it is kept. */
export type DecisionRecord = {
  readonly chosen: Pick<ChosenRules, 'kind' | 'setId' | 'versionId' | 'number' | 'arm'>
  readonly orderId: bigint | null
  readonly orderNo: string
  readonly connection: string
  readonly input: RuleInput
  readonly decision: Decision
  /** What became of it in the feature's own words: the amount, the parcels. */
  readonly result: Readonly<Record<string, unknown>>
  readonly observations: readonly RuleObservation[]
  readonly at: Instant
}

/** One order of a dry run, with what the feature needs to turn a decision into an outcome. */
export type DryRunItem = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly connection: string
  readonly connectorKind: string
  readonly input: RuleInput
  readonly context: unknown
}

/** What a decision comes to: compared between two versions, figure by figure. */
export type DryRunOutcome = {
  /** Short, as a person reads it: `运费 12.00`, `2 parcels: A+B | C`. Two outcomes are the same when these are. */
  readonly words: Words
  /** Groups of changes: `decided→review`, `parcels 1→2`. Made of this on both sides. */
  readonly group: string
  /** Summed over all orders on both sides: `freight` (minor unit), `parcels`. */
  readonly figures: Readonly<Record<string, bigint>>
}

/** What the rulebook needs of the feature whose rules these are. */
export type RuleKindPart = {
  readonly kind: RuleKind
  readonly outcome: (decision: Decision, item: DryRunItem) => DryRunOutcome
  /** Turns an order into what the rules see of it. Null: such rules have nothing to say of it. */
  readonly item: (order: import('./rule-order.ts').RuleOrder) => DryRunItem | null
}
