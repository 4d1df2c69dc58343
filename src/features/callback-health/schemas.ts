import { Type } from 'typebox'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { TLS_FAULTS } from './core/tls.ts'
import { TROUBLES, VERDICTS } from './core/verdict.ts'

const Counts = Type.Record(Type.String(), Type.Integer())
const match = nullable(
  oneOf(['same', 'scheme', 'host', 'path', 'unreadable'], { description: 'how it differs from ours' }),
)

const FiguresJson = Type.Object(
  {
    accepted: Type.Integer(),
    duplicate: Type.Integer(),
    challenge: Type.Integer(),
    rejected: Type.Integer(),
    forged: Type.Integer({ description: 'rejected for a signature, a time or a token' }),
    unavailable: Type.Integer({ description: 'answered "come back later"' }),
    late: Type.Integer({ description: "answered after the platform's limit" }),
    maxLatencyMs: Type.Number(),
  },
  { title: 'CallbackFigures' },
)

export const HealthJson = Type.Object(
  {
    connection: Type.Object({
      id: Type.String(),
      kind: Type.String(),
      name: Type.String(),
      paused: Type.Boolean(),
    }),
    verdict: oneOf(VERDICTS),
    troubles: Type.Array(oneOf(TROUBLES)),
    watch: oneOf(['rhythm', 'fixed', 'too_young', 'too_quiet', 'off']),
    firstMessageAt: nullable(IsoTime),
    lastMessageAt: nullable(IsoTime),
    silence: nullable(
      Type.Object({
        minutes: Type.Number(),
        expected: nullable(Type.Number({ description: 'messages to be expected since the last one' })),
        probability: nullable(Type.Number({ description: 'that none came by chance' })),
        silent: Type.Boolean(),
      }),
    ),
    expectedPerHour: nullable(Type.Number({ description: 'in the present hour of the week' })),
    rhythmWeeks: nullable(Type.Integer()),
    rhythmLearnedAt: nullable(IsoTime),
    tenMinutes: FiguresJson,
    hour: FiguresJson,
    day: FiguresJson,
    statuses: Counts,
    codes: Counts,
    ackDeadlineMs: nullable(Type.Integer({ description: 'null: not documented by the platform' })),
    address: Type.Object({
      ours: nullable(Type.String()),
      registered: Type.Array(Type.String()),
      readAt: nullable(IsoTime),
      readBy: nullable(Type.String()),
      readProblem: nullable(Type.String({ description: 'why the platform did not say, last time: a code' })),
      match,
      worst: nullable(Type.String()),
      canAsk: Type.Boolean(),
      observed: Type.Array(Type.Object({ origin: Type.String(), count: Type.Integer(), match })),
    }),
    watched: Type.Boolean(),
    silenceMinutes: nullable(Type.Integer()),
  },
  { title: 'CallbackHealth' },
)

export const StepJson = Type.Object(
  {
    at: IsoTime,
    accepted: Type.Integer(),
    duplicate: Type.Integer(),
    rejected: Type.Integer(),
    forged: Type.Integer(),
    unavailable: Type.Integer(),
    late: Type.Integer(),
    maxLatencyMs: Type.Number(),
  },
  { title: 'CallbackStep', description: 'five minutes' },
)

export const HealthDetailJson = Type.Object(
  {
    health: HealthJson,
    steps: Type.Array(StepJson),
    rhythm: nullable(
      Type.Array(Type.Number(), { description: '168 hours, Monday 00:00 in the hub zone first' }),
    ),
  },
  { title: 'CallbackHealthDetail' },
)

export const TlsJson = Type.Object(
  {
    address: Type.String(),
    at: IsoTime,
    fault: nullable(oneOf(TLS_FAULTS)),
    severity: oneOf(['warning', 'critical']),
    daysLeft: nullable(Type.Integer()),
    unreachable: nullable(Type.String()),
    protocol: nullable(Type.String()),
    subject: nullable(Type.String()),
    issuer: nullable(Type.String()),
    names: Type.Array(Type.String()),
    nameFits: Type.Boolean(),
    chainFault: nullable(Type.String()),
    chainLength: Type.Integer(),
    notBefore: nullable(IsoTime),
    notAfter: nullable(IsoTime),
  },
  { title: 'TlsProbe' },
)

export const ListJson = Type.Object({
  items: Type.Array(HealthJson),
  unknown: FiguresJson,
  publicUrl: nullable(
    Type.String({ description: 'null: PUBLIC_URL is not set, so addresses cannot be compared' }),
  ),
})

export const WatchBody = Type.Object(
  {
    watched: Type.Optional(Type.Boolean()),
    silenceMinutes: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 10_080 }))),
    registeredUrls: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 2_000 }), { maxItems: 20 }),
    ),
  },
  { additionalProperties: false },
)
