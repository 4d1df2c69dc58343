import type { Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Askers } from '../askers.ts'
import { waitSeconds } from '../core/next-ask.ts'
import { readSettings } from '../settings/read-settings.ts'
import { type AskRow, readAsks } from '../store.ts'
import { type AskFilter, type AskLine, readFigures, readLines, readPushes, readWaiting } from './store.ts'
import { byAsked } from './watch-polls.ts'

type Plan = { readonly everySeconds: number; readonly overlapSeconds: number; readonly lagSeconds: number }
/** The increment poll of one connection, as the feature that runs it tells. */
export type IncrementState = {
  readonly connection: string
  readonly plan: Plan
  readonly standard: Plan
  readonly isChanged: boolean
  readonly run: {
    readonly polled_to: Temporal.Instant | null
    readonly ran_at: Temporal.Instant | null
    readonly messages: number
    readonly fresh: number
    readonly trouble: string | null
    readonly trouble_since: Temporal.Instant | null
    readonly wanted_at: Temporal.Instant | null
  } | null
}

export type ReadPollsDeps = {
  readonly db: Sql
  readonly clock: Clock
  readonly zone: () => string
  readonly askers: Askers
  readonly connections: () => readonly Connected[]
  readonly readIncrements: () => Promise<readonly IncrementState[]>
}

/** Per connection: its increment poll, and what is asked of it; connections that can do neither are left out. */
export async function readPolls({ db, clock, zone, askers, connections, readIncrements }: ReadPollsDeps) {
  const now = clock.now()
  const since = now.subtract({ hours: 1 })
  const settings = await readSettings(db)
  const [figures, waiting, increments] = await Promise.all([
    readFigures(db, since),
    readWaiting(db, now),
    readIncrements(),
  ])
  const pushes = await readPushes(
    db,
    connections().map((one) => one.id),
    since,
  )
  const groups = new Map(byAsked(waiting, askers).map((group) => [group.connection, group]))
  const time = (at: Temporal.Instant | null | undefined): string | null =>
    at === null || at === undefined ? null : formatInstant(at, zone())
  const items = connections().flatMap((connected) => {
    const calls = askers.callsOf(connected)
    const canAsk = calls.fetchTracking !== undefined || calls.fetchOrder !== undefined
    const state = increments.find((one) => one.connection === connected.id)
    if (!canAsk && state === undefined) return []
    const hour = figures.find((row) => row.connection_id === connected.id)
    const group = groups.get(connected.id)
    return [
      {
        connection: {
          id: connected.id as string,
          kind: connected.kind,
          name: connected.name,
          role: connected.connector.role,
        },
        paused: connected.paused,
        pushes: pushes.get(connected.id) ?? 0,
        increment:
          state === undefined
            ? null
            : {
                ...state.plan,
                standard: state.standard,
                changed: state.isChanged,
                polledTo: time(state.run?.polled_to),
                ranAt: time(state.run?.ran_at),
                messages: state.run?.messages ?? 0,
                fresh: state.run?.fresh ?? 0,
                lost: hour?.lost ?? 0,
                trouble: state.run?.trouble ?? null,
                troubleSince: time(state.run?.trouble_since),
                wanted: state.run !== null && state.run.wanted_at !== null,
              },
        fallback: !canAsk
          ? null
          : {
              enabled: settings.of(connected.id).enabled,
              everySeconds: settings.of(connected.id).everySeconds,
              longestMinutes: settings.of(connected.id).longestMinutes,
              own: { ...settings.own(connected.id) },
              apartSeconds: connected.connector.trackingEverySeconds ?? 0,
              waiting: group?.waiting ?? 0,
              due: group?.due ?? 0,
              oldestDue: time(group?.oldestDue),
              asked: hour?.asked ?? 0,
              found: hour?.found ?? 0,
              fruitless: hour?.fruitless ?? 0,
              failed: hour?.failed ?? 0,
            },
      },
    ]
  })
  return { settings: settings.all, items }
}

/** Lines of the log as the page shows them. */
export async function readAskLines(
  { db, zone, connections }: Pick<ReadPollsDeps, 'db' | 'zone' | 'connections'>,
  filter: AskFilter,
  before: bigint | null,
  limit: number,
) {
  const names = new Map(connections().map((one) => [one.id as string, one]))
  return (await readLines(db, filter, before, limit)).map((line) => lineToJson(line, names, zone()))
}

function lineToJson(line: AskLine, names: ReadonlyMap<string, Connected>, zone: string) {
  const connected = names.get(line.connection_id)
  return {
    id: String(line.id),
    at: formatInstant(line.at, zone),
    connection: {
      id: line.connection_id,
      kind: connected?.kind ?? 'unknown',
      name: connected?.name ?? line.connection_id,
    },
    rule: line.rule,
    subject: line.subject.startsWith('parcel:') ? line.subject.slice('parcel:'.length) : null,
    orderId: line.order_id === null ? null : String(line.order_id),
    orderNo: line.order_no,
    outcome: line.outcome,
    code: line.code,
    words: line.words,
    messageId: line.message_id,
    facts: line.facts,
  }
}

/** What one order and its parcels wait for, for its drawer. */
export async function readOrderAsks(
  { db, clock, zone, askers }: Pick<ReadPollsDeps, 'db' | 'clock' | 'zone' | 'askers'>,
  id: bigint,
) {
  const settings = await readSettings(db)
  const now = clock.now()
  return (await readAsks(db, [id])).map((row) => {
    const target = row.carrier === null ? row.shop_id : (askers.forCarrier(row.carrier)[0]?.id ?? null)
    return {
      subject: row.subject.startsWith('parcel:') ? row.subject.slice('parcel:'.length) : null,
      via: target,
      rule: row.rule,
      state: stateOf(row, now),
      dueAt: formatInstant(row.due_at, zone()),
      askedAt: row.asked_at === null ? null : formatInstant(row.asked_at, zone()),
      asks: row.asks,
      fruitless: row.fruitless,
      waitSeconds: waitSeconds(row.fruitless, settings.of(target ?? row.shop_id)),
      outcome: row.outcome,
      words: row.words,
    }
  })
}

function stateOf(row: AskRow, now: Temporal.Instant): 'asking' | 'due' | 'waiting' {
  if (row.held_until !== null && Temporal.Instant.compare(row.held_until, now) > 0) return 'asking'
  return Temporal.Instant.compare(row.due_at, now) <= 0 ? 'due' : 'waiting'
}
