import { Outage } from '#kernel/outage.ts'

/** What the server or the library said, as one of our own words; `settled`: only a person can mend it. Never with a secret. */
export type ServerFault = { readonly code: FaultCode; readonly words: string; readonly settled: boolean }

export type FaultCode =
  | 'login'
  | 'host_not_allowed'
  | 'no_database'
  | 'no_table'
  | 'table_rights'
  | 'replication_rights'
  | 'tls'
  | 'tls_demanded'
  | 'busy'
  | 'position_lost'
  | 'unreadable_log'
  | 'handshake'
  | 'connection_lost'

const BY_NUMBER: Readonly<Record<number, FaultCode>> = {
  1040: 'busy',
  1203: 'busy',
  1226: 'busy',
  1044: 'no_database',
  1049: 'no_database',
  1045: 'login',
  1698: 'login',
  1862: 'login',
  3118: 'login',
  4151: 'login',
  1129: 'host_not_allowed',
  1130: 'host_not_allowed',
  1146: 'no_table',
  1142: 'table_rights',
  1143: 'table_rights',
  1227: 'replication_rights',
  1236: 'position_lost',
  3159: 'tls_demanded',
}
const SETTLED = new Set<FaultCode>([
  'login',
  'host_not_allowed',
  'no_database',
  'no_table',
  'table_rights',
  'replication_rights',
  'tls',
  'tls_demanded',
  'unreadable_log',
])

export function serverFault(error: unknown): ServerFault {
  const message = error instanceof Error ? error.message : String(error)
  const { errno, code } = (error ?? {}) as { errno?: unknown; code?: unknown }
  const told = fault(typeof errno === 'number' ? errno : null, String(code ?? ''), message)
  return { code: told, words: wordsOf(message), settled: SETTLED.has(told) }
}

function fault(errno: number | null, code: string, message: string): FaultCode {
  // "max_allowed_packet" and "a slave with the same id" are told with the number of a lost position, and are none.
  if (errno === 1236 && /max_allowed_packet|same server_(uuid|id)/i.test(message))
    return /max_allowed_packet/.test(message) ? 'unreadable_log' : 'connection_lost'
  const known = errno === null ? undefined : BY_NUMBER[errno]
  if (known !== undefined) return known
  if (/HANDSHAKE_NO_SSL_SUPPORT|HANDSHAKE_SSL_ERROR/.test(code)) return 'tls'
  if (
    /certificate|altnames|self[- ]signed|ERR_TLS|ERR_SSL|unable to verify|SSL routines/i.test(
      `${code} ${message}`,
    )
  )
    return 'tls'
  // The library's own words for events that it cannot decode.
  if (
    /binlog_transaction_compression|PARTIAL_JSON|binlog_row_value_options|Insufficient permissions to access/i.test(
      message,
    )
  )
    return /Insufficient permissions/i.test(message) ? 'no_table' : 'unreadable_log'
  if (/Client does not support authentication|AUTH_SWITCH|plugin/i.test(`${code} ${message}`)) return 'login'
  if (/handshake|packets out of order|ETIMEDOUT/i.test(`${code} ${message}`)) return 'handshake'
  return 'connection_lost'
}

/** Server messages quote user and host, never a password; values of rows are cut away. */
function wordsOf(message: string): string {
  return message.replace(/\s+/g, ' ').slice(0, 200)
}

/** Thrown for what following and reading cannot go on with; an `Outage` of the way out passes as it is. */
export function outageOf(error: unknown): Outage {
  if (error instanceof Outage) return error
  const { code, words, settled } = serverFault(error)
  return new Outage(`mysql_binlog.${code}`, words, { retryable: !settled, cause: error })
}
