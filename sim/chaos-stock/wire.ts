import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Random } from '#kernel/random.ts'

/** A port on loopback, or the path of a Unix socket. */
export type Address = { readonly port: number } | { readonly path: string }

/** A line between two programs that can be cut while they talk. */
export type Wire = {
  /** Cuts everybody who talks now; answers how many. Whoever comes again gets through. */
  readonly cut: () => number
  /** From now on so many of all commits (0 to 1) reach the server, and their answers nobody. */
  readonly loseCommits: (share: number) => void
  /** Commits whose answer was lost so far. */
  readonly lost: () => number
  readonly close: () => Promise<void>
}

/** How the PostgreSQL driver ends a transaction: the text of a simple query, with the zero byte at its end. */
const COMMIT = Buffer.from('commit\0')

export async function openWire(options: {
  readonly listen: Address
  readonly target: Address
  readonly random: Random
}): Promise<Wire> {
  const { listen, target, random } = options
  const open = new Set<Socket>()
  let share = 0
  let lost = 0
  const server: Server = createServer((near) => {
    const far = createConnection(target)
    open.add(near)
    const end = (): void => {
      open.delete(near)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', end).on('close', end)
    near.pipe(far)
    far.pipe(near)
    // Heard after the pipe has written it on: the server does as asked, and nobody hears of it.
    near.on('data', (chunk: Buffer) => {
      if (share === 0 || random.next() >= share || !chunk.includes(COMMIT)) return
      lost += 1
      near.unpipe(far)
      far.unpipe(near)
      far.end(() => near.destroy())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen('port' in listen ? { ...listen, host: '127.0.0.1' } : listen, resolve)
  })
  return {
    cut: () => {
      const count = open.size
      for (const socket of [...open]) socket.destroy()
      return count
    },
    loseCommits: (next) => {
      share = next
    },
    lost: () => lost,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of [...open]) socket.destroy()
      }),
  }
}
