import { isIP, Socket } from 'node:net'

// Imported before all else by a sandbox: whatever a connector's usual address is, a drill speaks with nobody outside this machine.

type Where = { readonly host?: string; readonly path?: string }

const connect = Socket.prototype.connect as (this: Socket, ...given: unknown[]) => Socket

Object.assign(Socket.prototype, {
  connect(this: Socket, ...given: unknown[]): Socket {
    if (staysHere(given)) return connect.apply(this, given)
    const error = Object.assign(new Error('a drill calls nobody outside this machine'), {
      code: 'ECONNREFUSED',
    })
    // As a refused connection is told: after the caller could listen.
    process.nextTick(() => this.destroy(error))
    return this
  },
})

/** Node hands on `[options, callback]` as one list where it has read the arguments already. */
function staysHere(given: readonly unknown[]): boolean {
  const [first, second] = Array.isArray(given[0]) ? (given[0] as readonly unknown[]) : given
  if (typeof first === 'string' && Number.isNaN(Number(first))) return true
  if (typeof first !== 'object' || first === null) return isLoopback(second)
  const { host, path } = first as Where
  return path !== undefined || isLoopback(host)
}

/** Without a host it is this machine. */
export function isLoopback(host: unknown): boolean {
  if (typeof host !== 'string' || host === 'localhost') return true
  return isIP(host) !== 0 && /^(127\.|::1$|::ffff:127\.)/.test(host)
}
