import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below what Linux gives to outgoing connections (32,768 and up): none of those can take the port before the server that it is for. */
const LOWEST = 12_000
const HIGHEST = 22_000
const TRIES = 200

/** A port of the loopback that was free a moment ago, and 10,000 above it too (a node of a Redis cluster listens there as well). */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port as number
}

/** All of them free a moment ago, and none of them twice. Throws where too many are taken. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries > TRIES + count) throw new Error(`no ${count} ports are free on the loopback`)
    const port = randomInt(LOWEST, HIGHEST)
    if (!ports.has(port) && (await isFree(port)) && (await isFree(port + 10_000))) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (listens) await new Promise<void>((resolve) => server.close(() => resolve()))
  return listens
}
