import type { Clock } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import { readFrozen } from '../places/store.ts'
import { inTurn } from '../retry.ts'
import { wantSnapshots } from '../store.ts'
import { reserveDoubts } from './reserve-doubts.ts'
import {
  endFindings,
  type Found,
  holdFindings,
  openFindings,
  readAgreed,
  readKnownNow,
  readNegative,
  readUnseen,
  settleOthers,
} from './store.ts'

/** For so long what a source says may be passed over as older before somebody is asked: two channels are never that far apart for long. */
const FROZEN_MINUTES = 5

export type WatchFindingsDeps = {
  readonly db: Database
  readonly clock: Clock
  /** After which what left by the hub's knowledge should be counted down by its warehouse. */
  readonly unseenMinutes: number
}

/**
 * Opens what only time shows (left here, not there; figures below nothing), settles what is not so any more, and brings what is set aside
 * in line with what is in doubt. Stateless: a missed look is made up by the next.
 */
export async function watchFindings({ db, clock, unseenMinutes }: WatchFindingsDeps): Promise<void> {
  const now = clock.now()
  const unseen = (await readUnseen(db, now.subtract({ minutes: unseenMinutes }))).map(
    ({ sku, warehouse, physical, source_quantity, unseen: pieces }): Found => ({
      kind: 'unseen_out',
      feedId: null,
      sku,
      warehouse,
      ledger: physical,
      captured: source_quantity,
      evidence: { unseen: pieces, minutes: unseenMinutes },
    }),
  )
  const frozen = (await readFrozen(db, now.subtract({ minutes: FROZEN_MINUTES }))).map(
    ({ sku, warehouse, feed_id, physical, source_version, quantity, version }): Found => ({
      kind: 'conflict',
      feedId: feed_id,
      sku,
      warehouse,
      ledger: physical,
      captured: quantity,
      evidence: { version: String(version), knownVersion: String(source_version), frozen: true },
    }),
  )
  const negative = (await readNegative(db)).map(
    ({ sku, warehouse, physical, source_quantity }): Found => ({
      kind: 'negative',
      feedId: null,
      sku,
      warehouse,
      ledger: physical,
      captured: source_quantity,
      evidence: {},
    }),
  )
  await inTurn(db, async (tx) => {
    await openFindings(tx, [...unseen, ...negative, ...frozen], now)
    await settleOthers(tx, 'unseen_out', unseen, now)
    await settleOthers(tx, 'negative', negative, now)
  })
  const agreed = await readAgreed(db)
  const known = await readKnownNow(db)
  const gone = [...agreed, ...known.map((one) => one.id)]
  if (gone.length > 0)
    await inTurn(db, async (tx) => {
      const held = (await holdFindings(tx, gone)).filter((one) => one.settled_at === null)
      const ids = held.map((one) => one.id)
      await endFindings(tx, ids, { state: 'gone', by: 'hub', words: 'the cause is gone' }, now)
      // What was passed over while its name was unknown is in the table still.
      const feeds = known.flatMap((one) =>
        one.feed_id === null || !ids.includes(one.id) ? [] : [one.feed_id],
      )
      if (feeds.length > 0) await wantSnapshots(tx, [...new Set(feeds)])
    })
  await reserveDoubts(db, now)
}
