import { writeForm } from '#connectors/carriers/form.ts'
import { filledAt, type JsonValue, readJson, textAt, valueAt, wholeAt } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import type { RefreshedCredentials } from '#domain/waybill.ts'
import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { isDigestMode, msgDigest } from './sign.ts'

/** How long the hub leaves the gateway alone after A1005, which names no time. */
const LIMITED_MS = 60_000
/** A token that has less than this to live is fetched anew before a call. */
const TOKEN_MARGIN = Temporal.Duration.from({ minutes: 2 })
/** A token lives two hours; taken where the answer names no time. */
const TOKEN_SECONDS = 7_199

/** What SF's code becomes; queries and waybills speak of the same "no" in words of their own. */
export type RefusalOf = (code: string | null, words: string) => Refused

export type Gateway = {
  /** The inner `apiResultData`. `changes`: what comes back unreadable is an outage of unknown effect, not a refusal. */
  readonly call: (
    serviceCode: string,
    data: Readonly<Record<string, unknown>>,
    options: { readonly refusalOf: RefusalOf; readonly changes: boolean },
  ) => Promise<Result<JsonValue>>
}

/**
 * The 丰桥 gateway: one address, told apart by `serviceCode`, each call signed by a digest or carrying an access token, as the
 * connection has it. A token that SF calls expired (A1002) is fetched anew once.
 */
export function sfGateway(settings: Settings, deps: CallDeps): Gateway {
  let token = usableToken(settings, deps)
  return {
    call: async (serviceCode, data, { refusalOf, changes }) => {
      if (!usesToken(settings))
        return await exchange(settings, deps, serviceCode, data, { refusalOf, changes })
      for (const isLast of [false, true]) {
        if (token === null) {
          const fresh = await fetchToken(settings, deps, refusalOf)
          if (!fresh.ok) return fresh
          token = fresh.value.settings.access_token ?? null
        }
        let isExpired = false
        const answer = await exchange(settings, deps, serviceCode, data, {
          changes,
          token: token ?? '',
          refusalOf: (code, words) => {
            isExpired = code === 'A1002'
            return refusalOf(code, words)
          },
        })
        if (!isExpired || isLast) return answer
        token = null
      }
      throw new Error('unreachable: the second turn always returns')
    },
  }
}

export function usesToken(settings: Settings): boolean {
  return settings.auth_mode === 'oauth'
}

/** A new access token (OAuth2, two hours) in place of the old one. Refused as the caller's table says. */
export async function fetchToken(
  settings: Settings,
  { http, clock }: CallDeps,
  refusalOf: RefusalOf,
): Promise<Result<RefreshedCredentials>> {
  const url = settings.oauth_url ?? ''
  if (!URL.canParse(url)) return refuse('sf.settings', 'the token address is not a URL')
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: writeForm({
      partnerID: settings.partner_id ?? '',
      secret: settings.check_word ?? '',
      grantType: 'password',
    }),
  })
  const envelope = translate(answer, { refusalOf, changes: false })
  if (!envelope.ok) return envelope
  const token = filledAt(envelope.value, 'accessToken')
  if (token === null) return refuse('sf.unexpected_answer', 'the answer has no accessToken')
  const seconds = wholeAt(envelope.value, 'expiresIn') ?? TOKEN_SECONDS
  const expiresAt = clock.now().add({ seconds: Math.max(0, Math.min(seconds, 86_400)) })
  return ok({
    settings: { access_token: token, access_token_expires: expiresAt.toString({ smallestUnit: 'second' }) },
    expiresAt,
  })
}

/** The stored token where it has time left, or where nobody knows when it ends. */
function usableToken(settings: Settings, { clock }: CallDeps): string | null {
  const token = settings.access_token?.trim() ?? ''
  if (token === '') return null
  const expiresAt = tokenExpiry(settings)
  if (expiresAt === null) return token
  return Temporal.Instant.compare(clock.now().add(TOKEN_MARGIN), expiresAt) < 0 ? token : null
}

export function tokenExpiry(settings: Settings): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(settings.access_token_expires?.trim() ?? '')
  } catch {
    return null
  }
}

async function exchange(
  settings: Settings,
  { http, clock, random }: CallDeps,
  serviceCode: string,
  data: Readonly<Record<string, unknown>>,
  options: { readonly refusalOf: RefusalOf; readonly changes: boolean; readonly token?: string },
): Promise<Result<JsonValue>> {
  const mode = settings.digest_mode ?? 'standard_md5'
  const url = settings.api_url ?? ''
  if (!isDigestMode(mode)) return refuse('sf.settings', `the digest mode ${mode} is not known`)
  if (!URL.canParse(url)) return refuse('sf.settings', 'the API address is not a URL')
  const msgData = JSON.stringify(data)
  const timestamp = String(clock.now().epochMilliseconds)
  // The two are mutually exclusive: with both SF answers A1001.
  const proof =
    options.token === undefined
      ? { msgDigest: msgDigest(mode, { msgData, timestamp, checkWord: settings.check_word ?? '' }) }
      : { accessToken: options.token }
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: writeForm({
      partnerID: settings.partner_id ?? '',
      requestID: newUuid(clock, random),
      serviceCode,
      timestamp,
      ...proof,
      msgData,
    }),
  })
  const envelope = translate(answer, options)
  return envelope.ok ? innerData(envelope.value, options.changes) : envelope
}

/** The one place where SF's gateway codes become ours: busy and broken are outages, the rest is the table's. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  { refusalOf, changes }: { readonly refusalOf: RefusalOf; readonly changes: boolean },
): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('sf.rate_limited', 'SF asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('sf.unavailable', `SF answered HTTP ${answer.status}`, { unknown: changes })
  const envelope = readJson(answer.body)
  if (!envelope.ok)
    return unexpected(
      `HTTP ${answer.status} without JSON; is the address right?`,
      changes && answer.status < 300,
    )
  const code = filledAt(envelope.value, 'apiResultCode')
  const words = textAt(envelope.value, 'apiErrorMsg') ?? ''
  switch (code) {
    case 'A1000':
      return envelope
    case 'A1005':
      throw new Outage('sf.rate_limited', `A1005 ${words}`, { retryAfterMs: LIMITED_MS })
    case 'A1009':
    case 'A1010':
    case 'A1099':
      throw new Outage('sf.unavailable', `${code} ${words}`, { unknown: changes })
    case null:
      return unexpected('the answer has no apiResultCode; is the address right?', changes)
    default:
      return refusalOf(code, words)
  }
}

/** `apiResultData` is JSON inside a text; some services write the object itself. */
function innerData(envelope: JsonValue, changes: boolean): Result<JsonValue> {
  const inner = valueAt(envelope, 'apiResultData') ?? null
  if (typeof inner !== 'string') return ok(inner)
  const parsed = readJson(inner)
  return parsed.ok ? parsed : unexpected('apiResultData is not JSON', changes)
}

function unexpected(words: string, mayHaveActed: boolean): Refused {
  if (mayHaveActed) throw new Outage('sf.unexpected_answer', words, { unknown: true })
  return refuse('sf.unexpected_answer', words)
}
