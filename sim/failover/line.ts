import { createConnection, createServer, type Socket } from 'node:net'

/** A port of ours that leads to wherever it is told: what HAProxy, a virtual address or a cloud's endpoint is in life. */
export type Line = {
  readonly port: number
  /** Leads there from now on, and cuts who leads elsewhere; null: nobody is let in. */
  readonly leadTo: (port: number | null) => void
  /** The same for who comes from now on; who is through stays where he is. */
  readonly leadNewTo: (port: number) => void
  /** Lets nothing through any more and says so to nobody, as a network does that is cut; what comes anew waits as well. */
  readonly silence: (isSilent: boolean) => void
  readonly close: () => Promise<void>
}

type Pair = { readonly near: Socket; readonly far: Socket; readonly port: number }

export async function openLine(port: number): Promise<Line> {
  let target: number | null = null
  let isSilent = false
  const pairs = new Set<Pair>()
  const held = new Set<Socket>()
  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (isSilent) {
      held.add(near)
      near.once('close', () => held.delete(near))
      return
    }
    if (target === null) {
      near.destroy()
      return
    }
    const far = createConnection({ host: '127.0.0.1', port: target })
    const pair = { near, far, port: target }
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      // Over a silent line not even the end of the other side is heard.
      if (isSilent) return
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', end).on('close', end)
    near.on('data', (chunk) => isSilent || far.write(chunk))
    far.on('data', (chunk) => isSilent || near.write(chunk))
  })
  const cut = (pair: Pair): void => {
    pairs.delete(pair)
    pair.near.destroy()
    pair.far.destroy()
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port,
    leadNewTo: (next) => {
      target = next
    },
    leadTo: (next) => {
      target = next
      for (const pair of [...pairs]) if (pair.port !== next) cut(pair)
    },
    silence: (next) => {
      isSilent = next
      if (next) return
      // What was lost meanwhile does not come again: those lines are broken for good.
      for (const pair of [...pairs]) cut(pair)
      for (const socket of [...held]) socket.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const pair of [...pairs]) cut(pair)
        for (const socket of [...held]) socket.destroy()
      }),
  }
}
