import { createHash } from 'node:crypto'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** What a cursor may hold: the sort key and id of the last row shown. */
export type CursorValue = string | number | null

/**
 * Packs the place where a page ended. `list` names the list and its sort (`orders:-sortAt`), so that a cursor of
 * another list or order of rows is refused and never silently skips some.
 */
export function encodeCursor(list: string, values: readonly CursorValue[]): string {
  const payload = Buffer.from(JSON.stringify(values))
  return Buffer.concat([checksum(list, payload), payload]).toString('base64url')
}

/** Refuses with `http.bad_cursor` whatever `encodeCursor` did not make for this list. */
export function decodeCursor(list: string, text: string): Result<readonly CursorValue[]> {
  const bytes = Buffer.from(text, 'base64url')
  const payload = bytes.subarray(CHECKSUM_BYTES)
  if (bytes.length <= CHECKSUM_BYTES || bytes.toString('base64url') !== text) return badCursor()
  // No secret: a cursor can say nothing that the query parameters could not; this only keeps broken ones out.
  if (!checksum(list, payload).equals(bytes.subarray(0, CHECKSUM_BYTES))) return badCursor()
  return ok(JSON.parse(payload.toString('utf8')) as CursorValue[])
}

const CHECKSUM_BYTES = 8

function checksum(list: string, payload: Uint8Array): Buffer {
  return createHash('sha256')
    .update(`holdfast cursor\0${list}\0`)
    .update(payload)
    .digest()
    .subarray(0, CHECKSUM_BYTES)
}

function badCursor(): Result<never> {
  return refuse('http.bad_cursor', 'this cursor does not belong to this list; start again without one')
}
