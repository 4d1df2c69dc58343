import { phrasesOf, troubleInWords } from '#connectors/carriers/trouble.ts'
import { filledAt, flagAt, type JsonValue, readJson, textAt } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { dataDigest, isDigestMode } from './sign.ts'
import { ZTO_TROUBLES } from './troubles.ts'

/** How long the hub leaves the gateway alone after S206 or S221, which name no time. */
const LIMITED_MS = 60_000

/** What ZTO's accounts are told in words alone when the branch's stock is used up; the setting `empty_words` replaces it. */
export const EMPTY_WORDS = '余额不足,单号不足,号段已用完,无可用单号'

/**
 * One signed call; the value is the whole answer. Refused with `carrier.<trouble>`, `zto.settings`, `zto.unexpected_answer`; thrown:
 * `zto.rate_limited`, `zto.unavailable` (S200 and S202 leave open whether it was done).
 */
export async function callZto(
  settings: Settings,
  { http }: CallDeps,
  method: string,
  data: Readonly<Record<string, unknown>>,
): Promise<Result<JsonValue>> {
  const origin = (settings.api_url ?? '').replace(/\/+$/, '')
  const mode = settings.digest_mode ?? 'md5_base64'
  if (!URL.canParse(origin)) return refuse('zto.settings', 'the API address is not a URL')
  if (!isDigestMode(mode)) return refuse('zto.settings', `the digest mode ${mode} is not known`)
  const body = JSON.stringify(data)
  const answer = await http({
    method: 'POST',
    url: `${origin}/${method}`,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-appKey': settings.app_key ?? '',
      'x-dataDigest': dataDigest(mode, body, settings.app_secret ?? ''),
    },
    body,
  })
  return translate(answer, settings)
}

/** The one place where ZTO's error codes become ours. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  settings: Settings,
): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('zto.rate_limited', 'ZTO asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('zto.unavailable', `ZTO answered HTTP ${answer.status}`, { unknown: true })
  const json = readJson(answer.body)
  if (!json.ok)
    return refuse('zto.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const code = filledAt(json.value, 'statusCode') ?? filledAt(json.value, 'code')
  const words = textAt(json.value, 'message') ?? textAt(json.value, 'msg') ?? ''
  const status = flagAt(json.value, 'status')
  if (status === null && code === null)
    return refuse('zto.unexpected_answer', 'the answer has neither status nor statusCode')
  // An empty code is what some interfaces answer beside `status: true`.
  if (status === true || (status === null && (code === '0000' || code === 'SYS000'))) return ok(json.value)
  switch (code) {
    case 'S200':
    case 'S202':
      throw new Outage('zto.unavailable', `${code} ${words}`, { unknown: true })
    case 'S203':
      throw new Outage('zto.unavailable', `${code} ${words}`)
    case 'S206':
    case 'S221':
      throw new Outage('zto.rate_limited', `${code} ${words}`, { retryAfterMs: LIMITED_MS })
    default:
      return troubleInWords(ZTO_TROUBLES, code, words, phrasesOf(settings.empty_words ?? EMPTY_WORDS))
  }
}
