/** What a look at `/readyz` every now and then saw of the hub's own account. */
export type Watched = {
  /** Milliseconds in which the hub said level 1. */
  readonly levelOneMs: number
  /** Most messages that the spool held at one look. */
  readonly spooledAtMost: number
  /** How often it came to level 1. */
  readonly entries: number
}
export type Watch = {
  readonly seen: () => Watched
  readonly now: () => Ready | null
  readonly stop: () => void
}
export type Ready = { readonly level: number; readonly spool: { readonly records: number } }

const LOOK_EVERY_MS = 200

/** Watches the hub from outside until it is stopped; a hub that is down is neither at level 0 nor at level 1. */
export function watchHub(url: string): Watch {
  const seen = { levelOneMs: 0, spooledAtMost: 0, entries: 0 }
  let latest: Ready | null = null
  let before = performance.now()
  let looking = false
  const look = async (): Promise<void> => {
    const was = latest?.level ?? 0
    latest = await readReady(url)
    const now = performance.now()
    if (latest?.level === 1) {
      seen.levelOneMs += now - before
      if (was === 0) seen.entries += 1
    }
    seen.spooledAtMost = Math.max(seen.spooledAtMost, latest?.spool.records ?? 0)
    before = now
  }
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => {
      looking = false
    })
  }, LOOK_EVERY_MS)
  return { seen: () => ({ ...seen }), now: () => latest, stop: () => clearInterval(timer) }
}

async function readReady(url: string): Promise<Ready | null> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(4_000) })
    return (await answer.json()) as Ready
  } catch {
    return null
  }
}
