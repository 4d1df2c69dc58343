import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type ZipLimits = {
  readonly entries: number
  /** Bytes that all parts unfold to. */
  readonly total: number
  /** Bytes of any part that the reader holds in memory whole (all but worksheets). */
  readonly held: number
}
export const ZIP_LIMITS: ZipLimits = { entries: 10_000, total: 1_073_741_824, held: 134_217_728 }

/**
 * Unfolds every part of the archive once and counts, since the sizes that an archive states of itself may lie. Nothing is
 * kept. Refused: `imports.xlsx_broken`, `imports.xlsx_too_large` (more than the limits), `imports.xlsx_encrypted`.
 */
export async function checkZip(path: string, limits: ZipLimits = ZIP_LIMITS): Promise<Result<null>> {
  const file = await open(path)
  try {
    const entries = await readDirectory(file, limits)
    if (!entries.ok) return entries
    let total = 0
    for (const entry of entries.value) {
      const most = Math.min(limits.total - total, isSheet(entry.name) ? limits.total : limits.held)
      const size = await unfoldedSize(file, path, entry, most)
      if (!size.ok) return size
      total += size.value
    }
    return ok(null)
  } finally {
    await file.close()
  }
}

function isSheet(name: string): boolean {
  return /^\/?xl\/worksheets\/[^/]+\.xml$/i.test(name)
}

type Entry = { readonly name: string; readonly method: number; readonly packed: number; readonly at: number }

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const DIRECTORY_MOST = 8_388_608

function brokenZip(words: string) {
  return refuse('imports.xlsx_broken', `the workbook is not a whole ZIP archive (${words})`)
}

async function readDirectory(file: FileHandle, limits: ZipLimits): Promise<Result<readonly Entry[]>> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  let end = tail.length - 22
  while (end >= 0 && tail.readUInt32LE(end) !== END) end -= 1
  if (end < 0) return brokenZip('no directory')
  const count = tail.readUInt16LE(end + 10)
  const length = tail.readUInt32LE(end + 12)
  const start = tail.readUInt32LE(end + 16)
  if (count > limits.entries || length > DIRECTORY_MOST)
    return refuse('imports.xlsx_too_large', `the workbook has more than ${limits.entries} parts`)
  if (start + length > size) return brokenZip('directory cut off')
  const directory = await readAt(file, start, length)
  const entries: Entry[] = []
  let at = 0
  for (let i = 0; i < count; i += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL) return brokenZip('directory')
    const nameLength = directory.readUInt16LE(at + 28)
    const packed = directory.readUInt32LE(at + 20)
    const offset = directory.readUInt32LE(at + 42)
    const flags = directory.readUInt16LE(at + 8)
    if ((flags & 1) === 1)
      return refuse('imports.xlsx_encrypted', 'the workbook has a password; save it without')
    if (packed === 0xffffffff || offset === 0xffffffff)
      return brokenZip('ZIP64, which no file of this size needs')
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packed,
      at: offset,
    })
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return ok(entries)
}

async function unfoldedSize(
  file: FileHandle,
  path: string,
  entry: Entry,
  most: number,
): Promise<Result<number>> {
  const header = await readAt(file, entry.at, 30)
  if (header.length < 30 || header.readUInt32LE(0) !== LOCAL) return brokenZip('part')
  if (entry.method === 0) return entry.packed <= most ? ok(entry.packed) : tooLarge(entry)
  if (entry.method !== 8) return brokenZip(`compression method ${entry.method}`)
  if (entry.packed === 0) return ok(0)
  const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const inflate = createInflateRaw()
  const source = createReadStream(path, { start, end: start + entry.packed - 1 })
  source.on('error', (error) => inflate.destroy(error))
  source.pipe(inflate)
  let size = 0
  try {
    for await (const chunk of inflate) {
      size += (chunk as Buffer).length
      if (size > most) return tooLarge(entry)
    }
    return ok(size)
  } catch (error) {
    return brokenZip(error instanceof Error ? error.message.slice(0, 80) : 'part')
  } finally {
    source.destroy()
    inflate.destroy()
  }
}

function tooLarge(entry: Entry) {
  return refuse('imports.xlsx_too_large', `${entry.name.slice(0, 80)} unfolds to more than the hub reads`)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
