import { ok, type Result, refuse } from '#kernel/result.ts'

/** Where Redis is. Several nodes are the entrances of one Cluster. */
export type RedisAddress = {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly cluster: boolean
  readonly tls: boolean
  readonly username: string | null
  readonly password: string | null
  /** Always 0 in a Cluster. */
  readonly database: number
}

const FORM = /^(rediss?):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/(\d{0,5}))?\/?$/
const NODES_MOST = 50

/**
 * Reads `redis://user:password@host:6379/0`, `rediss://` for TLS; several `host:port` separated by commas, or `redis://…` after
 * commas again, name the nodes of a Cluster, as does `redis+cluster://` with a single entrance. Refusal: `redis.bad_url`, without
 * repeating what was given, since it holds a password.
 */
export function parseRedisUrl(given: string): Result<RedisAddress> {
  const marked = /^rediss?\+cluster:/.test(given)
  const [, ...parts] = FORM.exec(joined(given.replace('+cluster:', ':'))) ?? []
  const [scheme, login = '', hosts = '', database = ''] = parts
  if (scheme === undefined) return bad('it is no redis:// or rediss:// address')
  const nodes = hosts.split(',').map(nodeOf)
  if (nodes.length > NODES_MOST) return bad(`it names more than ${NODES_MOST} nodes`)
  const known = nodes.filter((node) => node !== null)
  if (known.length < nodes.length) return bad('a host or port in it is not valid')
  const cluster = marked || known.length > 1
  if (cluster && Number(database) > 0) return bad('a Cluster has no database but 0')
  const words = loginOf(login)
  if (words === null) return bad('its user or password is not encoded as in a URL')
  return ok({ nodes: known, cluster, tls: scheme === 'rediss', database: Number(database), ...words })
}

/** `redis://a:1,redis://b:2` is the same as `redis://a:1,b:2`. */
function joined(text: string): string {
  return text.trim().replace(/,\s*(?:rediss?:\/\/)?(?:[^@,/]*@)?/g, ',')
}

function nodeOf(text: string): { host: string; port: number } | null {
  const [, v6, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = v6 ?? plain
  const port = Number(digits ?? 6379)
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port }
}

function loginOf(text: string): { username: string | null; password: string | null } | null {
  try {
    const cut = text.indexOf(':')
    const user = decodeURIComponent(cut < 0 ? text : text.slice(0, cut))
    const word = cut < 0 ? '' : decodeURIComponent(text.slice(cut + 1))
    return { username: user === '' ? null : user, password: word === '' ? null : word }
  } catch {
    return null
  }
}

function bad(why: string): Result<never> {
  return refuse('redis.bad_url', `the address of Redis cannot be read: ${why}`)
}
