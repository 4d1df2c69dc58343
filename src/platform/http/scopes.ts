import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import { assert } from '#kernel/assert.ts'
import type { ShopRule } from './shops.ts'

/** Everything that a key or a session may be allowed to do. */
export const SCOPES = [
  'orders:read',
  'orders:write',
  'messages:read',
  'messages:replay',
  'connections:read',
  'connections:write',
  'mapping:read',
  'mapping:write',
  'outbox:read',
  'outbox:write',
  'jobs:read',
  'jobs:write',
  'imports:write',
  'gateway:write',
  'review:read',
  'review:write',
  'promises:write',
  'stock:read',
  'stock:write',
  'stock:lock',
  'stock:approve',
  'rules:read',
  'rules:write',
  'rules:publish',
  'freight:quote',
  'fulfilment:write',
  'parcels:read',
  'parcels:write',
  'parcels:approve',
  'labels:print',
  'webhooks:write',
  'alarms:read',
  'alarms:write',
  'drills:read',
  'drills:run',
  'admin',
] as const
export type Scope = (typeof SCOPES)[number]

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text)
}

/** Who asks: a person with a session or a program with a key. */
export type Actor = {
  readonly kind: 'user' | 'key'
  readonly id: string
  readonly name: string
  /** A person's role; `key` for a program. */
  readonly role: string
  readonly locale: string | null
  readonly scopes: readonly Scope[]
  /** The ids of the connections whose shops he may see; null: all. Never an empty list. */
  readonly shops: readonly string[] | null
}

/** `admin` holds every other scope. */
export function holdsScope(actor: Actor, scope: Scope): boolean {
  return actor.scopes.includes(scope) || actor.scopes.includes('admin')
}

/**
 * What a route demands. A scope; `signed_in`: any signed-in actor; `public`: nobody is asked. A route that says nothing
 * is refused at start.
 */
export type Demand = Scope | 'signed_in' | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: Demand
    /** How it treats who is confined to some shops; without it they are refused. */
    shops?: ShopRule
    /** The body reaches the handler untouched, whatever its content type: as a Buffer, or as the stream itself. */
    rawBody?: boolean | 'stream'
  }
  interface FastifyRequest {
    actor: Actor | null
  }
}

/** The type that every `xRoutes(app, deps)` takes: Fastify with TypeBox inferring params, query and body. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** The actor of a route that demands one; the auth hook has let nobody else through. */
export function actorOf(request: Pick<FastifyRequest, 'actor'>): Actor {
  assert(request.actor !== null, 'H1', 'a route without an actor asked for its actor')
  return request.actor
}
