import { phrasesOf, type TroubleTable, troubleInWords, withOwnCodes } from '#connectors/carriers/trouble.ts'
import { asObject, filledAt, flagAt, type JsonValue, readJson } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { openSign } from './sign.ts'

/** How long the hub leaves the gateway alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

/** 圆通 and its accounts' branches also say in words that the numbers are used up; the setting `empty_words` replaces it. */
export const EMPTY_WORDS = '余额不足,单号不足,号段已使用完,号段已用完'

/** Codes of 圆通's gateways. S06, S07 and S112 are no refusals: `translate`. */
export const YTO_TROUBLES: TroubleTable = {
  S01: 'bad_request',
  S02: 'signature_refused',
  S03: 'bad_request',
  S04: 'bad_request',
  S05: 'bad_request',
  S08: 'bad_request',
  S09: 'unknown_reference',
  S10: 'reference_taken',
  S11: 'reference_taken',
  S12: 'too_late', // picked up, no cancelling
  S13: 'credential_refused',
  S14: 'pool_empty',
  S200: 'ip_refused',
}

/** 圆通 issues its credentials per interface: code, secret and the part of the path that belongs to the application. */
export type Credentials = { readonly code: string; readonly secret: string; readonly urlKey: string }

/** Those of an interface (`query_…`, `subscribe_…`), each part falling back to the connection's own. */
export function credentialsFor(settings: Settings, prefix: 'query' | 'subscribe' | null): Credentials {
  const part = (name: string): string =>
    (prefix === null ? '' : (settings[`${prefix}_${name}`]?.trim() ?? '')) || (settings[name]?.trim() ?? '')
  return { code: part('customer_code'), secret: part('secret'), urlKey: part('url_key') }
}

/** Those of a waybill account (its own K code), each part falling back to the connection's. */
export function credentialsOfAccount(settings: Settings, account: Settings): Credentials {
  return credentialsFor({ ...settings, ...filledOnly(account) }, null)
}

function filledOnly(account: Settings): Settings {
  return Object.fromEntries(Object.entries(account).filter(([, value]) => value.trim() !== ''))
}

/**
 * One signed call of the open platform. Refused with `carrier.<trouble>`, `yto.settings`, `yto.unexpected_answer`; thrown:
 * `yto.rate_limited` (S112), `yto.unavailable` (S06 and S07 leave open whether it was done).
 */
export async function callYto(
  settings: Settings,
  { http, clock }: CallDeps,
  credentials: Credentials,
  method: string,
  data: Readonly<Record<string, unknown>>,
): Promise<Result<JsonValue>> {
  const origin = (settings.api_url ?? '').replace(/\/+$/, '')
  if (!URL.canParse(origin)) return refuse('yto.settings', 'the API address is not a URL')
  const { code, secret, urlKey } = credentials
  if (urlKey === '') return refuse('yto.settings', 'the path key of the interface is not set')
  const param = JSON.stringify(data)
  const answer = await http({
    method: 'POST',
    url: `${origin}/open/${method}/v1/${encodeURIComponent(urlKey)}/${encodeURIComponent(code)}`,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({
      timestamp: String(clock.now().epochMilliseconds),
      param,
      format: 'JSON',
      sign: openSign({ param, method, version: 'v1', secret }),
    }),
  })
  return translate(answer, settings)
}

/** The one place where 圆通's answers become ours. A success has no form of its own, so a no is told by its marks. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  settings: Settings,
): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('yto.rate_limited', '圆通 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('yto.unavailable', `圆通 answered HTTP ${answer.status}`, { unknown: true })
  const json = readJson(answer.body)
  if (!json.ok)
    return refuse('yto.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const no = refusalIn(json.value, answer.status)
  if (no === null) return ok(json.value)
  switch (no.code) {
    case 'S06':
    case 'S07':
      throw new Outage('yto.unavailable', `${no.code} ${no.words}`, { unknown: true })
    case 'S112':
      throw new Outage('yto.rate_limited', `${no.code} ${no.words}`, { retryAfterMs: LIMITED_MS })
    default: {
      const table = withOwnCodes(YTO_TROUBLES, settings.own_codes)
      return troubleInWords(table, no.code, no.words, phrasesOf(settings.empty_words ?? EMPTY_WORDS))
    }
  }
}

const CODE_FIELDS = ['code', 'statusCode', 'errorCode', 'reason'] as const
const WORD_FIELDS = ['message', 'statusMessage', 'errorMsg', 'msg', 'reason'] as const
/** What interfaces of 圆通 write beside a yes. */
const YES = new Set(['0', '200', '1000', 'success'])

function refusalIn(
  answer: JsonValue,
  status: number,
): { readonly code: string | null; readonly words: string } | null {
  const object = asObject(answer)
  if (object === null) return null
  const codes = CODE_FIELDS.map((field) => filledAt(object, field)).filter((code) => code !== null)
  const known = codes.find((code) => /^S\d{2,3}$/.test(code))
  const success = flagAt(object, 'success')
  const isNo =
    known !== undefined ||
    success === false ||
    status >= 400 ||
    (success === null && codes[0] !== undefined && !YES.has(codes[0].toLowerCase()))
  if (!isNo) return null
  const code = known ?? codes[0] ?? null
  const words = WORD_FIELDS.map((field) => filledAt(object, field)).filter(
    (word) => word !== null && word !== code,
  )
  return { code, words: words[0] ?? '' }
}
