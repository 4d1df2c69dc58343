/** What a loop without work waits for. */
export type Bell = {
  /** Resolves at the next ring, at once when it rang since the last rest, and after `idleMs` (or what is given) in any case. */
  readonly rest: (ms?: number) => Promise<void>
  readonly ring: () => void
}

/** A ring while the loop is busy is kept: what it announced may have come too late for the look being taken. */
export function openBell(idleMs: number): Bell {
  let rung = false
  let wakeUp: (() => void) | null = null
  return {
    ring: () => {
      rung = true
      wakeUp?.()
    },
    rest: async (ms = idleMs) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wakeUp = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      wakeUp = null
      rung = false
    },
  }
}
