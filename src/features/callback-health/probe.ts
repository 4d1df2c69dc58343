import { tlsTargetOf } from './core/tls.ts'
import type { CallbackHealthDeps } from './deps.ts'
import { type ProbeRow, readWatches, saveProbes } from './store.ts'

/** More addresses than this are not looked at in one turn; each costs a handshake. */
const MOST_ADDRESSES = 50

/** Looks at the certificate of our public address and of every https address that a platform has on record, all at once. */
export async function probeCertificates(deps: CallbackHealthDeps): Promise<ProbeRow[]> {
  const own = deps.publicUrl === null ? null : tlsTargetOf(deps.publicUrl)
  const addresses = new Map<string, { host: string; port: number }>()
  if (own !== null) addresses.set(nameOf(own), own)
  for (const { registered_urls: urls } of await readWatches(deps.db))
    for (const url of urls) {
      const target = tlsTargetOf(url)
      if (target !== null && addresses.size < MOST_ADDRESSES) addresses.set(nameOf(target), target)
    }
  const probes = await Promise.all(
    [...addresses].map(async ([address, target]) => {
      const look = own !== null && address === nameOf(own) ? deps.probe.own : deps.probe.other
      const outcome = await look(target)
      return { address, at: deps.clock.now(), outcome }
    }),
  )
  await saveProbes(deps.db, probes)
  return probes
}

function nameOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}${port === 443 ? '' : `:${port}`}`
}
