import { writeForm } from '#connectors/carriers/form.ts'
import { filledAt, wholeAt } from '#connectors/json.ts'
import type { CallDeps, SettingField, Settings } from '#domain/connector.ts'
import type { CarrierTrouble, CredentialTerm, RefreshedCredentials } from '#domain/waybill.ts'
import type { Instant } from '#kernel/clock.ts'
import { readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { askRest } from './rest.ts'
import { troubleFrom } from './trouble.ts'

/** How a carrier's client-credentials grant is asked for (RFC 6749, 4.4). */
export type Grant = {
  readonly url: string | null
  readonly clientId: string
  readonly clientSecret: string
  /** Where the client proves itself: in the Authorization header, or in the form. */
  readonly proof: 'basic' | 'form'
  readonly errors: Readonly<Record<string, CarrierTrouble>>
  /** The carrier's own code and words in an error's body. */
  readonly errorOf: (json: Parameters<typeof filledAt>[0]) => {
    readonly code: string | null
    readonly words: string
  }
}
export type Bearer = { readonly token: string; readonly expiresAt: Instant }

/** A token is not used in its last minute: the call would arrive too late. */
const LAST_MINUTE_MS = 60_000
/** RFC 6749 lets `expires_in` away; both carriers document an hour or more. */
const UNTOLD_SECONDS = 3_600

/** Where the token stands between two calls; filled by the hub itself (`refreshCredentials`). */
export const TOKEN_FIELDS: readonly SettingField[] = [
  {
    name: 'access_token',
    zh: '访问令牌',
    en: 'Access token',
    secret: true,
    required: false,
    hint: { zh: '由系统自动换取，不必填写', en: 'Fetched by the hub itself; leave it empty' },
  },
  {
    name: 'access_token_expires_at',
    zh: '令牌到期时间',
    en: 'Token expires at',
    secret: false,
    required: false,
  },
]

/** The stored token while it is good, else a new one for this call alone. Refused as `fetchBearer`. */
export async function bearerOf(settings: Settings, deps: CallDeps, grant: Grant): Promise<Result<string>> {
  const until = readInstant(settings.access_token_expires_at ?? '')
  const token = settings.access_token ?? ''
  const left = until === null ? 0 : until.epochMilliseconds - deps.clock.now().epochMilliseconds
  if (token !== '' && left > LAST_MINUTE_MS) return ok(token)
  const fetched = await fetchBearer(deps, grant)
  return fetched.ok ? ok(fetched.value.token) : fetched
}

/** A new token. Refused: `carrier.credential_refused` (401 or 403), and what the carrier's own table says. */
export async function fetchBearer(deps: CallDeps, grant: Grant): Promise<Result<Bearer>> {
  if (grant.url === null) return refuse('carrier.bad_request', 'the API address is not a URL')
  const { clientId, clientSecret, proof } = grant
  const basic = Buffer.from(`${clientId}:${clientSecret}`, 'utf8').toString('base64')
  const form = { grant_type: 'client_credentials' }
  const asked = deps.clock.now()
  const { status, json } = await askRest(deps.http, {
    method: 'POST',
    url: grant.url,
    effect: 'read',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(proof === 'basic' ? { authorization: `Basic ${basic}` } : {}),
    },
    body: writeForm(proof === 'basic' ? form : { ...form, client_id: clientId, client_secret: clientSecret }),
  })
  const token = filledAt(json ?? undefined, 'access_token')
  if (status === 200 && token !== null) {
    const seconds = wholeAt(json ?? undefined, 'expires_in') ?? UNTOLD_SECONDS
    return ok({ token, expiresAt: asked.add({ seconds: Math.max(0, Math.min(seconds, 31_536_000)) }) })
  }
  const { code, words } = grant.errorOf(json ?? undefined)
  if (code !== null && Object.hasOwn(grant.errors, code)) return troubleFrom(grant.errors, code, words)
  const said = `HTTP ${status} ${code ?? ''} ${words}`.trim().slice(0, 300)
  return status === 401 || status === 403
    ? refuse('carrier.credential_refused', said)
    : refuse('carrier.refused', said)
}

/** The settings of a new token, as `Calls.refreshCredentials` answers them. */
export async function refreshBearer(deps: CallDeps, grant: Grant): Promise<Result<RefreshedCredentials>> {
  const fetched = await fetchBearer(deps, grant)
  if (!fetched.ok) return fetched
  const { token, expiresAt } = fetched.value
  const settings = { access_token: token, access_token_expires_at: expiresAt.toString() }
  return ok({ settings, expiresAt })
}

/** When the stored token ends; none while nothing was fetched. */
export function bearerTerms(settings: Settings): readonly CredentialTerm[] {
  const expiresAt = readInstant(settings.access_token_expires_at ?? '')
  if (expiresAt === null || (settings.access_token ?? '') === '') return []
  const what = { zh: '访问令牌', en: 'access token' }
  return [{ field: 'access_token', what, expiresAt, renewable: true }]
}
