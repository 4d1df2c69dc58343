// Statements and calls that are under way at the same time are answered in the order in which they were begun, however quick each of them
// was: what the hub does next is then the same in every life of a seed.

export type Turn = {
  /** The answer is there: resolves when everything that was begun before has had its turn. */
  readonly arrive: () => Promise<void>
  /** There is no answer to wait for. */
  readonly leave: () => void
}

/** Who waits for a lock of one that was begun later would wait for ever: then the later one goes first. */
const LONGEST_WAIT_MS = 10_000

export type Turns = {
  readonly take: () => Turn
  /** How many have begun and neither arrived nor left. */
  readonly waiting: () => number
}

/** A queue of its own for each hub. `onOverdue`: a wait was ended by the real clock, and what follows may be another life. */
export function openTurns(onOverdue: () => void): Turns {
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  const take = (): Turn => {
    const before = last
    const { promise, resolve } = Promise.withResolvers<void>()
    last = promise
    waiting += 1
    let isWaiting = true
    const end = (): void => {
      if (isWaiting) waiting -= 1
      isWaiting = false
      setImmediate(resolve)
    }
    return {
      arrive: async () => {
        await first(before, onOverdue)
        // The next one only when all that follows from this answer at once has been done.
        end()
      },
      leave: end,
    }
  }
  return { take, waiting: () => waiting }
}

async function first(before: Promise<void>, onOverdue: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onOverdue()
      resolve()
    }, LONGEST_WAIT_MS)
  })
  await Promise.race([before, overdue])
  clearTimeout(timer)
}
