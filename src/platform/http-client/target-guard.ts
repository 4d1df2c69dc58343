import { lookup as dnsLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Outage } from '#kernel/outage.ts'

/** Which addresses of the inner network may be called. */
export type TargetRules = {
  /** Loopback targets are allowed: for the simulated world and for systems on the same machine. */
  readonly allowLoopback: boolean
  /** Other private addresses are allowed: for systems in the own network. */
  readonly allowPrivate: boolean
  /** Networks that may be called all the same: those that the operator named. */
  readonly allowed?: BlockList
}

/** Addresses and networks (`10.20.0.0/16`), comma separated, as an operator names them; null where one cannot be read. */
export function parseNetworks(text: string): BlockList | null {
  const list = new BlockList()
  for (const one of text.split(',').map((part) => part.trim())) {
    const [address = '', bits, more] = one.split('/')
    const version = isIP(address)
    const most = version === 6 ? 128 : 32
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
    if (version === 0 || more !== undefined || !(length >= 1 && length <= most)) return null
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

function forbidden(host: string): Outage {
  return new Outage(
    'http.forbidden_address',
    `${host} is a loopback, private or link-local address; name it in PRIVATE_TARGETS if it is meant`,
    { retryable: false },
  )
}

/** The outage for an address written as digits that may not be called, else null. */
export function literalFault(url: URL, options: TargetRules): Outage | null {
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(literal) !== 0 && isForbidden(literal, options) ? forbidden(url.host) : null
}

/** Whether an address alone tells that it is of this machine or a private network; a name is judged when it is resolved for the call. */
export function isInnerTarget(url: URL): boolean {
  const isOwn = /(^|\.)(localhost|local|internal)\.?$/i.test(url.hostname)
  return isOwn || literalFault(url, { allowLoopback: false, allowPrivate: false }) !== null
}

/**
 * Resolves names for a connection that is then made to what it answers, so that a name cannot turn private in between. Node
 * does not ask it for literal addresses: those are `literalFault`'s.
 */
export function guardedLookup(options: TargetRules): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    dnsLookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0)
        return
      }
      if (addresses.some(({ address }) => isForbidden(address, options))) {
        callback(forbidden(hostname), '', 0)
        return
      }
      if (lookupOptions.all === true) callback(null, addresses as never)
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4)
    })
  }
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
// The unspecified address reaches the own machine as well.
LOOPBACK.addSubnet('0.0.0.0', 8)
LOOPBACK.addSubnet('::', 127, 'ipv6')

const PRIVATE = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  // The agent of Azure's machines, which tells them their secrets.
  ['168.63.129.16', 32],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(net, bits)
for (const [net, bits] of [
  // Forms that hold an IPv4 address inside, which a gateway may unpack: compatible, NAT64, Teredo, 6to4.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['100::', 64],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6')

/** IPv4 addresses dressed as IPv6 (`::ffff:127.0.0.1`) are judged as what they are. */
function isForbidden(address: string, options: TargetRules): boolean {
  const plain =
    address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (options.allowed?.check(plain, family) === true) return false
  if (LOOPBACK.check(plain, family)) return !options.allowLoopback
  return PRIVATE.check(plain, family) && !options.allowPrivate
}
