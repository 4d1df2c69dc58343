import type { AuditEvent } from '#features/identity/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { CredentialConnection, CredentialDeps } from './deps.ts'
import { dropHandTerm, saveHandTerm } from './store.ts'

const YEARS_MOST = 50

/** One connection; refused `credentials.not_found`. */
export function findConnection(
  { connections }: Pick<CredentialDeps, 'connections'>,
  id: string,
): Result<CredentialConnection> {
  const found = connections().find((one) => one.id === id)
  return found === undefined
    ? refuse('credentials.not_found', `there is no connection "${id.slice(0, 60)}"`)
    : ok(found)
}

/**
 * Keeps, or with null takes away, the end of a credential as a person knows it. Refused: `credentials.not_found`,
 * `credentials.unknown_field`, `credentials.bad_time`.
 */
export async function setHandTerm(
  deps: CredentialDeps,
  actor: AuditEvent['actor'],
  id: string,
  term: { readonly field: string; readonly expiresAt: string | null; readonly note: string },
): Promise<Result<null>> {
  const found = findConnection(deps, id)
  if (!found.ok) return found
  const { field, note } = term
  if (!found.value.connector.fields.some(({ name }) => name === field))
    return refuse('credentials.unknown_field', `${found.value.kind} has no setting "${field.slice(0, 60)}"`)
  const at = term.expiresAt === null ? ok(null) : parseEnd(term.expiresAt, deps)
  if (!at.ok) return at
  await deps.db.begin(async (tx) => {
    if (at.value === null) await dropHandTerm(tx, id, field)
    else
      await saveHandTerm(
        tx,
        { connection: id, field, expiresAt: at.value, note: note.trim().slice(0, 300), by: actor.name },
        deps.clock.now(),
      )
    await deps.audit(tx, {
      actor,
      action: 'credentials.term_set',
      subject: id,
      detail: { field, expiresAt: at.value?.toString() ?? null },
    })
  })
  return ok(null)
}

/** An instant, or a day of the hub's zone, which then ends it. */
function parseEnd(text: string, { zone, clock }: CredentialDeps): Result<Temporal.Instant> {
  const wrong = refuse(
    'credentials.bad_time',
    `"${text.slice(0, 40)}" is neither a day (2027-01-31) nor a time with its offset`,
  )
  try {
    const at = /^\d{4}-\d{2}-\d{2}$/.test(text)
      ? Temporal.PlainDate.from(text).add({ days: 1 }).toZonedDateTime(zone()).toInstant()
      : Temporal.Instant.from(text)
    const years = Math.abs(at.since(clock.now()).total('hours')) / (24 * 365)
    return years <= YEARS_MOST ? ok(at) : wrong
  } catch {
    return wrong
  }
}
