const FIRST_MS = 500
const LONGEST_MS = 30_000

/**
 * Milliseconds to wait before connecting again after so many fruitless tries (1 or more): doubled from half a second up to thirty, and up
 * to a quarter less by `chance` (0 up to 1), so that the feeds of a warehouse do not come back in one instant.
 */
export function pauseMs(tries: number, chance: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 10))
  return Math.round(full * (1 - chance / 4))
}
