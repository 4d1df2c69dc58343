import { Type } from 'typebox'
import { IsoTime, nullable } from '#platform/http/schemas.ts'

const perSecond = Type.Number({ description: 'messages per second over the last two to three minutes' })
const projection = nullable(
  Type.Integer({ description: 'seconds until nothing waits; null: never at this pace' }),
)
const recent = Type.Array(Type.Integer(), {
  description: 'the deepest of each of the last 60 minutes, the present one last',
})

export const LaneBacklogJson = Type.Object(
  {
    lane: Type.String(),
    subject: Type.String({ description: 'for /api/backlog/history' }),
    depth: Type.Integer(),
    capped: Type.Boolean({ description: 'the figure is a floor: it was counted no further' }),
    dead: Type.Integer({ description: 'parked messages' }),
    alarmDepth: Type.Integer(),
    oldestSeconds: nullable(Type.Number()),
    arrivalPerSecond: perSecond,
    drainPerSecond: perSecond,
    secondsToEmpty: projection,
    recent,
  },
  { title: 'LaneBacklog' },
)
export const QueueBacklogJson = Type.Object(
  {
    connection: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
    subject: Type.String(),
    queue: Type.String(),
    depth: Type.Integer({ description: 'ready in the outside queue, as last seen' }),
    dead: Type.Integer({ description: 'in its dead-letter queue' }),
    seenAt: nullable(IsoTime),
    unseenSeconds: Type.Integer({ description: 'for how long its broker has not answered; 0 while it does' }),
    growthPerSecond: nullable(Type.Number({ description: 'negative: it drains' })),
    drainPerSecond: perSecond,
    secondsToEmpty: projection,
    recent,
  },
  { title: 'QueueBacklog' },
)
export const BacklogJson = Type.Object(
  {
    at: IsoTime,
    workers: Type.Object({
      floor: Type.Integer({ description: 'workers of a process while nothing is deep' }),
      cap: Type.Integer({ description: 'and at most' }),
      processes: Type.Array(Type.Object({ process: Type.String(), size: Type.Integer() })),
    }),
    limits: Type.Object({
      oldSeconds: Type.Integer(),
      deadLetters: Type.Integer(),
      queueDepth: Type.Integer(),
    }),
    lanes: Type.Array(LaneBacklogJson),
    queues: Type.Array(QueueBacklogJson),
  },
  { title: 'Backlog' },
)
export const HistoryJson = Type.Object(
  {
    subject: Type.String(),
    stepSeconds: Type.Integer(),
    items: Type.Array(
      Type.Object({
        at: IsoTime,
        depth: Type.Integer(),
        dead: Type.Integer(),
        oldestSeconds: Type.Integer(),
      }),
    ),
  },
  { title: 'BacklogHistory' },
)
export const DeadGroupJson = Type.Object(
  {
    code: Type.String(),
    lane: Type.String(),
    count: Type.Integer(),
    capped: Type.Boolean(),
    oldest: IsoTime,
    newest: IsoTime,
    sample: Type.String({ description: 'id of the newest message' }),
    detail: nullable(Type.String({ description: 'why that one was parked' })),
    connection: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
  },
  { title: 'DeadLetterGroup' },
)
const GroupChoice = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 100 }),
    lane: Type.Optional(Type.String({ minLength: 1, maxLength: 60, description: 'absent: in every lane' })),
  },
  { additionalProperties: false },
)
export const ReplayDeadBody = Type.Object(
  { groups: Type.Array(GroupChoice, { minItems: 1, maxItems: 200 }) },
  { additionalProperties: false },
)
export const ReplayStartedJson = Type.Object({
  queued: Type.Integer(),
  jobId: nullable(Type.String({ description: 'set where the group is large and a job puts it back' })),
})
export const ReplayPreviewJson = Type.Object(
  {
    messages: Type.Integer({ description: 'looked at for this preview: the newest of the selection' }),
    selected: Type.Integer({ description: 'messages that a replay would take' }),
    factsAdded: Type.Integer(),
    factsRemoved: Type.Integer(),
    ordersChanged: Type.Array(
      Type.Object({ orderNo: Type.String(), from: nullable(Type.String()), to: Type.String() }),
    ),
    stillParked: Type.Integer(),
    stillParkedBy: Type.Array(Type.Object({ code: Type.String(), count: Type.Integer() })),
  },
  { title: 'DeadLetterPreview' },
)
