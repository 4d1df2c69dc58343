import type { ContentClaim, ContentPart, OrderContent } from '#domain/order.ts'
import { CONTENT_PARTS } from '#domain/order.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'

/** A register's version: the source's own, and the content's hash where two versions are equal. */
export type Version = { readonly version: bigint; readonly hash: Uint8Array }
export type Candidate<P extends ContentPart = ContentPart> = Version & {
  readonly part: P
  readonly value: OrderContent[P]
  /** The value as stored JSON; `contentFromJson` reads it back. */
  readonly text: string
}

/** The parts that a content claim brings, each with its version and hash. */
export function candidatesOf(claim: ContentClaim): Candidate[] {
  return CONTENT_PARTS.flatMap((part) => {
    const value = claim.parts[part]
    if (value === undefined) return []
    const text = canonicalJson(value)
    return [{ part, value, text, version: claim.version, hash: sha256(text) }]
  })
}

/** Whether `a` wins over `b`: the higher version, then the higher hash. Total, so joining in any order ends the same. */
export function wins(a: Version, b: Version | undefined): boolean {
  if (b === undefined) return true
  if (a.version !== b.version) return a.version > b.version
  return Buffer.compare(a.hash, b.hash) > 0
}
