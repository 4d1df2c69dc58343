import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { readCookie, sessionCookie } from '#platform/http/cookie.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  NoContent,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp, SCOPES } from '#platform/http/scopes.ts'
import { recordAudit } from './audit.ts'
import type { Caller, IdentityDeps } from './deps.ts'
import { dropKey, makeKey } from './keys.ts'
import { changeOwnPassword } from './own-password.ts'
import { ROLE_NAMES, SCOPES_OF_ROLE } from './roles.ts'
import { type NewSession, signIn } from './sign-in.ts'
import { makeSignInLink, signInByLink } from './sign-in-link.ts'
import { deleteSession, type KeyRow, listAccounts, listAudit, listKeys } from './store.ts'
import { csrfOf, hashToken, SESSION_COOKIE } from './tokens.ts'
import { addUser, changeUser } from './users.ts'

/** What the console is told of the hub it signed in to. */
export type HubFacts = { readonly version: string; readonly zone: string; readonly simulated: boolean }
export type IdentityHttpDeps = { readonly identity: IdentityDeps; readonly hub: () => HubFacts }

const Words = (most: number) => Type.String({ minLength: 1, maxLength: most })
const Role = oneOf(ROLE_NAMES)
const ScopeName = oneOf(SCOPES)
const Password = Type.String({ minLength: 1, maxLength: 1_024 })
const Locale = oneOf(['zh-CN', 'en'])
const ShopIds = nullable(
  Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
    minItems: 1,
    maxItems: 200,
    description: 'ids of connections; null: all shops, also those that come later',
  }),
)
const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })

const SessionJson = Type.Object({
  user: Type.Object({
    id: Type.String(),
    name: Type.String(),
    role: Type.String(),
    locale: nullable(Type.String()),
  }),
  csrf: nullable(
    Type.String({ description: 'sent back as x-csrf-token with every write; null for an API key' }),
  ),
  scopes: Type.Array(ScopeName),
  shops: ShopIds,
  hub: Type.Object({ version: Type.String(), zone: Type.String(), simulated: Type.Boolean() }),
})
const UserJson = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Role,
  locale: Type.String(),
  disabled: Type.Boolean(),
  shops: ShopIds,
  hasPassword: Type.Boolean(),
  createdAt: IsoTime,
  seenAt: nullable(IsoTime),
})
const KeyJson = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(ScopeName),
  shops: ShopIds,
  createdBy: Type.String(),
  createdAt: IsoTime,
  expiresAt: nullable(IsoTime),
  lastUsedAt: nullable(IsoTime),
})
const AuditJson = Type.Object({
  id: Type.String(),
  at: IsoTime,
  actor: Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() }),
  action: Type.String(),
  subject: nullable(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
  address: nullable(Type.String()),
})

/** Session, users, API keys and the audit log. */
export function identityRoutes(app: HttpApp, deps: IdentityHttpDeps): void {
  sessionRoutes(app, deps)
  ownPasswordRoute(app, deps)
  userRoutes(app, deps)
  keyRoutes(app, deps)
  auditRoutes(app, deps)
}

function sessionRoutes(app: HttpApp, { identity, hub }: IdentityHttpDeps): void {
  const tags = ['session']
  const response = { 200: SessionJson, ...problemResponses }
  const body = (actor: Actor, token: string | null) => ({
    user: { id: actor.id, name: actor.name, role: actor.role, locale: actor.locale },
    csrf: token === null ? null : csrfOf(token),
    scopes: [...actor.scopes],
    shops: actor.shops === null ? null : [...actor.shops],
    hub: hub(),
  })
  const welcome = (request: FastifyRequest, reply: FastifyReply, session: NewSession) => {
    setSession(identity, request, reply, session.token, session.maxAgeSeconds)
    const { id, name, role, locale, shops } = session.account
    return body(
      { kind: 'user', id: id.toString(), name, role, locale, scopes: SCOPES_OF_ROLE[role], shops },
      session.token,
    )
  }
  app.get(
    '/api/session',
    {
      config: { scope: 'signed_in', shops: 'apart' },
      schema: { tags, summary: 'Who is signed in', response },
    },
    async (request) => {
      const actor = actorOf(request)
      return body(actor, actor.kind === 'key' ? null : sessionToken(identity, request))
    },
  )
  app.post(
    '/api/session',
    {
      config: { scope: 'public' },
      schema: {
        tags,
        summary: 'Sign in',
        body: Type.Object({ name: Words(200), password: Password }, { additionalProperties: false }),
        response,
      },
    },
    async (request, reply) => {
      const signed = await signIn(identity, request.body, callerOf(request), sessionToken(identity, request))
      return signed.ok ? welcome(request, reply, signed.value) : sendRefusal(reply, signed.refusal)
    },
  )
  app.post(
    '/api/session/link',
    {
      config: { scope: 'public' },
      schema: {
        tags,
        summary: 'Sign in by one-time link',
        description: 'A first sign-in answers `identity.password_needed`; send again with a password.',
        body: Type.Object(
          { token: Words(200), password: Type.Optional(Password) },
          { additionalProperties: false },
        ),
        response,
      },
    },
    async (request, reply) => {
      const given = { token: request.body.token, password: request.body.password ?? null }
      const signed = await signInByLink(identity, given, callerOf(request), sessionToken(identity, request))
      return signed.ok ? welcome(request, reply, signed.value) : sendRefusal(reply, signed.refusal)
    },
  )
  app.delete(
    '/api/session',
    {
      config: { scope: 'signed_in', shops: 'apart' },
      schema: { tags, summary: 'Sign out', response: { 204: NoContent, ...problemResponses } },
    },
    async (request, reply) => {
      const token = sessionToken(identity, request)
      if (token !== null) {
        await deleteSession(identity.sql, hashToken(token))
        identity.cache.forget()
        await recordAudit(identity, {
          actor: actorOf(request),
          action: 'identity.signed_out',
          address: request.ip,
        })
      }
      setSession(identity, request, reply, '', 0)
      return reply.code(204).send(undefined)
    },
  )
}

function ownPasswordRoute(app: HttpApp, { identity }: IdentityHttpDeps): void {
  app.post(
    '/api/session/password',
    {
      config: { scope: 'signed_in', shops: 'apart' },
      schema: {
        tags: ['session'],
        summary: "Change one's own password; ends one's other sessions",
        description:
          '`current` may be left out by who has no password yet. Wrong ones count as failed sign-ins.',
        body: Type.Object(
          { current: Type.Optional(Password), next: Password },
          { additionalProperties: false },
        ),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { current = null, next } = request.body
      const given = { current, next, keepSession: sessionToken(identity, request) }
      const changed = await changeOwnPassword(identity, actorOf(request), given, callerOf(request))
      return changed.ok ? reply.code(204).send(undefined) : sendRefusal(reply, changed.refusal)
    },
  )
}

function userRoutes(app: HttpApp, { identity, hub }: IdentityHttpDeps): void {
  const tags = ['users']
  const config = { scope: 'admin' } as const
  const rows = async () => {
    const time = (at: Temporal.Instant) => formatInstant(at, hub().zone)
    return (await listAccounts(identity.sql)).map(({ id, name, role, locale, disabled, shops, ...row }) => ({
      ...{ id: id.toString(), name, role, locale, disabled },
      shops: shops === null ? null : [...shops],
      hasPassword: row.password !== null,
      createdAt: time(row.createdAt),
      seenAt: row.seenAt === null ? null : time(row.seenAt),
    }))
  }
  app.get(
    '/api/users',
    {
      config,
      schema: { tags, summary: 'List users', response: { 200: pageOf(UserJson), ...problemResponses } },
    },
    async () => ({ items: await rows(), next: null }),
  )
  app.post(
    '/api/users',
    {
      config,
      schema: {
        tags,
        summary: 'Add a user',
        description: 'Without a password the answer holds a sign-in link, good once within 24 hours.',
        body: Type.Object(
          {
            name: Words(64),
            role: Role,
            password: Type.Optional(Password),
            locale: Type.Optional(Locale),
            shops: Type.Optional(ShopIds),
          },
          { additionalProperties: false },
        ),
        response: {
          201: Type.Object({ id: Type.String(), linkPath: nullable(Type.String()) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { password, locale, ...rest } = request.body
      const given = { ...rest, password: password ?? null, ...(locale === undefined ? {} : { locale }) }
      const added = await addUser(identity, actorOf(request), given)
      if (!added.ok) return sendRefusal(reply, added.refusal)
      const link = password === undefined ? await makeSignInLink(identity, added.value.name) : null
      const linkPath = link?.ok === true ? link.value.path : null
      return reply.code(201).send({ id: added.value.id.toString(), linkPath })
    },
  )
  app.patch(
    '/api/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change role, password, language or shops of a user, or disable them',
        params: IdParams,
        body: Type.Partial(
          Type.Object({
            role: Role,
            disabled: Type.Boolean(),
            password: Password,
            locale: Locale,
            shops: ShopIds,
          }),
          { additionalProperties: false, minProperties: 1 },
        ),
        response: { 200: Type.Object({ id: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const changed = await changeUser(
        identity,
        actorOf(request),
        id,
        request.body,
        sessionToken(identity, request),
      )
      return changed.ok ? { id: request.params.id } : sendRefusal(reply, changed.refusal)
    },
  )
}

function keyRoutes(app: HttpApp, { identity, hub }: IdentityHttpDeps): void {
  const tags = ['keys']
  const config = { scope: 'admin' } as const
  const row = ({ secretHash: _, ...key }: KeyRow) => ({
    ...key,
    scopes: [...key.scopes],
    shops: key.shops === null ? null : [...key.shops],
    createdAt: formatInstant(key.createdAt, hub().zone),
    expiresAt: key.expiresAt === null ? null : formatInstant(key.expiresAt, hub().zone),
    lastUsedAt: key.lastUsedAt === null ? null : formatInstant(key.lastUsedAt, hub().zone),
  })
  app.get(
    '/api/keys',
    {
      config,
      schema: { tags, summary: 'List API keys', response: { 200: pageOf(KeyJson), ...problemResponses } },
    },
    async () => ({ items: (await listKeys(identity.sql)).map(row), next: null }),
  )
  app.post(
    '/api/keys',
    {
      config,
      schema: {
        tags,
        summary: 'Make an API key; its text is shown only here',
        body: Type.Object(
          {
            name: Words(100),
            scopes: Type.Array(ScopeName, { minItems: 1, maxItems: SCOPES.length }),
            shops: Type.Optional(ShopIds),
            expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 })),
          },
          { additionalProperties: false },
        ),
        response: { 201: Type.Object({ key: KeyJson, text: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { name, scopes, shops = null, expiresInDays } = request.body
      const expiresAt =
        expiresInDays === undefined ? null : identity.clock.now().add({ hours: 24 * expiresInDays })
      const made = await makeKey(identity, actorOf(request), { name, scopes, shops, expiresAt })
      if (!made.ok) return sendRefusal(reply, made.refusal)
      return reply.code(201).send({ key: row(made.value.key), text: made.value.text })
    },
  )
  app.delete(
    '/api/keys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Revoke an API key',
        params: Type.Object({ id: Type.String({ pattern: '^[a-z0-9]{12}$' }) }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropKey(identity, actorOf(request), request.params.id)
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
}

function auditRoutes(app: HttpApp, { identity, hub }: IdentityHttpDeps): void {
  app.get(
    '/api/audit',
    {
      config: { scope: 'admin' },
      schema: {
        tags: ['audit'],
        summary: 'What was done by whom, newest first',
        querystring: Type.Object({
          action: Type.Optional(Type.String({ maxLength: 100 })),
          actor: Type.Optional(Type.String({ maxLength: 100 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(AuditJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { action = null, actor = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('audit', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const before = place === null ? null : BigInt(place.value[0] ?? 0)
      const rows = await listAudit(identity.sql, { before, action, actor, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return {
        items: shown.map(({ id, at, actorKind, actorId, actorName, ...row }) => ({
          ...row,
          id: id.toString(),
          at: formatInstant(at, hub().zone),
          actor: { kind: actorKind, id: actorId, name: actorName },
        })),
        next: rows.length > limit && last !== undefined ? encodeCursor('audit', [last.id.toString()]) : null,
      }
    },
  )
}

function sessionToken({ policy }: IdentityDeps, request: FastifyRequest): string | null {
  return readCookie(request.headers.cookie, policy.cookie ?? SESSION_COOKIE)
}

function setSession(
  { policy }: IdentityDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  maxAgeSeconds: number,
): void {
  const secure = request.protocol === 'https'
  reply.header('set-cookie', sessionCookie(policy.cookie ?? SESSION_COOKIE, token, { maxAgeSeconds, secure }))
  reply.header('cache-control', 'no-store')
}

function callerOf(request: FastifyRequest): Caller {
  return { address: request.ip, agent: request.headers['user-agent'] ?? '' }
}
