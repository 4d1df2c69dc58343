import { Type } from 'typebox'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { VERDICTS } from './core/guards.ts'
import { VERSION_STATES } from './core/states.ts'

export const tags = ['rules']
export const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
export const Id = Type.String({ pattern: '^\\d{1,18}$' })
export const IdParams = Type.Object({ id: Id })
export const Because = Type.Object(
  { because: Type.String({ maxLength: 500 }) },
  { additionalProperties: false },
)
export const Kind = Type.String({ minLength: 1, maxLength: 40 })
export const Note = Type.String({ maxLength: 500 })

const Variable = Type.Object({
  name: Type.String(),
  label: WordsJson,
  type: Type.String({ description: 'text, int, money, bool, texts, choice' }),
  choices: Type.Optional(Type.Array(Type.Object({ value: Type.String(), label: WordsJson }))),
  bounds: Type.Optional(Type.Object({ least: Type.String(), most: Type.String() })),
  examples: Type.Optional(Type.Array(Type.String())),
  unit: Type.Optional(Type.String()),
})
export const KindJson = Type.Object(
  {
    kind: Type.String(),
    label: WordsJson,
    purpose: WordsJson,
    variables: Type.Array(Variable),
    lineVariables: Type.Array(Variable),
    values: Type.Array(Type.Intersect([Variable, Type.Object({ required: Type.Boolean() })])),
    actions: Type.Array(
      Type.Object({ name: Type.String(), label: WordsJson, params: Type.Array(Type.Unknown()) }),
    ),
    guards: Type.Array(Type.Object({ metric: Type.String(), label: WordsJson, test: Type.Unknown() })),
    gray: Type.Boolean({ description: 'false: versions go live for all orders at once' }),
    templates: Type.Array(
      Type.Object({ id: Type.String(), name: WordsJson, description: WordsJson, hasGaps: Type.Boolean() }),
    ),
  },
  { title: 'RuleKind' },
)

export const ValueJson = Type.Unknown({
  description: 'text, boolean, list of texts, null, or a whole number as {"int":"9900"}',
})
export const InputJson = Type.Object(
  {
    currency: Type.String(),
    values: Type.Record(Type.String(), ValueJson),
    lines: Type.Array(Type.Object({ id: Type.String(), values: Type.Record(Type.String(), ValueJson) })),
  },
  { title: 'RuleInput' },
)
export const DecisionJson = Type.Object(
  {
    outcome: oneOf(['decided', 'review']),
    reason: nullable(Type.Object({ code: Type.String(), node: nullable(Type.String()), words: WordsJson })),
    values: Type.Record(Type.String(), ValueJson),
    actions: Type.Array(
      Type.Object({
        node: Type.String(),
        action: Type.String(),
        params: Type.Record(Type.String(), ValueJson),
      }),
    ),
    path: Type.Array(
      Type.Object({
        node: Type.String(),
        way: nullable(Type.String()),
        row: Type.Optional(Type.Integer()),
      }),
    ),
  },
  { title: 'RuleDecision' },
)
export const FindingJson = Type.Object(
  {
    level: oneOf(['error', 'warning']),
    code: Type.String(),
    node: nullable(Type.String()),
    part: nullable(Type.String()),
    words: WordsJson,
    example: nullable(InputJson),
  },
  { title: 'RuleFinding' },
)
export const CheckJson = Type.Object(
  {
    findings: Type.Array(FindingJson),
    boundaries: Type.Array(Type.Object({ name: Type.String(), input: InputJson, decision: DecisionJson })),
    tried: Type.Integer(),
    complete: Type.Boolean(),
  },
  { title: 'RuleCheck' },
)
export const CaseRunJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    passed: Type.Boolean(),
    got: DecisionJson,
    expected: Type.Unknown(),
    difference: nullable(WordsJson),
  },
  { title: 'RuleCaseRun' },
)

const brief = {
  id: Type.String(),
  setId: Type.String(),
  number: Type.Integer(),
  state: oneOf(VERSION_STATES),
  hash: Type.String(),
  note: Type.String(),
  author: Type.String(),
  createdAt: IsoTime,
  updatedAt: IsoTime,
  publishedAt: nullable(IsoTime),
  retiredAt: nullable(IsoTime),
  retiredWords: nullable(Type.String()),
  revision: Type.Integer({ description: 'grows with each save; a save names the one it began from' }),
  basedOn: nullable(Type.Integer()),
  checked: nullable(
    Type.Object({
      errors: Type.Integer(),
      warnings: Type.Integer(),
      tried: Type.Integer(),
      complete: Type.Boolean(),
    }),
  ),
  casesPassed: nullable(Type.Boolean()),
  dryRunId: nullable(Type.String()),
  approval: nullable(oneOf(['waiting', 'approved', 'rejected'])),
  approvalAskedBy: nullable(Type.String()),
  approvalAsks: nullable(
    Type.Object({
      do: oneOf(['gray', 'live']),
      bps: Type.Integer(),
      watchMinutes: Type.Integer(),
      because: Type.String(),
    }),
  ),
  hands: Type.Array(Type.String(), {
    description: 'Who wrote, changed or asked to publish it, as kind:id; none of them can approve it',
  }),
  approvalBy: nullable(Type.String()),
  approvalWords: nullable(Type.String()),
}
export const VersionBriefJson = Type.Object(brief, { title: 'RuleVersion' })
export const VersionJson = Type.Object(
  {
    ...brief,
    model: Type.Unknown({ description: 'the decision model' }),
    check: nullable(CheckJson),
  },
  { title: 'RuleVersionWithModel' },
)
export const SetJson = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    name: Type.String(),
    note: Type.String(),
    connectorKind: Type.String({ description: '`*`: all orders' }),
    connectionId: nullable(Type.String()),
    connectionName: nullable(Type.String()),
    needsApproval: Type.Boolean(),
    active: Type.Boolean(),
    revision: Type.String(),
    live: nullable(VersionBriefJson),
    gray: nullable(VersionBriefJson),
    previous: nullable(VersionBriefJson),
    grayBps: Type.Integer({ description: 'parts of ten thousand' }),
    grayStartedAt: nullable(IsoTime),
    grayUntil: nullable(IsoTime),
    grayWaits: nullable(Type.String({ description: 'why it was not promoted when its time was over' })),
    draft: nullable(VersionBriefJson),
    updatedAt: IsoTime,
    createdBy: Type.String(),
  },
  { title: 'RuleSet' },
)
const Figures = Type.Object({ n: Type.Integer(), bad: Type.Number(), mean: nullable(Type.Number()) })
export const GuardsJson = Type.Object({
  watch: nullable(
    Type.Object({
      startedAt: IsoTime,
      until: nullable(IsoTime),
      bps: Type.Integer(),
      waits: nullable(Type.String()),
    }),
  ),
  guards: Type.Array(
    Type.Object({
      metric: Type.String(),
      label: WordsJson,
      test: Type.Unknown(),
      live: Figures,
      gray: Figures,
      verdict: oneOf(VERDICTS),
      words: WordsJson,
      currency: nullable(Type.String()),
    }),
  ),
})
export const EventJson = Type.Object({
  id: Type.String(),
  at: IsoTime,
  what: Type.String(),
  actor: Type.String(),
  words: WordsJson,
  versionNumber: nullable(Type.Integer()),
  detail: Type.Record(Type.String(), Type.Unknown()),
})
const Change = oneOf(['added', 'removed', 'changed'])
const Items = Type.Array(
  Type.Object({
    id: Type.String(),
    label: Type.String(),
    change: Change,
    fields: Type.Array(
      Type.Object({
        path: Type.String(),
        before: nullable(Type.String()),
        after: nullable(Type.String()),
      }),
    ),
  }),
)
export const DiffJson = Type.Object({
  nodes: Items,
  tables: Items,
  text: Type.Array(Type.Object({ sign: oneOf(['+', '-', ' ']), line: Type.String() })),
})

const decision = {
  id: Type.String(),
  at: IsoTime,
  kind: Type.String(),
  setId: Type.String(),
  setName: Type.String(),
  versionId: Type.String(),
  number: Type.Integer(),
  arm: oneOf(['live', 'gray']),
  orderId: nullable(Type.String()),
  orderNo: Type.String(),
  connection: Type.String(),
  connectionName: nullable(Type.String()),
  outcome: oneOf(['decided', 'review']),
  code: nullable(Type.String()),
  reason: WordsJson,
  words: WordsJson,
  nodes: Type.Array(Type.String()),
}
export const DecisionBriefJson = Type.Object(decision, { title: 'KeptDecision' })
export const DecisionDetailJson = Type.Object(
  {
    ...decision,
    input: Type.Unknown({ description: 'as RuleInput' }),
    decision: Type.Unknown({ description: 'as RuleDecision' }),
    result: Type.Record(Type.String(), Type.Unknown()),
  },
  { title: 'KeptDecisionInFull' },
)
