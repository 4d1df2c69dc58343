/** What every bench answers; further figures may be added. Rates per second, latencies in milliseconds. */
export type BenchReport = {
  readonly name: string
  readonly rate?: number
  readonly p50?: number
  readonly p99?: number
  /** The machine's own limit, measured in the same run, in the unit of `rate` (or of `p99`, where the bench is about latency). */
  readonly limit?: number
  readonly ratio?: number
  readonly seconds: number
  readonly [more: string]: unknown
}

export type BenchOptions = {
  /** A folder in which the made data stays, so that the next run need not make it again. */
  readonly data?: string
}

export type Bench = (say: (line: string) => void, options?: BenchOptions) => Promise<BenchReport>
