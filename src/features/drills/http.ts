import { Type } from 'typebox'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  NoContent,
  nullable,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { type DrillCommand, isSpeed } from './core/command.ts'
import { standingsOf } from './core/statistics.ts'
import { type DrillDeps, SCENARIO_BYTES } from './deps.ts'
import {
  DrillJson,
  drillToJson,
  ScenarioJson,
  StandingJson,
  SummaryJson,
  scenarioToJson,
  standingToJson,
  summaryToJson,
} from './json.ts'
import { checkOwnScenario, deleteOwnScenario, readOwnScenario, saveOwnScenario } from './own-scenarios.ts'
import { commandDrill, drillAsItStands, failLost, startDrill } from './run-drill.ts'
import { readAttempts, readDrills, readOpenDrills } from './store.ts'

const TAGS = ['drills']
const READ = { scope: 'drills:read' } as const
const RUN = { scope: 'drills:run' } as const
const Params = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const ScenarioParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 60 }) })
const Speed = Type.Number({ description: 'virtual seconds per second, 1 to 120' })
/** JSON writes a line break as two characters, and a letter as up to six. */
const BODY_BYTES = SCENARIO_BYTES * 8

export type DrillRoutesDeps = DrillDeps & {
  /** A drill began in this process. */
  readonly onStarted: () => void
}

/** Drills 演练: what can be trained, one's own drill, its history and debriefs, and scenarios of one's own. */
export function drillRoutes(app: HttpApp, deps: DrillRoutesDeps): void {
  scenarioRoutes(app, deps)
  ownScenarioRoutes(app, deps)
  startRoutes(app, deps)
  historyRoutes(app, deps)
  commandRoutes(app, deps)
  answerRoute(app, deps)
}

function scenarioRoutes(app: HttpApp, deps: DrillRoutesDeps): void {
  app.get(
    '/api/drills/scenarios',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'incidents to train on, with how the asker stands in each',
        querystring: Type.Object({
          rule: Type.Optional(
            Type.String({ maxLength: 100, description: 'only those that train on this alarm' }),
          ),
        }),
        response: {
          200: Type.Object({
            items: Type.Array(ScenarioJson),
            atOnce: Type.Integer({ description: 'drills that may run at once; 0: switched off' }),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const { rule } = request.query
      const [scenarios, attempts] = await Promise.all([deps.stage.scenarios(), readAttempts(deps.db)])
      const by = actorOf(request)
      return {
        items: scenarios
          .filter((one) => rule === undefined || one.rules.includes(rule))
          .map((one) => scenarioToJson(one, attempts, by)),
        atOnce: deps.atOnce(),
      }
    },
  )
  app.get(
    '/api/drills/statistics',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'how each person stands in each scenario: best, last and trend',
        response: { 200: Type.Object({ items: Type.Array(StandingJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const [scenarios, attempts] = await Promise.all([deps.stage.scenarios(), readAttempts(deps.db)])
      const titles = new Map(scenarios.map((one) => [one.id, one.title]))
      return {
        items: standingsOf(attempts).map((one) =>
          standingToJson(
            one,
            titles.get(one.scenarioId) ?? { zh: one.scenarioId, en: one.scenarioId },
            actorOf(request),
          ),
        ),
      }
    },
  )
}

const OwnText = Type.String({ minLength: 1, description: 'YAML' })

function ownScenarioRoutes(app: HttpApp, deps: DrillRoutesDeps): void {
  app.post(
    '/api/drills/scenarios/check',
    {
      config: RUN,
      bodyLimit: BODY_BYTES,
      schema: {
        tags: TAGS,
        description: 'reads a scenario and says what is wrong with it, line by line; keeps nothing',
        body: Type.Object({ text: OwnText }, { additionalProperties: false }),
        response: { 200: ScenarioJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const read = await checkOwnScenario(deps, request.body.text)
      if (!read.ok) return sendRefusal(reply, read.refusal)
      return scenarioToJson(read.value, [], actorOf(request))
    },
  )
  app.post(
    '/api/drills/scenarios',
    {
      config: RUN,
      bodyLimit: BODY_BYTES,
      schema: {
        tags: TAGS,
        description: 'keeps a scenario of your own; its id says which one it replaces',
        body: Type.Object(
          { text: OwnText, replace: Type.Optional(Type.Boolean()) },
          { additionalProperties: false },
        ),
        response: { 200: ScenarioJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { text, replace = false } = request.body
      const saved = await saveOwnScenario(deps, { text, replace }, actorOf(request))
      if (!saved.ok) return sendRefusal(reply, saved.refusal)
      return scenarioToJson(saved.value, await readAttempts(deps.db), actorOf(request))
    },
  )
  app.get(
    '/api/drills/scenarios/:id/source',
    {
      config: RUN,
      schema: {
        tags: TAGS,
        description: 'the YAML of a scenario of your own; it names the cause',
        params: ScenarioParams,
        response: { 200: Type.Object({ text: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const found = await readOwnScenario(deps, request.params.id)
      return found.ok ? { text: found.value } : sendRefusal(reply, found.refusal)
    },
  )
  app.delete(
    '/api/drills/scenarios/:id',
    {
      config: RUN,
      schema: {
        tags: TAGS,
        description: 'deletes a scenario of your own; what was trained on it stays',
        params: ScenarioParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await deleteOwnScenario(deps, request.params.id, actorOf(request))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function startRoutes(app: HttpApp, deps: DrillRoutesDeps): void {
  app.get(
    '/api/drills/current',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: "the asker's own running drill, and who else trains now",
        response: {
          200: Type.Object({ drill: nullable(DrillJson), others: Type.Array(SummaryJson) }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const by = actorOf(request)
      await failLost(deps, deps.db)
      const open = await readOpenDrills(deps.db)
      const own = open.find((row) => row.actor_kind === by.kind && row.actor_id === by.id)
      const seen = own === undefined ? null : await drillAsItStands(deps, own.id)
      return {
        drill: seen?.ok === true ? drillToJson(seen.value, deps.zone(), by) : null,
        others: open.filter((row) => row !== own).map((row) => summaryToJson(row, deps.zone(), by)),
      }
    },
  )
  app.post(
    '/api/drills/runs',
    {
      config: RUN,
      schema: {
        tags: TAGS,
        description: 'begins a drill: a sandbox of its own is built beside the live data',
        body: Type.Object(
          { scenario: Type.String({ minLength: 1, maxLength: 60 }), speed: Type.Optional(Speed) },
          { additionalProperties: false },
        ),
        response: { 200: DrillJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { scenario, speed = 1 } = request.body
      if (!isSpeed(speed)) return sendRefusal(reply, BAD_SPEED.refusal)
      const by = actorOf(request)
      const started = await startDrill(deps, { scenarioId: scenario, speed }, by)
      if (!started.ok) return sendRefusal(reply, started.refusal)
      deps.onStarted()
      return drillToJson(started.value, deps.zone(), by)
    },
  )
}

function historyRoutes(app: HttpApp, deps: DrillRoutesDeps): void {
  app.get(
    '/api/drills/runs',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'drills, newest first',
        querystring: Type.Object({
          scenario: Type.Optional(Type.String({ maxLength: 60 })),
          mine: Type.Optional(Type.Boolean()),
          ...pageQuery,
        }),
        response: { 200: pageOf(SummaryJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { scenario = null, mine = false, cursor, limit = PAGE_LIMIT } = request.query
      const by = actorOf(request)
      const place = placeOf(cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const filter = { scenario, person: mine ? { kind: by.kind, id: by.id } : null }
      const rows = await readDrills(deps.db, filter, place.value, limit + 1)
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return {
        items: shown.map((row) => summaryToJson(row, deps.zone(), by)),
        next: rows.length > limit && last !== undefined ? encodeCursor(LIST, [last.id.toString()]) : null,
      }
    },
  )
  app.get(
    '/api/drills/runs/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'one drill: live as it goes, with its debrief after the end',
        params: Params,
        response: { 200: DrillJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const found = await drillAsItStands(deps, BigInt(request.params.id))
      if (!found.ok) return sendRefusal(reply, found.refusal)
      return drillToJson(found.value, deps.zone(), actorOf(request))
    },
  )
}

function commandRoutes(app: HttpApp, deps: DrillRoutesDeps): void {
  for (const [what, description] of [
    ['hint', 'opens the next hint, which costs points'],
    ['end', 'ends the drill: the sandbox is removed, score and debrief stay'],
  ] as const)
    app.post(
      `/api/drills/runs/:id/${what}`,
      {
        config: RUN,
        schema: {
          tags: TAGS,
          description,
          params: Params,
          response: { 200: DrillJson, ...problemResponses },
        },
      },
      async (request, reply) => {
        const done = await commanded(deps, request.params.id, { what }, actorOf(request))
        return done.ok ? done.value.drill : sendRefusal(reply, done.refusal)
      },
    )
  app.post(
    '/api/drills/runs/:id/act',
    {
      config: RUN,
      schema: {
        tags: TAGS,
        description: 'has somebody do something outside the hub: renew a certificate, start a database',
        params: Params,
        body: Type.Object(
          { action: Type.String({ minLength: 1, maxLength: 100 }) },
          { additionalProperties: false },
        ),
        response: { 200: DrillJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { action } = request.body
      const done = await commanded(deps, request.params.id, { what: 'act', action }, actorOf(request))
      return done.ok ? done.value.drill : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/drills/runs/:id/speed',
    {
      config: RUN,
      schema: {
        tags: TAGS,
        description: "sets how fast the sandbox's clock runs",
        params: Params,
        body: Type.Object({ speed: Speed }, { additionalProperties: false }),
        response: { 200: DrillJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { speed } = request.body
      if (!isSpeed(speed)) return sendRefusal(reply, BAD_SPEED.refusal)
      const done = await commanded(deps, request.params.id, { what: 'speed', speed }, actorOf(request))
      return done.ok ? done.value.drill : sendRefusal(reply, done.refusal)
    },
  )
}

function answerRoute(app: HttpApp, deps: DrillRoutesDeps): void {
  app.post(
    '/api/drills/runs/:id/answer',
    {
      config: RUN,
      schema: {
        tags: TAGS,
        description: 'says what the cause is; a wrong answer costs points',
        params: Params,
        body: Type.Object(
          { cause: Type.String({ minLength: 1, maxLength: 100 }) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ right: Type.Boolean(), drill: DrillJson }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cause } = request.body
      const done = await commanded(deps, request.params.id, { what: 'answer', cause }, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return { right: done.value.right === true, drill: done.value.drill }
    },
  )
}

async function commanded(deps: DrillDeps, id: string, command: DrillCommand, by: Actor) {
  const done = await commandDrill(deps, BigInt(id), command, by)
  if (!done.ok) return done
  const now = await drillAsItStands(deps, BigInt(id))
  return now.ok ? ok({ right: done.value.right, drill: drillToJson(now.value, deps.zone(), by) }) : now
}

const LIST = 'drills'
const BAD_SPEED = refuse('drills.speed', 'the speed is 1 to 120')

function placeOf(cursor: string | undefined): Result<bigint | null> {
  if (cursor === undefined) return ok(null)
  const place = decodeCursor(LIST, cursor)
  return place.ok ? ok(BigInt(String(place.value[0] ?? 0))) : place
}
