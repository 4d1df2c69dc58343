import type { Instant } from '#kernel/clock.ts'
import { readDay, readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export const VERDICTS = ['accepted', 'duplicate', 'challenge', 'rejected'] as const
export const STATES = ['pending', 'parked', 'interpreted'] as const

/** The inbound log's question as it came over the wire. */
export type MessageFilterInput = {
  readonly connection?: string | undefined
  readonly topic?: string | undefined
  readonly verdict?: string | undefined
  readonly state?: string | undefined
  readonly orderNo?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly parkCode?: string | undefined
}
export type MessageFilter = {
  readonly connection: string | null
  /** Only messages of these connections; null: of all. */
  readonly within: readonly string[] | null
  readonly topic: string | null
  readonly verdict: (typeof VERDICTS)[number] | null
  readonly state: (typeof STATES)[number] | null
  readonly orderNo: string | null
  readonly from: Instant | null
  readonly to: Instant | null
  readonly parkCode: string | null
}

/**
 * Reads the question; `from` and `to` are instants with offset or days of the hub zone, `to` including its day. Refuses with
 * `messages.bad_filter`.
 */
export function parseMessageFilter(input: MessageFilterInput, zone: string): Result<MessageFilter> {
  const verdict = oneOf(VERDICTS, input.verdict)
  const state = oneOf(STATES, input.state)
  const from = parseBound(input.from, zone, 0)
  const to = parseBound(input.to, zone, 1)
  if (verdict === undefined) return refuse('messages.bad_filter', `verdict is one of ${VERDICTS.join(', ')}`)
  if (state === undefined) return refuse('messages.bad_filter', `state is one of ${STATES.join(', ')}`)
  if (from === undefined || to === undefined)
    return refuse('messages.bad_filter', 'from and to are days (2026-01-25) or instants with offset')
  const parkCode = textOrNull(input.parkCode)
  return ok({
    connection: textOrNull(input.connection),
    within: null,
    topic: textOrNull(input.topic),
    verdict,
    // Only parked messages have a reason for being parked.
    state: parkCode === null ? state : 'parked',
    orderNo: textOrNull(input.orderNo?.trim()),
    from,
    to,
    parkCode,
  })
}

/** Null where nothing was asked, undefined where it cannot be understood. */
function oneOf<T extends string>(allowed: readonly T[], text: string | undefined): T | null | undefined {
  return textOrNull(text) === null ? null : allowed.find((one) => one === text)
}

function parseBound(text: string | undefined, zone: string, addDays: number): Instant | null | undefined {
  if (text === undefined || text === '') return null
  return readDay(text, zone, addDays) ?? readInstant(text) ?? undefined
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text
}
