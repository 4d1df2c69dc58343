import { Type } from 'typebox'
import { LANE_CLASSES } from '#domain/lane.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { type LaneDepth, laneDepths, waitingLanes } from '#platform/inbox/store.ts'
import { changeLane, type LaneDeps, moveConnection, resetLane } from './change-lane.ts'
import { LANE_LIMITS, type Lane } from './core/lane-rules.ts'
import { type MinuteTally, minuteOf } from './core/minutes.ts'
import type { DepthWatch } from './depth-watch.ts'
import { readMinutes } from './store.ts'

export type LaneHttpDeps = LaneDeps & {
  readonly depths: DepthWatch
  /** The hub zone, for times. */
  readonly zone: () => string
}

const tags = ['lanes']
/** Minutes of traffic that the list tells, the present one included. */
const TOLD_MINUTES = 15
/** Waiting messages are counted up to here. */
const COUNTED_MOST = 20_000

const numberOf = ({ least, most }: { least: number; most: number }, description: string) =>
  Type.Integer({ minimum: least, maximum: most, description })

const ConfigFields = {
  class: oneOf(LANE_CLASSES, {
    description:
      'low_latency: a reserved worker and small batches; high_throughput: big batches that give way',
  }),
  weight: numberOf(LANE_LIMITS.weight, 'share of the work while several lanes wait'),
  concurrency: numberOf(LANE_LIMITS.concurrency, 'batches interpreted at the same time, over all processes'),
  depthLimit: numberOf(
    LANE_LIMITS.depthLimit,
    'messages that may wait; beyond it senders are told to come back',
  ),
  alarmDepth: numberOf(LANE_LIMITS.alarmDepth, 'messages that may wait before an alarm goes out'),
}
const MinuteJson = Type.Object({
  minute: IsoTime,
  arrived: Type.Integer(),
  interpreted: Type.Integer(),
  parked: Type.Integer(),
  refused: Type.Integer({ description: 'senders that were told to come back' }),
})
const LaneJson = Type.Object(
  {
    name: Type.String(),
    ...ConfigFields,
    own: Type.Boolean({ description: 'somebody decided it; else the standard of its connections’ kinds' }),
    updatedBy: nullable(Type.String()),
    updatedAt: nullable(IsoTime),
    connections: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), kind: Type.String() })),
    pending: Type.Integer({
      description: `messages that wait to be interpreted, counted up to ${COUNTED_MOST}`,
    }),
    oldestSeconds: nullable(Type.Number({ description: 'how long the first of them has been waiting' })),
    full: Type.Boolean({ description: 'deeper than its limit: senders are told to come back' }),
    minutes: Type.Array(MinuteJson, { description: `the last ${TOLD_MINUTES} minutes that had any traffic` }),
  },
  { title: 'Lane' },
)
const Name = Type.Object({ name: Type.String({ minLength: 1, maxLength: 60 }) })

/** Lanes, how they run and which connections are in them. */
export function laneRoutes(app: HttpApp, deps: LaneHttpDeps): void {
  app.get(
    '/api/lanes',
    {
      config: { scope: 'connections:read' },
      schema: {
        tags,
        summary: 'All lanes with what waits in them',
        response: { 200: Type.Object({ items: Type.Array(LaneJson) }), ...problemResponses },
      },
    },
    async () => ({ items: await lanesJson(deps) }),
  )
  const config = { scope: 'connections:write' } as const
  app.put(
    '/api/lanes/:name',
    {
      config,
      schema: {
        tags,
        summary: 'Decide how a lane runs; what is left out stays as it is',
        params: Name,
        body: Type.Partial(Type.Object(ConfigFields), { additionalProperties: false, minProperties: 1 }),
        response: { 200: LaneJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const changed = await changeLane(deps, actorOf(request), name, request.body)
      if (!changed.ok) return sendRefusal(reply, changed.refusal)
      return await laneJson(deps, name)
    },
  )
  app.delete(
    '/api/lanes/:name',
    {
      config,
      schema: {
        tags,
        summary: 'Let a lane run by the standard of its kind again',
        params: Name,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const reset = await resetLane(deps, actorOf(request), request.params.name)
      return reset.ok ? reply.code(204).send(undefined) : sendRefusal(reply, reset.refusal)
    },
  )
  app.put(
    '/api/connections/:id/lane',
    {
      config,
      schema: {
        tags,
        summary: 'Put a connection’s messages into another lane',
        params: Type.Object({ id: Type.String({ maxLength: 60 }) }),
        body: Type.Object(
          { lane: nullable(Type.String({ minLength: 1, maxLength: 60 })) },
          { additionalProperties: false },
        ),
        response: { 200: LaneJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const moved = await moveConnection(deps, actorOf(request), id, request.body.lane)
      return moved.ok ? await laneJson(deps, deps.lanes.laneOf(id)) : sendRefusal(reply, moved.refusal)
    },
  )
}

async function laneJson(deps: LaneHttpDeps, name: string) {
  const found = (await lanesJson(deps, [name])).find((lane) => lane.name === name)
  return found as NonNullable<typeof found>
}

async function lanesJson(deps: LaneHttpDeps, besides: readonly string[] = []) {
  const now = deps.clock.now()
  const waiting = await waitingLanes(deps.db)
  const lanes = deps.lanes.all([...waiting, ...besides])
  const since = minuteOf(now).subtract({ minutes: TOLD_MINUTES - 1 })
  const [depths, minutes] = await Promise.all([
    laneDepths(
      deps.db,
      waiting.map((lane) => ({ lane, most: COUNTED_MOST })),
    ),
    readMinutes(deps.db, since),
  ])
  const depthOf = new Map(depths.map((one) => [one.lane, one]))
  const minutesOf = Map.groupBy(minutes, (one) => one.lane)
  return lanes.map((lane) =>
    oneLaneJson(deps, lane, depthOf.get(lane.name), minutesOf.get(lane.name) ?? [], now),
  )
}

function oneLaneJson(
  { depths, zone }: LaneHttpDeps,
  { name, config, decided, connections }: Lane,
  depth: LaneDepth | undefined,
  minutes: readonly MinuteTally[],
  now: Temporal.Instant,
) {
  const oldest = depth?.oldest ?? null
  return {
    name,
    ...config,
    own: decided !== null,
    updatedBy: decided?.by ?? null,
    updatedAt: decided === null ? null : formatInstant(decided.at, zone()),
    connections: connections.map((one) => ({ id: one.id, name: one.name, kind: one.kind })),
    pending: depth?.pending ?? 0,
    oldestSeconds:
      oldest === null ? null : Math.max(0, (now.epochMilliseconds - oldest.epochMilliseconds) / 1_000),
    full: depths.isFull(name),
    minutes: minutes.map(({ minute, arrived, interpreted, parked, refused }) => ({
      minute: formatInstant(minute, zone()),
      arrived,
      interpreted,
      parked,
      refused,
    })),
  }
}
