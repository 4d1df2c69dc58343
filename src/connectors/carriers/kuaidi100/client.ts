import { writeForm } from '#connectors/carriers/form.ts'
import { filledAt, readJson } from '#connectors/json.ts'
import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { isSignType, querySign } from './sign.ts'

/** A number that belongs to no parcel, so that the call neither costs a query's data nor locks a real number. */
const PROBE = JSON.stringify({ com: 'yuantong', num: 'YT0000000000000' })

export function kuaidi100Calls(settings: Settings, { http }: CallDeps): Calls {
  return {
    test: async () => {
      const signType = settings.sign_type ?? 'MD5'
      const url = settings.query_url ?? ''
      if (!isSignType(signType)) return refuse('kuaidi100.settings', `the sign type ${signType} is not known`)
      if (!URL.canParse(url)) return refuse('kuaidi100.settings', 'the query address is not a URL')
      const customer = settings.customer ?? ''
      const sign = querySign({ param: PROBE, key: settings.key ?? '', customer }, signType)
      const answer = await http({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
        body: writeForm({ customer, sign, param: PROBE, ...(signType === 'MD5' ? {} : { signType }) }),
      })
      return translate(answer)
    },
  }
}

/** The one place where 快递100's codes become ours. */
function translate(answer: {
  readonly status: number
  readonly body: Uint8Array
}): Result<{ readonly words: string }> {
  if (answer.status === 429) throw new Outage('kuaidi100.rate_limited', '快递100 asks for fewer calls')
  if (answer.status >= 500)
    throw new Outage('kuaidi100.unavailable', `快递100 answered HTTP ${answer.status}`)
  const body = readJson(answer.body)
  if (!body.ok)
    return refuse('kuaidi100.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const code = filledAt(body.value, 'returnCode') ?? filledAt(body.value, 'status')
  const words = filledAt(body.value, 'message') ?? ''
  if (code === '200' || words === 'ok' || /查询无结果/.test(words))
    return ok({ words: `快递100 已应答实时查询（${words}）` })
  switch (code) {
    case '600':
      return refuse('kuaidi100.no_permission', `600 ${words}`)
    case '601':
      return refuse('kuaidi100.key_expired', `601 ${words}`)
    case null:
      return refuse('kuaidi100.unexpected_answer', 'the answer has no returnCode; is the address right?')
    default:
      return /签名/.test(words)
        ? refuse('kuaidi100.signature_refused', `${code} ${words}`)
        : refuse('kuaidi100.refused', `${code} ${words}`)
  }
}
