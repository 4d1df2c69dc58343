import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { readInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import {
  applyChange,
  CASES_AT_MOST,
  type ChangeAnswer,
  type Choice,
  previewChange,
  type Skipped,
} from './change-cases.ts'
import { type Change, OUTCOMES } from './core/change.ts'
import { type FilterInput, parseQuestion } from './core/filter.ts'
import type { ReviewDeps } from './deps.ts'
import { exportCases } from './export-cases.ts'
import { countUpTo } from './list/store.ts'
import { listRules, saveRule } from './rule-settings.ts'
import * as schemas from './schemas.ts'
import { listCases, openHeats, showCase } from './show.ts'
import { summarise } from './summarise.ts'

const READ = { scope: 'review:read' } as const
const WRITE = { scope: 'review:write' } as const
const TAGS = ['review']

/** The exception workbench: list, one case, changes, to-do sheet, rules. */
export function reviewRoutes(app: HttpApp, deps: ReviewDeps): void {
  readRoutes(app, deps)
  changeRoutes(app, deps)
  stateRoutes(app, deps)
  previewRoute(app, deps)
  exportRoute(app, deps)
  ruleRoutes(app, deps)
}

/** People own cases; a program's key has none. */
function meOf(actor: Actor): string | null {
  return actor.kind === 'user' ? actor.id : null
}

function questionOf(deps: ReviewDeps, input: FilterInput, actor: Actor) {
  return parseQuestion(input, { me: meOf(actor), now: deps.clock.now(), zone: deps.zone() })
}

function readRoutes(app: HttpApp, deps: ReviewDeps): void {
  const heats = openHeats(deps.sql, () => deps.clock.now().epochMilliseconds)
  const shown = { ...deps, heats }
  app.get(
    '/api/review',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'cases that fit; open ones unless a state is named',
        querystring: Type.Object({ ...schemas.filterFields, sort: schemas.sortField, ...pageQuery }),
        response: { 200: pageOf(schemas.CaseJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...asked } = request.query
      const question = questionOf(deps, asked, actorOf(request))
      if (!question.ok) return sendRefusal(reply, question.refusal)
      const page = await listCases(shown, question.value, { cursor: cursor ?? null, limit })
      return page.ok ? page.value : sendRefusal(reply, page.refusal)
    },
  )
  app.get(
    '/api/review/count',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: `how many cases fit, counted no further than ${CASES_AT_MOST}`,
        querystring: Type.Object(schemas.filterFields),
        response: {
          200: Type.Object({ count: Type.Integer(), capped: Type.Boolean() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const question = questionOf(deps, request.query, actorOf(request))
      if (!question.ok) return sendRefusal(reply, question.refusal)
      const count = await countUpTo(deps.sql, question.value.filter, CASES_AT_MOST)
      return { count, capped: count === CASES_AT_MOST }
    },
  )
  app.get(
    '/api/review/summary',
    { config: READ, schema: { tags: TAGS, response: { 200: schemas.SummaryJson, ...problemResponses } } },
    async (request) => await summarise(deps, meOf(actorOf(request))),
  )
  const Assignee = Type.Object({ id: Type.String(), name: Type.String(), role: Type.String() })
  app.get(
    '/api/review/assignees',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'people who may own cases',
        response: { 200: Type.Object({ items: Type.Array(Assignee) }), ...problemResponses },
      },
    },
    async () => ({ items: [...(await deps.assignees())] }),
  )
  app.get(
    '/api/review/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        params: schemas.IdParams,
        response: { 200: schemas.CaseDetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const one = await showCase(shown, BigInt(request.params.id))
      return one.ok ? one.value : sendRefusal(reply, one.refusal)
    },
  )
}

type ChoiceBody = {
  readonly ids?: readonly string[]
  readonly revisions?: readonly number[]
  readonly filter?: FilterInput
}

/** Null: neither or both were given. */
function choiceOf(deps: ReviewDeps, body: ChoiceBody, actor: Actor): Result<Choice> {
  if ((body.ids === undefined) === (body.filter === undefined))
    return { ok: false, refusal: { code: 'review.no_choice', detail: 'give either `ids` or `filter`' } }
  if (body.ids !== undefined)
    return { ok: true, value: { ids: body.ids.map(BigInt), revisions: body.revisions ?? null } }
  const question = questionOf(deps, body.filter ?? {}, actor)
  return question.ok ? { ok: true, value: { filter: question.value.filter } } : question
}

async function change(deps: ReviewDeps, body: ChoiceBody, wanted: Change, actor: Actor) {
  const choice = choiceOf(deps, body, actor)
  if (!choice.ok) return choice
  return await applyChange(deps, choice.value, wanted, actor)
}

const SKIPPED_SHOWN = 200

function answerOf(answer: ChangeAnswer) {
  if ('jobId' in answer)
    return { changed: answer.cases, skipped: [], skippedTotal: 0, jobId: answer.jobId.toString() }
  return { changed: answer.changed, ...skippedOf(answer.skipped), jobId: null }
}

function skippedOf(skipped: readonly Skipped[]) {
  return {
    skipped: skipped
      .slice(0, SKIPPED_SHOWN)
      .map(({ id, orderNo, code, detail }) => ({ id: id.toString(), orderNo, code, detail })),
    skippedTotal: skipped.length,
  }
}

const response = { 200: schemas.ChangedJson, ...problemResponses }
const closed = { additionalProperties: false } as const

function changeRoutes(app: HttpApp, deps: ReviewDeps): void {
  const Person = Type.String({ minLength: 1, maxLength: 60 })
  const body = Type.Object(
    {
      ...schemas.choiceFields,
      to: Type.Optional(nullable(Person)),
      among: Type.Optional(Type.Array(Person, { minItems: 1, maxItems: 100 })),
    },
    {
      ...closed,
      description: '`to`: `me`, an id of /api/review/assignees, or null for nobody; `among`: in turn',
    },
  )
  app.post(
    '/api/review/assign',
    { config: WRITE, schema: { tags: TAGS, body, response } },
    async (request, reply) => {
      const { to, among } = request.body
      const actor = actorOf(request)
      if ((to === undefined) === (among === undefined))
        return sendRefusal(reply, { code: 'review.nobody_chosen', detail: 'give either `to` or `among`' })
      if (to === 'me' && meOf(actor) === null)
        return sendRefusal(reply, {
          code: 'review.unknown_person',
          detail: 'a key owns no cases; name a person',
        })
      const wanted: Change =
        among !== undefined
          ? { action: 'spread', among }
          : { action: 'assign', to: to === 'me' ? meOf(actor) : (to ?? null) }
      const done = await change(deps, request.body, wanted, actor)
      return done.ok ? answerOf(done.value) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/review/note',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: Type.Object({ ...schemas.choiceFields, note: schemas.note }, closed),
        response,
      },
    },
    async (request, reply) => {
      const wanted: Change = { action: 'note', note: request.body.note }
      const done = await change(deps, request.body, wanted, actorOf(request))
      return done.ok ? answerOf(done.value) : sendRefusal(reply, done.refusal)
    },
  )
}

function stateRoutes(app: HttpApp, deps: ReviewDeps): void {
  const maybeNote = Type.Optional(nullable(schemas.note))
  app.post(
    '/api/review/snooze',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: Type.Object(
          {
            ...schemas.choiceFields,
            until: Type.Optional(nullable(Type.String({ maxLength: 60 }))),
            minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 129_600 })),
          },
          {
            ...closed,
            description: '`until`: an instant with offset, null wakes them now; or `minutes` from now',
          },
        ),
        response,
      },
    },
    async (request, reply) => {
      const wanted = snoozeOf(request.body, deps)
      if (wanted === null)
        return sendRefusal(reply, {
          code: 'review.bad_until',
          detail: 'give an instant with offset, null, or minutes',
        })
      const done = await change(deps, request.body, wanted, actorOf(request))
      return done.ok ? answerOf(done.value) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/review/resolve',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: Type.Object({ ...schemas.choiceFields, outcome: oneOf(OUTCOMES), note: maybeNote }, closed),
        response,
      },
    },
    async (request, reply) => {
      const { outcome, note = null } = request.body
      const done = await change(deps, request.body, { action: 'resolve', outcome, note }, actorOf(request))
      return done.ok ? answerOf(done.value) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/review/reopen',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: Type.Object({ ...schemas.choiceFields, note: maybeNote }, closed),
        response,
      },
    },
    async (request, reply) => {
      const { note = null } = request.body
      const done = await change(deps, request.body, { action: 'reopen', note }, actorOf(request))
      return done.ok ? answerOf(done.value) : sendRefusal(reply, done.refusal)
    },
  )
}

/** Null: neither or both are given, or the time cannot be read. */
function snoozeOf(
  { until, minutes }: { until?: string | null; minutes?: number },
  { clock }: ReviewDeps,
): Change | null {
  if (minutes !== undefined)
    return until === undefined ? { action: 'snooze', until: clock.now().add({ minutes }) } : null
  if (until === undefined) return null
  if (until === null) return { action: 'wake' }
  const instant = readInstant(until)
  return instant === null ? null : { action: 'snooze', until: instant }
}

function previewRoute(app: HttpApp, deps: ReviewDeps): void {
  const Preview = Type.Object({
    willChange: Type.Integer(),
    skipped: schemas.ChangedJson.properties.skipped,
    skippedTotal: Type.Integer(),
  })
  const changes = ['assign', 'snooze', 'wake', 'resolve', 'reopen'] as const
  app.post(
    '/api/review/preview',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'how many cases a change would touch, and which it would skip',
        body: Type.Object({ ...schemas.choiceFields, action: oneOf(changes) }, closed),
        response: { 200: Preview, ...problemResponses },
      },
    },
    async (request, reply) => {
      const choice = choiceOf(deps, request.body, actorOf(request))
      if (!choice.ok) return sendRefusal(reply, choice.refusal)
      const seen = await previewChange(deps, choice.value, sampleOf(request.body.action, deps))
      if (!seen.ok) return sendRefusal(reply, seen.refusal)
      return { willChange: seen.value.changed, ...skippedOf(seen.value.skipped) }
    },
  )
}

/** Whom or until when does not matter to whether a case can be changed. */
function sampleOf(
  action: 'assign' | 'snooze' | 'wake' | 'resolve' | 'reopen',
  { clock }: ReviewDeps,
): Change {
  switch (action) {
    case 'assign':
      return { action: 'spread', among: [] }
    case 'snooze':
      return { action: 'snooze', until: clock.now().add({ minutes: 1 }) }
    case 'wake':
      return { action: 'wake' }
    case 'resolve':
      return { action: 'resolve', outcome: 'no_action', note: null }
    case 'reopen':
      return { action: 'reopen', note: null }
  }
}

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

function exportRoute(app: HttpApp, deps: ReviewDeps): void {
  app.post(
    '/api/review/export',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'the to-do sheet of exactly this view as XLSX, hottest SKU first, ties by due time',
        body: Type.Object({ filter: schemas.FilterJson, locale: Type.Optional(oneOf(['zh', 'en'])) }, closed),
      },
    },
    async (request, reply) => {
      const { filter, locale = 'zh' } = request.body
      const question = questionOf(deps, filter, actorOf(request))
      if (!question.ok) return sendRefusal(reply, question.refusal)
      const count = await countUpTo(deps.sql, question.value.filter, CASES_AT_MOST + 1)
      if (count > CASES_AT_MOST)
        return sendRefusal(reply, {
          code: 'review.too_large',
          detail: `more than ${CASES_AT_MOST} cases; narrow the filter`,
        })
      await deps.audit(deps.sql, {
        actor: actorOf(request),
        action: 'review.exported',
        subject: 'review',
        detail: { filter, locale, count },
      })
      const day = deps.clock.now().toZonedDateTimeISO(deps.zone()).toPlainDate().toString()
      reply.type(XLSX).header('content-disposition', `attachment; filename="todo-${day}.xlsx"`)
      const sheet = await exportCases(deps, question.value.filter, locale)
      return reply.send(Readable.fromWeb(sheet as never))
    },
  )
}

function ruleRoutes(app: HttpApp, deps: ReviewDeps): void {
  const rules = { 200: Type.Object({ items: Type.Array(schemas.RuleJson) }), ...problemResponses }
  app.get('/api/review/rules', { config: READ, schema: { tags: TAGS, response: rules } }, async () => ({
    items: await listRules(deps),
  }))
  app.put(
    '/api/review/rules',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'one rule, for every channel or one connection; holds from the next sweep on',
        body: schemas.RuleSettingBody,
        response: rules,
      },
    },
    async (request, reply) => {
      const { connection, ...rest } = request.body
      const row = {
        active: null,
        minutes: null,
        severity: null,
        dueMinutes: null,
        owner: null,
        ...rest,
        connectionId: connection,
      }
      const saved = await saveRule(deps, row, actorOf(request))
      return saved.ok ? { items: await listRules(deps) } : sendRefusal(reply, saved.refusal)
    },
  )
}
