import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** What the spool's writer does to a disk; a test puts a failing one in its place. */
export type SpoolDisk = {
  /** Makes a file that was not there, readable by its owner only. */
  readonly create: (path: string) => Promise<SpoolFile>
  /** Makes the names in a folder durable. */
  readonly syncFolder: (path: string) => Promise<void>
}
export type SpoolFile = {
  /** Appends all of it or throws. */
  readonly append: (bytes: Uint8Array) => Promise<void>
  /** After this what was appended survives a loss of power. */
  readonly sync: () => Promise<void>
  readonly close: () => Promise<void>
}

export const realDisk: SpoolDisk = {
  create: async (path) => {
    const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
    return {
      append: (bytes) => appendAll(handle, bytes),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    }
  },
  syncFolder: async (path) => {
    const handle = await open(path, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

/** A nearly full disk takes a part of a write and only the next one says why. */
async function appendAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written)
    written += bytesWritten
  }
}

export function diskCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

export function isDiskFull(error: unknown): boolean {
  const code = diskCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
