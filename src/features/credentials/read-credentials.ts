import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { judgeTerm, type Steps, type Term, type TermState } from './core/term.ts'
import { stands } from './core/trouble.ts'
import type { CredentialConnection, CredentialDeps } from './deps.ts'
import { readTerms } from './read-terms.ts'
import { type RefreshRow, type RefusalRow, readHandTerms, readRefreshes, readRefusals } from './store.ts'

export type JudgedTerm = Term & { readonly state: TermState; readonly step: number | null }
export type CredentialsOf = {
  readonly connection: CredentialConnection
  /** The first to end first. */
  readonly terms: readonly JudgedTerm[]
  readonly refusals: readonly (RefusalRow & { readonly stands: boolean })[]
  readonly refresh: RefreshRow | null
  readonly canRefresh: boolean
}

/** Every connection with what it lives by. */
export async function readCredentials({
  db,
  clock,
  connections,
  callsFor,
  steps,
}: Pick<CredentialDeps, 'db' | 'clock' | 'connections' | 'callsFor' | 'steps'>): Promise<CredentialsOf[]> {
  const { typed, refreshes, refusals } = await readRows(db)
  const now = clock.now()
  return connections().map((connection) => {
    const refresh = refreshes.get(connection.id) ?? null
    const own = typed.filter((term) => term.connection === connection.id)
    return {
      connection,
      refresh,
      canRefresh: canRefresh(connection, callsFor),
      terms: readTerms(connection.connector, connection.settings, own).map((term) =>
        judged(term, refresh, now, steps),
      ),
      refusals: refusals
        .filter((one) => one.connection === connection.id)
        .map((one) => ({ ...one, stands: stands(one, now) })),
    }
  })
}

async function readRows(db: Sql) {
  const refreshes = new Map((await readRefreshes(db)).map((row) => [row.connection, row]))
  return { typed: await readHandTerms(db), refreshes, refusals: await readRefusals(db) }
}

function judged(term: Term, refresh: RefreshRow | null, now: Instant, steps: Steps): JudgedTerm {
  return { ...term, ...judgeTerm(term, now, steps, (refresh?.failures ?? 0) === 0) }
}

export function canRefresh(connection: CredentialConnection, callsFor: CredentialDeps['callsFor']): boolean {
  const { connector, settings } = connection
  return connector.calls?.(settings, callsFor(connection)).refreshCredentials !== undefined
}
