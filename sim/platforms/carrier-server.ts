import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call to a platform's API, its form decoded. */
export type ApiCall = { readonly path: string; readonly form: ReadonlyMap<string, string> }
export type ApiServer = { readonly origin: string; readonly close: () => Promise<void> }

/** A real HTTP server on a free loopback port; `answer` gets each form and returns the JSON to send. */
export async function apiServer(answer: (call: ApiCall) => unknown): Promise<ApiServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const form = new Map(new URLSearchParams(Buffer.concat(parts).toString('utf8')))
      const path = new URL(request.url ?? '/', 'http://loopback').pathname
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify(answer({ path, form })))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** How strict a platform is with those who ask. */
export type QueryStrictness = {
  /** Queries that it answers within one second, any more are refused; absent: as many as come. */
  readonly queriesPerSecond?: number
  /** Last digits of the phone without which it shows nothing; absent: shown to anybody. */
  readonly phoneTail?: string
}

/** Answers whether one more query is too many. */
export function queryLimit(perSecond: number | undefined, now: () => Temporal.Instant): () => boolean {
  const times: number[] = []
  return () => {
    if (perSecond === undefined) return false
    const at = now().epochMilliseconds
    while (times.length > 0 && (times[0] ?? 0) <= at - 1_000) times.shift()
    if (times.length >= perSecond) return true
    times.push(at)
    return false
  }
}

/** `yyyy-MM-dd HH:mm:ss` in Beijing, as domestic carriers write it. */
export function beijingText(instant: Temporal.Instant): string {
  const local = instant.toZonedDateTimeISO('Asia/Shanghai').toPlainDateTime()
  return local.toString({ smallestUnit: 'second' }).replace('T', ' ')
}

/** What parcels pass on their way, for words and places. */
export const PLACES = [
  '深圳市',
  '广州市',
  '杭州市',
  '成都市',
  '北京市',
  '武汉市',
  '西安市',
  '南京市',
] as const

export function placeOf(random: { next(): number }): string {
  return PLACES[Math.floor(random.next() * PLACES.length)] ?? PLACES[0]
}
