import { SYSTEM } from '#features/identity/index.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Intent, NewIntent } from '#platform/outbox/store.ts'
import { signedHeaders } from '#platform/webhook-sign.ts'
import { addSegmentsIn, filled } from '../add-segments.ts'
import { type RefillAnswer, readRefill as readAnswer } from '../core/refill.ts'
import type { RefillDeps } from '../deps.ts'
import { poolNow } from '../read-pools.ts'
import { readPools, readRefill } from '../store.ts'
import { type ApplicationRow, moveApplication, readApplication } from './store.ts'

export const APPLY_NUMBERS = 'apply_numbers'
const TIMEOUT_MS = 20_000

export function applyIntent(connection: string, applicationId: bigint): NewIntent {
  return {
    key: `${APPLY_NUMBERS}:${applicationId}`,
    effect: APPLY_NUMBERS,
    connection,
    orderId: null,
    payload: { applicationId: applicationId.toString() },
  }
}

/**
 * Calls the branch's own address: one application has one id however often it is told, and what is answered twice is put in once. A time-out
 * is therefore simply tried again.
 */
export function applyNumbersHandler(deps: RefillDeps): EffectHandler {
  return {
    perform: async (intent) => {
      const application = await applicationOf(deps, intent)
      if (application === null)
        return {
          state: 'moot',
          refusal: { code: 'pools.application_ended_conflict', detail: 'it has ended' },
        }
      const answer = await callBranch(deps, application)
      return await settle(deps, application, answer)
    },
  }
}

async function applicationOf({ db }: RefillDeps, { payload }: Intent): Promise<ApplicationRow | null> {
  const row = await readApplication(db, BigInt(String(payload.applicationId)))
  return row === null || row.state === 'filled' || row.state === 'closed' ? null : row
}

async function callBranch(deps: RefillDeps, application: ApplicationRow): Promise<RefillAnswer> {
  const stored = await readRefill(deps.db, application.account_id)
  const [row] = await readPools(deps.db, application.account_id)
  if (stored?.url == null || stored.secret === null || row === undefined)
    return { is: 'refused', words: 'the branch has no address any more' }
  const { left, hoursLeft } = poolNow(row)
  const id = `application-${application.id}`
  const body = JSON.stringify({
    type: 'numbers.wanted',
    timestamp: application.asked_at.toString(),
    data: {
      application: id,
      carrier: row.carrier,
      account: row.account_name,
      wanted: application.wanted,
      left,
      perHour: Math.round(row.rate_per_hour * 10) / 10,
      hoursLeft: hoursLeft === null ? null : Math.round(hoursLeft * 10) / 10,
    },
  })
  const secret = Buffer.from(deps.vault.open(stored.secret)).toString()
  const seconds = Math.floor(deps.clock.now().epochMilliseconds / 1_000)
  const answer = await deps.http({
    method: 'POST',
    url: stored.url,
    headers: { 'content-type': 'application/json', ...signedHeaders([secret], { id, seconds, body }) },
    body,
    timeoutMs: TIMEOUT_MS,
  })
  return readAnswer(answer.status, new TextDecoder().decode(answer.body.subarray(0, 1_000_000)))
}

async function settle(
  deps: RefillDeps,
  application: ApplicationRow,
  answer: RefillAnswer,
): Promise<EffectEnd> {
  if (answer.is === 'again') throw new Outage('pools.branch_busy', `the branch answered ${answer.words}`)
  const { id } = application
  const end = await deps.db.begin(async (tx): Promise<Result<string>> => {
    const now = deps.clock.now()
    if (answer.is === 'refused') {
      await moveApplication(
        tx,
        id,
        { state: 'refused', code: 'pools.branch_refused', detail: answer.words },
        now,
      )
      return refuse('pools.branch_refused', answer.words)
    }
    if (answer.is === 'later') {
      await moveApplication(tx, id, { state: 'taken', code: null, detail: answer.words }, now)
      return ok('the branch took the application')
    }
    const draft = {
      accountId: application.account_id,
      typed: answer.segments,
      note: `application ${id}`,
      applicationId: id,
    }
    const added = await addSegmentsIn(deps, tx, SYSTEM, draft)
    if (!added.ok) {
      const { code, detail } = added.refusal
      await moveApplication(tx, id, { state: 'refused', code, detail }, now)
      return added
    }
    await moveApplication(tx, id, filled(added.value), now)
    return ok(`${added.value.numbers} numbers came`)
  })
  return end.ok ? { state: 'done', words: end.value } : { state: 'refused', refusal: end.refusal }
}
