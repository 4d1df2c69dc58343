import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Encoding, probeEncoding } from './encoding.ts'
import { checkZip } from './zip-check.ts'

export const UPLOAD_MOST = 104_857_600

export type SavedFile = {
  /** SHA-256 of the bytes, hexadecimal: the file's id and its name on the disk. */
  readonly id: string
  readonly bytes: number
  readonly format: 'csv' | 'xlsx'
  readonly encoding: Encoding | null
}

/** Where the bytes of uploaded files lie. */
export type FileStore = {
  readonly pathOf: (id: string) => string
  /**
   * Writes a stream to the disk, flushed before it has its name. Refused: `imports.file_too_large`, `imports.file_empty`,
   * `imports.xls_unsupported`, `imports.binary` and those of `checkZip`. Throws `Outage` where the disk is full.
   */
  readonly save: (bytes: AsyncIterable<Uint8Array>) => Promise<Result<SavedFile>>
  readonly remove: (id: string) => Promise<void>
}

/** `most`: bytes that one file may have. */
export function openFileStore(dataDir: string, clock: Clock, most: number = UPLOAD_MOST): FileStore {
  // Asked for only when a file comes: the OpenAPI document is written without a configuration.
  const folder = (): string => join(dataDir, 'imports')
  const pathOf = (id: string): string => join(folder(), id)
  return {
    pathOf,
    remove: (id) => rm(pathOf(id), { force: true }),
    save: async (bytes) => {
      const dir = folder()
      const draft = join(dir, `upload-${randomUUID()}`)
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        await dropStaleDrafts(dir, clock.now())
        const written = await write(draft, bytes, most)
        if (!written.ok) return written
        const checked = await formatOf(draft, written.value)
        if (!checked.ok) return checked
        await rename(draft, pathOf(checked.value.id))
        await flushFolder(dir)
        return checked
      } catch (error) {
        throw diskOutage(error)
      } finally {
        await rm(draft, { force: true })
      }
    },
  }
}

type Written = {
  readonly id: string
  readonly bytes: number
  readonly head: Buffer
  readonly encoding: Encoding | null
}

async function write(path: string, bytes: AsyncIterable<Uint8Array>, most: number): Promise<Result<Written>> {
  const file = await open(path, 'wx', 0o600)
  const sha = createHash('sha256')
  const probe = probeEncoding()
  let size = 0
  let head = Buffer.alloc(0)
  try {
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > most)
        return refuse('imports.file_too_large', `the file is larger than ${Math.floor(most / 1_048_576)} MB`)
      if (head.length < 8) head = Buffer.concat([head, chunk.subarray(0, 8)])
      sha.update(chunk)
      if (!isZip(head)) probe.add(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return ok({ id: sha.digest('hex'), bytes: size, head, encoding: probe.end() })
}

function isZip(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50
}

async function formatOf(path: string, { id, bytes, head, encoding }: Written): Promise<Result<SavedFile>> {
  if (bytes === 0) return refuse('imports.file_empty', 'the file is empty')
  if (head.length >= 8 && head.readUInt32BE(0) === 0xd0cf11e0)
    return refuse(
      'imports.xls_unsupported',
      'this is an old .xls or a protected workbook; save it as .xlsx or CSV',
    )
  if (isZip(head)) {
    const checked = await checkZip(path)
    return checked.ok ? ok({ id, bytes, format: 'xlsx', encoding: null }) : checked
  }
  if (head.subarray(0, 5).toString('latin1') === '%PDF-' || head.readUInt8(0) === 0x89)
    return refuse('imports.binary', 'this is neither CSV nor XLSX')
  return ok({ id, bytes, format: 'csv', encoding })
}

/** What a crash left behind; a running upload touches its draft all the time. */
async function dropStaleDrafts(dir: string, now: Temporal.Instant): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.startsWith('upload-')) continue
    const found = await stat(join(dir, name)).catch(() => null)
    const age = found === null ? 0 : now.epochMilliseconds - found.mtimeMs
    if (age > 3_600_000) await rm(join(dir, name), { force: true })
  }
}

async function flushFolder(dir: string): Promise<void> {
  const folder = await open(dir).catch(() => null)
  // Some systems do not let a folder be flushed; the file itself is.
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

function diskOutage(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Outage('imports.disk_full', 'no room on the disk for the file', { cause: error })
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new Outage('imports.upload_broken', 'the connection broke off before the file was whole', {
      cause: error,
    })
  if (code === 'EACCES' || code === 'EROFS')
    return new Outage('imports.disk_refused', 'the folder for imports cannot be written', { cause: error })
  return error
}
