import { AsyncLocalStorage } from 'node:async_hooks'
import type { HttpCall } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Notices } from './notices.ts'
import { openTurns } from './turns.ts'

// Where a hub can die: before and after every statement, before and after every commit, before and after every call to the outside.
// Each of these points is counted while the simulation lets the hub work; at the point that the seed chose, the hub is dead: nothing
// it does from then on reaches anybody, and what was not committed never was.

export class Crashed extends Error {
  constructor(point: string) {
    super(`the hub died ${point}`)
    this.name = 'Crashed'
  }
}

/** Chances in [0, 1], drawn for each call to the outside. */
export type OutsideFaults = {
  /** Nobody answers, and nothing was done. */
  readonly refused: number
  /** It was done, and the answer was lost. */
  readonly answerLost: number
  /** 503 with words that no document knows. */
  readonly overloaded: number
  /** It was done, and what says "200 OK" is a page of somebody in between, or half an answer. */
  readonly garbled: number
}
export const NO_OUTSIDE_FAULTS: OutsideFaults = { refused: 0, answerLost: 0, overloaded: 0, garbled: 0 }

export type Gate = {
  /** The hub dies at the nth point from now on. */
  readonly arm: (points: number) => void
  readonly disarm: () => void
  readonly isDead: () => boolean
  /** Where it died; null while it lives. */
  readonly diedAt: () => string | null
  readonly setOutside: (faults: OutsideFaults) => void
  /** One of the next statements outside of a transaction finds no database; n of them pass before. */
  readonly loseDatabase: (after: number) => void
  /** So much time goes by before one of the next transactions begins or commits, or a statement by itself is answered; n of those pass before. */
  readonly dawdle: (after: number, seconds: number) => void
  /**
   * What happens within is counted and may be cut off, with what it began and did not wait for; what timers of the hub do by themselves
   * is neither.
   */
  readonly within: <T>(work: () => Promise<T>) => Promise<T>
  /** Until nothing that was begun is under way any more. */
  readonly quiet: () => Promise<void>
  /** Whether something may have been written since this was asked last. */
  readonly hasWritten: () => boolean
  readonly aroundDatabase: (db: Database) => Database
  readonly aroundHttp: (http: HttpCall) => HttpCall
  /** `overdue`: waits that the real clock ended. */
  readonly counts: () => Readonly<Record<'points' | 'calls' | 'faults' | 'overdue' | 'dawdles', number>>
}

export type Around = {
  readonly listen: Notices['listen']
  /** Lets so much time go by. */
  readonly pass: (seconds: number) => Promise<void>
  /** Told of every statement and call with what was given and what came back: where two lives of a seed part is seen there. */
  readonly trace?: ((line: string) => void) | undefined
}

export function openGate(random: Random, { listen, pass: letPass, trace }: Around): Gate {
  // Timers that work leaves behind carry its scope on; once it is over they are not counted.
  const scope = new AsyncLocalStorage<{ isOpen: boolean }>()
  const isInside = (): boolean => scope.getStore()?.isOpen === true
  const state = {
    left: null as number | null,
    dead: null as string | null,
    losing: null as number | null,
    dawdling: null as { after: number; readonly seconds: number } | null,
    /** Until the time has gone by, nothing else begins. */
    stand: Promise.resolve(),
    outside: NO_OUTSIDE_FAULTS,
    points: 0,
    calls: 0,
    faults: 0,
    overdue: 0,
    dawdles: 0,
    underWay: 0,
    written: true,
  }
  const pass = (point: () => string): void => {
    if (state.dead !== null) throw new Crashed(state.dead)
    if (!isInside()) return
    state.points += 1
    if (state.left === null) return
    state.left -= 1
    if (state.left > 0) return
    state.dead = point()
    throw new Crashed(state.dead)
  }
  const turns = openTurns(() => {
    state.overdue += 1
  })
  /** Only where nothing else waits for an answer: what the others see of the clock would be chance. */
  const mayDawdle = async (): Promise<void> => {
    if (state.dawdling === null || !isInside()) return
    state.dawdling.after -= 1
    if (state.dawdling.after >= 0 || turns.waiting() > 0) return
    const { seconds } = state.dawdling
    state.dawdling = null
    state.dawdles += 1
    state.stand = letPass(seconds)
    await state.stand
  }
  const underWay = async <T>(work: () => Promise<T>): Promise<T> => {
    state.underWay += 1
    try {
      return await work()
    } finally {
      state.underWay -= 1
    }
  }
  const quiet = async (): Promise<void> => {
    for (let calm = 0; calm < CALM_TURNS; calm = state.underWay === 0 ? calm + 1 : 0) await eventLoopTurn()
  }
  /** What timers of the hub do by themselves has no place in the order. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!isInside()) return await underWay(work)
    const turn = turns.take()
    try {
      await state.stand
      const value = await underWay(work)
      await turn.arrive()
      return value
    } finally {
      turn.leave()
    }
  }
  const counted = (sql: Sql, where: string): Sql =>
    (async (text, ...values) => {
      pass(() => `before "${firstWords(text)}" ${where}`)
      if (!isReading(text)) state.written = true
      const came = await inTurn(() => sql(text, ...values))
      const rows = isOrdered(text) ? came : sorted(came)
      if (trace !== undefined && isInside()) trace(traceOf(text.join('?'), values, rows))
      pass(() => `after "${firstWords(text)}" ${where}`)
      return rows
    }) as Sql
  const inTransaction = async <T>(db: Database, work: (tx: Sql) => Promise<T>): Promise<T> => {
    state.written = true
    if (!isInside()) return await underWay(() => db.begin(work))
    const began = turns.take()
    let ended = began
    try {
      await state.stand
      const value = await underWay(() =>
        db.begin(async (tx) => {
          await began.arrive()
          const result = await work(tx)
          ended = turns.take()
          return result
        }),
      )
      await ended.arrive()
      return value
    } finally {
      began.leave()
      ended.leave()
    }
  }
  const mayLose = (): void => {
    if (state.losing === null || !isInside()) return
    state.losing -= 1
    if (state.losing >= 0) return
    state.losing = null
    throw new Outage('database.unreachable', 'the database did not answer (simulated)')
  }
  return {
    arm: (points) => {
      state.left = points
    },
    disarm: () => {
      state.left = null
      state.losing = null
      state.dawdling = null
    },
    isDead: () => state.dead !== null,
    diedAt: () => state.dead,
    setOutside: (faults) => {
      state.outside = faults
    },
    loseDatabase: (after) => {
      state.losing = after
    },
    dawdle: (after, seconds) => {
      state.dawdling = { after, seconds }
    },
    within: async (work) => {
      const inside = { isOpen: true }
      try {
        return await scope.run(inside, work)
      } finally {
        await quiet()
        inside.isOpen = false
      }
    },
    quiet,
    hasWritten: () => {
      const { written } = state
      state.written = false
      return written
    },
    aroundDatabase: (db) =>
      Object.assign(counted(db, 'by itself'), {
        begin: async <T>(work: (tx: Sql) => Promise<T>): Promise<T> => {
          pass(() => 'before a transaction')
          mayLose()
          await mayDawdle()
          const value = await inTransaction(db, async (tx) => {
            const result = await work(counted(tx, 'in a transaction'))
            pass(() => 'before a commit')
            await mayDawdle()
            return result
          })
          pass(() => 'after a commit')
          return value
        },
        listen,
        raw: db.raw,
        end: db.end,
      }),
    aroundHttp: (http) => async (request) => {
      pass(() => `before ${request.method} ${pathOf(request.url)}`)
      state.calls += 1
      const fault = isInside() ? drawFault(state.outside, random) : null
      if (fault !== null) state.faults += 1
      if (fault === 'refused') throw new Outage('http.unreachable', 'nobody answers (simulated)')
      if (fault === 'busy')
        return { status: 503, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>busy</h1>') }
      const answer = await inTurn(() => http(request))
      if (trace !== undefined && isInside())
        trace(traceOf(`${request.method} ${pathOf(request.url)}`, request.body, answer.status))
      pass(() => `after ${request.method} ${pathOf(request.url)}`)
      if (fault === 'lost')
        throw new Outage('http.timeout', 'the answer was lost (simulated)', { unknown: true })
      return fault === 'garbled' ? garbled(answer, random) : answer
    },
    counts: () => {
      const { points, calls, faults, overdue, dawdles } = state
      return { points, calls, faults, overdue, dawdles }
    },
  }
}

type Fault = 'refused' | 'lost' | 'busy' | 'garbled'

function drawFault(faults: OutsideFaults, random: Random): Fault | null {
  const shares: readonly (readonly [Fault, number])[] = [
    ['refused', faults.refused],
    ['lost', faults.answerLost],
    ['busy', faults.overloaded],
    ['garbled', faults.garbled],
  ]
  if (shares.every(([, share]) => share === 0)) return null
  let chance = random.next()
  for (const [fault, share] of shares) {
    if (chance < share) return fault
    chance -= share
  }
  return null
}

type HttpAnswer = Awaited<ReturnType<HttpCall>>

/** What stands between says "all well" with a page of its own, or passes half of what was said on. */
function garbled(answer: HttpAnswer, random: Random): HttpAnswer {
  if (random.next() < 0.5)
    return { ...answer, status: 200, body: answer.body.subarray(0, answer.body.length / 2) }
  return { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>welcome</html>') }
}

const ordered = new WeakMap<TemplateStringsArray, boolean>()

/** Whether the statement itself says in which order its rows come; what its inner ones say is not asked. */
function isOrdered(text: TemplateStringsArray): boolean {
  const known = ordered.get(text)
  if (known !== undefined) return known
  let outer = text.join('?')
  for (let before = ''; before !== outer; ) {
    before = outer
    outer = outer.replace(/\([^()]*\)/g, '')
  }
  const is = /\border\s+by\b/i.test(outer)
  ordered.set(text, is)
  return is
}

/** Where nothing says an order, the server gives the rows as they happen to lie: another way in another run. */
function sorted<T>(rows: T[]): T[] {
  if (rows.length < 2) return rows
  return rows
    .map((row) => ({ row, key: textOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row)
}

function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)) ?? ''
  )
}

/** What follows from an answer begins within so many turns of the event loop, or never. */
const CALM_TURNS = 3

async function eventLoopTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

function isReading(text: TemplateStringsArray): boolean {
  return (
    /^\s*select\b/i.test(text[0] ?? '') && !/\b(notify|nextval|insert|update|delete)\b/i.test(text.join('?'))
  )
}

const TRACED_LONGEST = 1_000

function traceOf(what: string, given: unknown, came: unknown): string {
  return [what.replace(/\s+/g, ' ').trim(), textOf(given), textOf(came)]
    .map((part) => part.slice(0, TRACED_LONGEST))
    .join(' | ')
}

function firstWords(text: TemplateStringsArray): string {
  return text.join('?').replace(/\s+/g, ' ').trim().slice(0, 60)
}

/** Without the port, which is another one each time. */
function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? 'nowhere'
}
