import type {
  CallDeps,
  CallName,
  CallsFor,
  Connector,
  HttpCall,
  OpenTcp,
  Settings,
} from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Refusal } from '#kernel/result.ts'
import { retryAfterMs } from '#platform/http-client/retry-after.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type Breakers, openBreakers } from './breakers.ts'
import { type Budgets, LONGEST_WAIT_MS, openBudgets } from './budgets.ts'
import type { Limit } from './core/budget.ts'
import {
  judgeError,
  judgeRefusal,
  judgeStatus,
  SLOW_MS,
  type Urgency,
  urgencyOf,
  type Verdict,
} from './core/judge.ts'
import { openTally } from './tally.ts'

export type Connected = { readonly id: string; readonly connector: Connector; readonly settings: Settings }

export type OutwardDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds that only ever grow; the process's own unless given. */
  readonly nowMs?: () => number
  readonly http: HttpCall
  readonly openTcp: OpenTcp
  readonly processId: string
  /** `by_hand`: the breakers' counts are written, and their states read, by their `tick` alone. */
  readonly ticks?: 'by_hand'
  /** What an account may do whose platform documents nothing. */
  readonly cautious: Limit
  readonly onError: (error: unknown) => void
  readonly onCall?: (kind: string, outcome: string, waitedMs: number) => void
  /** Told of every call that ended, with what its connector made of the answer. */
  readonly onEnded?: (
    connection: string,
    call: CallName,
    end: { readonly refusal?: Refusal; readonly error?: unknown },
  ) => void
}

/** The way out of the hub, shared by all its processes through the database. */
export type Outward = {
  readonly callsFor: CallsFor
  readonly breakers: Breakers
  readonly budgets: Budgets
  readonly limitOf: (connected: Connected) => Limit
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** What the platform counts its limit by; a connection whose platform names nothing has a budget of its own. */
export function accountOf({ id, connector, settings }: Connected): string {
  const named = connector.accountOf?.(settings) ?? ''
  return named === '' ? id : `${connector.kind}:${named}`
}

function msOf({ nowMs }: OutwardDeps): () => number {
  return nowMs ?? (() => performance.now())
}

/** Every call: breaker, token, the call itself, outcome counted. */
export function openOutward(deps: OutwardDeps): Outward {
  const tally = openTally()
  const breakers = openBreakers({ ...deps, tally })
  const budgets = openBudgets({
    db: deps.db,
    random: deps.random,
    nowMs: msOf(deps),
    processes: breakers.processes,
  })
  const limitOf = ({ connector }: Connected): Limit => connector.rateLimit ?? deps.cautious
  const note: NoteVerdict = (connection, verdict, { calls, slow }) => {
    if (verdict.is === 'ours') return
    const bad = verdict.is === 'error'
    tally.note(connection, deps.clock.now(), {
      calls,
      errors: bad ? 1 : 0,
      slow: slow ? 1 : 0,
      codes: verdict.is === 'ok' ? {} : { [verdict.is === 'credentials' ? 'credentials' : verdict.code]: 1 },
    })
  }
  const gate: Gate = { deps, breakers, budgets, limitOf, note }
  return {
    callsFor: (connected) => callDeps(gate, connected),
    breakers,
    budgets,
    limitOf,
    start: breakers.start,
    stop: async () => {
      budgets.stop()
      await breakers.stop()
    },
  }
}

type NoteVerdict = (
  connection: string,
  verdict: Verdict,
  call: { readonly calls: number; readonly slow: boolean },
) => void
type Gate = {
  readonly deps: OutwardDeps
  readonly breakers: Breakers
  readonly budgets: Budgets
  readonly limitOf: (connected: Connected) => Limit
  readonly note: NoteVerdict
}
type Turn = {
  readonly urgency: Urgency
  readonly byPerson: boolean
  readonly counted: Set<Verdict['is']>
  sentAt: number
}

function callDeps(gate: Gate, connected: Connected): CallDeps {
  const turnFor = (name: CallName | null): Turn => ({
    urgency: name === null ? 'urgent' : urgencyOf(name),
    byPerson: name === 'test',
    counted: new Set(),
    sentAt: Number.POSITIVE_INFINITY,
  })
  return {
    ...depsOf(gate, connected, turnFor(null)),
    forCall: (name) => {
      const turn = turnFor(name)
      return {
        deps: depsOf(gate, connected, turn),
        ended: ({ error, refusal }) => {
          gate.deps.onEnded?.(connected.id, name, {
            ...(refusal === undefined ? {} : { refusal }),
            ...(error === undefined ? {} : { error }),
          })
          const verdict =
            error !== undefined ? judgeError(error) : refusal === undefined ? null : judgeRefusal(refusal)
          if (verdict !== null) noteBody(gate, connected, turn, verdict)
        },
      }
    },
  }
}

function depsOf(gate: Gate, connected: Connected, turn: Turn): CallDeps {
  const { http, openTcp, clock, random } = gate.deps
  return {
    http: (request) =>
      passed(gate, connected, turn, request.timeoutMs, async () => {
        const answer = await http(request)
        const wait = retryAfterMs(answer.headers['retry-after'], clock.now())
        return { answer, verdict: judgeStatus(answer.status, wait) }
      }),
    openTcp: (target) =>
      passed(gate, connected, turn, target.timeoutMs, async () => ({
        answer: await openTcp(target),
        verdict: { is: 'ok' },
      })),
    clock,
    random,
  }
}

/** One exchange on its way through breaker and budget. */
async function passed<T>(
  gate: Gate,
  connected: Connected,
  turn: Turn,
  timeoutMs: number | undefined,
  exchange: () => Promise<{ answer: T; verdict: Verdict }>,
): Promise<T> {
  const { breakers, budgets, deps } = gate
  const { id, connector } = connected
  const account = accountOf(connected)
  const admission = await breakers.admit(id, turn.byPerson)
  if (!admission.go) {
    deps.onCall?.(connector.kind, 'held', 0)
    throw admission.outage
  }
  const nowMs = msOf(deps)
  const asked = nowMs()
  let sent: number | null = null
  let verdict: Verdict = { is: 'ours' }
  try {
    await budgets.take(account, gate.limitOf(connected), turn.urgency, timeoutMs ?? LONGEST_WAIT_MS)
    sent = nowMs()
    turn.sentAt = sent
    const { answer, verdict: found } = await exchange()
    verdict = found
    return answer
  } catch (error) {
    verdict = judgeError(error)
    throw error
  } finally {
    const settled = await settleThrottle(gate, account, verdict, turn.sentAt)
    turn.counted.add(settled.is)
    gate.note(id, settled, { calls: 1, slow: sent !== null && nowMs() - sent > SLOW_MS })
    deps.onCall?.(connector.kind, settled.is, (sent ?? asked) - asked)
    if (sent === null && admission.probe) await breakers.probeUnsent(id)
    else if (admission.probe || (turn.byPerson && sent !== null))
      await breakers.ended(id, admission.probe, !isBad(settled), turn.byPerson)
  }
}

/** The body said what the status did not: counted once, on top of an exchange that seemed well. */
function noteBody(gate: Gate, connected: Connected, turn: Turn, verdict: Verdict): void {
  if (verdict.is === 'ok' || verdict.is === 'ours') return
  if (verdict.is !== 'throttled') {
    const known = turn.counted.has('error') || turn.counted.has('throttled') || turn.counted.has(verdict.is)
    if (!known && turn.counted.size > 0) gate.note(connected.id, verdict, { calls: 0, slow: false })
    return
  }
  if (turn.counted.has('throttled') || turn.counted.has('error')) return
  void settleThrottle(gate, accountOf(connected), verdict, turn.sentAt)
    .then((settled) => gate.note(connected.id, settled, { calls: 0, slow: false }))
    .catch(gate.deps.onError)
}

/** "Too many" slows the account down. The first one is a lesson; one that went out within a minute of it, although we slowed down, an error. */
async function settleThrottle(
  gate: Gate,
  account: string,
  verdict: Verdict,
  sentAt: number,
): Promise<Verdict> {
  if (verdict.is !== 'throttled') return verdict
  const again = await gate.budgets.throttled(account, verdict.retryAfterMs, sentAt)
  return again ? { is: 'error', code: verdict.code } : verdict
}

function isBad(verdict: Verdict): boolean {
  return verdict.is === 'error' || verdict.is === 'ours'
}

/** Whether a call was held back by breaker or budget: nothing was sent, so no attempt was used. */
export function isHeld(error: unknown): boolean {
  return error instanceof Outage && error.code.startsWith('outward.')
}
