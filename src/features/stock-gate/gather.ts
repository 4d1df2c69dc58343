/** Calls `work` with all that came while the one before was under way: nobody waits longer than for that. */
export function gatherer<T, A>(
  work: (items: readonly T[]) => Promise<readonly A[]>,
  most: number,
): (item: T) => Promise<A> {
  type Waiting = {
    readonly item: T
    readonly done: (answer: A) => void
    readonly fail: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let isRunning = false
  const turn = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const answers = await work(batch.map((one) => one.item))
        for (const [i, one] of batch.entries()) one.done(answers[i] as A)
      } catch (error) {
        for (const one of batch) one.fail(error)
      }
    }
    isRunning = false
  }
  return (item) =>
    new Promise((done, fail) => {
      waiting.push({ item, done, fail })
      if (isRunning) return
      isRunning = true
      // Callers of the same moment come together.
      queueMicrotask(() => void turn())
    })
}
