import { Outage } from '#kernel/outage.ts'

export type RedisFault =
  | 'login'
  | 'rights'
  | 'tls'
  | 'no_group'
  | 'wrong_type'
  | 'protected'
  | 'cluster'
  | 'connection_lost'

const SETTLED = new Set<RedisFault>(['login', 'rights', 'tls', 'wrong_type', 'protected'])

export function redisFault(error: unknown): { readonly code: RedisFault; readonly words: string } {
  const message = error instanceof Error ? error.message : String(error)
  const text = `${(error as { code?: unknown } | null)?.code ?? ''} ${message}`
  return { code: faultIn(text), words: message.replace(/\s+/g, ' ').slice(0, 200) }
}

function faultIn(text: string): RedisFault {
  if (/WRONGPASS|NOAUTH|invalid password|invalid username|AUTH .*without any password/i.test(text))
    return 'login'
  if (/NOPERM/.test(text)) return 'rights'
  if (/NOGROUP/.test(text)) return 'no_group'
  if (/WRONGTYPE/.test(text)) return 'wrong_type'
  if (/-?DENIED .*protected mode/i.test(text)) return 'protected'
  if (/certificate|altnames|self[- ]signed|ERR_TLS|ERR_SSL|unable to verify|SSL routines|EPROTO/i.test(text))
    return 'tls'
  if (/CLUSTERDOWN|cluster support disabled|MOVED|slots/i.test(text)) return 'cluster'
  return 'connection_lost'
}

export function outageOf(error: unknown): Outage {
  if (error instanceof Outage) return error
  const { code, words } = redisFault(error)
  return new Outage(`redis_stream.${code}`, words, { retryable: !SETTLED.has(code), cause: error })
}
