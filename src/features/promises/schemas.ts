import { Type } from 'typebox'
import { IsoTime, MoneyJson, nullable, oneOf } from '#platform/http/schemas.ts'
import { KEEPS, STARTS } from './core/clocks.ts'

const text = nullable(Type.String())
const time = nullable(IsoTime)
const Id = Type.String({ pattern: '^\\d{1,18}$' })
export const IdParams = Type.Object({ id: Id })
const WallTime = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'HH:MM' })
const Name = Type.String({ minLength: 1, maxLength: 80 })

export const STATES = ['running', 'breached', 'kept', 'late', 'void'] as const

export const ClockJson = Type.Object(
  {
    source: Type.String({ description: '`rule:<id>`, `platform:ship_by` or `platform:deliver_by`' }),
    ruleName: text,
    keeps: oneOf(KEEPS),
    startsAt: time,
    dueAt: IsoTime,
    warnAt: IsoTime,
    keptAt: time,
    state: oneOf(STATES),
    secondsLeft: Type.Integer({ description: 'negative once it is past; of the moment of the answer' }),
    penalty: nullable(MoneyJson),
  },
  { title: 'OrderClock' },
)

export const QueueItemJson = Type.Object(
  {
    ...ClockJson.properties,
    orderId: Type.String(),
    orderNo: Type.String(),
    connection: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
    status: Type.String(),
    firstTitle: text,
    itemCount: Type.Integer(),
    region: text,
  },
  { title: 'DeadlineQueueItem' },
)

export const BUCKETS = ['breached', 'hour', 'four_hours', 'day', 'later'] as const
export const SummaryJson = Type.Object({
  buckets: Type.Array(
    Type.Object({ bucket: oneOf(BUCKETS), count: Type.Integer(), penalties: Type.Array(MoneyJson) }),
  ),
  connections: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      breached: Type.Integer(),
      hour: Type.Integer(),
      four_hours: Type.Integer(),
      day: Type.Integer(),
      later: Type.Integer(),
    }),
  ),
})

const ruleFields = {
  name: Name,
  kind: Type.String({ minLength: 1, maxLength: 40, description: 'connector kind, or `*` for every channel' }),
  connectionId: nullable(Type.String({ minLength: 1, maxLength: 100 })),
  starts: oneOf(STARTS),
  keeps: oneOf(KEEPS),
  minutes: Type.Integer({ minimum: 1, maximum: 527_040 }),
  calendarId: nullable(Id),
  cutoff: nullable(WallTime),
  platformFirst: Type.Boolean({ description: "the platform's own deadline field wins where it gives one" }),
  warnMinutes: Type.Integer({ minimum: 1, maximum: 100_000 }),
  penaltyCurrency: Type.String({ pattern: '^[A-Z]{3}$' }),
  penaltyFixed: nullable(Type.String({ maxLength: 20, description: "with exactly the currency's decimals" })),
  penaltyBps: nullable(
    Type.Integer({
      minimum: 0,
      maximum: 10_000,
      description: 'of what the buyer pays, in parts of ten thousand',
    }),
  ),
  penaltyCap: nullable(Type.String({ maxLength: 20 })),
  active: Type.Boolean(),
}
export const RuleBody = Type.Object(ruleFields, { additionalProperties: false, title: 'PromiseRuleDraft' })
const edited = { updatedBy: Type.String(), updatedAt: IsoTime }
export const RuleJson = Type.Object(
  { id: Type.String(), ...ruleFields, connectionName: text, calendarName: text, ...edited },
  { title: 'PromiseRule' },
)
export const PreviewBody = Type.Object({ id: nullable(Id), rule: RuleBody }, { additionalProperties: false })
export const PreviewJson = Type.Object({
  orders: Type.Integer({ description: 'open orders looked at' }),
  capped: Type.Boolean(),
  changed: Type.Integer(),
  breachedNow: Type.Integer(),
  sample: Type.Array(Type.Object({ orderId: Type.String(), before: text, after: text })),
})
export const TemplateJson = Type.Object({
  id: Type.String(),
  zh: Type.String(),
  en: Type.String(),
  kind: Type.String(),
  starts: oneOf(STARTS),
  keeps: oneOf(KEEPS),
  minutes: Type.Integer(),
  platformFirst: Type.Boolean(),
  warnMinutes: Type.Integer(),
})

const HoursJson = Type.Object(
  { from: Type.String({ maxLength: 5 }), to: Type.String({ maxLength: 5, description: 'HH:MM, or 24:00' }) },
  { additionalProperties: false },
)
const calendarFields = {
  name: Name,
  zone: Type.String({ minLength: 1, maxLength: 60, description: 'IANA zone' }),
  week: Type.Array(nullable(HoursJson), {
    minItems: 7,
    maxItems: 7,
    description: 'Monday first; null is closed',
  }),
  exceptions: Type.Array(
    Type.Object(
      {
        date: Type.String({ maxLength: 10 }),
        open: Type.Boolean(),
        hours: nullable(HoursJson),
        name: Type.String({ maxLength: 60 }),
      },
      { additionalProperties: false },
    ),
    { maxItems: 1_000 },
  ),
}
export const CalendarBody = Type.Object(calendarFields, {
  additionalProperties: false,
  title: 'BusinessCalendarDraft',
})
export const CalendarJson = Type.Object(
  { id: Type.String(), ...calendarFields, ...edited },
  { title: 'BusinessCalendar' },
)
export const TryBody = Type.Object(
  {
    calendar: nullable(CalendarBody),
    start: Type.String({ maxLength: 40, description: 'ISO 8601 with offset' }),
    minutes: Type.Integer({ minimum: 1, maximum: 527_040 }),
    cutoff: nullable(WallTime),
  },
  { additionalProperties: false },
)
