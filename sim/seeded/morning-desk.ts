import type { Answer } from './hub.ts'
import { call, HERE, idOf, must, type Stage } from './morning-stage.ts'

// The desk's part of the first morning: goods and rules, and what chance seldom brings of holds, quotas and transfers.

const SHELF = 60
const TO_COME = 'SIM-TOY'

const PROFILES = [
  ['SIM-PLAIN', 500, []],
  ['SIM-CELL', 300, ['hazmat']],
  // Three of them are one gram beyond what a parcel may weigh.
  ['SIM-HEAVY', 6_667, []],
  ['SIM-CUP', 200, []],
  ['SIM-GIFT', 20, []],
  // Is not there when it is first bought.
  [TO_COME, 30, []],
  // Lies where one carrier alone comes, which can be asked what it has.
  ['SIM-NORTH', 500, []],
] as const

/** What one shop shows its buyers, by both names. */
const LISTED = [
  ['PET-1001', 'CAT-LITTER-6L'],
  ['PET-1002', 'CAT-FOOD-2KG'],
  ['CUP-3001', 'MUG-WHITE-350'],
] as const

/** Goods, their names at the shops, a bundle, a rule for what a channel sees, one for how soon a waybill is due. */
export async function setUp(stage: Stage): Promise<void> {
  for (const [sku, weightG, tags] of PROFILES) {
    await must(stage, 200, 'PUT', `/api/sku-profiles/of/${sku}`, {
      title: sku,
      weightG,
      tags,
      revision: null,
    })
    await must(stage, 200, 'PUT', '/api/skus/mapping', { connectionId: '*', shopSku: sku, stockSku: sku })
    if (sku !== TO_COME) await put(stage, sku, SHELF, 0, sku === 'SIM-NORTH' ? 'NORTH' : HERE)
  }
  await must(stage, 200, 'PUT', '/api/skus/mapping', {
    connectionId: '*',
    shopSku: 'SIM-SET',
    stockSku: 'SIM-SET',
  })
  await must(stage, 204, 'PUT', '/api/sellable/bundles', {
    sku: 'SIM-SET',
    parts: [
      { sku: 'SIM-PLAIN', quantity: 1 },
      { sku: 'SIM-CUP', quantity: 2 },
    ],
  })
  await must(stage, 200, 'POST', '/api/sellable/policies', {
    connectionId: 'demo-youzan',
    sku: '*',
    warehouses: [],
    shareBps: 10_000,
    floor: 0,
    cap: null,
    zeroAt: 0,
    push: true,
    active: true,
  })
  for (const [stockSku, shopSku] of LISTED)
    await must(stage, 204, 'PUT', '/api/sellable/listings', {
      connectionId: 'demo-youzan',
      stockSku,
      shopSku,
    })
  await must(stage, 200, 'POST', '/api/promises/rules', {
    name: 'a waybill within two minutes',
    kind: 'youzan',
    connectionId: null,
    starts: 'paid',
    keeps: 'waybill_issued',
    minutes: 2,
    calendarId: null,
    cutoff: null,
    platformFirst: false,
    warnMinutes: 1,
    penaltyCurrency: 'CNY',
    penaltyFixed: null,
    penaltyBps: null,
    penaltyCap: null,
    active: true,
  })
  await tryOnNobody(stage)
  await stage.work()
}

/** `setSafety` tells one from the other where a SKU is put there twice. */
export async function put(
  stage: Stage,
  sku: string,
  physical: number,
  setSafety: number,
  warehouse = HERE,
): Promise<void> {
  await must(stage, 200, 'POST', '/api/stock/adjust', {
    sku,
    warehouse,
    physical,
    setSafety,
    reason: 'the first morning',
    key: `morning-${sku}-${warehouse}-${setSafety}`,
  })
}

type RuleSet = { readonly id: string; readonly kind: string; readonly live: { readonly id: string } | null }

async function splitRules(stage: Stage): Promise<RuleSet | undefined> {
  const { body } = await call(stage, 'GET', '/api/rules/sets')
  const sets = Object.values((body ?? {}) as object).find(Array.isArray) as readonly RuleSet[] | undefined
  return sets?.find(({ kind }) => kind === 'split')
}

/** So many of ten thousand orders go by the version that is tried; what was decided goes on as it was. */
export async function tryOn(stage: Stage, bps: number): Promise<void> {
  const set = await splitRules(stage)
  await call(stage, 'POST', `/api/rules/sets/${set?.id}/share`, { bps })
}

/** A version of the split rules that is tried on next to nobody. */
async function tryOnNobody(stage: Stage): Promise<void> {
  const set = await splitRules(stage)
  if (set?.live == null) return stage.fail('no split rules are live')
  const draft = idOf(
    await call(stage, 'POST', `/api/rules/sets/${set.id}/drafts`, {
      from: set.live.id,
      note: 'tried on nobody',
    }),
  )
  await must(stage, 200, 'POST', `/api/rules/versions/${draft}/check`, {})
  const begun = await must(stage, 200, 'POST', `/api/rules/versions/${draft}/dry-runs`, { days: 1 })
  const run = (begun.body as { dryRun?: { id: string } }).dryRun?.id
  await stage.work((piece) => piece === 'job')
  await call(stage, 'POST', `/api/rules/dry-runs/${run}/pass`, { because: 'nobody bought yet' })
  // Until a person makes more of it.
  const share = { do: 'gray', bps: 1, watchMinutes: 0, because: 'tried on nobody' }
  await must(stage, 200, 'POST', `/api/rules/versions/${draft}/publish`, share)
}

const reserve = (sku: string, quantity: number, more: Readonly<Record<string, unknown>> = {}) => ({
  key: `morning-${sku}`,
  lines: [{ sku, warehouse: HERE, quantity }],
  reason: 'the first morning',
  minutes: 120,
  onDeadline: 'ask',
  ...more,
})

/** One more than there is; a hold that is renewed for less than it has; a shelf with something kept back; a quota. */
export async function desk(stage: Stage): Promise<void> {
  for (const sku of ['SIM-A', 'SIM-B', 'SIM-C', 'SIM-D', 'SIM-E']) await put(stage, sku, 5, 0)
  await must(stage, 409, 'POST', '/api/stock/reservations', reserve('SIM-A', 6))
  const held = await must(stage, 200, 'POST', '/api/stock/reservations', reserve('SIM-B', 1))
  await must(
    stage,
    200,
    'POST',
    '/api/stock/reservations',
    reserve('SIM-E', 1, { minutes: 10, onDeadline: 'release' }),
  )
  await must(stage, 200, 'PUT', '/api/stock/quotas', {
    sku: 'SIM-C',
    warehouse: HERE,
    channel: 'demo-youzan',
    granted: 3,
    reason: 'the first morning',
  })
  await lockFor(stage, 'SIM-C', 2)
  await must(stage, 200, 'PATCH', '/api/warehouses/EAST', { active: false })
  await stage.work()
  await stage.pass(3)
  await must(stage, 422, 'POST', '/api/stock/reservations', reserve('SIM-D', 1))
  await stage.work()
  await must(stage, 200, 'PATCH', '/api/warehouses/EAST', { active: true })
  await must(stage, 200, 'POST', '/api/stock/holds/renew', {
    holds: [idOf(held) || holdOf(held)],
    minutes: 1,
    reason: 'sooner',
  })
  await stage.work()
}

function holdOf(answer: Answer): string {
  const body = answer.body as { hold?: { id?: string }; holdId?: string } | null
  return body?.hold?.id ?? body?.holdId ?? ''
}

/** As a program locks for an order of a channel. */
async function lockFor(stage: Stage, sku: string, quantity: number): Promise<void> {
  const done = await stage.hub().core.stock.ask({
    do: 'lock',
    key: `morning-${sku}`,
    kind: 'lock',
    owner: { kind: 'api', id: 'morning', reference: '' },
    channel: 'demo-youzan',
    lines: [{ sku, warehouse: HERE, quantity }],
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'the first morning',
    actor: 'sim',
    ttlSeconds: 3_600,
    onDeadline: 'ask',
  })
  if (!done.ok) stage.fail(`a lock from a quota was refused: ${done.refusal.detail}`)
}

/** What came of it: the quota gets its pieces back, more is kept back of what a channel sees. */
export async function deskAgain(stage: Stage): Promise<void> {
  const done = await stage
    .hub()
    .core.stock.ask({ do: 'release', key: 'morning-SIM-C', reason: 'not needed', actor: 'sim' })
  if (!done.ok) stage.fail(`a lock was not given back: ${done.refusal.detail}`)
  await put(stage, 'SIM-PLAIN', 0, 7)
  await stage.work()
  await stage.pass(2)
  await stage.work()
}

/** Three leave, one arrives broken; and a shelf is filled of which a channel shows its share. */
export async function transfers(stage: Stage): Promise<void> {
  await put(stage, 'PET-1001', 5, 1)
  const id = idOf(
    await must(stage, 200, 'POST', '/api/transfers', {
      key: 'morning',
      from: HERE,
      to: 'SOUTH',
      lines: [{ sku: 'SIM-A', quantity: 3 }],
      reason: 'rebalance',
    }),
  )
  await must(stage, 200, 'POST', `/api/transfers/${id}/dispatch`, {})
  await must(stage, 200, 'POST', `/api/transfers/${id}/receive`, {
    lines: [{ line: 1, good: 2, damaged: 1, lost: 0 }],
  })
  await stage.work()
}
