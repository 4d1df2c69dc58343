import type { Sql } from '#platform/postgres/database.ts'
import type { SegmentBatch } from '#platform/spool/read-segment.ts'
import { type Checkpoint, readCheckpoint } from './store.ts'

type Readable = {
  readonly id: string
  readonly bytes: number
  readonly batch: (offset: number, most: number) => SegmentBatch
}

/**
 * Where a merge goes on in this file; null: every record of it is merged. A checkpoint goes by the segment, and what was merged
 * of it may have been a copy: a shorter one, taken while it was still written or cut off on its way, or one with a damaged place
 * that this file has whole. So the file itself is asked, and a `done` alone says nothing.
 */
export function placeIn(source: Readable, checkpoint: Checkpoint): Checkpoint | null {
  const { offset, done, damagedAt } = checkpoint
  if (damagedAt !== null && source.batch(damagedAt, 1).records[0]?.offset === damagedAt)
    return { offset: damagedAt, done: false, damagedAt: null }
  if (offset > source.bytes) return null
  if (!done) return checkpoint
  if (offset === source.bytes || source.batch(offset, 1).records.length === 0) return null
  return { offset, done: false, damagedAt }
}

/** Whether every record of this very file is in the database, to its last byte: only then may it be moved or removed. */
export async function isCovered(sql: Sql, source: Readable): Promise<boolean> {
  const checkpoint = await readCheckpoint(sql, source.id)
  return placeIn(source, checkpoint) === null && checkpoint.done
}
