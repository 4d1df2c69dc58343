import type { Connector } from '#domain/connector.ts'
import { withCutTimes } from '../scenarios/dhl-incident.ts'

/** DHL's reader, which may be the one of before the incident: it cuts each time at 19 characters and takes Beijing's clock for it. */
export type CutReader = { readonly cut: (isCut: boolean) => void }

/** Puts a switch in front of DHL's reader, in this process only. Before the hub starts, which takes the list as it is. */
export function cuttable(connectors: readonly Connector[]): CutReader {
  const place = connectors.findIndex((one) => one.kind === 'dhl')
  const real = connectors[place]
  const state = { isCut: false }
  if (real !== undefined) {
    const old = withCutTimes(real)
    const switched: Connector = {
      ...real,
      read: (message, settings) => (state.isCut ? old : real).read(message, settings),
    }
    ;(connectors as Connector[])[place] = switched
  }
  return {
    cut: (isCut) => {
      state.isCut = isCut
    },
  }
}
