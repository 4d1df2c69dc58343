import { type Static, Type } from 'typebox'
import type { AuditEvent } from '#features/identity/index.ts'
import { formatInstant, readInstant } from '#kernel/instant.ts'
import { formatMoney, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { addOpenMinutes, checkCalendar } from './core/calendar.ts'
import { RULE_TEMPLATES } from './core/templates.ts'
import {
  dropCalendar,
  dropRule,
  type EditDeps,
  previewRule,
  saveBusinessCalendar,
  saveRule,
} from './edit-rules.ts'
import { type RuleDraft, readCalendars, readRules } from './rules/store.ts'
import {
  CalendarBody,
  CalendarJson,
  IdParams,
  PreviewBody,
  PreviewJson,
  RuleBody,
  RuleJson,
  TemplateJson,
  TryBody,
} from './schemas.ts'
import { queueRecompute } from './set-clocks.ts'

export type RuleRoutesDeps = EditDeps & {
  readonly zone: () => string
  readonly audit: (tx: Sql, event: AuditEvent) => Promise<void>
  readonly nameOf: (connection: string) => string | null
  readonly onJobQueued: () => void
}

const READ = { scope: 'orders:read' } as const
const WRITE = { scope: 'promises:write' } as const
const tags = ['promises']

/** The rules that clocks run by, and their calendars. */
export function ruleRoutes(app: HttpApp, deps: RuleRoutesDeps): void {
  readRuleRoutes(app, deps)
  writeRuleRoutes(app, deps)
  previewRoute(app, deps)
  readCalendarRoutes(app, deps)
  writeCalendarRoutes(app, deps)
}

type RuleInput = Static<typeof RuleBody>

/** Refuses with `money.*` an amount that does not fit its currency. */
function draftOf(input: RuleInput): Result<RuleDraft> {
  const fixed = minorOf(input.penaltyFixed, input.penaltyCurrency)
  if (!fixed.ok) return fixed
  const cap = minorOf(input.penaltyCap, input.penaltyCurrency)
  if (!cap.ok) return cap
  return ok({
    name: input.name.trim(),
    kind: input.kind,
    connection_id: input.connectionId,
    starts: input.starts,
    keeps: input.keeps,
    minutes: input.minutes,
    calendar_id: input.calendarId === null ? null : BigInt(input.calendarId),
    cutoff: input.cutoff,
    platform_first: input.platformFirst,
    warn_minutes: input.warnMinutes,
    penalty_currency: input.penaltyCurrency,
    penalty_minor: fixed.value,
    penalty_bps: input.penaltyBps,
    penalty_cap_minor: cap.value,
    active: input.active,
  })
}

function minorOf(text: string | null, currency: string): Result<bigint | null> {
  if (text === null) return ok(null)
  const amount = parseMoney(text, currency)
  if (!amount.ok) return amount
  return amount.value.minor < 0n
    ? refuse('promises.rule_invalid', 'a penalty is not negative')
    : ok(amount.value.minor)
}

function readRuleRoutes(app: HttpApp, { db, zone, nameOf }: RuleRoutesDeps): void {
  app.get(
    '/api/promises/rules',
    {
      config: READ,
      schema: { tags, response: { 200: Type.Object({ items: Type.Array(RuleJson) }), ...problemResponses } },
    },
    async () => {
      const [rows, calendars] = await Promise.all([readRules(db), readCalendars(db)])
      const calendarNames = new Map(calendars.map((row) => [row.id, row.name]))
      const amount = (minor: bigint | null, currency: string): string | null =>
        minor === null ? null : formatMoney(money(currency, minor))
      return {
        items: rows.map((row) => ({
          id: row.id.toString(),
          name: row.name,
          kind: row.kind,
          connectionId: row.connection_id,
          connectionName: row.connection_id === null ? null : nameOf(row.connection_id),
          starts: row.starts,
          keeps: row.keeps,
          minutes: row.minutes,
          calendarId: row.calendar_id?.toString() ?? null,
          calendarName: calendarNames.get(row.calendar_id ?? -1n) ?? null,
          cutoff: row.cutoff,
          platformFirst: row.platform_first,
          warnMinutes: row.warn_minutes,
          penaltyCurrency: row.penalty_currency,
          penaltyFixed: amount(row.penalty_minor, row.penalty_currency),
          penaltyBps: row.penalty_bps,
          penaltyCap: amount(row.penalty_cap_minor, row.penalty_currency),
          active: row.active,
          updatedBy: row.updated_by,
          updatedAt: formatInstant(row.updated_at, zone()),
        })),
      }
    },
  )
  app.get(
    '/api/promises/templates',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Starting points for rules; their figures are to be checked against the own contracts',
        response: { 200: Type.Object({ items: Type.Array(TemplateJson) }), ...problemResponses },
      },
    },
    async () => ({ items: [...RULE_TEMPLATES] }),
  )
}

const Saved = Type.Object({
  id: Type.String(),
  jobId: Type.String({ description: 'sets the open orders anew' }),
})

/**
 * Makes a change, writes its audit line and queues the new setting of open orders, all in one transaction; answers the id and the
 * job. What was refused leaves nothing.
 */
async function change(
  deps: RuleRoutesDeps,
  actor: ReturnType<typeof actorOf>,
  { action, subject }: { readonly action: string; readonly subject: string },
  edit: (tx: Sql) => Promise<Result<bigint | null>>,
): Promise<Result<{ id: string; jobId: string }>> {
  const done = await deps.db.begin(async (tx): Promise<Result<{ id: string; jobId: string }>> => {
    const edited = await edit(tx)
    if (!edited.ok) return edited
    await deps.audit(tx, { actor, action, subject })
    const job = await queueRecompute(tx, deps.clock, actor.name)
    return ok({ id: edited.value?.toString() ?? '', jobId: job.toString() })
  })
  if (done.ok) {
    await deps.directory.refresh()
    deps.onJobQueued()
  }
  return done
}

function writeRuleRoutes(app: HttpApp, deps: RuleRoutesDeps): void {
  const save = async (id: bigint | null, input: RuleInput, actor: ReturnType<typeof actorOf>) => {
    const draft = draftOf(input)
    if (!draft.ok) return draft
    const action = id === null ? 'promises.rule_added' : 'promises.rule_changed'
    return await change(deps, actor, { action, subject: input.name }, (tx) =>
      saveRule(tx, deps, id, draft.value, actor.name),
    )
  }
  app.post(
    '/api/promises/rules',
    { config: WRITE, schema: { tags, body: RuleBody, response: { 200: Saved, ...problemResponses } } },
    async (request, reply) => {
      const done = await save(null, request.body, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
  app.put(
    '/api/promises/rules/:id',
    {
      config: WRITE,
      schema: { tags, params: IdParams, body: RuleBody, response: { 200: Saved, ...problemResponses } },
    },
    async (request, reply) => {
      const done = await save(BigInt(request.params.id), request.body, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
  app.delete(
    '/api/promises/rules/:id',
    { config: WRITE, schema: { tags, params: IdParams, response: { 204: NoContent, ...problemResponses } } },
    async (request, reply) => {
      const { id } = request.params
      const words = { action: 'promises.rule_removed', subject: id }
      const done = await change(deps, actorOf(request), words, (tx) => dropRule(tx, BigInt(id)))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function previewRoute(app: HttpApp, deps: RuleRoutesDeps): void {
  app.post(
    '/api/promises/rules/preview',
    {
      config: READ,
      schema: {
        tags,
        summary: "What saving the rule would change on today's open orders",
        body: PreviewBody,
        response: { 200: PreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id, rule } = request.body
      const draft = draftOf(rule)
      if (!draft.ok) return sendRefusal(reply, draft.refusal)
      const done = await previewRule(deps, id === null ? null : BigInt(id), draft.value)
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return {
        ...done.value,
        sample: done.value.sample.map((one) => ({ ...one, orderId: one.orderId.toString() })),
      }
    },
  )
}

function readCalendarRoutes(app: HttpApp, { db, zone }: RuleRoutesDeps): void {
  app.get(
    '/api/promises/calendars',
    {
      config: READ,
      schema: {
        tags,
        response: { 200: Type.Object({ items: Type.Array(CalendarJson) }), ...problemResponses },
      },
    },
    async () => ({
      items: (await readCalendars(db)).map((row) => ({
        id: row.id.toString(),
        name: row.name,
        zone: row.zone,
        week: [...row.week],
        exceptions: [...row.exceptions],
        updatedBy: row.updated_by,
        updatedAt: formatInstant(row.updated_at, zone()),
      })),
    }),
  )
  app.post(
    '/api/promises/calendars/try',
    {
      config: READ,
      schema: {
        tags,
        summary: 'When a clock that starts at a given moment would be due',
        body: TryBody,
        response: { 200: Type.Object({ dueAt: nullable(IsoTime) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { calendar, start, minutes, cutoff } = request.body
      const checked = calendar === null ? ok(null) : checkCalendar(calendar)
      if (!checked.ok) return sendRefusal(reply, checked.refusal)
      const at = instantOf(start)
      if (!at.ok) return sendRefusal(reply, at.refusal)
      return { dueAt: formatInstant(addOpenMinutes(at.value, minutes, checked.value, cutoff), zone()) }
    },
  )
}

function instantOf(text: string): Result<Temporal.Instant> {
  const instant = readInstant(text)
  return instant === null
    ? refuse('promises.bad_time', `"${text.slice(0, 40)}" is no instant with an offset`)
    : ok(instant)
}

function writeCalendarRoutes(app: HttpApp, deps: RuleRoutesDeps): void {
  const save = (
    id: bigint | null,
    { name, ...calendar }: Static<typeof CalendarBody>,
    actor: ReturnType<typeof actorOf>,
  ) =>
    change(deps, actor, { action: 'promises.calendar_saved', subject: name }, (tx) =>
      saveBusinessCalendar(tx, deps, id, name.trim(), calendar, actor.name),
    )
  app.post(
    '/api/promises/calendars',
    { config: WRITE, schema: { tags, body: CalendarBody, response: { 200: Saved, ...problemResponses } } },
    async (request, reply) => {
      const done = await save(null, request.body, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
  app.put(
    '/api/promises/calendars/:id',
    {
      config: WRITE,
      schema: { tags, params: IdParams, body: CalendarBody, response: { 200: Saved, ...problemResponses } },
    },
    async (request, reply) => {
      const done = await save(BigInt(request.params.id), request.body, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
  app.delete(
    '/api/promises/calendars/:id',
    { config: WRITE, schema: { tags, params: IdParams, response: { 204: NoContent, ...problemResponses } } },
    async (request, reply) => {
      const { id } = request.params
      const words = { action: 'promises.calendar_removed', subject: id }
      const done = await change(deps, actorOf(request), words, (tx) => dropCalendar(tx, BigInt(id)))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}
