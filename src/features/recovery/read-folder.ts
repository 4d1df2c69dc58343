import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { diskCode } from '#platform/spool/disk.ts'
import { isLive, openSegment } from '#platform/spool/read-segment.ts'
import { SEGMENT_SUFFIX } from '#platform/spool/segment.ts'
import type { Vault } from '#platform/vault.ts'
import type { MergeSource } from './merge-file.ts'

/** What a folder holds that can be merged: segments, and documents of one order each. Full paths, oldest first. */
export type SpoolFolder = {
  readonly segments: readonly string[]
  readonly documents: readonly string[]
  readonly bytes: number
}

const DEPTH = 8
const REPORTS = /^(receipts|report).*\.jsonl?$/i

/**
 * Looks through a folder and those inside it. Refused: `recovery.unreadable` (not there, or no right to read it),
 * `recovery.not_a_spool` (nothing in it that can be merged).
 */
export function readFolder(path: string): Result<SpoolFolder> {
  const segments: string[] = []
  const documents: string[] = []
  let bytes = 0
  const add = (file: string): void => {
    if (file.endsWith(SEGMENT_SUFFIX)) segments.push(file)
    else if (file.endsWith('.json') && !REPORTS.test(basename(file))) documents.push(file)
    else return
    bytes += statSync(file).size
  }
  const walk = (dir: string, depth: number): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const full = join(dir, entry.name)
      if (entry.isFile()) add(full)
      else if (entry.isDirectory() && depth < DEPTH) walk(full, depth + 1)
    }
  }
  try {
    if (statSync(path).isFile()) add(path)
    else walk(path, 0)
  } catch (error) {
    return refuse('recovery.unreadable', `${path} cannot be read (${diskCode(error)})`)
  }
  if (segments.length + documents.length === 0)
    return refuse(
      'recovery.not_a_spool',
      `${path} holds neither segments (*${SEGMENT_SUFFIX}) nor documents (*.json) of a spool`,
    )
  return ok({ segments: segments.sort(), documents: documents.sort(), bytes })
}

/** A segment as a source; the newest one of a folder whose process lives may still grow, unless the caller closed it. */
export async function segmentSource(
  path: string,
  vaults: readonly Vault[],
  closed = false,
): Promise<Result<MergeSource>> {
  // Asked before it is read: a segment that ends in between would else be taken for whole without its last records.
  const complete = closed || !mayGrow(path)
  const opened = await openSegment(path, vaults)
  if (!opened.ok) return opened
  const { id, bytes, batch } = opened.value
  return ok({ id, name: path, bytes, complete, batch })
}

function mayGrow(path: string): boolean {
  const dir = dirname(path)
  if (!existsSync(join(dir, 'lock')) || !isLive(dir)) return false
  const names = readdirSync(dir).filter((name) => name.endsWith(SEGMENT_SUFFIX))
  return names.sort().at(-1) === basename(path)
}
