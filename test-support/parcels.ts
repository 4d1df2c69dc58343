import assert from 'node:assert/strict'
import type { CallDeps, Calls, Connector } from '#domain/connector.ts'
import type { Fact, FactKind } from '#domain/fact.ts'
import type { Connected } from '#features/intake/index.ts'
import { appendFacts } from '#features/orders/store.ts'
import type { Clock } from '#kernel/clock.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { connectionId, messageId, trackingNo } from '#kernel/id.ts'
import { ownTime } from '#kernel/instant.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { noTcp } from './no-tcp.ts'

/** Facts of one parcel: kind, hours after `start` (null: a time that nobody knows), words, place. Heard when they happened. */
export async function addFactsFor(
  sql: Sql,
  start: Temporal.Instant,
  number: string,
  events: readonly (readonly [FactKind, hours: number | null, words?: string, place?: string])[],
  more: {
    readonly carrier: string
    readonly source: string
    readonly message: string
    readonly code?: string
  },
): Promise<void> {
  await appendFacts(
    sql,
    events.map(([kind, hours, words, place]): Fact => {
      const at = start.add({ minutes: Math.round((hours ?? 0) * 60) })
      return {
        id: hashToUuid([number, kind, hours, words, place, more.source, more.code].join('\n')),
        subject: { by: 'parcel', trackingNo: trackingNo(number) },
        kind,
        at:
          hours === null ? { raw: 'today', instant: null, zone: null, provenance: 'ambiguous' } : ownTime(at),
        source: connectionId(more.source),
        code: more.code ?? kind,
        detail: {
          ...(more.carrier === '' ? {} : { carrier: more.carrier }),
          ...(words === undefined ? {} : { words }),
          ...(place === undefined ? {} : { place }),
        },
        evidence: messageId(more.message),
        receivedAt: at,
      }
    }),
  )
}

/** A carrier's connection that takes subscriptions and pushes; nothing comes in and nothing is read. */
export function testCarrier(
  id: string,
  kind: string,
  more: Partial<Connector>,
  subscribeTracking: NonNullable<Calls['subscribeTracking']>,
): Connected {
  const connector: Connector = {
    kind,
    role: 'carrier',
    zh: kind,
    en: kind,
    zone: 'Asia/Shanghai',
    fields: [],
    codes: [],
    retryReply: { status: 503, contentType: 'text/plain', body: '' },
    receive: () => assert.fail('nothing comes in'),
    read: () => refuse('test.unread', 'not read here'),
    calls: () => ({ test: async () => ok({ words: '' }), subscribeTracking }),
    ...more,
  }
  return { id: connectionId(id), kind, name: `my ${id}`, paused: false, settings: {}, connector }
}

/** A way out that nothing may take. */
export function noCalls(clock: Clock): CallDeps {
  return { clock, random: seededRandom(1), openTcp: noTcp, http: async () => assert.fail('no call') }
}
