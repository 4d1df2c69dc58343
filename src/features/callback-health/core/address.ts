/** How an address differs from ours: `same` reaches us; the first difference that matters is named. */
export type AddressMatch = 'same' | 'scheme' | 'host' | 'path' | 'unreadable'

/** Compares a callback address as somebody else has it with ours: scheme, host with port, path with its token. */
export function compareAddress(ours: string, theirs: string): AddressMatch {
  const mine = URL.parse(ours)
  const given = URL.parse(theirs.trim())
  if (mine === null || given === null || given.host === '') return 'unreadable'
  if (given.host.toLowerCase() !== mine.host.toLowerCase())
    return isSameHostOtherScheme(mine, given) ? 'scheme' : 'host'
  if (given.protocol !== mine.protocol) return 'scheme'
  return trimSlash(given.pathname) === trimSlash(mine.pathname) ? 'same' : 'path'
}

/** Only the scheme and host of an observed request, against those of our public address. */
export function compareOrigin(ours: string, seen: string): 'same' | 'scheme' | 'host' {
  const match = compareAddress(new URL('/', ours).href, `${seen}/`)
  return match === 'same' || match === 'scheme' ? match : 'host'
}

/**
 * The worst that is known of an address on record. The platform may have one per topic: one that reaches us elsewhere does not
 * excuse another that does not. Null where nothing is on record.
 */
export function judgeRegistered(
  ours: string,
  registered: readonly string[],
): { readonly match: AddressMatch; readonly url: string } | null {
  const judged = registered.map((url) => ({ url, match: compareAddress(ours, url) }))
  return judged.find(({ match }) => match !== 'same') ?? judged[0] ?? null
}

function isSameHostOtherScheme(a: URL, b: URL): boolean {
  return a.hostname === b.hostname && a.port === '' && b.port === ''
}

function trimSlash(path: string): string {
  return path.replace(/\/+$/, '')
}
