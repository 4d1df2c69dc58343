import { ok, type Result, refuse } from '#kernel/result.ts'
import { CHECK_RULES } from './check-digit.ts'
import type { TypedSegment } from './segment.ts'
import { SEGMENTS_MOST } from './segment-list.ts'

/** What a branch's own address said to an application for numbers. */
export type RefillAnswer =
  | { readonly is: 'segments'; readonly segments: readonly TypedSegment[] }
  /** Yes; the numbers are put in later, by a person or by the API. */
  | { readonly is: 'later'; readonly words: string }
  | { readonly is: 'refused'; readonly words: string }
  /** To be asked again: it is busy, or its words make no sense. */
  | { readonly is: 'again'; readonly words: string }

/**
 * Reads the answer: 2xx with `{"segments":[{"prefix","from","to"|"count","suffix","check"}]}` brings numbers, 2xx without them means
 * later, 408, 425, 429 and 5xx are tried again, every other status is a no. Numbers in it must be text: a JSON number has lost its zeros.
 */
export function readRefill(status: number, body: string): RefillAnswer {
  const words = wordsOf(body)
  if (status >= 500 || status === 408 || status === 425 || status === 429)
    return { is: 'again', words: `${status} ${words}` }
  if (status < 200 || status >= 300) return { is: 'refused', words: `${status} ${words}`.trim() }
  const json = jsonOf(body)
  const list = json === null ? undefined : json.segments
  if (list === undefined || (Array.isArray(list) && list.length === 0)) return { is: 'later', words }
  if (!Array.isArray(list) || list.length > SEGMENTS_MOST)
    return { is: 'refused', words: '"segments" is no list of at most 1000' }
  const segments: TypedSegment[] = []
  for (const one of list) {
    const read = segmentOf(one)
    if (!read.ok) return { is: 'refused', words: read.refusal.detail }
    segments.push(read.value)
  }
  return { is: 'segments', segments }
}

function segmentOf(json: unknown): Result<TypedSegment> {
  if (typeof json !== 'object' || json === null) return refuse('pools.bad_segment', 'a segment is an object')
  const { prefix, from, to, count, suffix, check = 'none' } = json as Record<string, unknown>
  const rule = CHECK_RULES.find((one) => one === check)
  if (rule === undefined) return refuse('pools.bad_segment', '"check" is none of the rules')
  if (typeof from !== 'string') return refuse('pools.bad_segment', '"from" is a text of digits')
  const texts = { prefix, to, suffix }
  for (const [name, value] of Object.entries(texts))
    if (value !== undefined && typeof value !== 'string')
      return refuse('pools.bad_segment', `"${name}" is a text`)
  if (count !== undefined && typeof count !== 'number')
    return refuse('pools.bad_segment', '"count" is a number')
  return ok({
    from,
    check: rule,
    ...(typeof prefix === 'string' ? { prefix } : {}),
    ...(typeof to === 'string' ? { to } : {}),
    ...(typeof suffix === 'string' ? { suffix } : {}),
    ...(typeof count === 'number' ? { count } : {}),
  })
}

function jsonOf(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function wordsOf(body: string): string {
  const json = jsonOf(body)
  const message = json === null ? body : (json.message ?? json.detail ?? '')
  return typeof message === 'string' ? message.replace(/\s+/g, ' ').trim().slice(0, 300) : ''
}

/** What a pool that stands so wants: an application, the end of the one under way, or nothing. */
export type RefillStep = 'ask' | 'settle' | 'nothing'
export function decideRefill(
  { isLow, refill }: { readonly isLow: boolean; readonly refill: 'none' | 'notice' | 'post' },
  application: { readonly because: string } | null,
): RefillStep {
  if (application === null) return isLow && refill !== 'none' ? 'ask' : 'nothing'
  // What a person asked for by hand is closed by a person: the pool was not low when they did.
  return !isLow && application.because !== 'by_hand' ? 'settle' : 'nothing'
}
