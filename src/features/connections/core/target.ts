/** Names of settings that hold an address the hub will call; the name of a database is none. */
const URL_SETTING = /((?<!data)base|url|uri|endpoint)$/i
const HOST_SETTING = /(domain|host)$/i
/** Several of them, `host:port` each, comma separated. */
const HOSTS_SETTING = /(nodes|hosts)$/i

export type TargetKind = 'url' | 'host' | 'hosts' | null

export function targetKind(name: string): TargetKind {
  if (URL_SETTING.test(name)) return 'url'
  return HOSTS_SETTING.test(name) ? 'hosts' : HOST_SETTING.test(name) ? 'host' : null
}

/**
 * Why an address may not be called, or null. http(s) and, for stream clients, ws(s); no user or password inside; and no
 * address of this machine or a private network unless that is allowed. A name that resolves to one is the HTTP client's to
 * refuse, at the moment of the call. `{setting}` placeholders stand for a host name.
 */
export function targetFault(
  value: string,
  kind: Exclude<TargetKind, null>,
  allowLoopback: boolean,
): TargetFault | null {
  if (kind === 'hosts') {
    const faults = value
      .split(/[,\s]+/)
      .map((one) => (one === '' ? null : targetFault(one, 'host', allowLoopback)))
    return faults.find((fault) => fault !== null) ?? null
  }
  const text = kind === 'host' ? `https://${value}` : value.replace(/\{\w+\}/g, 'placeholder.example')
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return 'not_a_url'
  const url = new URL(text)
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) return 'not_a_url'
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'not_a_url'
  if (kind === 'host' && (url.pathname !== '/' || url.search !== '')) return 'not_a_url'
  return allowLoopback || !isPrivateHost(url.hostname) ? null : 'private_target'
}
export type TargetFault = 'not_a_url' | 'private_target'

/** Expects the host as WHATWG URL writes it: every spelling of an IPv4 address (octal, one number) has become dotted. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  if (host === 'localhost' || /\.(localhost|local|internal)$/.test(host)) return true
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host)
  // The agent of Azure's machines, which tells them their secrets.
  if (host === '168.63.129.16') return true
  if (v4 !== null) return isPrivateV4(Number(v4[1]), Number(v4[2]))
  if (!host.startsWith('[')) return false
  const v6 = host.slice(1, -1)
  // ::1 and ::, unique local, link local, the former site local, and every form that holds an IPv4 address inside (mapped, NAT64, 6to4).
  return /^(::|f[cd]|fe[89a-f]|64:ff9b:|100:|2001:(0?:)|2002:|ff)/.test(v6)
}

/** RFC 6890: this host, private use, carrier NAT, link local (cloud metadata), benchmarks, multicast and above. */
function isPrivateV4(first: number, second: number): boolean {
  if (first === 0 || first === 10 || first === 127 || first >= 224) return true
  if (first === 100) return second >= 64 && second <= 127
  if (first === 172) return second >= 16 && second <= 31
  if (first === 198) return second === 18 || second === 19
  return (first === 169 && second === 254) || (first === 192 && (second === 168 || second === 0))
}
