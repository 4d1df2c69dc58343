import { writeForm } from '#connectors/carriers/form.ts'
import { filledAt, flagAt, readJson } from '#connectors/json.ts'
import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { dataSign } from './sign.ts'

/** 即时查询 of a number that belongs to no parcel. */
const PROBE = JSON.stringify({ OrderCode: '', ShipperCode: 'YTO', LogisticCode: 'YT0000000000000' })

export function kdniaoCalls(settings: Settings, { http }: CallDeps): Calls {
  return {
    test: async () => {
      const url = settings.query_url ?? ''
      if (!URL.canParse(url)) return refuse('kdniao.settings', 'the query address is not a URL')
      const answer = await http({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
        // The form's own encoding is the url-encoding that the document asks of both fields.
        body: writeForm({
          RequestData: PROBE,
          EBusinessID: settings.ebusiness_id ?? '',
          RequestType: '1002',
          DataSign: dataSign(PROBE, settings.app_key ?? ''),
          DataType: '2',
        }),
      })
      return translate(answer)
    },
  }
}

/** The one place where 快递鸟's answers become ours. */
function translate(answer: {
  readonly status: number
  readonly body: Uint8Array
}): Result<{ readonly words: string }> {
  if (answer.status === 429) throw new Outage('kdniao.rate_limited', '快递鸟 asks for fewer calls')
  if (answer.status >= 500) throw new Outage('kdniao.unavailable', `快递鸟 answered HTTP ${answer.status}`)
  const body = readJson(answer.body)
  if (!body.ok)
    return refuse('kdniao.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const success = flagAt(body.value, 'Success')
  const code = filledAt(body.value, 'ResultCode')
  const words = filledAt(body.value, 'Reason') ?? ''
  if (success === null && code === null)
    return refuse('kdniao.unexpected_answer', 'the answer has no Success; is the address right?')
  if (code === '102') return refuse('kdniao.signature_refused', `102 ${words}`)
  if (code === '104') return refuse('kdniao.account_refused', `104 ${words}`)
  // Without a trace the answer is a polite no, and that proves the credentials as well.
  if (success === true || /轨迹/.test(words))
    return ok({ words: `快递鸟已应答即时查询（${words || '成功'}）` })
  return refuse('kdniao.refused', `${code ?? ''} ${words}`.trim())
}
