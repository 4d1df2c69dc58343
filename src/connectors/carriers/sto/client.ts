import { writeForm } from '#connectors/carriers/form.ts'
import { phrasesOf, troubleInWords, withOwnCodes } from '#connectors/carriers/trouble.ts'
import { readXml } from '#connectors/carriers/xml.ts'
import { decodeText, filledAt, flagAt, type JsonValue, objectAt, readJson } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { dataDigest } from './sign.ts'

/** How long the hub leaves the gateway alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

/** What STO's accounts are told in words when the branch's stock is used up; the setting `empty_words` replaces it. */
export const EMPTY_WORDS = '余额不足,单号不足,号段已用完,无可用单号'

/** An interface of the LINK gateway: its name, and whom it is addressed to. */
export type StoApi = { readonly name: string; readonly to: string }

/**
 * One signed call. Refused with `carrier.<trouble>` (STO's codes are not public: `carrier.refused` unless the connection's own table
 * knows better), `sto.settings`, `sto.unexpected_answer`; thrown: `sto.rate_limited`, `sto.unavailable`.
 */
export async function callSto(
  settings: Settings,
  { http }: CallDeps,
  api: StoApi,
  data: Readonly<Record<string, unknown>>,
): Promise<Result<JsonValue>> {
  const url = settings.api_url ?? ''
  if (!URL.canParse(url)) return refuse('sto.settings', 'the API address is not a URL')
  const content = JSON.stringify(data)
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: writeForm({
      content,
      data_digest: dataDigest(content, settings.secret_key ?? ''),
      api_name: api.name,
      from_appkey: settings.from_appkey ?? '',
      from_code: settings.from_code ?? '',
      to_appkey: api.to,
      to_code: api.to,
    }),
  })
  return translate(answer, settings)
}

/** The one place where STO's answers become ours. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  settings: Settings,
): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('sto.rate_limited', 'STO asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('sto.unavailable', `STO answered HTTP ${answer.status}`, { unknown: true })
  const value = answerValue(answer.body)
  const success = value === null ? null : flagAt(value, 'success')
  if (value === null || success === null)
    return refuse('sto.unexpected_answer', `HTTP ${answer.status} without success; is the address right?`)
  if (success) return ok(value)
  const table = withOwnCodes({}, settings.own_codes)
  const words = filledAt(value, 'errorMsg') ?? ''
  return troubleInWords(
    table,
    filledAt(value, 'errorCode'),
    words,
    phrasesOf(settings.empty_words ?? EMPTY_WORDS),
  )
}

/** JSON, or the XML in which the gateway answers errors even to JSON. */
function answerValue(body: Uint8Array): JsonValue | null {
  const text = decodeText(body)?.trim() ?? ''
  const read = text.startsWith('<') ? readXml(text) : readJson(text)
  return read.ok ? (objectAt(read.value, 'response') ?? read.value) : null
}
