import { LOCK_TIMEOUT, type StockPlace } from '#domain/stock.ts'
import { refuse } from '#kernel/result.ts'
import type { Answered, StockCommand } from './commands.ts'
import { placesOf } from './core/decide-lock.ts'

/** Somebody who asked and waits for the answer. */
export type Waiter = {
  readonly command: StockCommand
  /** Milliseconds of the process's steady clock. */
  readonly askedAt: number
  readonly expiresAt: number
  /** Runs of a batch with it in it that came to nothing. */
  tries: number
  /** Holds that those runs made for it; their commits may have happened before their word was lost. */
  readonly made: { readonly id: bigint; readonly places: readonly StockPlace[] }[]
  /** Answered; what the ledger says of it now reaches nobody. */
  isGone: boolean
  readonly answer: (answer: Answered) => void
  readonly fail: (error: unknown) => void
}

/** Who waits, first come first served. Nobody waits past the own deadline, whatever the database does. */
export type WaitingRoom = {
  readonly size: () => number
  readonly add: (waiter: Waiter) => void
  /** The next ones, `most` at most and no more than one turn can carry, as long as they still wait. */
  readonly take: (most: number) => Waiter[]
  /** Those whose turn came to nothing, before all others. */
  readonly putBack: (waiters: readonly Waiter[]) => void
  /** Those who were taken have been dealt with. */
  readonly leave: (waiters: readonly Waiter[]) => void
  readonly close: () => void
}

const LOOK_EVERY_MS = 10
/** Places of one turn: 20,000 take about half a second, for which every other caller waits. */
const WEIGHT_MOST = 20_000

/** `onExpired` is told of everybody who was answered because the time was over. */
export function openWaitingRoom(onExpired: (waiter: Waiter) => void): WaitingRoom {
  let queue: Waiter[] = []
  const atWork = new Set<Waiter>()
  let timer: NodeJS.Timeout | null = null

  const look = (): void => {
    const now = performance.now()
    for (const waiter of queue) if (!waiter.isGone && waiter.expiresAt <= now) expire(waiter, onExpired)
    for (const waiter of atWork) if (!waiter.isGone && waiter.expiresAt <= now) expire(waiter, onExpired)
    if (queue.length > 0 || atWork.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
  return {
    size: () => queue.length,
    add: (waiter) => {
      queue.push(waiter)
      timer ??= setInterval(look, LOOK_EVERY_MS)
    },
    take: (most) => {
      const taken: Waiter[] = []
      let count = 0
      let weight = 0
      for (; count < queue.length && taken.length < most; count += 1) {
        const waiter = queue[count] as Waiter
        if (waiter.isGone) continue
        weight += weightOf(waiter.command)
        if (weight > WEIGHT_MOST && taken.length > 0) break
        taken.push(waiter)
      }
      queue = queue.slice(count)
      for (const waiter of taken) atWork.add(waiter)
      return taken
    },
    putBack: (waiters) => {
      for (const waiter of waiters) atWork.delete(waiter)
      queue = [...waiters, ...queue]
    },
    leave: (waiters) => {
      for (const waiter of waiters) atWork.delete(waiter)
    },
    close: () => {
      if (timer !== null) clearInterval(timer)
    },
  }
}

function expire(waiter: Waiter, onExpired: (waiter: Waiter) => void): void {
  waiter.isGone = true
  const ms = Math.round(performance.now() - waiter.askedAt)
  waiter.answer(
    waiter.command.do === 'lock'
      ? refuse(LOCK_TIMEOUT, `not decided within ${ms} ms; nothing stays locked, ask again with the same key`)
      : refuse('stock.answer_late', `not decided within ${ms} ms; ask again, nothing is done twice`),
  )
  onExpired(waiter)
}

/** Places that a command names. */
function weightOf(command: StockCommand): number {
  if (command.do === 'lock') return placesOf(command)
  return command.do === 'adjust' ? command.changes.length : 1
}
