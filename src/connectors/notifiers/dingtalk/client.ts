import { filledAt } from '#connectors/json.ts'
import { listOf, plainText, testNotice, withKeyword } from '#connectors/notifiers/notice-text.ts'
import { answerBody, hideSecrets, postJson, rateLimited, tokenOf } from '#connectors/notifiers/robot-call.ts'
import type { CallDeps, Calls, ReportAnswer, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'
import { dingtalkSign } from './sign.ts'

/** The robot refuses more than 20,000 bytes; the frame around the text needs some of them. */
const TEXT_BYTES = 16_000
const MENTIONS_AT_MOST = 20

export function dingtalkCalls(settings: Settings, deps: CallDeps): Calls {
  const notify = async (notice: Notice): Promise<ReportAnswer> => {
    const token = tokenOf(settings, 'access_token', 'access_token')
    const { secret } = settings
    const url = addressOf(settings, token, String(deps.clock.now().epochMilliseconds))
    if (url === null || token === '')
      return {
        outcome: 'refused',
        refusal: refuse('dingtalk.settings', 'the token or the API address cannot be used').refusal,
      }
    const secrets = [token, secret]
    const answer = await postJson(deps, { url, body: bodyOf(notice, settings), secrets })
    return translate(answer, secrets)
  }
  return {
    test: async () => {
      const answer = await notify(testNotice(deps.clock.now()))
      return answer.outcome === 'accepted'
        ? ok({ words: answer.words })
        : { ok: false, refusal: answer.refusal }
    },
    notify,
  }
}

function addressOf(settings: Settings, token: string, timestamp: string): string | null {
  const url = URL.parse(settings.api_url ?? '')
  if (url === null) return null
  url.searchParams.set('access_token', token)
  if (settings.secret !== undefined && settings.secret !== '') {
    url.searchParams.set('timestamp', timestamp)
    url.searchParams.set('sign', dingtalkSign(timestamp, settings.secret))
  }
  return url.href
}

/** Plain text: the robot's Markdown has no documented escape, and alarms quote words from outside. */
function bodyOf(notice: Notice, settings: Settings): string {
  const mobiles =
    notice.severity === 'critical' && notice.kind !== 'resolved'
      ? listOf(settings.mention, MENTIONS_AT_MOST)
      : []
  const text = withKeyword(plainText(notice, TEXT_BYTES), settings.keyword)
  // A number has to stand in the text as well, or nobody's name is shown.
  const mentions = mobiles.length === 0 ? '' : `\n${mobiles.map((mobile) => `@${mobile}`).join(' ')}`
  return JSON.stringify({
    msgtype: 'text',
    text: { content: text + mentions },
    at: { atMobiles: mobiles, isAtAll: false },
  })
}

const TOKEN_CODES = ['300001', '300005', '400101', '400106']
const STOPPED_CODES = ['400102', '400013']

const CODES = {
  limited: 'dingtalk.rate_limited',
  down: 'dingtalk.unavailable',
  odd: 'dingtalk.unexpected_answer',
} as const

/** The one place where 钉钉's answers become ours: errors come with HTTP 200, so only `errcode` counts. */
function translate(
  answer: Parameters<typeof answerBody>[1],
  secrets: readonly (string | undefined)[],
): ReportAnswer {
  const body = answerBody(CODES, answer)
  if (!body.ok) return { outcome: 'refused', refusal: body.refusal }
  const code = filledAt(body.value, 'errcode')
  const words = hideSecrets(filledAt(body.value, 'errmsg') ?? '', secrets)
  // The gateway's own page against floods has another shape.
  if (filledAt(body.value, 'status') === '1111')
    throw rateLimited(
      CODES.limited,
      'gateway 1111',
      Number(filledAt(body.value, 'wait') ?? '5') * 1_000 || 5_000,
    )
  if (code === '0') return { outcome: 'accepted', words: `errcode 0 ${words}`.trim() }
  // Whoever goes on within the minute is silenced for ten.
  if (code === '130101' || code === '410100') throw rateLimited(CODES.limited, `${code} ${words}`, 60_000)
  if (code === '-1') throw new Outage(CODES.down, `-1 ${words}`)
  const said = `${code ?? 'no errcode'} ${words}`.trim()
  const refused = (reason: string, hint: string): ReportAnswer => ({
    outcome: 'refused',
    refusal: { code: reason, detail: hint === '' ? said : `${said}; ${hint}` },
  })
  if (code === '310000')
    return refused('dingtalk.security_refused', 'check 加签 secret, keyword or IP range of the robot')
  if (TOKEN_CODES.includes(code ?? ''))
    return refused('dingtalk.token_refused', 'the robot was removed or its token changed')
  if (STOPPED_CODES.includes(code ?? ''))
    return refused('dingtalk.robot_stopped', 'the robot or its group is stopped')
  return refused('dingtalk.refused', '')
}
