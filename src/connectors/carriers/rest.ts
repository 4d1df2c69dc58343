import { type JsonValue, readJson } from '#connectors/json.ts'
import { knownRead } from '#connectors/source.ts'
import type { HttpCall } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import { Outage } from '#kernel/outage.ts'
import { type Refused, refuse } from '#kernel/result.ts'

/** How long the hub leaves a carrier alone that asks for fewer calls and names no time. */
const LIMITED_MS = 60_000
const ERROR_WORDS = 300

export type RestAsk = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** A call that changes nothing there: however it broke off, its outcome is known. */
  readonly effect: 'read' | 'write'
}
export type RestAnswer = { readonly status: number; readonly json: JsonValue | null }

/**
 * One exchange with a carrier that answers JSON and means its HTTP status. 429 and 5xx are thrown as outages; every other status is the
 * caller's to judge. `json` is null where the answer holds none.
 */
export async function askRest(http: HttpCall, { effect, ...request }: RestAsk): Promise<RestAnswer> {
  const answer = await knownRead(effect, http)(request)
  if (answer.status === 429)
    throw new Outage('carrier.rate_limited', 'HTTP 429: the carrier asks for fewer calls', {
      retryAfterMs: LIMITED_MS,
    })
  if (answer.status >= 500)
    throw new Outage('carrier.unavailable', `the carrier answered HTTP ${answer.status}`)
  const json = readJson(answer.body)
  return { status: answer.status, json: json.ok ? json.value : null }
}

const BY_STATUS: Readonly<Record<number, CarrierTrouble>> = {
  400: 'bad_request',
  401: 'credential_refused',
  403: 'no_permission',
  404: 'unknown_number',
  409: 'reference_taken',
  422: 'bad_request',
}

/** A refusal by HTTP status, for carriers whose own codes no table knows. */
export function troubleOfStatus(status: number, words: string): Refused {
  const trouble = Object.hasOwn(BY_STATUS, status) ? BY_STATUS[status] : undefined
  const said = words === '' ? 'without words; is the address right?' : words
  return refuse(`carrier.${trouble ?? 'refused'}`, `HTTP ${status} ${said}`.slice(0, ERROR_WORDS))
}

/** `base` with `path` behind it; null where the setting is no URL. */
export function addressOf(base: string | undefined, path: string): string | null {
  const address = `${(base ?? '').replace(/\/+$/, '')}${path}`
  return URL.canParse(address) ? address : null
}

/** Nothing can be asked under a setting that is no URL. */
export function badAddress(field: string): Refused {
  return refuse('carrier.bad_request', `the setting ${field} is not a URL`)
}
