import { stringify } from 'yaml'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readHeaders } from '#platform/inbox/headers.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { DRILL_CARRIERS, DRILL_SHOPS } from '../drill-scenario.ts'
import type { Mask } from './mask.ts'
import { readAccepted } from './store.ts'

/** One message of a recording, a line of its file. */
export type RecordedMessage = {
  /** Milliseconds after the beginning of the recording. */
  readonly afterMs: number
  readonly kind: string
  readonly topic: string
  readonly dedupKey: string
  readonly orderNo: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export type Recording = {
  /** The scenario, YAML. */
  readonly scenario: string
  /** The messages, one JSON a line; lies beside the scenario under the name that it gives. */
  readonly messages: string
  readonly kept: number
  /** Messages that are not in it, by why. */
  readonly leftOut: Readonly<Record<string, number>>
}

const MESSAGES_MOST = 20_000
const HOURS_MOST = 24
const BATCH = 500
const BODY_MOST = 262_144
/** Connections of these kinds exist in a sandbox. */
const KINDS: ReadonlySet<string> = new Set([...DRILL_SHOPS, ...DRILL_CARRIERS, 'print-station'])

/**
 * The messages that the hub accepted in a span, masked, as a scenario of its own. Refuses `drills.recording_span` (ends before it begins,
 * or more than a day) and `drills.recording_empty`.
 */
export async function recordTraffic(
  deps: { readonly sql: Sql; readonly mask: Mask },
  ask: { readonly from: Instant; readonly to: Instant; readonly id: string; readonly file: string },
): Promise<Result<Recording>> {
  const hours = ask.to.since(ask.from).total('hours')
  if (hours <= 0 || hours > HOURS_MOST)
    return refuse(
      'drills.recording_span',
      `a recording spans more than nothing and at most ${HOURS_MOST} hours`,
    )
  const lines: string[] = []
  const kinds = new Set<string>()
  const leftOut: Record<string, number> = {}
  const leave = (why: string): void => {
    leftOut[why] = (leftOut[why] ?? 0) + 1
  }
  let after = 0n
  for (;;) {
    const rows = await readAccepted(deps.sql, { from: ask.from, to: ask.to, after, limit: BATCH })
    for (const row of rows) {
      after = row.id
      if (!KINDS.has(row.kind)) leave(`no ${row.kind} in a sandbox`)
      else if (row.body.length > BODY_MOST) leave('too large')
      else if (lines.length >= MESSAGES_MOST) leave(`more than ${MESSAGES_MOST} messages`)
      else {
        const body = deps.mask.body(row.body.toString('utf8'))
        if (body === null) {
          leave('a form that cannot be masked')
          continue
        }
        kinds.add(row.kind)
        const message: RecordedMessage = {
          afterMs: Math.round(row.received_at.since(ask.from).total('milliseconds')),
          kind: row.kind,
          topic: row.topic,
          dedupKey: row.dedup_key,
          orderNo: row.order_no,
          headers: deps.mask.headers(readHeaders(row.headers)),
          body,
        }
        lines.push(JSON.stringify(message))
      }
    }
    if (rows.length < BATCH) break
  }
  if (lines.length === 0) return refuse('drills.recording_empty', 'no message of that span can be recorded')
  const scenario = stringify(scenarioOf(ask, kinds, Math.ceil(hours * 60)), { lineWidth: 110 })
  return ok({ scenario, messages: `${lines.join('\n')}\n`, kept: lines.length, leftOut })
}

/** Plain traffic; whoever trains with it adds faults, causes and goals of his own to the file. */
function scenarioOf(
  { id, file }: { readonly id: string; readonly file: string },
  kinds: ReadonlySet<string>,
  minutes: number,
) {
  const shops = DRILL_SHOPS.filter((kind) => kinds.has(kind))
  const both = (zh: string, en: string) => ({ zh, en })
  return {
    id,
    title: both('录制的流量', 'Recorded traffic'),
    story: both(
      '重放一段真实流量（已脱敏），练习看板与处置。',
      'A span of real traffic, masked, to practise with.',
    ),
    difficulty: 2,
    minutes: Math.min(1_440, Math.max(15, minutes + 15)),
    trains: [],
    world: {
      rate: 0,
      shops: shops.length === 0 ? ['youzan'] : shops,
      carriers: DRILL_CARRIERS.filter((kind) => kinds.has(kind)),
      printed_by: kinds.has('print-station') ? 'station' : 'nobody',
    },
    faults: [{ at: 1, do: 'recording.replay', file }],
    hints: [
      both('先看总量与节律是否正常。', 'See first whether volume and rhythm are as usual.'),
      both('再看搁置与差异。', 'Then what is parked and what differs.'),
      both('逐个连接比较。', 'Compare connection by connection.'),
    ],
    causes: [
      { id: 'as-recorded', zh: '流量与录制时一致', en: 'The traffic is as it was recorded', right: true },
      { id: 'lost', zh: '有消息丢失', en: 'Messages are missing' },
      { id: 'twice', zh: '有消息重复生效', en: 'Messages took effect twice' },
    ],
    actions: [],
    noticed: { alarms: [], pages: ['/api/messages', '/api/orders'] },
    hurt: { measure: 'in_review', minutes: 0 },
    goals: [{ id: 'drained', zh: '全部处理完', en: 'All is worked off', check: 'backlog_below', most: 0 }],
    goals_from: Math.min(1_400, minutes + 1),
    targets: { notice: 30, find: 60, fix: minutes + 30, hurt: 1_000 },
    remedy: [{ do: 'look', page: '/api/messages' }, { do: 'answer' }],
    debrief: both('这是一段录制的流量。', 'This was a span of recorded traffic.'),
  }
}
