import type { OpenTcp } from '#domain/connector.ts'

/** For connectors that speak HTTP only: a line of their own would be a mistake. */
export const noTcp: OpenTcp = ({ host, port }) => {
  throw new Error(`nothing here opens a connection to ${host}:${port}`)
}
