import { Type } from 'typebox'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Limits } from './core/limits.ts'
import { ratesOf, secondsToEmpty, windowStart } from './core/rates.ts'
import { newestDead, type ReplayDeps, replayDead } from './replay-dead.ts'
import { readWorkers } from './scale-workers.ts'
import * as schemas from './schemas.ts'
import {
  COUNTED_MOST,
  countDead,
  type DeadChoice,
  readDeadGroups,
  readHistory,
  readMinutes,
  readSamples,
  type SampleRow,
} from './store.ts'
import { LANE, QUEUE, readLaneStates, readQueueStates, type WatchDeps } from './watch.ts'

/** What reading messages again would change; made by the pipeline. */
export type PreviewPort = (ids: readonly string[]) => Promise<{
  readonly messages: number
  readonly factsAdded: number
  readonly factsRemoved: number
  readonly orders: readonly { readonly orderNo: string; readonly from: string | null; readonly to: string }[]
  readonly stillParked: readonly { readonly code: string; readonly count: number }[]
}>
export type BacklogRoutesDeps = Pick<WatchDeps, 'alarmDepthOf' | 'titleOf' | 'connections' | 'callsFor'> &
  ReplayDeps & {
    readonly limits: Limits
    readonly workers: { readonly floor: number; readonly cap: number }
    readonly laneOf: (connection: string) => string
    readonly preview: PreviewPort
    readonly zone: () => string
  }

const tags = ['backlog']
const READ = { scope: 'messages:read' } as const
const REPLAY = { scope: 'messages:replay' } as const
const RECENT_MINUTES = 60
const PREVIEWED = 1_000

export function backlogRoutes(app: HttpApp, deps: BacklogRoutesDeps): void {
  backlogRoute(app, deps)
  historyRoute(app, deps)
  deadRoutes(app, deps)
}

function backlogRoute(app: HttpApp, deps: BacklogRoutesDeps): void {
  app.get(
    '/api/backlog',
    {
      config: READ,
      schema: {
        tags,
        summary: 'What waits: lanes, outside queues and who works on them',
        response: { 200: schemas.BacklogJson, ...problemResponses },
      },
    },
    async () => {
      const { db, zone, workers, limits } = deps
      const now = deps.clock.now()
      const since = now.subtract({ minutes: RECENT_MINUTES })
      const samples = Map.groupBy(
        [...(await readSamples(db, LANE, since)), ...(await readSamples(db, QUEUE, since))],
        ({ subject }) => subject,
      )
      const recentOf = (subject: string) => recentDepths(samples.get(subject) ?? [], now)
      return {
        at: formatInstant(now, zone()),
        workers: { ...workers, processes: [...(await readWorkers(db, now))] },
        limits,
        lanes: await lanesJson(deps, now, recentOf),
        queues: await queuesJson(deps, now, recentOf),
      }
    },
  )
}

type RecentOf = (subject: string) => number[]

async function lanesJson(deps: BacklogRoutesDeps, now: Instant, recentOf: RecentOf) {
  return (await readLaneStates(deps, now)).map((state) => ({
    lane: state.lane,
    subject: LANE + state.lane,
    depth: state.depth,
    capped: state.capped,
    dead: state.dead,
    alarmDepth: state.alarmDepth,
    oldestSeconds: state.oldestSeconds,
    arrivalPerSecond: rounded(state.arrival),
    drainPerSecond: rounded(state.drain),
    secondsToEmpty: state.secondsToEmpty,
    recent: recentOf(LANE + state.lane),
  }))
}

async function queuesJson(deps: BacklogRoutesDeps, now: Instant, recentOf: RecentOf) {
  const queues = await readQueueStates(deps, now)
  if (queues.length === 0) return []
  const minutes = await readMinutes(deps.db, Temporal.Instant.fromEpochMilliseconds(windowStart(now)))
  return queues.map(({ connection: id, name, depth, dead, growth, seenAt, unseenSeconds }) => {
    const entry = deps.connections().find((one) => one.id === id)
    const lane = deps.laneOf(id)
    // What is taken from the queue is what arrives in its lane, which by default is its own.
    const drain = ratesOf(
      minutes.filter((one) => one.lane === lane),
      now,
    ).arrival
    return {
      connection: { id, kind: entry?.connector.kind ?? 'unknown', name },
      subject: QUEUE + id,
      queue: entry?.settings.queue ?? '',
      depth,
      dead,
      seenAt: seenAt === null ? null : formatInstant(seenAt, deps.zone()),
      unseenSeconds: Math.round(unseenSeconds),
      growthPerSecond: growth === null ? null : rounded(growth),
      drainPerSecond: rounded(drain),
      secondsToEmpty: secondsToEmpty(depth, { arrival: growth ?? 0, drain: 0 }),
      recent: recentOf(QUEUE + id),
    }
  })
}

/** The deepest of each of the last sixty minutes, the present one last; 0 where nothing was seen. */
export function recentDepths(samples: readonly SampleRow[], now: Instant): number[] {
  const last = Math.floor(now.epochMilliseconds / 60_000)
  const depths = Array.from({ length: RECENT_MINUTES }, () => 0)
  for (const { at, depth } of samples) {
    const place = RECENT_MINUTES - 1 - (last - Math.floor(at.epochMilliseconds / 60_000))
    if (place >= 0 && place < RECENT_MINUTES) depths[place] = Math.max(depths[place] ?? 0, depth)
  }
  return depths
}

const SHORT_STEP = 15
const POINTS_MOST = 360

function historyRoute(app: HttpApp, { db, clock, zone }: BacklogRoutesDeps): void {
  app.get(
    '/api/backlog/history',
    {
      config: READ,
      schema: {
        tags,
        summary: 'How deep a lane, a queue or a process was over the last hours',
        querystring: Type.Object({
          subject: Type.String({
            maxLength: 100,
            description: '`lane:<name>`, `queue:<connection>`, `workers:<process>`',
          }),
          hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 24 })),
        }),
        response: { 200: schemas.HistoryJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { subject, hours = 1 } = request.query
      if (!/^(lane|queue|workers):./.test(subject))
        return sendRefusal(reply, {
          code: 'backlog.bad_subject',
          detail: 'a subject begins with lane:, queue: or workers:',
        })
      const stepSeconds = Math.ceil((hours * 3_600) / POINTS_MOST / SHORT_STEP) * SHORT_STEP
      const rows = await readHistory(db, subject, clock.now().subtract({ hours }), stepSeconds)
      const items = rows.map(({ at, depth, dead, oldestSeconds }) => ({
        at: formatInstant(at, zone()),
        depth,
        dead,
        oldestSeconds,
      }))
      return { subject, stepSeconds, items }
    },
  )
}

function deadRoutes(app: HttpApp, deps: BacklogRoutesDeps): void {
  app.get(
    '/api/backlog/dead-letters',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Parked messages by lane and reason',
        response: { 200: Type.Object({ items: Type.Array(schemas.DeadGroupJson) }), ...problemResponses },
      },
    },
    async () => ({
      items: (await readDeadGroups(deps.db)).map((group) => ({
        code: group.code,
        lane: group.lane,
        count: group.count,
        capped: group.count >= COUNTED_MOST,
        oldest: formatInstant(group.oldest, deps.zone()),
        newest: formatInstant(group.newest, deps.zone()),
        sample: deps.messageId(group.sample_id, group.sample_at),
        detail: group.detail,
        connection: { id: group.connection_id, kind: group.connection_kind, name: group.connection_name },
      })),
    }),
  )
  app.post(
    '/api/backlog/dead-letters/preview',
    {
      config: REPLAY,
      schema: {
        tags,
        summary: 'What replaying these groups would change',
        body: schemas.ReplayDeadBody,
        response: { 200: schemas.ReplayPreviewJson, ...problemResponses },
      },
    },
    async (request) => {
      const choices = choicesOf(request.body.groups)
      const counts = await Promise.all(choices.map((choice) => countDead(deps.db, choice)))
      const seen = await deps.preview(await newestDead(deps, choices, PREVIEWED))
      return {
        messages: seen.messages,
        selected: counts.reduce((sum, count) => sum + count, 0),
        factsAdded: seen.factsAdded,
        factsRemoved: seen.factsRemoved,
        ordersChanged: seen.orders.map(({ orderNo, from, to }) => ({ orderNo, from, to })),
        stillParked: seen.stillParked.reduce((sum, { count }) => sum + count, 0),
        stillParkedBy: [...seen.stillParked],
      }
    },
  )
  app.post(
    '/api/backlog/dead-letters/replay',
    {
      config: REPLAY,
      schema: {
        tags,
        summary: 'Put groups of parked messages back; large ones as a job',
        body: schemas.ReplayDeadBody,
        response: { 200: schemas.ReplayStartedJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const started = await replayDead(deps, choicesOf(request.body.groups), actorOf(request))
      return started.ok ? started.value : sendRefusal(reply, started.refusal)
    },
  )
}

/** A group named twice, or once in a lane and once in every lane, is taken once. */
function choicesOf(groups: readonly { readonly code: string; readonly lane?: string }[]): DeadChoice[] {
  const everywhere = new Set(groups.filter(({ lane }) => lane === undefined).map(({ code }) => code))
  const chosen = new Map<string, DeadChoice>()
  for (const { code, lane } of groups) {
    const choice = { code, lane: everywhere.has(code) ? null : (lane ?? null) }
    chosen.set(`${code}\n${choice.lane ?? ''}`, choice)
  }
  return [...chosen.values()]
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
