import { filledAt } from '#connectors/json.ts'
import {
  cutBytes,
  listOf,
  shortId,
  testNotice,
  withKeyword,
  withoutMentions,
} from '#connectors/notifiers/notice-text.ts'
import { answerBody, hideSecrets, postJson, rateLimited, tokenOf } from '#connectors/notifiers/robot-call.ts'
import type { CallDeps, Calls, ReportAnswer, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { ok, refuse } from '#kernel/result.ts'
import { feishuSign } from './sign.ts'

/** The whole body may have 20 KB; in JSON a character may take more than its own bytes. */
const TEXT_BYTES = 12_000
const TITLE_BYTES = 600
const MENTIONS_AT_MOST = 20

export function feishuCalls(settings: Settings, deps: CallDeps): Calls {
  const notify = async (notice: Notice): Promise<ReportAnswer> => {
    const token = tokenOf(settings, 'token', null)
    const base = settings.api_url ?? ''
    if (!URL.canParse(base) || !/^[\w-]+$/.test(token))
      return {
        outcome: 'refused',
        refusal: refuse('feishu.settings', 'the token or the API address cannot be used').refusal,
      }
    const timestamp = String(Math.floor(deps.clock.now().epochMilliseconds / 1_000))
    const { secret } = settings
    const signed =
      secret === undefined || secret === '' ? {} : { timestamp, sign: feishuSign(timestamp, secret) }
    const body = JSON.stringify({ ...signed, ...messageOf(notice, settings) })
    const secrets = [token, secret]
    const answer = await postJson(deps, { url: `${base.replace(/\/$/, '')}/${token}`, body, secrets })
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

/** A rich text: its `text` parts are never read as mentions or links. */
function messageOf(notice: Notice, settings: Settings) {
  const people =
    notice.severity === 'critical' && notice.kind !== 'resolved'
      ? listOf(settings.mention, MENTIONS_AT_MOST)
      : []
  const text = cutBytes(withoutMentions(notice.paragraphs.join('\n\n')), TEXT_BYTES)
  return {
    msg_type: 'post',
    content: {
      post: {
        zh_cn: {
          title: cutBytes(withKeyword(withoutMentions(notice.title), settings.keyword), TITLE_BYTES),
          content: [
            [{ tag: 'text', text }],
            ...(notice.url === null ? [] : [[{ tag: 'a', text: '打开控制台', href: notice.url }]]),
            [
              { tag: 'text', text: `#${shortId(notice)}` },
              ...people.map((id) => ({ tag: 'at', user_id: id })),
            ],
          ],
        },
      },
    },
  }
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  '19021': ['feishu.signature_refused', 'check the signing secret, and the clock of this machine'],
  '19024': ['feishu.keyword_refused', "set one of the robot's keywords in the connection"],
  '19022': ['feishu.ip_not_allowed', "add the hub's public address to the robot's whitelist"],
  '19001': ['feishu.token_refused', 'the robot was removed or its address changed'],
  '19007': ['feishu.token_refused', 'the robot is switched off'],
}

const CODES = {
  limited: 'feishu.rate_limited',
  down: 'feishu.unavailable',
  odd: 'feishu.unexpected_answer',
} as const

/** The one place where 飞书's answers become ours; errors come with HTTP 200, so `code` (or the older `StatusCode`) counts. */
function translate(
  answer: Parameters<typeof answerBody>[1],
  secrets: readonly (string | undefined)[],
): ReportAnswer {
  const body = answerBody(CODES, answer)
  if (!body.ok) return { outcome: 'refused', refusal: body.refusal }
  const code = filledAt(body.value, 'code') ?? filledAt(body.value, 'StatusCode')
  const words = hideSecrets(
    filledAt(body.value, 'msg') ?? filledAt(body.value, 'StatusMessage') ?? '',
    secrets,
  )
  if (code === '0') return { outcome: 'accepted', words: `code 0 ${words}`.trim() }
  if (code === '11232' || /frequency limited/i.test(words))
    throw rateLimited(CODES.limited, `${code ?? ''} ${words}`.trim(), 60_000)
  const said = `${code ?? 'no code'} ${words}`.trim()
  const [reason, hint] = REASONS[code ?? ''] ?? ['feishu.refused', '']
  return { outcome: 'refused', refusal: { code: reason, detail: hint === '' ? said : `${said}; ${hint}` } }
}
