import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type CallbackHealthDeps, isHeard, type WatchedConnection } from './deps.ts'
import { readWatches, saveRegistered, saveWatch } from './store.ts'

export type WatchInput = {
  readonly watched?: boolean
  readonly silenceMinutes?: number | null
  readonly registeredUrls?: readonly string[]
}

/** Refuses with `callbacks.not_found` or `callbacks.bad_address`. */
export async function changeWatch(
  deps: CallbackHealthDeps,
  id: string,
  input: WatchInput,
  person: string,
): Promise<Result<null>> {
  if (findHeard(deps, id) === null) return notFound(id)
  const wrong = (input.registeredUrls ?? []).find((url) => !isCallbackUrl(url))
  if (wrong !== undefined)
    return refuse('callbacks.bad_address', `"${wrong.slice(0, 120)}" is no http or https address`)
  const old = (await readWatches(deps.db)).find((row) => row.connection_id === id)
  const typed = input.registeredUrls !== undefined
  await saveWatch(deps.db, id, {
    watched: input.watched ?? old?.watched ?? true,
    silenceMinutes:
      input.silenceMinutes === undefined ? (old?.silence_minutes ?? null) : input.silenceMinutes,
    registeredUrls: input.registeredUrls?.map((url) => url.trim()) ?? old?.registered_urls ?? [],
    registeredReadAt: typed ? deps.clock.now() : (old?.registered_read_at ?? null),
    registeredBy: typed ? person : (old?.registered_by ?? null),
  })
  return ok(null)
}

/**
 * Asks the platform where it calls us. Refuses with `callbacks.not_found`, `callbacks.cannot_ask` where its API has no such
 * question, or the platform's own refusal; an outage is thrown. What it said is kept either way.
 */
export async function askPlatform(deps: CallbackHealthDeps, id: string): Promise<Result<readonly string[]>> {
  const connection = findHeard(deps, id)
  if (connection === null) return notFound(id)
  const ask = questionOf(deps, connection)
  if (ask === null)
    return refuse(
      'callbacks.cannot_ask',
      'this platform tells nobody where it calls; type the address it has on record',
    )
  const at = deps.clock.now()
  try {
    const answer = await ask()
    await saveRegistered(deps.db, id, {
      // No subscription of this application says nothing: those made in the platform's own pages are not told.
      urls: answer.ok && answer.value.length > 0 ? answer.value : null,
      at,
      problem: answer.ok ? (answer.value.length > 0 ? null : 'callbacks.none_told') : answer.refusal.code,
    })
    return answer
  } catch (error) {
    if (error instanceof Outage) await saveRegistered(deps.db, id, { urls: null, at, problem: error.code })
    throw error
  }
}

/** Asks every platform that can be asked; one that fails does not keep the others from being asked. */
export async function askPlatforms(
  deps: CallbackHealthDeps,
  onError: (error: unknown, connection: string) => void,
): Promise<void> {
  for (const connection of deps.connections()) {
    if (connection.paused || questionOf(deps, connection) === null) continue
    try {
      await askPlatform(deps, connection.id)
    } catch (error) {
      onError(error, connection.id)
    }
  }
}

export function canAsk(deps: Pick<CallbackHealthDeps, 'callsFor'>, connection: WatchedConnection): boolean {
  return questionOf(deps, connection) !== null
}

function questionOf({ callsFor }: Pick<CallbackHealthDeps, 'callsFor'>, connection: WatchedConnection) {
  return connection.connector.calls?.(connection.settings, callsFor(connection)).callbackAddresses ?? null
}

function findHeard(deps: CallbackHealthDeps, id: string): WatchedConnection | null {
  return deps.connections().find((one) => one.id === id && isHeard(one)) ?? null
}

function notFound(id: string) {
  return refuse(
    'callbacks.not_found',
    `no connection ${id.slice(0, 60)} to which messages come by themselves`,
  )
}

function isCallbackUrl(text: string): boolean {
  const url = URL.parse(text.trim())
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ''
}
