import { Type } from 'typebox'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { type DecisionFilter, readDecision, searchDecisions } from './decisions/store.ts'
import { decisionDetailToJson, decisionRowToJson } from './json.ts'
import { DecisionBriefJson, DecisionDetailJson, Id, IdParams } from './schemas.ts'
import { idPlace, nextOf, READ, type RulebookHttpDeps } from './sets-http.ts'

const tags = ['decisions']
const Time = Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601 with an offset' }))

export function decisionRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  searchRoute(app, deps)
  oneRoute(app, deps)
  orderRoute(app, deps)
}

function searchRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/decisions',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Decisions that had an effect, newest first',
        querystring: Type.Object({
          orderNo: Type.Optional(
            Type.String({ maxLength: 100, description: 'or its beginning, from six characters on' }),
          ),
          kind: Type.Optional(Type.String({ maxLength: 40 })),
          set: Type.Optional(Id),
          version: Type.Optional(Id),
          outcome: Type.Optional(oneOf(['decided', 'review'])),
          arm: Type.Optional(oneOf(['live', 'gray'])),
          node: Type.Optional(Type.String({ maxLength: 80, description: 'went through this node' })),
          from: Time,
          to: Time,
          ...pageQuery,
        }),
        response: { 200: pageOf(DecisionBriefJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const below = idPlace('decisions', cursor)
      if (!below.ok) return sendRefusal(reply, below.refusal)
      const filter = filterOf(request.query)
      if (!filter.ok) return sendRefusal(reply, filter.refusal)
      const rows = await searchDecisions(deps.db, filter.value, below.value, limit + 1)
      return {
        items: rows.slice(0, limit).map((row) => decisionRowToJson(row, deps, deps.zone())),
        next: nextOf('decisions', rows, limit, ({ id }) => id.toString()),
      }
    },
  )
}

type Asked = Readonly<
  Partial<Record<'orderNo' | 'kind' | 'set' | 'version' | 'outcome' | 'arm' | 'node' | 'from' | 'to', string>>
>

/** Refuses with `http.invalid`, and with `rulebook.node_needs_set`: nodes are called alike in different sets. */
function filterOf(query: Asked): Result<DecisionFilter> {
  const from = readTime('from', query.from)
  if (!from.ok) return from
  const to = readTime('to', query.to)
  if (!to.ok) return to
  const word = (text: string | undefined): string | null =>
    text === undefined || text.trim() === '' ? null : text.trim()
  if (word(query.node) !== null && query.set === undefined && query.version === undefined)
    return refuse('rulebook.node_needs_set', 'a node is looked for in one rule set: name it too')
  return ok({
    orderNo: word(query.orderNo),
    orderId: null,
    kind: word(query.kind),
    setId: query.set === undefined ? null : BigInt(query.set),
    versionId: query.version === undefined ? null : BigInt(query.version),
    outcome: word(query.outcome),
    arm: word(query.arm),
    node: word(query.node),
    from: from.value,
    to: to.value,
  })
}

function readTime(name: string, text: string | undefined): Result<Temporal.Instant | null> {
  if (text === undefined || text === '') return ok(null)
  try {
    return ok(Temporal.Instant.from(text))
  } catch {
    return refuse('http.invalid', `${name} is no time with an offset, such as 2026-01-25T09:07:33+08:00`)
  }
}

function oneRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/decisions/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'One decision: what it saw, which way it went, what came of it',
        params: IdParams,
        response: { 200: DecisionDetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const row = await readDecision(deps.db, BigInt(request.params.id))
      return row === null
        ? sendRefusal(
            reply,
            refuse('rulebook.decision_not_found', 'there is no such decision, or no longer').refusal,
          )
        : decisionDetailToJson(row, deps, deps.zone())
    },
  )
}

const OF_ONE_ORDER = 200

function orderRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/orders/:id/decisions',
    {
      config: { scope: 'orders:read', shops: { order: 'id' } },
      schema: {
        tags,
        summary: 'What rules decided for an order, newest first, at most 200',
        params: IdParams,
        response: { 200: Type.Object({ items: Type.Array(DecisionBriefJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const filter = { ...NO_FILTER, orderId: BigInt(request.params.id) }
      const rows = await searchDecisions(deps.db, filter, null, OF_ONE_ORDER)
      return { items: rows.map((row) => decisionRowToJson(row, deps, deps.zone())) }
    },
  )
}

const NO_FILTER: DecisionFilter = {
  orderNo: null,
  orderId: null,
  kind: null,
  setId: null,
  versionId: null,
  outcome: null,
  arm: null,
  node: null,
  from: null,
  to: null,
}
