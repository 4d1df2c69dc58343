import { testNotice } from '#connectors/notifiers/notice-text.ts'
import { type Answer, postJson, rateLimited, retryAfterMs } from '#connectors/notifiers/robot-call.ts'
import type { CallDeps, Calls, ReportAnswer, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'
import { keyOf, webhookSignature } from '#platform/webhook-sign.ts'

export function webhookCalls(settings: Settings, deps: CallDeps): Calls {
  const notify = async (notice: Notice): Promise<ReportAnswer> => {
    const secrets = [settings.secret, settings.previous_secret].filter(
      (one) => one !== undefined && one !== '',
    )
    const keys = secrets.map((secret) => keyOf(secret ?? ''))
    const url = settings.url ?? ''
    if (keys.length === 0 || !keys.every((key) => key !== null) || !URL.canParse(url)) {
      const words =
        'the address is none, or a secret is neither whsec_ with Base64 nor a text of 16 characters or more'
      return { outcome: 'refused', refusal: refuse('webhook.settings', words).refusal }
    }
    const body = bodyOf(notice)
    const timestamp = String(Math.floor(deps.clock.now().epochMilliseconds / 1_000))
    const headers = {
      'webhook-id': notice.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': webhookSignature(keys, { id: notice.id, timestamp, body }),
    }
    return translate(await postJson(deps, { url, body, headers, secrets }))
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

/** `type`, `timestamp`, `data`, as the specification has it; the same bytes at every attempt. */
function bodyOf(notice: Notice): string {
  return JSON.stringify({
    type: `alarm.${notice.kind}`,
    timestamp: notice.at.toString(),
    data: {
      id: notice.id,
      rule: notice.rule,
      severity: notice.severity,
      title: notice.title,
      paragraphs: notice.paragraphs,
      url: notice.url,
      details: notice.data ?? null,
    },
  })
}

/** 2xx is taken; 410 wants no more; everything else, redirects included, is tried again by the outbox's list. */
function translate(answer: Answer): ReportAnswer {
  const { status } = answer
  if (status >= 200 && status < 300) return { outcome: 'accepted', words: `HTTP ${status}` }
  if (status === 410)
    return {
      outcome: 'refused',
      refusal: { code: 'webhook.gone', detail: 'HTTP 410: the receiver wants no more' },
    }
  const wait = retryAfterMs(answer)
  if (status === 429) throw rateLimited('webhook.rate_limited', 'HTTP 429', wait ?? 60_000)
  if (status >= 300 && status < 400)
    throw new Outage(
      'webhook.redirected',
      `HTTP ${status}: redirects are not followed; enter the final address`,
    )
  throw new Outage('webhook.not_accepted', `HTTP ${status}`, wait === null ? {} : { retryAfterMs: wait })
}
