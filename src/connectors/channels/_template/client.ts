import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { filledAt, type JsonValue, readJson } from '../../json.ts'
import { knownRead } from '../../source.ts'
import { shipmentBody } from './write.ts'

type Effect = 'read' | 'write'

export function templateCalls(settings: Settings, deps: CallDeps): Calls {
  const ask = (path: string, body: unknown, effect: Effect) => askApi(settings, deps, path, body, effect)
  return {
    test: async () => {
      const answer = await ask('/shop', {}, 'read')
      return answer.ok ? ok({ words: filledAt(answer.value, 'name') ?? '' }) : answer
    },
    reportShipment: async (report) => {
      const answer = await ask('/ship', shipmentBody(report), 'write')
      return answer.ok
        ? { outcome: 'accepted', words: 'shipped' }
        : { outcome: 'refused', refusal: answer.refusal }
    },
  }
}

async function askApi(
  settings: Settings,
  { http }: CallDeps,
  path: string,
  body: unknown,
  effect: Effect,
): Promise<Result<JsonValue>> {
  const answer = await knownRead(
    effect,
    http,
  )({
    method: 'POST',
    url: `${(settings.apiBase ?? '').replace(/\/+$/, '')}${path}`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${settings.secret ?? ''}` },
    body: JSON.stringify(body),
  })
  return translate(answer, effect)
}

/** The one place that reads the platform's answers: refusals are returned, outages thrown, a broken write is unknown. */
function translate(answer: { status: number; body: Uint8Array }, effect: Effect): Result<JsonValue> {
  if (answer.status === 401) return refuse('template.unauthorized', 'the secret is not accepted')
  if (answer.status === 429)
    throw new Outage('template.throttled', 'the platform asks to slow down', { retryAfterMs: 1_000 })
  if (answer.status >= 500)
    throw new Outage('template.server_error', `the platform answered ${answer.status}`, {
      unknown: effect === 'write',
    })
  const json = readJson(answer.body)
  if (!json.ok)
    throw new Outage('template.bad_answer', 'the answer is not JSON', { unknown: effect === 'write' })
  const code = filledAt(json.value, 'code')
  return code === '0'
    ? ok(json.value)
    : refuse('template.refused', `the platform refused with ${code ?? 'no code'}`)
}
