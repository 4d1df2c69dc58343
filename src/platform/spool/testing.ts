import { systemClock } from '#kernel/clock.ts'
import type { Arrival } from '../inbox/store.ts'
import { realDisk, type SpoolDisk } from './disk.ts'

/** Message `n` of a made-up shop; the same `n` has the same key. */
export function spoolArrival(n: number, more: Partial<Arrival> = {}): Arrival {
  return {
    connection: 'shop',
    lane: 'shop',
    transport: 'http',
    topic: 'orders/create',
    dedupKey: `delivery-${n}`,
    orderNo: `L${n}`,
    headers: '{}',
    body: Buffer.from(`{"order":${n}}`),
    verdict: 'accepted',
    refusalCode: null,
    refusalDetail: null,
    responseStatus: 200,
    responseBody: '',
    receivedAt: systemClock.now(),
    latencyUs: 0,
    ...more,
  }
}

/** The real disk, until `fail` names an error: then the next write in a folder that `where` picks fails with it. */
export function failingDisk(): SpoolDisk & {
  failWith: (code: string | null, at: 'append' | 'sync', where?: (path: string) => boolean) => void
} {
  let failure: { code: string; at: 'append' | 'sync'; where: (path: string) => boolean } | null = null
  const check = (path: string, at: 'append' | 'sync'): void => {
    if (failure?.at === at && failure.where(path))
      throw Object.assign(new Error(`${failure.code}: made up`), { code: failure.code })
  }
  return {
    failWith: (code, at, where = () => true) => {
      failure = code === null ? null : { code, at, where }
    },
    syncFolder: realDisk.syncFolder,
    create: async (path) => {
      const file = await realDisk.create(path)
      return {
        append: async (bytes) => {
          check(path, 'append')
          await file.append(bytes)
        },
        sync: async () => {
          check(path, 'sync')
          await file.sync()
        },
        close: file.close,
      }
    },
  }
}
