import type { Clock } from '#kernel/clock.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { insertAudit } from './store.ts'

/** The hub itself, where no person asked. */
export const SYSTEM = { kind: 'system', id: 'hub', name: 'hub' } as const

export type AuditEvent = {
  readonly actor: Pick<Actor, 'kind' | 'id' | 'name'> | typeof SYSTEM
  /** `feature.verb`, past tense: `identity.user_added`. */
  readonly action: string
  readonly subject?: string
  /** Never a secret or a person's address. */
  readonly detail?: Record<string, unknown>
  readonly address?: string
}

/** Writes one line of the audit log, in the caller's transaction: what is rolled back was not done. */
export async function recordAudit(deps: { sql: Sql; clock: Clock }, event: AuditEvent): Promise<void> {
  await insertAudit(deps.sql, {
    at: deps.clock.now(),
    actorKind: event.actor.kind,
    actorId: event.actor.id,
    actorName: event.actor.name,
    action: event.action,
    subject: event.subject ?? null,
    detail: event.detail ?? {},
    address: event.address ?? null,
  })
}
