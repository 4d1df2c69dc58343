import type { Claim, Reading } from '#domain/claim.ts'
import type { Fact, FactKind, Subject } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import type { ConnectionId, MessageId } from '#kernel/id.ts'

/** Upstream code -> what it means; `none` is known and says nothing. A code that is not in it is never guessed. */
export type MappingRules = ReadonlyMap<string, FactKind | 'none'>

export type MessageOrigin = {
  readonly connection: ConnectionId
  readonly messageId: MessageId
  readonly receivedAt: Instant
}

export type ReadFacts = {
  readonly facts: readonly Fact[]
  /** Claims whose code the mapping reads as `none`: a replay takes their facts back. */
  readonly silenced: readonly { readonly subject: Subject; readonly id: string }[]
  /** Codes that nobody has decided yet, without repetition. */
  readonly unknown: readonly string[]
}

/** Reads a message's claims through the status mapping. Pure: the same reading and rules give the same facts. */
export function claimsToFacts(reading: Reading, rules: MappingRules, origin: MessageOrigin): ReadFacts {
  const facts: Fact[] = []
  const silenced: { subject: Subject; id: string }[] = []
  const unknown = new Set<string>()
  for (const claim of reading.claims) {
    const kind = rules.get(claim.code)
    if (kind === undefined) {
      unknown.add(claim.code)
      continue
    }
    const subject = subjectOf(claim, origin.connection)
    const id = factId(claim, origin.connection)
    if (kind === 'none') silenced.push({ subject, id })
    else
      facts.push({
        id,
        subject,
        kind,
        at: claim.at,
        source: origin.connection,
        code: claim.code,
        detail: claim.detail,
        evidence: origin.messageId,
        receivedAt: origin.receivedAt,
      })
  }
  return { facts, silenced, unknown: [...unknown] }
}

/** The same claim by the same source is one fact, however often, under whichever subject and mapping it arrives. */
export function factId(claim: Pick<Claim, 'code' | 'at' | 'detail'>, source: ConnectionId): string {
  return hashToUuid(
    `${source}\n${claim.code}\n${claim.at.raw}\n${claim.at.instant?.toString() ?? ''}\n${canonicalJson(claim.detail)}`,
  )
}

function subjectOf(claim: Claim, connection: ConnectionId): Subject {
  return claim.subject.by === 'order'
    ? { by: 'order', connection: claim.subject.connection ?? connection, orderNo: claim.subject.orderNo }
    : claim.subject
}
