/** From which rate on a cell has its colour; the first is the aim of the sources. */
export const LEVELS = [0.9995, 0.99, 0.95, 0.8, 0] as const

export function levelOf(rate: number): number {
  return LEVELS.findIndex((least) => rate >= least)
}

/** Two decimals, never rounded up to the aim that was not reached. */
export function rateText(rate: number | null): string {
  return rate === null ? '—' : `${(Math.floor(rate * 10_000) / 100).toFixed(2)}%`
}
