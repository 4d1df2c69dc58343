import type { HttpCall } from '#domain/connector.ts'

/** The plainest HTTP client that fulfils the connectors' contract; for tests against servers on loopback. */
export const fetchCall: HttpCall = async ({ method, url, headers, body, timeoutMs }) => {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(timeoutMs ?? 5000),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  }
}
