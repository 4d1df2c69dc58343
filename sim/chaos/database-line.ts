import { createConnection, createServer, type Server, type Socket } from 'node:net'

/**
 * What is wrong between a hub process and its database: nothing, every connection torn and none let in, no byte passes though
 * everything stays open (a half-open line, as behind a switch that died), or every packet is late.
 */
export type LineTrouble = 'none' | 'cut' | 'hole' | 'slow'

export type DatabaseLine = {
  readonly port: number
  readonly behave: (trouble: LineTrouble) => void
  readonly close: () => Promise<void>
}

/** How late each packet is on a slow line. */
const LATE_MS = 60

type Pair = {
  readonly near: Socket
  readonly far: Socket
  readonly letGo: () => void
  readonly end: () => void
}

/** A port of its own for one hub process; `target` is the socket, or the port, on which PostgreSQL listens. */
export async function openDatabaseLine(target: string | number): Promise<DatabaseLine> {
  const pairs = new Set<Pair>()
  let trouble: LineTrouble = 'none'
  const server: Server = createServer((near) => {
    if (trouble === 'cut') {
      near.on('error', () => undefined)
      near.resetAndDestroy()
      return
    }
    const far = createConnection(typeof target === 'number' ? { port: target } : { path: target })
    const [there, back] = [oneWay(far, () => trouble), oneWay(near, () => trouble)]
    const end = (): void => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    const pair: Pair = {
      near,
      far,
      end,
      letGo: () => {
        there.letGo()
        back.letGo()
      },
    }
    pairs.add(pair)
    near.on('data', there.take).on('error', end).on('close', end)
    far.on('data', back.take).on('error', end).on('close', end)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    behave: (next) => {
      trouble = next
      if (next === 'cut') for (const pair of [...pairs]) pair.end()
      // What stood in the hole comes after all, minutes late if need be: a commit among it still counts.
      if (next === 'none') for (const pair of [...pairs]) pair.letGo()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const pair of [...pairs]) pair.end()
      }),
  }
}

/** One direction: nothing overtakes anything, whatever the line did meanwhile. */
function oneWay(
  to: Socket,
  trouble: () => LineTrouble,
): { readonly take: (bytes: Buffer) => void; readonly letGo: () => void } {
  const waiting: Buffer[] = []
  let timer: NodeJS.Timeout | null = null
  const letGo = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    for (const bytes of waiting.splice(0)) if (!to.destroyed) to.write(bytes)
  }
  return {
    letGo,
    take: (bytes) => {
      const now = trouble()
      waiting.push(bytes)
      if (now === 'hole') return
      if (now === 'slow') timer ??= setTimeout(letGo, LATE_MS)
      else letGo()
    },
  }
}
