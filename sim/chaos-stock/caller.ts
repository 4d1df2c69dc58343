import type { Said } from './book.ts'

/** What came of a call: answers for each item, an answer as a whole, or nothing that one could rely on. */
export type Heard =
  | { readonly kind: 'results'; readonly results: readonly Said[]; readonly status: number }
  | { readonly kind: 'body'; readonly body: unknown; readonly status: number }
  | { readonly kind: 'doubt'; readonly why: string }

export type Caller = {
  readonly hub: string
  readonly call: (method: string, path: string, body: unknown, withinMs: number) => Promise<Heard>
}

/** Codes that say: not now, and nothing was decided. */
const ASK_AGAIN = new Set(['stock.answer_late', 'stock.throttled'])

export function openCaller(hub: string, url: string, key: string): Caller {
  return {
    hub,
    call: async (method, path, body, withinMs) => {
      try {
        const answer = await fetch(`${url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${key}`,
            ...(body === null ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === null ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(withinMs),
        })
        const text = await answer.text()
        return heardOf(answer.status, text === '' ? null : JSON.parse(text))
      } catch (error) {
        return { kind: 'doubt', why: wordsOf(error) }
      }
    },
  }
}

export function heardOf(status: number, body: unknown): Heard {
  const results = resultsOf(body) ?? resultsOf((body as { data?: unknown } | null)?.data)
  if (results !== null) return { kind: 'results', results, status }
  if (status >= 500 || status === 429 || status === 408) {
    const { code = '', detail = '' } = (body ?? {}) as { code?: string; detail?: string }
    return { kind: 'doubt', why: `${status} ${code} ${detail}` }
  }
  return { kind: 'body', body, status }
}

function resultsOf(body: unknown): readonly Said[] | null {
  const results = (body as { results?: unknown } | null | undefined)?.results
  return Array.isArray(results) ? (results as readonly Said[]) : null
}

/** Whether a refusal is none: the same may be asked again. */
export const isAskAgain = (said: Said): boolean => said.code !== null && ASK_AGAIN.has(said.code)

function wordsOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined
  return cause?.code ?? (error instanceof Error ? error.name : String(error))
}
