import { Type } from 'typebox'
import { HOLD_KINDS, HOLD_STATES, OWNER_KINDS } from '#domain/stock.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { StockReadDeps } from '../http.ts'
import { HoldJson, MovementJson, movementToJson, OrderFaceJson, Sku, Warehouse } from '../schemas.ts'
import { faceToJson, holdToJson, listHolds } from './read-holds.ts'
import { readHold, readHoldLines, readHoldMovements, readHoldTally, readOrderFaces } from './store.ts'

const READ = { scope: 'stock:read' } as const
const TAGS = ['stock']
const MOVEMENTS_SHOWN = 200

export const HoldId = Type.String({ pattern: '^\\d{1,18}$' })

export function holdReadRoutes(app: HttpApp, deps: StockReadDeps): void {
  holdsRoute(app, deps)
  tallyRoute(app, deps)
  holdRoute(app, deps)
}

function holdsRoute(app: HttpApp, { sql, clock, zone }: StockReadDeps): void {
  app.get(
    '/api/stock/holds',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description:
          'who holds goods; open ones by deadline, the earliest first, ended ones by their end, the latest first',
        querystring: Type.Object({
          state: Type.Optional(oneOf(HOLD_STATES)),
          kind: Type.Optional(oneOf(HOLD_KINDS)),
          ownerKind: Type.Optional(oneOf(OWNER_KINDS)),
          warehouse: Type.Optional(Warehouse),
          sku: Type.Optional(Sku),
          overdue: Type.Optional(oneOf(['1'], { description: 'open and past its deadline' })),
          order: Type.Optional(Type.String({ maxLength: 120, description: 'order number' })),
          q: Type.Optional(
            Type.String({ maxLength: 200, description: 'a whole hold id, key, reference or order number' }),
          ),
          ...pageQuery,
        }),
        response: { 200: pageOf(HoldJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { state = null, kind = null, ownerKind = null, warehouse = null, sku = null } = request.query
      const { overdue, order = null, q = '', cursor = null, limit = PAGE_LIMIT } = request.query
      const filter = { state, kind, ownerKind, warehouse, sku, overdue: overdue === '1', order, q: q.trim() }
      const page = await listHolds(sql, filter, { now: clock.now(), zone: zone() }, { cursor, limit })
      return page.ok ? page.value : sendRefusal(reply, page.refusal)
    },
  )
}

function tallyRoute(app: HttpApp, { sql, clock }: StockReadDeps): void {
  app.get(
    '/api/stock/holds/summary',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'open holds by whose they are, exact',
        response: {
          200: Type.Object({
            held: Type.Integer(),
            overdue: Type.Integer(),
            pieces: Type.Integer(),
            byOwner: Type.Array(
              Type.Object({
                kind: Type.String(),
                held: Type.Integer(),
                overdue: Type.Integer(),
                pieces: Type.Integer(),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const byOwner = (await readHoldTally(sql, clock.now())).map((row) => ({
        kind: row.kind,
        held: Number(row.held),
        overdue: Number(row.overdue),
        pieces: Number(row.pieces),
      }))
      const sum = (of: (one: (typeof byOwner)[number]) => number): number =>
        byOwner.reduce((all, one) => all + of(one), 0)
      return {
        held: sum((one) => one.held),
        overdue: sum((one) => one.overdue),
        pieces: sum((one) => one.pieces),
        byOwner,
      }
    },
  )
}

function holdRoute(app: HttpApp, { sql, clock, zone }: StockReadDeps): void {
  app.get(
    '/api/stock/holds/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        params: Type.Object({ id: HoldId }),
        response: {
          200: Type.Object({
            hold: HoldJson,
            order: nullable(OrderFaceJson),
            movements: Type.Array(MovementJson, { description: `the first ${MOVEMENTS_SHOWN}` }),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const row = await readHold(sql, BigInt(request.params.id))
      if (row === null)
        return sendRefusal(reply, refuse('stock.hold_not_found', 'there is no such hold').refusal)
      const [face] = row.owner_kind === 'order' ? await readOrderFaces(sql, [row.owner]) : []
      const lines = await readHoldLines(sql, [row.id])
      const movements = await readHoldMovements(sql, row, MOVEMENTS_SHOWN)
      return {
        hold: holdToJson(row, lines, { now: clock.now(), zone: zone() }),
        order: face === undefined ? null : faceToJson(face, zone()),
        movements: movements.map((one) => movementToJson(one, zone())),
      }
    },
  )
}
