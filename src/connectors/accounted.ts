import type { CallDeps, CallName, Calls, Connector } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import type { Refusal } from '#kernel/result.ts'
import { retryAfterMs } from '#platform/http-client/retry-after.ts'

type AnyCall = (...given: never[]) => Promise<unknown>

/**
 * The connector with every call on its own account: the way out learns which call it is and what the connector made of the
 * platform's answer, since many platforms say "too many" or "come back later" in the body of a 200. A `Retry-After` header
 * reaches `Outage.retryAfterMs` here for all connectors at once, and a call held back before anything was sent is never doubtful.
 */
export function withAccount(connector: Connector): Connector {
  const { calls } = connector
  if (calls === undefined) return connector
  return {
    ...connector,
    calls: (settings, deps) => {
      const names = Object.keys(calls(settings, deps)) as CallName[]
      const accounted = names.map((name): [CallName, AnyCall] => [
        name,
        (...given) => onAccount(name, deps, (own) => (calls(settings, own)[name] as AnyCall)(...given)),
      ])
      return Object.fromEntries(accounted) as unknown as Calls
    },
  }
}

async function onAccount(
  name: CallName,
  deps: CallDeps,
  call: (own: CallDeps) => Promise<unknown>,
): Promise<unknown> {
  const account = deps.forCall?.(name) ?? { deps, ended: () => undefined }
  const line = listenIn(account.deps)
  let answer: unknown
  try {
    answer = await call(line.deps)
  } catch (error) {
    const fault = line.completed(error)
    account.ended({ error: fault })
    throw fault
  }
  const refusal = refusalOf(answer)
  account.ended(refusal === null ? {} : { refusal })
  return answer
}

/** Notes whether anything was answered, and how long the last refusing answer asked us to wait. */
function listenIn(deps: CallDeps): { deps: CallDeps; completed: (error: unknown) => unknown } {
  let answered = 0
  let askedMs: number | null = null
  return {
    deps: {
      ...deps,
      http: async (request) => {
        const answer = await deps.http(request)
        answered += 1
        askedMs =
          answer.status === 429 || answer.status >= 500
            ? retryAfterMs(answer.headers['retry-after'], deps.clock.now())
            : null
        return answer
      },
    },
    completed: (error) => {
      if (!(error instanceof Outage)) return error
      const held = error.code.startsWith('outward.') && answered === 0
      const waitMs = askedMs ?? error.retryAfterMs
      if (waitMs === error.retryAfterMs && !held) return error
      return new Outage(error.code, error.message, {
        retryable: error.retryable,
        unknown: held ? false : error.unknown,
        cause: error.cause,
        ...(waitMs === null ? {} : { retryAfterMs: waitMs }),
      })
    },
  }
}

/** Of a `Result` and of a `ReportAnswer`. */
function refusalOf(answer: unknown): Refusal | null {
  if (typeof answer !== 'object' || answer === null || !('refusal' in answer)) return null
  return answer.refusal as Refusal
}
