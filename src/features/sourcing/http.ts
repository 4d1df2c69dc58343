import { Type } from 'typebox'
import type { SourceAnswer, SourcedParcel, SourceScore } from '#domain/fulfilment.ts'
import { formatInstant } from '#kernel/instant.ts'
import { formatMoney, money } from '#kernel/money.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Lane } from './core/lanes.ts'
import { LANE_ROWS_MOST } from './core/read-lanes.ts'
import type { SourcingDeps } from './deps.ts'
import { dropLane, editAbility, editLane, importLanes, previewLanes } from './edit-lanes.ts'
import { dayStart } from './read-warehouses.ts'
import { resourceRoutes } from './resource-http.ts'
import { WordsJson } from './schemas.ts'
import { readLanes, readServed } from './store.ts'
import { trySourcing } from './try-sourcing.ts'

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const tags = ['sourcing']
const LIST_BYTES_MOST = 5_242_880

const Code = Type.String({ minLength: 1, maxLength: 80 })
const Ability = {
  takes: Type.Array(Type.String({ maxLength: 80 }), {
    maxItems: 100,
    description: 'tags beside ordinary goods: frozen, hazmat',
  }),
  capacityPerDay: nullable(Type.Integer({ description: 'parcels; null: without limit' })),
  cutoff: nullable(Type.String({ maxLength: 10, description: 'HH:MM by its own clock' })),
  zone: nullable(Type.String({ maxLength: 60, description: "IANA name; null: the hub's" })),
}
const Amount = Type.String({ maxLength: 30, description: 'major unit; empty: nobody knows' })
const LaneBody = Type.Object(
  {
    warehouse: Code,
    province: Type.String({ maxLength: 40, description: '*: anywhere' }),
    city: Type.String({ maxLength: 40, description: '*: all of the province' }),
    hours: Type.String({ maxLength: 10, description: 'whole hours; empty: nobody knows' }),
    firstKg: Amount,
    furtherKg: Amount,
    currency: Type.String({ maxLength: 10 }),
  },
  { additionalProperties: false },
)
const LaneKey = Type.Object(
  { warehouse: Code, province: Type.String({ maxLength: 40 }), city: Type.String({ maxLength: 40 }) },
  { additionalProperties: false },
)
const LaneJson = Type.Object(
  {
    warehouse: Type.String(),
    province: Type.String(),
    city: Type.String(),
    hours: nullable(Type.Integer()),
    firstKg: nullable(Type.String()),
    furtherKg: nullable(Type.String()),
    currency: Type.String(),
  },
  { title: 'SourcingLane' },
)
const TableBody = Type.Object(
  {
    header: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 60 }),
    rows: Type.Array(
      Type.Object({
        row: Type.Integer(),
        cells: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 60 }),
      }),
      { maxItems: LANE_ROWS_MOST + 1 },
    ),
  },
  { additionalProperties: false },
)

/** What warehouses can do, how long and dear their ways are, what sourcing would say, and sourcing anew. */
export function sourcingRoutes(app: HttpApp, deps: SourcingDeps): void {
  abilityRoutes(app, deps)
  laneRoutes(app, deps)
  laneListRoutes(app, deps)
  tryRoute(app, deps)
  resourceRoutes(app, deps)
}

function abilityRoutes(app: HttpApp, deps: SourcingDeps): void {
  app.get(
    '/api/sourcing/warehouses',
    {
      config: READ,
      schema: {
        tags,
        summary: 'What each warehouse can do, and how full it is today',
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                code: Type.String(),
                name: Type.String(),
                active: Type.Boolean(),
                ...Ability,
                load: Type.Integer({ description: 'parcels planned there today' }),
                lanes: Type.Integer(),
                updatedBy: nullable(Type.String()),
                updatedAt: nullable(IsoTime),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const served = await readServed(deps.db, null, dayStart(deps.clock.now(), deps.zone()))
      return {
        items: served.map(({ province: _, city: __, priority: ___, ...one }) => ({
          ...one,
          takes: [...one.takes],
          updatedAt: one.updatedAt === null ? null : formatInstant(one.updatedAt, deps.zone()),
        })),
      }
    },
  )
  app.put(
    '/api/sourcing/warehouses/:code',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Say what a warehouse takes, how many parcels a day, and until when',
        params: Type.Object({ code: Code }),
        body: Type.Object(Ability, { additionalProperties: false }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await editAbility(deps, actorOf(request), request.params.code, request.body)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function laneRoutes(app: HttpApp, deps: SourcingDeps): void {
  app.get(
    '/api/sourcing/lanes',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Hours and cost from warehouses to places; the closest row of a warehouse decides',
        querystring: Type.Object({ warehouse: Type.Optional(Code) }),
        response: { 200: Type.Object({ items: Type.Array(LaneJson) }), ...problemResponses },
      },
    },
    async (request) => ({
      items: (await readLanes(deps.db, request.query.warehouse ?? null)).map(laneToJson),
    }),
  )
  app.put(
    '/api/sourcing/lanes',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Add a lane, or change the one to that place',
        body: LaneBody,
        response: { 200: LaneJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const saved = await editLane(deps, actorOf(request), request.body)
      return saved.ok ? laneToJson(saved.value) : sendRefusal(reply, saved.refusal)
    },
  )
  app.post(
    '/api/sourcing/lanes/remove',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Remove a lane',
        body: LaneKey,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await dropLane(deps, actorOf(request), request.body)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function laneListRoutes(app: HttpApp, deps: SourcingDeps): void {
  app.post(
    '/api/sourcing/lanes/list/preview',
    {
      config: READ,
      bodyLimit: LIST_BYTES_MOST,
      schema: {
        tags,
        summary: 'What a list of lanes would change, row by row, and every row that is wrong',
        body: TableBody,
        response: {
          200: Type.Object({
            rows: Type.Array(
              Type.Object({
                row: Type.Integer(),
                outcome: oneOf(['new', 'changed', 'same']),
                ...LaneJson.properties,
              }),
            ),
            errors: Type.Array(
              Type.Object({
                row: Type.Integer(),
                column: Type.String(),
                code: Type.String(),
                detail: Type.String(),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const seen = await previewLanes({ db: deps.db }, request.body)
      if (!seen.ok) return sendRefusal(reply, seen.refusal)
      return {
        rows: seen.value.rows.map((one) => ({ row: one.row, outcome: one.outcome, ...laneToJson(one) })),
        errors: seen.value.errors.map((error) => ({ ...error })),
      }
    },
  )
  app.post(
    '/api/sourcing/lanes/list',
    {
      config: WRITE,
      bodyLimit: LIST_BYTES_MOST,
      schema: {
        tags,
        summary:
          'Take a whole list of lanes, or nothing where a row is wrong; lanes that it does not name stay',
        body: TableBody,
        response: {
          200: Type.Object({ added: Type.Integer(), changed: Type.Integer(), same: Type.Integer() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const done = await importLanes(deps, actorOf(request), request.body)
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

const Weight = Type.Integer({ minimum: 0, maximum: 100 })
const ParcelJson = Type.Object({
  warehouse: nullable(Type.String()),
  waits: Type.Boolean(),
  pieces: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
})
const ScoreJson = Type.Object({
  parcels: Type.Integer(),
  waiting: Type.Integer(),
  km: nullable(Type.Integer()),
  cost: nullable(Type.String({ description: "major unit of the lanes' currency" })),
  hours: nullable(Type.Integer()),
  total: Type.Integer({ description: 'thousandths of a point; less is better' }),
})

function tryRoute(app: HttpApp, deps: SourcingDeps): void {
  app.post(
    '/api/sourcing/preview',
    {
      config: READ,
      schema: {
        tags,
        summary:
          'Where these goods would leave from now: the plan, the best rejected ones, and why; nothing is locked',
        body: Type.Object(
          {
            lines: Type.Array(
              Type.Object({
                sku: Type.String({ minLength: 1, maxLength: 200 }),
                quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
                weightG: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 10_000_000 }))),
              }),
              { minItems: 1, maxItems: 100 },
            ),
            province: Type.String({ maxLength: 40 }),
            city: Type.Optional(Type.String({ maxLength: 40 })),
            warehouses: Type.Optional(Type.Array(Code, { maxItems: 200 })),
            needs: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 30 })),
            spread: Type.Optional(oneOf(['never', 'lines', 'units'])),
            weights: Type.Optional(
              Type.Object(
                { parcels: Weight, distance: Weight, cost: Weight, promise: Weight, balance: Weight },
                { additionalProperties: false },
              ),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            parcels: Type.Array(ParcelJson),
            score: ScoreJson,
            isProven: Type.Boolean({ description: 'nothing better exists' }),
            steps: Type.Integer(),
            rejected: Type.Array(
              Type.Object({ parcels: Type.Array(ParcelJson), score: ScoreJson, why: WordsJson }),
            ),
            out: Type.Array(Type.Object({ warehouse: Type.String(), words: WordsJson })),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { lines, province, city, warehouses, needs, spread, weights } = request.body
      const answer = await trySourcing(deps, {
        lines: lines.map((line) => ({ ...line, weightG: line.weightG ?? null })),
        province,
        city: city ?? '',
        warehouses: warehouses ?? null,
        weights: weights ?? null,
        spread: spread ?? 'lines',
        needs: needs ?? [],
      })
      return answer.ok ? answerToJson(answer.value) : sendRefusal(reply, answer.refusal)
    },
  )
}

function answerToJson({ parcels, score, isProven, steps, rejected, out }: SourceAnswer) {
  return {
    parcels: parcels.map(parcelToJson),
    score: scoreToJson(score),
    isProven,
    steps,
    rejected: rejected.map((one) => ({
      parcels: one.parcels.map(parcelToJson),
      score: scoreToJson(one.score),
      why: one.why,
    })),
    out: out.map((one) => ({ ...one })),
  }
}

/** A tried unit's key ends in its SKU. */
function parcelToJson({ warehouse, waits, pieces }: SourcedParcel) {
  return {
    warehouse,
    waits,
    pieces: pieces.map(({ unit, quantity }) => ({ sku: unit.split('/').slice(2).join('/'), quantity })),
  }
}

function scoreToJson({ costMinor, ...score }: SourceScore) {
  return { ...score, cost: costMinor === null ? null : formatMoney(money('CNY', costMinor)) }
}

function laneToJson({ warehouse, province, city, hours, firstKgMinor, furtherKgMinor, currency }: Lane) {
  const amount = (minor: bigint | null) => (minor === null ? null : formatMoney(money(currency, minor)))
  return {
    warehouse,
    province,
    city,
    hours,
    firstKg: amount(firstKgMinor),
    furtherKg: amount(furtherKgMinor),
    currency,
  }
}
