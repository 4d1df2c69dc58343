import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { withoutSecrets } from './core/settings.ts'
import type { ConnectionDeps } from './deps.ts'
import type { DirectoryEntry } from './directory.ts'
import { gone } from './save-connection.ts'
import { saveTest, type TestOutcome } from './store.ts'

export const TEST_DEADLINE_MS = 10_000

/**
 * Makes the connector's harmless call with the stored credentials and keeps the outcome for the page. A refusal of the
 * platform or an outage is an outcome, not an error of ours. Refused: `connections.not_found`, `connections.no_test`.
 */
export async function testConnection(
  deps: ConnectionDeps,
  id: string,
  deadlineMs: number = TEST_DEADLINE_MS,
): Promise<Result<TestOutcome>> {
  await deps.directory.refresh()
  const entry = deps.directory.byId(id)
  if (entry === null) return gone(id)
  if (entry.connector.calls === undefined)
    return refuse('connections.no_test', `${entry.connector.en} is never called, so there is nothing to test`)
  const answer = await callTest(deps, entry, deadlineMs)
  const secrets = Object.fromEntries(
    entry.connector.fields
      .filter((field) => field.secret)
      .map(({ name }) => [name, entry.settings[name] ?? '']),
  )
  const outcome = { ...answer, words: withoutSecrets(answer.words, secrets), at: deps.clock.now().toString() }
  await saveTest(deps.db, id, outcome)
  return ok(outcome)
}

async function callTest(
  deps: ConnectionDeps,
  entry: DirectoryEntry,
  deadlineMs: number,
): Promise<Omit<TestOutcome, 'at'>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const words = `no answer within ${Math.round(deadlineMs / 1000)} s`
    timer = setTimeout(() => reject(new Outage('connections.test_timeout', words)), deadlineMs)
  })
  try {
    const call = entry.connector.calls?.(entry.settings, deps.callsFor(entry)).test()
    const answer = await Promise.race([call, late])
    if (answer?.ok === true) return { ok: true, words: answer.value.words, code: null }
    return { ok: false, words: answer?.refusal.detail ?? '', code: answer?.refusal.code ?? null }
  } catch (error) {
    if (error instanceof Outage) return { ok: false, words: error.message, code: error.code }
    throw error
  } finally {
    clearTimeout(timer)
  }
}
