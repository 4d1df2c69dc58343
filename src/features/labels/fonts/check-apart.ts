import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Result, refuse } from '#kernel/result.ts'
import type { FoundFonts } from './walk-fonts.ts'

export type CheckFonts = (bytes: Uint8Array) => Promise<Result<FoundFonts>>

const WITHIN_MS = 10_000
const MEMORY_MB = 256
/** What reading one file may add to the memory of the process: buffers are not counted by the limit of a thread. */
const GROWTH_MOST = 600 * 1_048_576
const LOOK_MS = 25
const WAITING_MOST = 8

/**
 * `findFonts` in a thread of its own that ends with it, one file at a time. Refuses as that, `labels.checks_throttled` where too many wait,
 * `labels.pdf_too_large` where time or memory were not enough: a file may unfold to any size.
 */
export function openCheckApart(limits = { withinMs: WITHIN_MS, growthMost: GROWTH_MOST }): CheckFonts {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (bytes) => {
    if (waiting >= WAITING_MOST)
      return refuse(
        'labels.checks_throttled',
        `${waiting} files are being looked at; try again in a moment`,
        {
          retryAfterSeconds: 5,
        },
      )
    waiting += 1
    const turn = last.then(() => checkOne(bytes, limits))
    last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      waiting -= 1
    }
  }
}

async function checkOne(
  bytes: Uint8Array,
  { withinMs, growthMost }: { readonly withinMs: number; readonly growthMost: number },
): Promise<Result<FoundFonts>> {
  const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  const stop = new AbortController()
  const before = process.memoryUsage.rss()
  const looking = setInterval(() => {
    if (process.memoryUsage.rss() - before > growthMost) stop.abort(new Error('memory'))
  }, LOOK_MS)
  const time = setTimeout(() => stop.abort(new Error('time')), withinMs)
  try {
    worker.postMessage(bytes)
    const [found] = await once(worker, 'message', { signal: stop.signal })
    return found as Result<FoundFonts>
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ABORT_ERR' || code === 'ERR_WORKER_OUT_OF_MEMORY')
      return refuse(
        'labels.pdf_too_large',
        `the PDF unfolds to more than can be looked at within ${withinMs} ms and ${MEMORY_MB} MB`,
      )
    throw error
  } finally {
    clearInterval(looking)
    clearTimeout(time)
    await worker.terminate()
  }
}
