import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { identityOf, type ReshipmentDeps } from './deps.ts'
import { readDisputes, readDuplicates } from './desk/store.ts'
import { decideDispute, keepDuplicate, openDispute } from './duplicates.ts'
import { disputeToJson, duplicateToJson } from './views/json.ts'
import {
  APPROVE,
  DISPUTE_STATES,
  DisputeJson,
  DUPLICATE_STATES,
  DuplicateJson,
  Id,
  listSchema,
  Number40,
  Params,
  pageFrom,
  placeOf,
  READ,
  TAGS,
  Words,
  WRITE,
} from './views/schemas.ts'

export function duplicateRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/reshipments/duplicates',
    {
      config: READ,
      schema: listSchema(
        'orders with two parcels for the same pieces',
        DuplicateJson,
        oneOf(DUPLICATE_STATES),
        {},
      ),
    },
    async (request, reply) => {
      const { state = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = placeOf('duplicates', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const rows = await readDuplicates(db, { id: null, state, before: place.value, limit: limit + 1 })
      return pageFrom('duplicates', rows, limit, (row) => duplicateToJson(row, zone()))
    },
  )
  app.post(
    '/api/reshipments/duplicates/:id/keep',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'both parcels are meant; the same two are not asked about again',
        params: Params,
        body: Type.Object({ words: Words }, { additionalProperties: false }),
        response: { 200: Type.Object({ id: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const done = await keepDuplicate(deps, BigInt(id), request.body.words.trim(), actorOf(request))
      return done.ok ? { id } : sendRefusal(reply, done.refusal)
    },
  )
}

export function disputeRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/reshipments/disputes',
    {
      config: READ,
      schema: listSchema('disputed deliveries', DisputeJson, oneOf(DISPUTE_STATES), {}),
    },
    async (request, reply) => {
      const { state = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = placeOf('disputes', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const rows = await readDisputes(db, { id: null, state, before: place.value, limit: limit + 1 })
      const me = identityOf(actorOf(request))
      return pageFrom('disputes', rows, limit, (row) => disputeToJson(row, zone(), me))
    },
  )
  app.post(
    '/api/reshipments/disputes',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'the buyer says that it did not arrive',
        body: Type.Object(
          { orderId: Id, trackingNo: Number40, words: Words },
          { additionalProperties: false },
        ),
        response: { 200: DisputeJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { orderId, trackingNo, words } = request.body
      const actor = actorOf(request)
      const done = await openDispute(
        deps,
        { orderId: BigInt(orderId), trackingNo, words: words.trim() },
        actor,
      )
      return done.ok ? disputeToJson(done.value, zone(), identityOf(actor)) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/reshipments/disputes/:id/decide',
    {
      config: APPROVE,
      schema: {
        tags: TAGS,
        description: 'upheld: it did not arrive, which is proof for a re-ship; never by whoever opened it',
        params: Params,
        body: Type.Object(
          { decision: oneOf(['uphold', 'dismiss']), words: Words },
          { additionalProperties: false },
        ),
        response: { 200: DisputeJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { decision, words } = request.body
      const actor = actorOf(request)
      const done = await decideDispute(
        deps,
        BigInt(request.params.id),
        { is: decision, words: words.trim() },
        actor,
      )
      return done.ok ? disputeToJson(done.value, zone(), identityOf(actor)) : sendRefusal(reply, done.refusal)
    },
  )
}
