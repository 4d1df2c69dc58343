import { parentPort } from 'node:worker_threads'
import { refuse } from '#kernel/result.ts'
import { findFonts } from './walk-fonts.ts'

// Beside the process that takes orders: a file from outside may take any time and any memory to be read.

parentPort?.on('message', (bytes: Uint8Array) => {
  findFonts(bytes)
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message.slice(0, 160) : 'unreadable'
      return refuse('labels.pdf_broken', `the PDF cannot be read: ${why}`)
    })
    .then((found) => parentPort?.postMessage(found))
})
