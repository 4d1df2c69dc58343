import { type Static, type TSchema, Type } from 'typebox'
import { readOrderFacts } from '#features/orders/index.ts'
import { formatInstant } from '#kernel/instant.ts'
import { type Refusal, type Result, refuse } from '#kernel/result.ts'
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
import { actorOf, type HttpApp, holdsScope } from '#platform/http/scopes.ts'
import { INTERCEPT_STATES } from './core/intercept.ts'
import { GRANT_STATES } from './core/may-ship.ts'
import { byParcel } from './core/proof.ts'
import { identityOf, type ReshipmentDeps } from './deps.ts'
import {
  type DisputeRow,
  type DuplicateRow,
  type InterceptRow,
  readDisputes,
  readDuplicates,
  readIntercept,
  readIntercepts,
} from './desk/store.ts'
import { decideDispute, keepDuplicate, openDispute } from './duplicates.ts'
import { askIntercept, waysOf, withdrawIntercept } from './intercepts.ts'
import { readStandings } from './may-ship.ts'
import { askReship, decideReship, proofsToJson, withdrawReship } from './reships.ts'
import { RESHIP_REASONS, type ReshipmentRow, readEvents, readReshipments } from './store.ts'

const TAGS = ['parcels']
const READ = { scope: 'parcels:read' } as const
const WRITE = { scope: 'parcels:write' } as const
const APPROVE = { scope: 'parcels:approve' } as const
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })
const Words = Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' })
const Number40 = Type.String({ minLength: 1, maxLength: 60 })
const PieceJson = Type.Object({
  lineId: Type.String({ maxLength: 200 }),
  quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
})
const ProofJson = Type.Object({
  kind: Type.String(),
  trackingNo: nullable(Type.String()),
  code: Type.String(),
  at: nullable(Type.String()),
})
const EventJson = Type.Object({
  at: IsoTime,
  what: Type.String(),
  actor: Type.String(),
  words: Type.String(),
})

const ReshipmentJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    orderStatus: Type.String(),
    reason: oneOf(RESHIP_REASONS),
    words: Type.String(),
    pieces: Type.Array(PieceJson),
    trackingNos: Type.Array(Type.String()),
    state: oneOf(GRANT_STATES),
    proof: Type.Array(ProofJson),
    parcelNo: nullable(Type.String()),
    askedBy: Type.String(),
    isMine: Type.Boolean({ description: 'you asked; another person decides' }),
    askedAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    decisionWords: nullable(Type.String()),
    sentAt: nullable(IsoTime),
    trouble: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
  },
  { title: 'Reshipment' },
)
const InterceptJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    trackingNo: Type.String(),
    carrier: Type.String(),
    connection: Type.String(),
    via: oneOf(['carrier', 'partner']),
    reason: Type.String(),
    state: oneOf(INTERCEPT_STATES),
    code: nullable(Type.String()),
    detail: nullable(Type.String()),
    askedBy: Type.String(),
    askedAt: IsoTime,
    answeredAt: nullable(IsoTime),
    endedAt: nullable(IsoTime),
  },
  { title: 'Intercept' },
)
const DuplicateJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    state: oneOf(['open', 'kept', 'gone']),
    trackingNos: Type.Array(Type.String()),
    stopNo: nullable(Type.String()),
    pieces: Type.Array(PieceJson),
    foundAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    words: nullable(Type.String()),
  },
  { title: 'DuplicateShipment' },
)
const DisputeJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    trackingNo: Type.String(),
    words: Type.String(),
    state: oneOf(['open', 'upheld', 'dismissed', 'withdrawn']),
    openedBy: Type.String(),
    isMine: Type.Boolean(),
    openedAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    decisionWords: nullable(Type.String()),
  },
  { title: 'Dispute' },
)

/** Routes of re-ships 补发, duplicates, intercepts 拦截 and disputes 签收争议. */
export function reshipmentRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  reshipReadRoutes(app, deps)
  reshipWriteRoutes(app, deps)
  interceptRoutes(app, deps)
  duplicateRoutes(app, deps)
  disputeRoutes(app, deps)
}

function reshipReadRoutes(app: HttpApp, deps: ReshipmentDeps): void {
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

function reshipWriteRoutes(app: HttpApp, deps: ReshipmentDeps): void {
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

const WayJson = Type.Object({
  connectionId: Type.String(),
  name: Type.String(),
  via: oneOf(['carrier', 'partner']),
})

function interceptRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/intercepts',
    {
      config: READ,
      schema: listSchema('intercepts, newest first', InterceptJson, oneOf(INTERCEPT_STATES), {}),
    },
    async (request, reply) => {
      const { state = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = placeOf('intercepts', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const states = state === null ? null : [state]
      const rows = await readIntercepts(db, { ids: null, states, before: place.value, limit: limit + 1 })
      return pageFrom('intercepts', rows, limit, (row) => interceptToJson(row, zone()))
    },
  )
  app.get(
    '/api/intercepts/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'one intercept with its history',
        params: Params,
        response: {
          200: Type.Object({ intercept: InterceptJson, events: Type.Array(EventJson) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const row = await readIntercept(db, BigInt(request.params.id))
      if (row === null)
        return sendRefusal(reply, refuse('intercepts.not_found', 'there is no such intercept').refusal)
      return { intercept: interceptToJson(row, zone()), events: await eventsOf(deps, `intercept:${row.id}`) }
    },
  )
  app.get(
    '/api/intercepts/ways',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'connections that can be asked to stop this parcel',
        querystring: Type.Object({ order: Id, trackingNo: Number40 }),
        response: { 200: Type.Object({ items: Type.Array(WayJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const id = BigInt(request.query.order)
      const facts = (await readOrderFacts(db, [id])).get(id)?.facts ?? []
      const own = byParcel(facts).get(request.query.trackingNo) ?? []
      return { items: waysOf(deps, own.flatMap((fact) => fact.detail.carrier ?? [])[0] ?? null) }
    },
  )
  app.post(
    '/api/intercepts',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'asks a carrier or a partner warehouse to stop a parcel and bring it back',
        body: Type.Object(
          { orderId: Id, trackingNo: Number40, connectionId: Number40, reason: Words },
          { additionalProperties: false },
        ),
        response: { 200: InterceptJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { orderId, reason, ...rest } = request.body
      const ask = { ...rest, orderId: BigInt(orderId), reason: reason.trim() }
      const done = await askIntercept(deps, ask, actorOf(request))
      return done.ok ? interceptToJson(done.value, zone()) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/intercepts/:id/withdraw',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'takes it back before anybody was asked',
        params: Params,
        response: { 200: InterceptJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await withdrawIntercept(deps, BigInt(request.params.id), actorOf(request))
      return done.ok ? interceptToJson(done.value, zone()) : sendRefusal(reply, done.refusal)
    },
  )
}

function duplicateRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/reshipments/duplicates',
    {
      config: READ,
      schema: listSchema(
        'orders with two parcels for the same pieces',
        DuplicateJson,
        oneOf(['open', 'kept', 'gone']),
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

function disputeRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/reshipments/disputes',
    {
      config: READ,
      schema: listSchema(
        'disputed deliveries',
        DisputeJson,
        oneOf(['open', 'upheld', 'dismissed', 'withdrawn']),
        {},
      ),
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

const NOT_FOUND: Refusal = refuse('reshipments.not_found', 'there is no such re-ship').refusal

function listSchema<Item extends TSchema, State extends TSchema, More extends Record<string, TSchema>>(
  description: string,
  item: Item,
  state: State,
  more: More,
) {
  return {
    tags: TAGS,
    description,
    querystring: Type.Object({ state: Type.Optional(state), ...more, ...pageQuery }),
    response: { 200: pageOf(item), ...problemResponses },
  }
}

function placeOf(list: string, cursor: string | undefined): Result<bigint | null> {
  if (cursor === undefined) return { ok: true, value: null }
  const place = decodeCursor(list, cursor)
  return place.ok ? { ok: true, value: BigInt(String(place.value[0] ?? 0)) } : place
}

function pageFrom<Row extends { readonly id: bigint }, Json>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toJson: (row: Row) => Json,
): { items: Json[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map(toJson),
    next: last === undefined ? null : encodeCursor(list, [last.id.toString()]),
  }
}

async function eventsOf({ db, zone }: ReshipmentDeps, subject: string): Promise<Static<typeof EventJson>[]> {
  const rows = await readEvents(db, subject)
  return rows.map(({ at, what, actor, words }) => ({ at: formatInstant(at, zone()), what, actor, words }))
}

function timeIn(zone: string): (at: Temporal.Instant | null) => string | null {
  return (at) => (at === null ? null : formatInstant(at, zone))
}

function reshipToJson(row: ReshipmentRow, zone: string, me: string): Static<typeof ReshipmentJson> {
  const time = timeIn(zone)
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    orderStatus: row.order_status,
    reason: row.reason,
    words: row.words,
    pieces: [...row.pieces],
    trackingNos: [...row.tracking_nos],
    state: row.state,
    proof: [...row.proof],
    parcelNo: row.parcel_no,
    askedBy: row.asked_by,
    isMine: row.asked_by_id === me,
    askedAt: formatInstant(row.asked_at, zone),
    decidedBy: row.decided_by,
    decidedAt: time(row.decided_at),
    decisionWords: row.decision_words,
    sentAt: time(row.sent_at),
    trouble: row.send_code === null ? null : { code: row.send_code, detail: row.send_detail ?? '' },
  }
}

function interceptToJson(row: InterceptRow, zone: string): Static<typeof InterceptJson> {
  const time = timeIn(zone)
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    trackingNo: row.tracking_no,
    carrier: row.carrier,
    connection: row.connection_id,
    via: row.via,
    reason: row.reason,
    state: row.state,
    code: row.code,
    detail: row.detail,
    askedBy: row.asked_by,
    askedAt: formatInstant(row.asked_at, zone),
    answeredAt: time(row.answered_at),
    endedAt: time(row.ended_at),
  }
}

function duplicateToJson(row: DuplicateRow, zone: string): Static<typeof DuplicateJson> {
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    state: row.state,
    trackingNos: [...row.tracking_nos],
    stopNo: row.stop_no,
    pieces: [...row.pieces],
    foundAt: formatInstant(row.found_at, zone),
    decidedBy: row.decided_by,
    decidedAt: timeIn(zone)(row.decided_at),
    words: row.words,
  }
}

function disputeToJson(row: DisputeRow, zone: string, me: string): Static<typeof DisputeJson> {
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    trackingNo: row.tracking_no,
    words: row.words,
    state: row.state,
    openedBy: row.opened_by,
    isMine: row.opened_by_id === me,
    openedAt: formatInstant(row.opened_at, zone),
    decidedBy: row.decided_by,
    decidedAt: timeIn(zone)(row.decided_at),
    decisionWords: row.decision_words,
  }
}
