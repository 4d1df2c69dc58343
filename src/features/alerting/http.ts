import { Type } from 'typebox'
import { ALARM_RULES, alarmRule } from '#domain/alarm-rules.ts'
import { SEVERITIES } from '#domain/notice.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { AlertingDeps } from './deps.ts'
import { acknowledgeChosen, type HandleDeps, handleAlarm, noAlarm } from './handle-alarms.ts'
import { DeliveryJson, deliveryJson, routeRoutes } from './http-routes.ts'
import type { ManageDeps } from './manage-routes.ts'
import {
  type AlarmFilter,
  type AlarmPlace,
  type AlarmRow,
  countAlarms,
  countRules,
  readAlarm,
  readAlarms,
  readDeliveries,
  readEarlier,
} from './records/store.ts'
import { decideNow } from './tell-alarms.ts'

export type AlertingRoutesDeps = AlertingDeps &
  HandleDeps &
  ManageDeps & {
    /** The text of a rule's card, or null where there is none. */
    readonly cardOf: (rule: string) => Promise<string | null>
  }

const tags = ['alarms']
const STATES = ['open', 'acknowledged', 'resolved'] as const
const text = nullable(Type.String())
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })
const Note = Type.Optional(Type.String({ maxLength: 500 }))

const AlarmJson = Type.Object(
  {
    id: Type.String(),
    rule: Type.String(),
    title: Type.Object({ zh: Type.String(), en: Type.String() }),
    subject: Type.String(),
    severity: oneOf(SEVERITIES),
    state: oneOf(STATES),
    words: Type.Object({ zh: Type.String(), en: Type.String() }),
    evidence: Type.Record(Type.String(), Type.Unknown()),
    link: text,
    times: Type.Integer({ description: 'how often it was seen while it was open' }),
    openedAt: IsoTime,
    lastAt: IsoTime,
    acknowledgedAt: nullable(IsoTime),
    acknowledgedBy: text,
    note: text,
    resolvedAt: nullable(IsoTime),
    resolvedBy: text,
  },
  { title: 'Alarm' },
)
const AlarmDetailJson = Type.Intersect([
  AlarmJson,
  Type.Object({
    card: nullable(Type.String({ description: 'the runbook card, Markdown' })),
    deliveries: Type.Array(DeliveryJson),
    held: Type.Array(Type.Object({ route: Type.String(), until: IsoTime })),
    earlier: Type.Array(
      Type.Object({
        id: Type.String(),
        openedAt: IsoTime,
        resolvedAt: nullable(IsoTime),
        times: Type.Integer(),
      }),
    ),
  }),
])

/** Alarms, silences, routes, deliveries and cards. */
export function alertingRoutes(app: HttpApp, deps: AlertingRoutesDeps): void {
  listRoutes(app, deps)
  detailRoutes(app, deps)
  changeRoutes(app, deps)
  routeRoutes(app, deps)
}

function listRoutes(app: HttpApp, { db, zone }: AlertingRoutesDeps): void {
  const config = { scope: 'alarms:read' } as const
  const many = <const V extends string>(values: readonly V[]) =>
    Type.Optional(Type.Union([oneOf(values), Type.Array(oneOf(values), { maxItems: values.length })]))
  app.get(
    '/api/alarms',
    {
      config,
      schema: {
        tags,
        summary: 'Alarms: open ones first, the worse before the milder, the newer before the older',
        querystring: Type.Object({
          state: many(STATES),
          severity: many(SEVERITIES),
          rule: Type.Optional(
            Type.String({ maxLength: 100, description: '`callback.*` takes all that begin so' }),
          ),
          subject: Type.Optional(Type.String({ maxLength: 200 })),
          q: Type.Optional(Type.String({ maxLength: 100 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(AlarmJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...asked } = request.query
      const after = placeOf(cursor)
      if (after !== null && !after.ok) return sendRefusal(reply, after.refusal)
      const rows = await readAlarms(db, filterOf(asked), after?.value ?? null, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => alarmJson(row, zone())),
        next: last === undefined ? null : encodeCursor(LIST, [Number(last.rank), last.id.toString()]),
      }
    },
  )
  app.get(
    '/api/alarms/summary',
    {
      config,
      schema: {
        tags,
        summary: 'How many are open, for the bell',
        response: {
          200: Type.Object({
            open: Type.Object({ critical: Type.Integer(), warning: Type.Integer(), info: Type.Integer() }),
            acknowledged: Type.Integer(),
            rules: Type.Array(
              Type.Object({
                rule: Type.String(),
                title: Type.Object({ zh: Type.String(), en: Type.String() }),
                severity: oneOf(SEVERITIES),
                count: Type.Integer(),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const [counts, rules] = await Promise.all([countAlarms(db), countRules(db)])
      const open = { critical: 0, warning: 0, info: 0 }
      let acknowledged = 0
      for (const { state, severity, count } of counts)
        if (state === 'open') open[severity] += count
        else acknowledged += count
      return { open, acknowledged, rules: rules.map((one) => ({ ...one, title: titleOf(one.rule) })) }
    },
  )
}

function detailRoutes(app: HttpApp, deps: AlertingRoutesDeps): void {
  const config = { scope: 'alarms:read' } as const
  app.get(
    '/api/alarms/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One alarm',
        params: Params,
        response: { 200: AlarmDetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const detail = await detailOf(deps, BigInt(request.params.id))
      return detail ?? sendRefusal(reply, noAlarm().refusal)
    },
  )
  const RuleJson = Type.Object({
    rule: Type.String(),
    zh: Type.String(),
    en: Type.String(),
    severity: oneOf(SEVERITIES),
  })
  app.get(
    '/api/runbooks',
    {
      config,
      schema: {
        tags,
        summary: 'Every rule that the hub looks for',
        response: { 200: Type.Object({ items: Type.Array(RuleJson) }), ...problemResponses },
      },
    },
    async () => ({ items: ALARM_RULES.map((one) => ({ ...one })) }),
  )
  app.get(
    '/api/runbooks/:rule',
    {
      config,
      schema: {
        tags,
        summary: "A rule's card: what it means, how to be sure, what to do, what waiting costs",
        params: Type.Object({ rule: Type.String({ maxLength: 100 }) }),
        response: {
          200: Type.Intersect([RuleJson, Type.Object({ markdown: Type.String() })]),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const rule = alarmRule(request.params.rule)
      const markdown = rule === null ? null : await deps.cardOf(rule.rule)
      if (rule === null || markdown === null)
        return sendRefusal(reply, { code: 'alerting.card_not_found', detail: 'there is no such rule' })
      return { ...rule, markdown }
    },
  )
}

function changeRoutes(app: HttpApp, deps: AlertingRoutesDeps): void {
  const config = { scope: 'alarms:write' } as const
  const Body = Type.Object({ note: Note }, { additionalProperties: false })
  for (const how of ['acknowledge', 'resolve'] as const)
    app.post(
      `/api/alarms/:id/${how}`,
      {
        config,
        schema: {
          tags,
          summary:
            how === 'acknowledge' ? 'Somebody looks after it' : 'It is over; what is still wrong opens again',
          params: Params,
          body: Body,
          response: { 200: AlarmDetailJson, ...problemResponses },
        },
      },
      async (request, reply) => {
        const id = BigInt((request.params as { id: string }).id)
        const { note } = request.body as { note?: string }
        const handled = await handleAlarm(deps, id, how, noteOf(note), actorOf(request))
        if (!handled.ok) return sendRefusal(reply, handled.refusal)
        return (await detailOf(deps, id)) ?? sendRefusal(reply, noAlarm().refusal)
      },
    )
  app.post(
    '/api/alarms/acknowledge',
    {
      config,
      schema: {
        tags,
        summary: 'Somebody looks after all of these',
        body: Type.Object(
          { ids: Type.Array(Id, { minItems: 1, maxItems: 1_000 }), note: Note },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ acknowledged: Type.Integer() }), ...problemResponses },
      },
    },
    async (request) => {
      const { ids, note } = request.body
      return { acknowledged: await acknowledgeChosen(deps, ids.map(BigInt), noteOf(note), actorOf(request)) }
    },
  )
}

async function detailOf(deps: AlertingRoutesDeps, id: bigint) {
  const { db } = deps
  const zone = deps.zone()
  const row = await readAlarm(db, id)
  if (row === null) return null
  const filter = { alarm: id, target: null, states: [], kind: null }
  const [card, deliveries, earlier, now] = await Promise.all([
    deps.cardOf(row.rule),
    readDeliveries(db, filter, null, 100),
    readEarlier(db, row),
    row.state === 'open' ? decideNow(deps, db) : null,
  ])
  const held = (now?.decision.held ?? []).filter((one) => one.alarmId === id)
  return {
    ...alarmJson(row, zone),
    card,
    deliveries: deliveries.map((one) => deliveryJson(one, zone)),
    held: held.map(({ routeId, until }) => ({
      route: now?.routes.get(routeId)?.name ?? routeId.toString(),
      until: formatInstant(until, zone),
    })),
    earlier: earlier.map((one) => ({
      id: one.id.toString(),
      openedAt: formatInstant(one.opened_at, zone),
      resolvedAt: one.resolved_at === null ? null : formatInstant(one.resolved_at, zone),
      times: one.times,
    })),
  }
}

function alarmJson(row: AlarmRow, zone: string) {
  const time = (at: Temporal.Instant | null): string | null => (at === null ? null : formatInstant(at, zone))
  return {
    id: row.id.toString(),
    rule: row.rule,
    title: titleOf(row.rule),
    subject: row.subject,
    severity: row.severity,
    state: row.state,
    words: { zh: row.zh, en: row.en },
    evidence: row.evidence,
    link: row.link,
    times: row.times,
    openedAt: formatInstant(row.opened_at, zone),
    lastAt: formatInstant(row.last_at, zone),
    acknowledgedAt: time(row.acknowledged_at),
    acknowledgedBy: row.acknowledged_by,
    note: row.note,
    resolvedAt: time(row.resolved_at),
    resolvedBy: row.resolved_by,
  }
}

function titleOf(rule: string): { zh: string; en: string } {
  const known = alarmRule(rule)
  return known === null ? { zh: rule, en: rule } : { zh: known.zh, en: known.en }
}

const LIST = 'alarms'

function placeOf(cursor: string | undefined): Result<AlarmPlace> | null {
  if (cursor === undefined) return null
  const values = decodeCursor(LIST, cursor)
  return values.ok
    ? { ok: true, value: { rank: Number(values.value[0]), id: BigInt(String(values.value[1])) } }
    : values
}

type Asked = {
  state?: string | readonly string[]
  severity?: string | readonly string[]
  rule?: string
  subject?: string
  q?: string
}

function filterOf({ state, severity, rule, subject, q }: Asked): AlarmFilter {
  const list = (value: string | readonly string[] | undefined): readonly string[] =>
    value === undefined ? [] : typeof value === 'string' ? [value] : value
  const words = q?.trim() ?? ''
  return {
    states: list(state),
    severities: list(severity),
    rule: rule ?? null,
    subject: subject ?? null,
    q: words === '' ? null : words,
  }
}

function noteOf(note: string | undefined): string | null {
  const words = note?.trim() ?? ''
  return words === '' ? null : words
}
