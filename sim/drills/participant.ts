import { setTimeout as sleep } from 'node:timers/promises'
import type { DrillStep, DrillText, StepName } from '#app/drill-scenario.ts'
import type { Course } from './course.ts'
import type { Answer, Sandbox } from './sandbox.ts'

// The scripted participant: carries out a scenario's `remedy` over the hub's API, as a practised person would by its console. That every
// shipped scenario can be noticed, found and mended is tested with it; its score is the one to beat.

export type ParticipantDeps = {
  readonly drill: DrillText
  readonly sandbox: Sandbox
  readonly course: Course
}
type Do = (deps: ParticipantDeps, step: DrillStep) => Promise<void>

/** Of virtual time; long enough for the slowest alarm of any scenario. */
const LOOKS_MOST = 900
const LOOK_EVERY_MS = 20_000

const STEPS: Readonly<Record<StepName, Do>> = {
  hear: async (deps, { rule = '' }) => {
    await found(deps, async () => (deps.course.hasRung(rule) ? true : undefined))
  },
  acknowledge: async (deps, { rule = '' }) => {
    const { call } = deps.sandbox
    const id = await found(deps, async () => {
      const { body } = await call('GET', `/api/alarms?state=open&rule=${rule}`)
      return (body as { items?: { id: string }[] }).items?.[0]?.id
    })
    expect(await call('POST', `/api/alarms/${id}/acknowledge`, { note: '演练' }))
  },
  look: async ({ sandbox, course }, { page = '/api/status' }) => {
    await sandbox.call('GET', page)
    course.opened(page)
  },
  answer: async (deps) => {
    const right = deps.drill.causes.find((cause) => cause.right === true)
    await found(deps, async () => (deps.course.answer(right?.id ?? '').ok ? true : undefined))
  },
  act: async ({ course }, { action = '' }) => {
    const done = course.act(action)
    if (!done.ok) throw new Error(`${done.refusal.code}: ${done.refusal.detail}`)
  },
  wait: async (_, { minutes = 1 }) => await sleep(minutes * 60_000),
  map_code: async ({ sandbox: { call } }, { kind = '', code = '', fact = '' }) => {
    const draft = expect(
      await call('POST', `/api/mapping/${kind}/drafts`, { rules: { [code]: fact }, note: '演练：新事件名' }),
    ) as { id: string }
    expect(await call('POST', `/api/mapping/drafts/${draft.id}/publish`, { days: 1 }))
  },
  resume_accounts: async (deps) => {
    const { call } = deps.sandbox
    const { body } = await call('GET', '/api/carrier-accounts')
    const rows = (Array.isArray(body) ? body : (body as { items?: unknown[] }).items) as
      | { id: string; blockedCode: string | null }[]
      | undefined
    for (const account of rows ?? [])
      if (account.blockedCode !== null)
        expect(await call('POST', `/api/carrier-accounts/${account.id}/resume`))
  },
  roll_back_rules: async (deps) => {
    const { call } = deps.sandbox
    const { body } = await call('GET', '/api/rules/sets')
    const sets = (Array.isArray(body) ? body : (body as { items?: unknown[] }).items) as
      | { id: string; kind: string }[]
      | undefined
    for (const set of sets ?? [])
      if (set.kind === 'review') {
        const done = await call('POST', `/api/rules/sets/${set.id}/rollback`, { because: '误拦正常订单' })
        // The guard may have been quicker.
        if (done.status >= 300 && done.status !== 409) expect(done)
      }
    await releaseAll(deps)
  },
  retry_transfers: async ({ sandbox: { call } }) => {
    const { body } = await call('GET', '/api/transfers?state=failed&limit=100')
    for (const { id } of (body as { items?: { id: string }[] }).items ?? [])
      await call('POST', `/api/transfers/${id}/retry`, {})
  },
  look_back: async (deps) => {
    const { call } = deps.sandbox
    const ask = { connections: ['drill-dhl'], reason: '演练：DHL 时间丢了时区' }
    const { id } = expect(await call('POST', '/api/look-back', ask)) as { id: string }
    const run = await found(deps, async () => {
      const { body } = await call('GET', `/api/look-back/${id}`)
      const { run: seen } = body as { run: { state: string; effects: { reports: number; reships: number } } }
      return seen.state === 'ready' ? seen : undefined
    })
    expect(await call('POST', `/api/look-back/${id}/apply`, { accept: run.effects }))
  },
}

/** Carries out the known remedy, step by step; throws with the step that could not be done. */
export async function carryOut(deps: ParticipantDeps): Promise<void> {
  for (const [i, step] of deps.drill.remedy.entries()) {
    try {
      await STEPS[step.do](deps, step)
    } catch (error) {
      throw new Error(`step ${i + 1} (${step.do}): ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** What the wrong version left to people goes on. */
async function releaseAll({ sandbox: { call, sql } }: ParticipantDeps): Promise<void> {
  const rows = await sql<{
    order_id: bigint
  }>`select order_id from order_plan where state = 'review' order by 1`
  const orders = rows.map((row) => row.order_id.toString())
  for (let from = 0; from < orders.length; from += 200)
    expect(
      await call('POST', '/api/fulfilment/bulk', {
        do: 'replan',
        orders: orders.slice(from, from + 200),
        reason: '规则已回滚',
      }),
    )
}

async function found<T>({ course }: ParticipantDeps, look: () => Promise<T | undefined>): Promise<T> {
  for (let looks = 0; looks < LOOKS_MOST; looks += 1) {
    if (course.look().state !== 'running') break
    const value = await look().catch(() => undefined)
    if (value !== undefined) return value
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error('it did not come')
}

function expect({ status, body }: Answer): unknown {
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body).slice(0, 300)}`)
  return body
}
