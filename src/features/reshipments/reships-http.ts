import { Type } from 'typebox'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp, holdsScope } from '#platform/http/scopes.ts'
import { GRANT_STATES } from './core/may-ship.ts'
import { identityOf, type ReshipmentDeps } from './deps.ts'
import { readStandings } from './may-ship.ts'
import { askReship, decideReship, proofsToJson, withdrawReship } from './reships.ts'
import { RESHIP_REASONS, readLinesOf, readOrdersByNo, readReshipments } from './store.ts'
import { caseToJson, eventsOf, reshipToJson } from './views/json.ts'
import {
  APPROVE,
  CaseJson,
  EventJson,
  Id,
  listSchema,
  Number40,
  Params,
  PieceJson,
  ProofJson,
  pageFrom,
  placeOf,
  READ,
  ReshipmentJson,
  TAGS,
  Words,
  WRITE,
} from './views/schemas.ts'

const NOT_FOUND = refuse('reshipments.not_found', 'there is no such re-ship').refusal

export function reshipReadRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/reshipments',
    {
      config: READ,
      schema: listSchema('re-ships, newest first', ReshipmentJson, oneOf(GRANT_STATES), {
        order: Type.Optional(Id),
      }),
    },
    async (request, reply) => {
      const { state = null, order, cursor, limit = PAGE_LIMIT } = request.query
      const place = placeOf('reshipments', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const states = state === null ? null : [state]
      const orderId = order === undefined ? null : BigInt(order)
      const rows = await readReshipments(db, {
        ids: null,
        states,
        orderId,
        before: place.value,
        limit: limit + 1,
      })
      const me = identityOf(actorOf(request))
      return pageFrom('reshipments', rows, limit, (row) => reshipToJson(row, zone(), me))
    },
  )
  app.get(
    '/api/reshipments/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'one re-ship with its history and what proves non-delivery at this moment',
        params: Params,
        response: {
          200: Type.Object({
            reshipment: ReshipmentJson,
            events: Type.Array(EventJson),
            proofs: Type.Array(ProofJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const [row] = await readReshipments(db, {
        ids: [id],
        states: null,
        orderId: null,
        before: null,
        limit: 1,
      })
      if (row === undefined) return sendRefusal(reply, NOT_FOUND)
      const standing = (await readStandings(db, [row.order_id], deps.rules)).get(row.order_id)
      return {
        reshipment: reshipToJson(row, zone(), identityOf(actorOf(request))),
        events: await eventsOf(deps, `reshipment:${id}`),
        proofs: proofsToJson(standing?.proofs ?? [], []),
      }
    },
  )
}

/** What a person sees before they ask: lines, parcels that left, and what proves now that one of them did not arrive. */
export function reshipCaseRoutes(app: HttpApp, { db, rules, zone }: ReshipmentDeps): void {
  app.get(
    '/api/reshipments/cases',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'orders of this number with what a re-ship of them stands on; five at most',
        querystring: Type.Object({ orderNo: Type.String({ minLength: 1, maxLength: 100 }) }),
        response: { 200: Type.Object({ items: Type.Array(CaseJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const orders = await readOrdersByNo(db, request.query.orderNo.trim())
      const ids = orders.map((order) => order.id)
      const standings = await readStandings(db, ids, rules)
      const items = orders.map(async (order) => {
        const standing = standings.get(order.id)
        return caseToJson(order, await readLinesOf(db, order.id), standing ?? null, zone())
      })
      return { items: await Promise.all(items) }
    },
  )
}

export function reshipWriteRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { zone } = deps
  app.post(
    '/api/reshipments',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'asks to send pieces again; granted at once where the facts prove non-delivery, else another person approves',
        body: Type.Object(
          {
            orderId: Id,
            reason: oneOf(RESHIP_REASONS),
            words: Words,
            pieces: Type.Array(PieceJson, { minItems: 1, maxItems: 500 }),
            trackingNos: Type.Optional(Type.Array(Number40, { maxItems: 50 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: ReshipmentJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { orderId, reason, words, pieces, trackingNos = [] } = request.body
      const actor = actorOf(request)
      const ask = { orderId: BigInt(orderId), reason, words: words.trim(), pieces, trackingNos }
      const done = await askReship(deps, ask, actor)
      return done.ok ? reshipToJson(done.value, zone(), identityOf(actor)) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/reshipments/:id/decide',
    {
      config: APPROVE,
      schema: {
        tags: TAGS,
        description: 'approves or rejects; never by whoever asked',
        params: Params,
        body: Type.Object(
          { decision: oneOf(['approve', 'reject']), words: Words },
          { additionalProperties: false },
        ),
        response: { 200: ReshipmentJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { decision, words } = request.body
      const actor = actorOf(request)
      const done = await decideReship(
        deps,
        BigInt(request.params.id),
        { is: decision, words: words.trim() },
        actor,
      )
      return done.ok ? reshipToJson(done.value, zone(), identityOf(actor)) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/reshipments/:id/withdraw',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'takes a request back before it was sent; only whoever asked, or an administrator',
        params: Params,
        body: Type.Object({ words: Words }, { additionalProperties: false }),
        response: { 200: ReshipmentJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const by = { ...actor, isAdmin: holdsScope(actor, 'admin') }
      const done = await withdrawReship(deps, BigInt(request.params.id), request.body.words.trim(), by)
      return done.ok ? reshipToJson(done.value, zone(), identityOf(actor)) : sendRefusal(reply, done.refusal)
    },
  )
}
