import { Type } from 'typebox'
import type { AuditEvent } from '#features/identity/index.ts'
import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { accountRoutes } from './accounts-http.ts'
import { askFor, changeWaybill, type WaybillChange } from './change-waybills.ts'
import type { WaybillDeps } from './deps.ts'
import { readDetail, waybillToJson } from './list/read.ts'
import { countUnprinted, readCounts, readList, readReasons } from './list/store.ts'
import { wordsOf } from './make/words.ts'
import { AccountId, CountsJson, Pieces, Reason, STATES, WaybillDetailJson, WaybillJson } from './schemas.ts'

export type WaybillRoutesDeps = WaybillDeps & {
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  readonly connections: () => readonly { readonly id: string; readonly name: string }[]
  readonly onQueued: () => void
}

const tags = ['waybills']
const read = { scope: 'parcels:read' } as const
const write = { scope: 'parcels:write' } as const
const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const RETRY_MOST = 500

export function waybillRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  listRoutes(app, deps)
  askRoutes(app, deps)
  changeRoutes(app, deps)
  accountRoutes(app, deps)
}

function listRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  const { db, clock, zone } = deps
  const word = Type.Optional(Type.String({ maxLength: 200 }))
  app.get(
    '/api/waybills',
    {
      config: read,
      schema: {
        tags,
        summary: 'Waybills, the newest first',
        querystring: Type.Object({
          state: Type.Optional(oneOf(STATES)),
          carrier: word,
          warehouse: word,
          code: word,
          account: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
          orderId: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
          printed: Type.Optional(oneOf(['yes', 'no'])),
          q: word,
          ...pageQuery,
        }),
        response: { 200: pageOf(WaybillJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...asked } = request.query
      const place = cursor === undefined ? null : decodeCursor('waybills', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const id = place === null ? undefined : place.value[0]
      const rows = await readList(
        db,
        {
          state: asked.state ?? null,
          carrier: asked.carrier ?? null,
          warehouse: asked.warehouse ?? null,
          account: asked.account === undefined ? null : BigInt(asked.account),
          code: asked.code ?? null,
          printed: asked.printed === undefined ? null : asked.printed === 'yes',
          q: (asked.q ?? '').trim() === '' ? null : (asked.q ?? '').trim(),
          orderId: asked.orderId === undefined ? null : BigInt(asked.orderId),
        },
        id === undefined ? null : BigInt(String(id)),
        limit + 1,
      )
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => waybillToJson(row, zone())),
        next: last === undefined ? null : encodeCursor('waybills', [last.id.toString()]),
      }
    },
  )
  app.get(
    '/api/waybills/counts',
    {
      config: read,
      schema: {
        tags,
        summary: 'How many stand where (ended ones of the last day), and what was refused',
        response: { 200: CountsJson, ...problemResponses },
      },
    },
    async () => {
      const rows = await readCounts(db, clock.now().subtract({ hours: 24 }))
      return {
        states: Object.fromEntries(rows.map((row) => [row.state, Number(row.count)])),
        unprinted: await countUnprinted(db),
        reasons: (await readReasons(db)).map((row) => ({
          code: row.code,
          carrier: row.carrier,
          count: Number(row.count),
          words: wordsOf({ code: row.code, detail: row.code }),
        })),
      }
    },
  )
  app.get(
    '/api/waybills/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'A waybill and what happened to it',
        params: IdParams,
        response: { 200: WaybillDetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const detail = await readDetail(db, BigInt(request.params.id), zone())
      return detail.ok ? detail.value : sendRefusal(reply, detail.refusal)
    },
  )
}

function askRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  app.post(
    '/api/waybills',
    {
      config: write,
      schema: {
        tags,
        summary: 'Ask for the waybill of one parcel',
        description: 'For parcels that no account serves by itself; the plan of the order must stand.',
        body: Type.Object(
          { parcelNo: Type.String({ minLength: 1, maxLength: 60 }), accountId: AccountId },
          { additionalProperties: false },
        ),
        response: { 200: WaybillDetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { parcelNo, accountId = null } = request.body
      const actor = actorOf(request)
      const done = await inTx(
        deps,
        actor,
        { action: 'waybill.ask', subject: parcelNo, detail: request.body },
        (tx) =>
          askFor(
            tx,
            deps,
            { parcelNo, accountId: accountId === null ? null : BigInt(accountId) },
            actor.name,
          ),
      )
      if (!done.ok) return sendRefusal(reply, done.refusal)
      const detail = await readDetail(deps.db, done.value.waybillId, deps.zone())
      return detail.ok ? detail.value : sendRefusal(reply, detail.refusal)
    },
  )
  app.post(
    '/api/waybills/retry',
    {
      config: write,
      schema: {
        tags,
        summary: `Ask again for waybills in review: by id, or all of one reason (${RETRY_MOST} at most)`,
        body: Type.Object(
          {
            ids: Type.Optional(Type.Array(Type.String({ pattern: '^\\d{1,18}$' }), { maxItems: RETRY_MOST })),
            code: Type.Optional(Type.String({ maxLength: 100 })),
            carrier: Type.Optional(Type.String({ maxLength: 20 })),
            accountId: AccountId,
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            asked: Type.Integer(),
            refused: Type.Array(
              Type.Object({ id: Type.String(), code: Type.String(), detail: Type.String() }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const { ids, code, carrier, accountId = null } = request.body
      const actor = actorOf(request)
      const change: WaybillChange = {
        do: 'retry',
        accountId: accountId === null ? null : BigInt(accountId),
        pieces: null,
      }
      const chosen =
        ids?.map(BigInt) ??
        (
          await readList(
            deps.db,
            { ...ANY, state: 'review', code: code ?? null, carrier: carrier ?? null },
            null,
            RETRY_MOST,
          )
        ).map((row) => row.id)
      const refused: { id: string; code: string; detail: string }[] = []
      for (const id of chosen) {
        const event = { action: 'waybill.retry', subject: id.toString(), detail: { accountId } }
        const done = await inTx(deps, actor, event, (tx) => changeWaybill(tx, deps, id, change, actor.name))
        if (!done.ok)
          refused.push({ id: id.toString(), code: done.refusal.code, detail: done.refusal.detail })
      }
      return { asked: chosen.length - refused.length, refused }
    },
  )
}

const ANY = {
  state: null,
  carrier: null,
  warehouse: null,
  account: null,
  code: null,
  printed: null,
  q: null,
  orderId: null,
} as const

function changeRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  const bodyOf = {
    retry: Type.Object(
      {
        accountId: AccountId,
        pieces: Pieces,
        warehouse: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 60 }))),
      },
      { additionalProperties: false },
    ),
    cancel: Type.Object({ reason: Reason }, { additionalProperties: false }),
    renew: Type.Object({ reason: Reason, accountId: AccountId }, { additionalProperties: false }),
    'give-up': Type.Object({ reason: Reason }, { additionalProperties: false }),
  }
  const summaries = {
    retry: 'Ask again, with another account or number of pieces where one is named',
    cancel: 'Cancel it at the carrier; not possible once the carrier has the parcel',
    renew: 'Cancel it and ask for another number for the same parcel (换单)',
    'give-up': 'Want no waybill from here any more: it is shipped another way',
  }
  for (const what of ['retry', 'cancel', 'renew', 'give-up'] as const)
    app.post(
      `/api/waybills/:id/${what}`,
      {
        config: write,
        schema: {
          tags,
          summary: summaries[what],
          params: IdParams,
          body: bodyOf[what],
          response: { 200: WaybillDetailJson, ...problemResponses },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const id = BigInt(request.params.id)
        const body = request.body as {
          accountId?: string | null
          reason?: string
          pieces?: number | null
          warehouse?: string | null
        }
        const accountId = body.accountId == null ? null : BigInt(body.accountId)
        const reason = body.reason ?? ''
        const change: WaybillChange =
          what === 'retry'
            ? { do: 'retry', accountId, pieces: body.pieces ?? null, warehouse: body.warehouse ?? null }
            : what === 'cancel'
              ? { do: 'cancel', reason }
              : what === 'renew'
                ? { do: 'renew', accountId, reason }
                : { do: 'give_up', reason }
        const event = { action: `waybill.${change.do}`, subject: id.toString(), detail: body }
        const done = await inTx(deps, actor, event, (tx) => changeWaybill(tx, deps, id, change, actor.name))
        if (!done.ok) return sendRefusal(reply, done.refusal)
        const detail = await readDetail(deps.db, done.value.waybillId, deps.zone())
        return detail.ok ? detail.value : sendRefusal(reply, detail.refusal)
      },
    )
}

/** Runs a change in one transaction, with its audit; what is refused leaves nothing. */
export async function inTx<T>(
  deps: WaybillRoutesDeps,
  actor: Actor,
  event: { readonly action: string; readonly subject: string; readonly detail: Record<string, unknown> },
  change: (tx: Sql) => Promise<Result<T>>,
): Promise<Result<T>> {
  let refused: Result<T> | null = null
  try {
    const value = await deps.db.begin(async (tx) => {
      const done = await change(tx)
      if (!done.ok) {
        refused = done
        throw new Refusal()
      }
      await deps.audit(tx, { actor, ...event })
      return done.value
    })
    deps.onQueued()
    return ok(value)
  } catch (error) {
    if (error instanceof Refusal && refused !== null) return refused
    throw error
  }
}
class Refusal extends Error {}
