import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { daysLeft } from './core/term.ts'
import { TROUBLES } from './core/trouble.ts'
import type { CredentialDeps } from './deps.ts'
import { findConnection, setHandTerm } from './hand-terms.ts'
import { type CredentialsOf, readCredentials } from './read-credentials.ts'
import { refreshOne } from './refresh-credentials.ts'

const TAGS = ['connections']
const READ = { scope: 'connections:read' } as const
const WRITE = { scope: 'connections:write' } as const
const IdParams = Type.Object({ id: Type.String({ maxLength: 60 }) })
const Words = Type.Object({ zh: Type.String(), en: Type.String() })

const TermJson = Type.Object({
  field: Type.String(),
  what: Words,
  expiresAt: IsoTime,
  daysLeft: Type.Number({ description: 'negative: ended' }),
  state: oneOf(['fine', 'expiring', 'critical', 'expired']),
  renewable: Type.Boolean(),
  source: oneOf(['connector', 'certificate', 'token', 'hand'], {
    description: 'the connector, a certificate or token among the settings, or a person said so',
  }),
  note: Type.String(),
})
const RefusalJson = Type.Object({
  side: oneOf(['outward', 'inward']),
  trouble: oneOf(TROUBLES),
  call: Type.String(),
  code: Type.String(),
  detail: Type.String(),
  firstAt: IsoTime,
  lastAt: IsoTime,
  times: Type.Integer(),
  stands: Type.Boolean({ description: 'nothing went well after it' }),
})
const CredentialJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kind: Type.String(),
    role: oneOf(['channel', 'carrier', 'warehouse', 'notifier']),
    paused: Type.Boolean(),
    state: oneOf(['refused', 'expired', 'critical', 'expiring', 'failing', 'fine', 'unknown']),
    terms: Type.Array(TermJson),
    refusals: Type.Array(RefusalJson),
    fields: Type.Array(Type.Object({ name: Type.String(), zh: Type.String(), en: Type.String() }), {
      description: 'secrets, whose end may be typed',
    }),
    refresh: nullable(
      Type.Object({
        at: nullable(IsoTime),
        triedAt: nullable(IsoTime),
        failures: Type.Integer(),
        code: nullable(Type.String()),
        detail: nullable(Type.String()),
      }),
    ),
    canRefresh: Type.Boolean(),
    canTest: Type.Boolean(),
  },
  { title: 'Credential' },
)

/** Routes of the credentials page; the test button is the connections' own. */
export function credentialRoutes(app: HttpApp, deps: CredentialDeps): void {
  app.get(
    '/api/credentials',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What every connection lives by, and who refuses us',
        response: {
          200: Type.Object({
            items: Type.Array(CredentialJson),
            next: Type.Null(),
            outwardAddresses: nullable(Type.String({ description: 'as configured; null: unknown' })),
            steps: Type.Array(Type.Integer(), { description: 'days before an end at which people are told' }),
          }),
          ...problemResponses,
        },
      },
    },
    async () => ({
      items: (await readCredentials(deps)).map((one) => toJson(deps, one)),
      next: null,
      outwardAddresses: deps.outwardAddresses,
      steps: [...deps.steps],
    }),
  )
  app.get(
    '/api/credentials/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What one connection lives by',
        params: IdParams,
        response: { 200: CredentialJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const one = (await readCredentials(deps)).find(({ connection }) => connection.id === id)
      return one === undefined ? sendRefusal(reply, notFound(id)) : toJson(deps, one)
    },
  )
  termRoute(app, deps)
  refreshRoute(app, deps)
}

function termRoute(app: HttpApp, deps: CredentialDeps): void {
  app.put(
    '/api/credentials/:id/terms',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'When a credential ends, as a person knows it; null takes that away',
        params: IdParams,
        body: Type.Object(
          {
            field: Type.String({ minLength: 1, maxLength: 60 }),
            expiresAt: nullable(
              Type.String({ maxLength: 60, description: 'a day of the hub zone, or a time with offset' }),
            ),
            note: Type.Optional(Type.String({ maxLength: 300 })),
          },
          { additionalProperties: false },
        ),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { note = '', ...term } = request.body
      const done = await setHandTerm(deps, actorOf(request), request.params.id, { ...term, note })
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function refreshRoute(app: HttpApp, deps: CredentialDeps): void {
  app.post(
    '/api/credentials/:id/refresh',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Renew by the protocol now',
        params: IdParams,
        response: {
          200: Type.Object({ fields: Type.Array(Type.String()), expiresAt: nullable(IsoTime) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const found = findConnection(deps, request.params.id)
      if (!found.ok) return sendRefusal(reply, found.refusal)
      const one = (await readCredentials(deps)).find(({ connection }) => connection.id === found.value.id)
      const done = await refreshOne(deps, found.value, one?.refresh ?? null)
      if (!done.ok) return sendRefusal(reply, done.refusal)
      const actor = actorOf(request)
      await deps.audit(deps.db, {
        actor,
        action: 'credentials.refreshed',
        subject: found.value.id,
        detail: { fields: [...done.value.fields] },
      })
      const { fields, expiresAt } = done.value
      return {
        fields: [...fields],
        expiresAt: expiresAt === null ? null : formatInstant(expiresAt, deps.zone()),
      }
    },
  )
}

function notFound(id: string) {
  return refuse('credentials.not_found', `there is no connection "${id.slice(0, 60)}"`).refusal
}

function stateOf({ terms, refusals, refresh }: CredentialsOf): Static<typeof CredentialJson>['state'] {
  if (refusals.some((one) => one.stands)) return 'refused'
  const states = terms.map(({ state }) => state)
  for (const state of ['expired', 'critical', 'expiring'] as const) if (states.includes(state)) return state
  if ((refresh?.failures ?? 0) > 0) return 'failing'
  return terms.length > 0 ? 'fine' : 'unknown'
}

function toJson({ clock, zone }: CredentialDeps, one: CredentialsOf): Static<typeof CredentialJson> {
  const { connection, terms, refusals, refresh } = one
  const at = (instant: Temporal.Instant) => formatInstant(instant, zone())
  return {
    id: connection.id,
    name: connection.name,
    kind: connection.kind,
    role: connection.connector.role,
    paused: connection.paused,
    state: stateOf(one),
    terms: terms.map(({ field, what, expiresAt, state, renewable, source, note }) => ({
      field,
      what: { zh: what.zh, en: what.en },
      expiresAt: at(expiresAt),
      daysLeft: Math.round(daysLeft(expiresAt, clock.now()) * 100) / 100,
      state,
      renewable,
      source,
      note,
    })),
    refusals: refusals.map(({ side, trouble, call, code, detail, firstAt, lastAt, times, stands }) => ({
      side,
      trouble,
      call,
      code,
      detail,
      firstAt: at(firstAt),
      lastAt: at(lastAt),
      times,
      stands,
    })),
    fields: connection.connector.fields
      .filter(({ secret }) => secret)
      .map(({ name, zh, en }) => ({ name, zh, en })),
    refresh:
      refresh === null
        ? null
        : {
            at: refresh.refreshedAt === null ? null : at(refresh.refreshedAt),
            triedAt: refresh.triedAt === null ? null : at(refresh.triedAt),
            failures: refresh.failures,
            code: refresh.code,
            detail: refresh.detail,
          },
    canRefresh: one.canRefresh,
    canTest: connection.connector.calls !== undefined,
  }
}
