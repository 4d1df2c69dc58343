import { ok, type Result, refuse } from '#kernel/result.ts'
import { isInnerTarget } from '#platform/http-client/target-guard.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { secretText } from '#platform/webhook-sign.ts'
import { accountGone } from './add-segments.ts'
import type { By, PoolDeps } from './deps.ts'
import { poolNow } from './read-pools.ts'
import { applyIntent } from './refill/apply-numbers.ts'
import { insertApplication, moveApplication, readApplication } from './refill/store.ts'
import {
  lockPool,
  type PoolRow,
  type Refill,
  readAccount,
  readPools,
  readRefill,
  saveSettings,
} from './store.ts'

export type SettingsDraft = {
  /** Null: the hub's own setting. */
  readonly lowAt: number | null
  readonly failOverTo: bigint | null
  readonly refill: Refill
  readonly refillCount: number
  readonly refillUrl: string | null
  /** Makes a new secret even where there is one. */
  readonly newSecret: boolean
}

/**
 * Changes when a pool is low and what is done then. Answers a new secret once, where one was made. Refused: `pools.account_not_found`,
 * `pools.fail_over_unfit`, `pools.fail_over_loop`, `pools.bad_url`.
 */
export async function changeSettings(
  deps: PoolDeps,
  actor: By,
  accountId: bigint,
  draft: SettingsDraft,
): Promise<Result<{ readonly secret: string | null }>> {
  const url = checkUrl(draft, deps.allowPrivate)
  if (!url.ok) return url
  return await deps.db.begin(async (tx): Promise<Result<{ secret: string | null }>> => {
    if ((await lockPool(tx, accountId)) === null) return accountGone(accountId)
    const fit = await checkFailOver(tx, accountId, draft.failOverTo)
    if (!fit.ok) return fit
    const stored = await readRefill(tx, accountId)
    // A secret that signed calls to one place is not used for another.
    const wantsSecret =
      draft.refill === 'post' && (stored?.secret == null || stored.url !== url.value || draft.newSecret)
    const secret = wantsSecret ? secretText(deps.random.bytes(32)) : null
    const sealed = secret === null ? null : deps.vault.seal(Buffer.from(secret))
    await saveSettings(
      tx,
      accountId,
      { ...draft, refillUrl: url.value, secret: sealed },
      actor.name,
      deps.clock.now(),
    )
    await deps.audit(tx, {
      actor,
      action: 'pools.settings_changed',
      subject: `account ${accountId}`,
      detail: {
        lowAt: draft.lowAt,
        failOverTo: draft.failOverTo?.toString() ?? null,
        refill: draft.refill,
        refillCount: draft.refillCount,
        refillUrl: url.value,
        secretMade: secret !== null,
      },
    })
    return ok({ secret })
  })
}

function checkUrl({ refill, refillUrl }: SettingsDraft, allowPrivate: boolean): Result<string | null> {
  const text = refillUrl?.trim() ?? ''
  if (text === '')
    return refill === 'post' ? refuse('pools.bad_url', 'to be called, a branch needs an address') : ok(null)
  const url = URL.parse(text)
  const isWeb = url !== null && (url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:'))
  if (!isWeb || url.username !== '' || url.password !== '' || text.length > 500)
    return refuse('pools.bad_url', 'an address begins with https:// and holds no password')
  if (!allowPrivate && isInnerTarget(url))
    return refuse('pools.bad_url', 'an address of this machine or of a private network is not called')
  return ok(text)
}

async function checkFailOver(tx: Sql, accountId: bigint, to: bigint | null): Promise<Result<null>> {
  if (to === null) return ok(null)
  if (to === accountId) return refuse('pools.fail_over_loop', 'an account does not stand in for itself')
  if ((await readAccount(tx, to)) === null)
    return refuse('pools.fail_over_unfit', `there is no carrier account ${to}`)
  const next = new Map((await readPools(tx)).map((row) => [row.account_id, row.fail_over_to]))
  for (
    let at = next.get(to) ?? null, steps = 0;
    at !== null && steps < 100;
    at = next.get(at) ?? null, steps += 1
  )
    if (at === accountId)
      return refuse('pools.fail_over_loop', 'those accounts would stand in for each other in a circle')
  return ok(null)
}

/** Asks for numbers on a person's word. Refused: `pools.account_not_found`, `pools.application_exists`. */
export async function askForNumbers(
  deps: PoolDeps,
  actor: By,
  accountId: bigint,
  wanted: { readonly count: number | null; readonly note: string },
): Promise<Result<bigint>> {
  return await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    if ((await lockPool(tx, accountId)) === null) return accountGone(accountId)
    const [row] = await readPools(tx, accountId)
    if (row === undefined) return accountGone(accountId)
    const id = await openApplication(deps, tx, row, { because: 'by_hand', by: actor.name, ...wanted })
    if (id === null) return refuse('pools.application_exists', 'numbers are asked for already')
    await deps.audit(tx, {
      actor,
      action: 'pools.numbers_asked',
      subject: `account ${accountId}`,
      detail: { application: id.toString(), count: wanted.count ?? row.refill_count, note: wanted.note },
    })
    return ok(id)
  })
}

/** Records that numbers are wanted, and where the branch has an address of its own, that it is to be called. */
export async function openApplication(
  { clock }: Pick<PoolDeps, 'clock'>,
  tx: Sql,
  row: PoolRow,
  ask: {
    readonly because: 'low' | 'empty' | 'by_hand'
    readonly by: string
    readonly count: number | null
    readonly note: string
  },
): Promise<bigint | null> {
  const now = clock.now()
  const isCalled = row.refill === 'post'
  const id = await insertApplication(
    tx,
    {
      account_id: row.account_id,
      state: isCalled ? 'sending' : 'open',
      wanted: ask.count ?? row.refill_count,
      left_count: poolNow(row).left,
      because: ask.because,
      note: ask.note.slice(0, 300),
      asked_by: ask.by,
    },
    now,
  )
  if (id !== null && isCalled) await newIntents(tx, [applyIntent(row.connection_id, id)], now)
  return id
}

/** Ends an application on a person's word. Refused: `pools.application_not_found`, `pools.application_ended_conflict`. */
export async function closeApplication(
  deps: PoolDeps,
  actor: By,
  id: bigint,
  note: string,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    if ((await readApplication(tx, id)) === null)
      return refuse('pools.application_not_found', 'there is no such application')
    const closed = await moveApplication(
      tx,
      id,
      { state: 'closed', code: null, detail: note },
      deps.clock.now(),
    )
    if (!closed) return refuse('pools.application_ended_conflict', 'this application has ended already')
    await deps.audit(tx, {
      actor,
      action: 'pools.application_closed',
      subject: `application ${id}`,
      detail: { note },
    })
    return ok(null)
  })
}
