import { Type } from 'typebox'
import { SEVERITIES } from '#domain/notice.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { CASE_STATES, OUTCOMES } from './core/change.ts'
import { SORTS } from './core/filter.ts'

const text = nullable(Type.String())
const time = nullable(IsoTime)
export const Id = Type.String({ pattern: '^\\d{1,18}$' })
export const IdParams = Type.Object({ id: Id })
export const SeverityJson = oneOf(SEVERITIES)

const words = Type.Optional(
  Type.Union([Type.String({ maxLength: 400 }), Type.Array(Type.String({ maxLength: 60 }), { maxItems: 60 })]),
)
const mark = Type.Optional(
  Type.Union([
    Type.Integer({ minimum: 0, maximum: 1 }),
    Type.Boolean(),
    Type.Literal('1'),
    Type.Literal('0'),
  ]),
)
export const filterFields = {
  rule: words,
  state: words,
  severity: words,
  owner: Type.Optional(
    Type.String({ maxLength: 60, description: '`me`, `none`, or an id of /api/review/assignees' }),
  ),
  connection: words,
  overdue: mark,
  resolvedToday: mark,
  order: Type.Optional(Type.String({ maxLength: 18 })),
  q: Type.Optional(Type.String({ maxLength: 20_000, description: 'order or tracking numbers' })),
  sku: Type.Optional(Type.String({ maxLength: 200 })),
}
export const FilterJson = Type.Object(filterFields, { additionalProperties: false })
export const sortField = Type.Optional(oneOf(SORTS))

const RuleName = Type.Object({
  id: Type.String(),
  zh: Type.String(),
  en: Type.String(),
  decision: Type.Boolean(),
})
const caseFields = {
  id: Type.String(),
  rule: RuleName,
  subject: Type.String(),
  order: nullable(
    Type.Object({
      id: Type.String(),
      orderNo: Type.String(),
      status: Type.String(),
      shipBy: time,
      title: text,
      pieces: Type.Integer(),
      skus: Type.Array(
        Type.Object({ code: Type.String(), matched: Type.Boolean(), quantity: Type.Integer() }),
      ),
    }),
  ),
  orderNo: text,
  connection: nullable(Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() })),
  state: oneOf(CASE_STATES),
  severity: SeverityJson,
  zh: Type.String(),
  en: Type.String(),
  evidence: Type.Record(
    Type.String(),
    Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  ),
  next: Type.Object({ action: Type.String(), zh: Type.String(), en: Type.String() }),
  owner: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
  heat: Type.Integer({
    description: 'pieces of its hottest SKU that stand still in orders with unresolved cases',
  }),
  since: IsoTime,
  dueAt: IsoTime,
  snoozedUntil: time,
  note: text,
  outcome: nullable(
    Type.String({ description: `${OUTCOMES.join(', ')}, or gone: the trouble was over by itself` }),
  ),
  resolvedBy: text,
  resolvedAt: time,
  kept: Type.Boolean({ description: 'reopened by a person: only a person closes it' }),
  goneAt: time,
  revision: Type.Integer(),
  openedAt: IsoTime,
  updatedAt: IsoTime,
}
export const CaseJson = Type.Object(caseFields, { title: 'ReviewCase' })
export const CaseDetailJson = Type.Object(
  {
    ...caseFields,
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        at: IsoTime,
        actor: Type.String(),
        kind: Type.String(),
        words: Type.String(),
      }),
    ),
    others: Type.Array(
      Type.Object({
        id: Type.String(),
        rule: RuleName,
        state: oneOf(CASE_STATES),
        outcome: text,
        openedAt: IsoTime,
        resolvedAt: time,
      }),
    ),
  },
  { title: 'ReviewCaseDetail' },
)

/** Either `ids` (with the revisions that were seen, for a change that must not overwrite another's) or `filter`. */
export const choiceFields = {
  ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 50_000 })),
  revisions: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 50_000 })),
  filter: Type.Optional(FilterJson),
}
export const note = Type.String({ minLength: 1, maxLength: 1_000 })
const SkippedJson = Type.Object({
  id: Type.String(),
  orderNo: text,
  code: Type.String(),
  detail: Type.String(),
})
export const ChangedJson = Type.Object({
  changed: Type.Integer(),
  skipped: Type.Array(SkippedJson, { description: 'the first 200' }),
  skippedTotal: Type.Integer(),
  jobId: text,
})

const count = Type.Integer()
export const SummaryJson = Type.Object(
  {
    open: count,
    snoozed: count,
    overdue: count,
    critical: count,
    mine: count,
    unowned: count,
    resolvedToday: count,
    rules: Type.Array(
      Type.Object({
        id: Type.String(),
        zh: Type.String(),
        en: Type.String(),
        open: count,
        snoozed: count,
        overdue: count,
      }),
    ),
    owners: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), open: count, overdue: count })),
    skus: Type.Array(Type.Object({ sku: Type.String(), title: Type.String(), heat: count, orders: count }), {
      description: 'what holds up most pieces',
    }),
  },
  { title: 'ReviewSummary' },
)

const setting = {
  active: nullable(Type.Boolean()),
  minutes: nullable(Type.Integer({ minimum: 0, maximum: 100_000 })),
  severity: nullable(SeverityJson),
  dueMinutes: nullable(Type.Integer({ minimum: 1, maximum: 100_000 })),
  owner: text,
}
export const RuleSettingBody = Type.Object(
  {
    rule: Type.String({ maxLength: 60 }),
    connection: Type.String({ maxLength: 60, description: "a connection's id, or * for every channel" }),
    active: Type.Optional(setting.active),
    minutes: Type.Optional(setting.minutes),
    severity: Type.Optional(setting.severity),
    dueMinutes: Type.Optional(setting.dueMinutes),
    owner: Type.Optional(setting.owner),
  },
  {
    additionalProperties: false,
    description: 'what is null or left out comes from the row for every channel, then from the rule',
  },
)
export const RuleJson = Type.Object(
  {
    id: Type.String(),
    zh: Type.String(),
    en: Type.String(),
    decision: Type.Boolean(),
    next: Type.Object({ action: Type.String(), zh: Type.String(), en: Type.String() }),
    standard: Type.Object({ minutes: Type.Integer(), severity: SeverityJson, dueMinutes: Type.Integer() }),
    effective: Type.Object({
      active: Type.Boolean(),
      minutes: Type.Integer(),
      severity: SeverityJson,
      dueMinutes: Type.Integer(),
      owner: text,
    }),
    settings: Type.Array(
      Type.Object({ connection: Type.String(), ...setting, updatedBy: Type.String(), updatedAt: IsoTime }),
    ),
  },
  { title: 'ReviewRule' },
)
