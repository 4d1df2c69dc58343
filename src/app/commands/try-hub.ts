import type { RuleOrders } from '#domain/rule-order.ts'
import type { ChosenRules, RuleKindPart, RuleScope } from '#domain/rulebook.ts'
import { freightDirectory } from '#features/freight/index.ts'
import { openRulebook } from '#features/rulebook/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { silentLog } from '#platform/log.ts'
import { type Environment, readConfig } from '../config.ts'
import { openHubDatabase } from '../database.ts'
import { ruleOrdersOf } from '../fulfilment.ts'
import { ruleEngine, ruleKindParts } from '../rulebook.ts'

/** What a trial reads of the hub: orders, and the rules that decide. No order, plan or decision is written. */
export type TryHub = {
  readonly orders: RuleOrders
  readonly parts: ReadonlyMap<string, RuleKindPart>
  readonly choose: (kind: string, scope: RuleScope) => ChosenRules | null
  /** What is live in one rule set, for whichever shop that is. */
  readonly liveOf: (kind: string, setId: bigint) => ChosenRules | null
  readonly close: () => Promise<void>
}

/** Joins the running hub's database, or starts it for as long as the trial takes. Throws `Outage` where it cannot be reached. */
export async function openTryHub(env: Environment): Promise<TryHub> {
  const read = readConfig(env)
  if (!read.ok) throw new Outage(read.refusal.code, read.refusal.detail)
  const config = { ...read.value, databaseConnections: 2, workers: 0 }
  const database = await openHubDatabase(config, silentLog(), systemClock)
  try {
    const { db } = database
    const freight = freightDirectory({ db })
    await freight.refresh()
    const parts = ruleKindParts({ db, clock: systemClock, log: silentLog(), freight })
    const rulebook = openRulebook({ db, clock: systemClock, engine: ruleEngine, parts })
    await rulebook.refresh()
    return {
      orders: ruleOrdersOf({ database }),
      parts,
      choose: rulebook.choose,
      liveOf: rulebook.liveOf,
      close: database.close,
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
