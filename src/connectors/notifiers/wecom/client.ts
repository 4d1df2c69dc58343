import { filledAt } from '#connectors/json.ts'
import { listOf, plainText, testNotice } from '#connectors/notifiers/notice-text.ts'
import { answerBody, hideSecrets, postJson, rateLimited, tokenOf } from '#connectors/notifiers/robot-call.ts'
import type { CallDeps, Calls, ReportAnswer, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'

/** Bytes of UTF-8 that a text message may have. */
const TEXT_BYTES = 2_048
const MENTIONS_AT_MOST = 20

export function wecomCalls(settings: Settings, deps: CallDeps): Calls {
  const notify = async (notice: Notice): Promise<ReportAnswer> => {
    const key = tokenOf(settings, 'key', 'key')
    const url = URL.parse(settings.api_url ?? '')
    if (url === null || key === '')
      return {
        outcome: 'refused',
        refusal: refuse('wecom.settings', 'the key or the API address cannot be used').refusal,
      }
    url.searchParams.set('key', key)
    const answer = await postJson(deps, { url: url.href, body: bodyOf(notice, settings), secrets: [key] })
    return translate(answer, key)
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

function bodyOf(notice: Notice, settings: Settings): string {
  const people =
    notice.severity === 'critical' && notice.kind !== 'resolved'
      ? listOf(settings.mention, MENTIONS_AT_MOST)
      : []
  return JSON.stringify({
    msgtype: 'text',
    text: { content: plainText(notice, TEXT_BYTES), mentioned_list: people },
  })
}

const CODES = {
  limited: 'wecom.rate_limited',
  down: 'wecom.unavailable',
  odd: 'wecom.unexpected_answer',
} as const

/** The one place where 企业微信's answers become ours: errors come with HTTP 200, so only `errcode` counts. */
function translate(answer: Parameters<typeof answerBody>[1], key: string): ReportAnswer {
  const body = answerBody(CODES, answer)
  if (!body.ok) return { outcome: 'refused', refusal: body.refusal }
  const code = filledAt(body.value, 'errcode')
  const words = hideSecrets(filledAt(body.value, 'errmsg') ?? '', [key])
  if (code === '0') return { outcome: 'accepted', words: `errcode 0 ${words}`.trim() }
  if (code === '45009') throw rateLimited(CODES.limited, `${code} ${words}`, 60_000)
  if (code === '-1') throw new Outage(CODES.down, `-1 ${words}`)
  const said = `${code ?? 'no errcode'} ${words}`.trim()
  return code === '93000'
    ? {
        outcome: 'refused',
        refusal: { code: 'wecom.key_refused', detail: `${said}; the robot was removed or its key changed` },
      }
    : { outcome: 'refused', refusal: { code: 'wecom.refused', detail: said } }
}
