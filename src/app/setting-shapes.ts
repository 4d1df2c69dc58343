import { parseNetworks } from '#platform/http-client/target-guard.ts'
import { parseRedisUrl } from '#platform/redis/address.ts'

// What the text of a setting may look like.

export function isHost(value: string): boolean {
  return /^[A-Za-z0-9.:[\]_-]{1,253}$/.test(value)
}

export function isCookieName(value: string): boolean {
  return /^[A-Za-z0-9_-]{1,60}$/.test(value)
}

export function isPath(value: string): boolean {
  return value.length <= 4_096 && !value.includes('\0')
}

export function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.username === ''
}

/** A socket folder in place of a host (`postgres://holdfast@/orders?host=/run/postgresql`) is a URL to PostgreSQL alone. */
export function isPostgresUrl(value: string): boolean {
  const plain = value.replace('@/', '@localhost/')
  return URL.canParse(plain) && /^postgres(ql)?:$/.test(new URL(plain).protocol)
}

export function isRedisUrl(value: string): boolean {
  return parseRedisUrl(value).ok
}

export function isKey(value: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(value)
}

export function isRetellTime(value: string): boolean {
  return value === 'off' || /^([01]\d|2[0-3]):[0-5]\d$/.test(value)
}

export function isProxyList(value: string): boolean {
  return value
    .split(',')
    .every((part) => /^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/.test(part.trim()))
}

export function isNetworkList(value: string): boolean {
  return parseNetworks(value) !== null
}

export function isZone(value: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value)
    return /^[A-Z]/.test(value)
  } catch {
    return false
  }
}

/** Upstream codes, comma separated. */
export function isCodeList(value: string): boolean {
  return /^[\w:.-]{1,80}(,[\w:.-]{1,80}){0,99}$/.test(value)
}
