import type { FastifyRequest } from 'fastify'
import { type Refused, refuse } from '#kernel/result.ts'
import { actorOf } from '#platform/http/scopes.ts'
import type { LabelDeps } from './deps.ts'
import { isDeviceKey } from './print/store.ts'

/** A printer's key fetches and acknowledges its own labels; whatever else takes the same scope is refused to it. */
export async function refusedToPrinters(
  deps: LabelDeps,
  request: Pick<FastifyRequest, 'actor'>,
): Promise<Refused | null> {
  const actor = actorOf(request)
  if (actor.kind !== 'key' || !(await isDeviceKey(deps.db, actor.id))) return null
  return refuse(
    'labels.device_forbidden',
    'the key of a printer only fetches and acknowledges its own labels',
  )
}
