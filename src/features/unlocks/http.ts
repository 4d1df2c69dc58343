import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
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
import { askUnlock, previewUnlock, withdrawUnlock } from './ask-unlock.ts'
import { REQUEST_STATES } from './core/decide.ts'
import { decideUnlock, type Outcome } from './decide-unlock.ts'
import { AT_MOST, identityOf, type UnlockDeps } from './deps.ts'
import {
  type Endangers,
  EndangersJson,
  endangersToJson,
  type Frees,
  FreesJson,
  freesToJson,
} from './figures-json.ts'
import { renewHolds } from './renew-holds.ts'
import { countWaiting, type RequestRow, readRequest, readRequests } from './store.ts'
import { weighHolds } from './weigh-holds.ts'

const TAGS = ['stock']
const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const APPROVE = { scope: 'stock:approve' } as const
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Ids = Type.Array(Id, { minItems: 1, maxItems: AT_MOST })
const Reason = Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' })
const Words = Type.String({ maxLength: 500 })
const Refused = { code: Type.String(), detail: Type.String() }

const RequestJson = Type.Object(
  {
    id: Type.String(),
    holdId: Type.String(),
    state: oneOf(REQUEST_STATES),
    reason: Type.String(),
    frees: FreesJson,
    endangers: EndangersJson,
    askedBy: Type.String(),
    isMine: Type.Boolean({ description: 'you asked; another person decides' }),
    askedAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    words: nullable(Type.String()),
  },
  { title: 'UnlockRequest', description: 'figures are those that the asker was shown' },
)

/** Routes of forced unlock 强制解锁 and of renewing by hand. */
export function unlockRoutes(app: HttpApp, deps: UnlockDeps): void {
  listRoute(app, deps)
  showRoute(app, deps)
  previewRoute(app, deps)
  askRoute(app, deps)
  decideRoute(app, deps)
  withdrawRoute(app, deps)
  renewRoute(app, deps)
}

function requestToJson(row: RequestRow, zone: string, me: string) {
  return {
    id: row.id.toString(),
    holdId: row.hold_id.toString(),
    state: row.state,
    reason: row.reason,
    frees: row.frees as Frees,
    endangers: row.endangers as Endangers,
    askedBy: row.asked_by,
    isMine: row.asked_by_id === me,
    askedAt: formatInstant(row.asked_at, zone),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at === null ? null : formatInstant(row.decided_at, zone),
    words: row.decision_words,
  }
}

function listRoute(app: HttpApp, { db, zone }: UnlockDeps): void {
  app.get(
    '/api/stock/unlocks',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description:
          'requests to free a hold by force; waiting ones the oldest first, others the newest first',
        querystring: Type.Object({ state: Type.Optional(oneOf(REQUEST_STATES)), ...pageQuery }),
        response: {
          200: Type.Intersect([pageOf(RequestJson), Type.Object({ waiting: Type.Integer() })]),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { state = null, cursor, limit = PAGE_LIMIT } = request.query
      const list = `unlocks:${state ?? 'all'}`
      const place = cursor === undefined ? null : decodeCursor(list, cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [at, id] = (place?.value ?? []).map(String)
      const after = at === undefined ? null : { at: Temporal.Instant.from(at), id: BigInt(id ?? 0) }
      const rows = await readRequests(db, state, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      const me = identityOf(actorOf(request))
      return {
        items: shown.map((row) => requestToJson(row, zone(), me)),
        next: last === undefined ? null : encodeCursor(list, [last.asked_at.toString(), last.id.toString()]),
        waiting: await countWaiting(db),
      }
    },
  )
}

const NowJson = Type.Object(
  { frees: FreesJson, endangers: EndangersJson, held: Type.Boolean(), digest: Type.String() },
  { description: 'read at this moment; give `digest` back with the decision' },
)

function showRoute(app: HttpApp, { db, clock, zone, twoPeople }: UnlockDeps): void {
  app.get(
    '/api/stock/unlocks/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        params: Type.Object({ id: Id }),
        response: {
          200: Type.Object({ request: RequestJson, now: nullable(NowJson), twoPeople: Type.Boolean() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const row = await readRequest(db, BigInt(request.params.id))
      if (row === null)
        return sendRefusal(reply, refuse('unlocks.not_found', 'there is no such request').refusal)
      const one = (await weighHolds(db, [row.hold_id], clock.now())).get(row.hold_id)
      return {
        request: requestToJson(row, zone(), identityOf(actorOf(request))),
        twoPeople,
        now:
          one === undefined
            ? null
            : {
                frees: freesToJson(one),
                endangers: endangersToJson(one, zone()),
                held: one.hold.state === 'held',
                digest: one.digest,
              },
      }
    },
  )
}

function previewRoute(app: HttpApp, deps: UnlockDeps): void {
  app.post(
    '/api/stock/unlocks/preview',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'what freeing these holds brings and endangers, and which cannot be asked for',
        body: Type.Object({ holds: Ids }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            twoPeople: Type.Boolean(),
            items: Type.Array(
              Type.Object({
                holdId: Type.String(),
                frees: nullable(FreesJson),
                endangers: nullable(EndangersJson),
                refusal: nullable(Type.Object(Refused)),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const ids = [...new Set(request.body.holds.map(BigInt))]
      const items = await previewUnlock(deps, ids)
      return {
        twoPeople: deps.twoPeople,
        items: items.map(({ holdId, weighed, refusal }) => ({
          holdId: holdId.toString(),
          frees: weighed === null ? null : freesToJson(weighed),
          endangers: weighed === null ? null : endangersToJson(weighed, deps.zone()),
          refusal: refusal === null ? null : { code: refusal.code, detail: refusal.detail },
        })),
      }
    },
  )
}

function askRoute(app: HttpApp, deps: UnlockDeps): void {
  app.post(
    '/api/stock/unlocks',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'asks to free up to 100 holds; another person decides. A single one that cannot be asked for is refused',
        body: Type.Object({ holds: Ids, reason: Reason }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            asked: Type.Array(Type.Object({ id: Type.String(), holdId: Type.String() })),
            skipped: Type.Array(Type.Object({ holdId: Type.String(), ...Refused })),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { holds, reason } = request.body
      const done = await askUnlock(deps, holds.map(BigInt), reason.trim(), actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return {
        asked: done.value.asked.map(({ id, holdId }) => ({ id: id.toString(), holdId: holdId.toString() })),
        skipped: done.value.skipped.map(({ holdId, code, detail }) => ({
          holdId: holdId.toString(),
          code,
          detail,
        })),
      }
    },
  )
}

const OutcomeJson = Type.Object({
  id: Type.String(),
  state: nullable(oneOf(['approved', 'rejected', 'moot'])),
  pieces: Type.Integer({ description: 'freed' }),
  refusal: nullable(Type.Object(Refused)),
})

function decideRoute(app: HttpApp, deps: UnlockDeps): void {
  app.post(
    '/api/stock/unlocks/decide',
    {
      config: APPROVE,
      schema: {
        tags: TAGS,
        description:
          'approves or rejects up to 100 requests. Approval frees the goods together with the decision; a single one that is not allowed is refused',
        body: Type.Object(
          {
            requests: Type.Array(
              Type.Object(
                {
                  id: Id,
                  seen: Type.Optional(
                    Type.String({ maxLength: 64, description: '`digest` that you looked at' }),
                  ),
                },
                { additionalProperties: false },
              ),
              { minItems: 1, maxItems: AT_MOST },
            ),
            decision: oneOf(['approve', 'reject']),
            words: Type.Optional(Words),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ outcomes: Type.Array(OutcomeJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { requests, decision, words = '' } = request.body
      const actor = actorOf(request)
      if (decision === 'reject' && words.trim() === '')
        return sendRefusal(reply, refuse('unlocks.words_needed', 'say why, for whoever asked').refusal)
      const seen = new Map(
        requests.flatMap((one) => (one.seen === undefined ? [] : [[BigInt(one.id), one.seen] as const])),
      )
      const outcomes = await decideUnlock(
        deps,
        requests.map((one) => BigInt(one.id)),
        { is: decision, words: words.trim(), seen },
        { ...actor, isAdmin: holdsScope(actor, 'admin') },
      )
      const [only] = outcomes
      if (requests.length === 1 && only !== undefined && 'refusal' in only)
        return sendRefusal(reply, only.refusal)
      return { outcomes: outcomes.map(outcomeToJson) }
    },
  )
}

function outcomeToJson(outcome: Outcome): Static<typeof OutcomeJson> {
  if ('refusal' in outcome) {
    const { code, detail } = outcome.refusal
    return { id: outcome.id.toString(), state: null, pieces: 0, refusal: { code, detail } }
  }
  return { id: outcome.id.toString(), state: outcome.state, pieces: outcome.pieces, refusal: null }
}

function withdrawRoute(app: HttpApp, deps: UnlockDeps): void {
  app.post(
    '/api/stock/unlocks/withdraw',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'takes requests back; only whoever asked, or an administrator',
        body: Type.Object({ ids: Ids, words: Type.Optional(Words) }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            withdrawn: Type.Array(Type.String()),
            skipped: Type.Array(Type.Object({ id: Type.String(), ...Refused })),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { ids, words = '' } = request.body
      const actor = actorOf(request)
      const by = { ...actor, isAdmin: holdsScope(actor, 'admin') }
      const done = await withdrawUnlock(deps, ids.map(BigInt), words.trim(), by)
      const [only] = done.skipped
      if (ids.length === 1 && only !== undefined)
        return sendRefusal(reply, { code: only.code, detail: only.detail })
      return {
        withdrawn: done.withdrawn.map(String),
        skipped: done.skipped.map(({ id, code, detail }) => ({ id: id.toString(), code, detail })),
      }
    },
  )
}

function renewRoute(app: HttpApp, deps: UnlockDeps): void {
  app.post(
    '/api/stock/holds/renew',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'moves the deadline of up to 100 holds on, from now; what has ended is skipped, a single one refused',
        body: Type.Object(
          { holds: Ids, minutes: Type.Integer({ minimum: 1, maximum: 1_440 }), reason: Reason },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            renewed: Type.Array(Type.String()),
            skipped: Type.Array(Type.Object({ holdId: Type.String(), ...Refused })),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { holds, minutes, reason } = request.body
      const done = await renewHolds(
        deps,
        holds.map(BigInt),
        { minutes, reason: reason.trim() },
        actorOf(request),
      )
      const [only] = done.skipped
      if (holds.length === 1 && only !== undefined)
        return sendRefusal(reply, { code: only.code, detail: only.detail })
      return {
        renewed: done.renewed.map(String),
        skipped: done.skipped.map(({ holdId, code, detail }) => ({
          holdId: holdId.toString(),
          code,
          detail,
        })),
      }
    },
  )
}
