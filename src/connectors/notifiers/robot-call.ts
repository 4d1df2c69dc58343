import { type JsonValue, readJson } from '#connectors/json.ts'
import type { CallDeps, Connector, Reply, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { type Result, refuse } from '#kernel/result.ts'

/** Nothing is pushed to us by a notifier. */
export const NOTIFIER_RETRY_REPLY: Reply = {
  status: 503,
  contentType: 'text/plain',
  body: 'not received here',
}

/** A notifier is never a source of messages. */
export const readNothing: Connector['read'] = () =>
  refuse('connector.not_a_source', 'a notifier is told; nothing is read from it')

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * A POST of JSON whose address holds a secret: whatever fails, the secret does not show. 15 s, as the strictest of the receivers'
 * documents has it.
 */
export async function postJson(
  { http }: Pick<CallDeps, 'http'>,
  request: {
    readonly url: string
    readonly body: string
    readonly headers?: Readonly<Record<string, string>>
    readonly secrets: readonly (string | undefined)[]
  },
): Promise<Answer> {
  const { url, body, headers = {}, secrets } = request
  try {
    return await http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      timeoutMs: 15_000,
    })
  } catch (error) {
    throw error instanceof Outage ? withoutSecretsIn(error, secrets) : error
  }
}

/** The outage without its cause, which may quote the address too. */
export function withoutSecretsIn(error: Outage, secrets: readonly (string | undefined)[]): Outage {
  return new Outage(error.code, hideSecrets(error.message, secrets), {
    retryable: error.retryable,
    unknown: error.unknown,
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  })
}

export function hideSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets
    .flatMap((secret) =>
      secret === undefined || secret.length < 4 ? [] : [secret, encodeURIComponent(secret)],
    )
    .reduce((words, secret) => words.replaceAll(secret, '•••'), text)
}

/** What a platform's outages and oddities are called. */
export type RobotCodes = { readonly limited: string; readonly down: string; readonly odd: string }

/** Robots answer HTTP 200 to nearly everything; what comes before their body is judged here. Throws the outages. */
export function answerBody(codes: RobotCodes, answer: Answer): Result<JsonValue> {
  if (answer.status === 429) throw rateLimited(codes.limited, 'HTTP 429', retryAfterMs(answer) ?? 60_000)
  if (answer.status >= 500) throw new Outage(codes.down, `HTTP ${answer.status}`)
  const body = readJson(answer.body)
  return body.ok ? body : refuse(codes.odd, `HTTP ${answer.status} without JSON; is the address right?`)
}

export function rateLimited(code: string, words: string, retryAfterMs: number): Outage {
  return new Outage(code, `fewer messages are asked for: ${words}`, { retryAfterMs })
}

/** `Retry-After` in seconds, at most an hour; null where it is missing or a date. */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>): number | null {
  const text = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(text) ? Math.min(Number(text), 3_600) * 1_000 : null
}

/** The token of a robot, also where its whole address was pasted: the query's parameter, or the last part of the path. */
export function tokenOf(settings: Settings, name: string, parameter: string | null): string {
  const typed = settings[name] ?? ''
  const url = /^https?:/i.test(typed) ? URL.parse(typed) : null
  if (url === null) return typed
  return parameter === null
    ? (url.pathname
        .split('/')
        .filter((part) => part !== '')
        .at(-1) ?? '')
    : (url.searchParams.get(parameter) ?? '')
}
