import { setTimeout as sleep } from 'node:timers/promises'
import type { Hub } from '#app/main.ts'
import { dryRunDepsOf, rulebookDeps } from '#app/rulebook.ts'
import type { RuleModel } from '#domain/rulebook.ts'
import { SYSTEM } from '#features/identity/index.ts'
import {
  addDraft,
  addSet,
  checkVersion,
  draftOf,
  type NewSetText,
  passDryRun,
  publishVersion,
  type RulebookDeps,
  saveDraft,
  startDryRun,
} from '#features/rulebook/index.ts'
import { Outage } from '#kernel/outage.ts'
import type { Result } from '#kernel/result.ts'

export type RuleSample = Pick<NewSetText, 'kind' | 'name' | 'note' | 'template'> & {
  readonly connectorKind?: string
  /** One shop of that kind alone. */
  readonly connectionId?: string
  /** In the place of the template's; the set decides with it. */
  readonly model?: RuleModel
  /** Left as a draft that decides nothing, to learn with. */
  readonly isExercise?: boolean
}

/** The overseas shop sells in dollars: one price for every parcel. */
const FLAT_USD: RuleModel = {
  format: 1,
  currency: 'USD',
  start: 'flat',
  nodes: [
    {
      id: 'flat',
      type: 'action',
      label: '每包 5.90 美元',
      at: { x: 0, y: 0 },
      action: 'charge',
      params: { label: '"海外小包"', amount: 'amount("5.90") * parcel_count' },
      to: 'done',
    },
    {
      id: 'done',
      type: 'result',
      label: '算出运费',
      at: { x: 280, y: 0 },
      outcome: 'decided',
      values: [],
      reason: '',
    },
  ],
  tables: [],
}

/** Domestic carriers stay at home; abroad goes by 顺丰, the rest by whichever account serves the warehouse first. */
const ABROAD_BY_SF: RuleModel = {
  format: 1,
  currency: 'USD',
  start: 'abroad',
  nodes: [
    {
      type: 'result',
      id: 'abroad',
      label: '境外走顺丰国际',
      at: { x: 0, y: 0 },
      outcome: 'decided',
      values: [{ name: 'carrier', expression: '"SF"' }],
      reason: '',
    },
  ],
  tables: [],
}

const SETS: readonly RuleSample[] = [
  { kind: 'freight', name: '全店运费', note: '满额包邮与地区系数', template: 'recommended' },
  {
    kind: 'freight',
    name: '海外小包运费',
    note: 'Shopify 的订单按美元收',
    template: null,
    connectorKind: 'shopify',
    model: FLAT_USD,
  },
  {
    kind: 'split',
    name: '危险品与冷链拆单',
    note: '危险品单独发，冷冻走冷链，20 kg 一包',
    template: 'everything',
  },
  {
    kind: 'carrier',
    name: '海外店承运商',
    note: 'Shopify 的订单寄往境外，国内快递不收',
    template: null,
    connectorKind: 'shopify',
    model: ABROAD_BY_SF,
  },
  { kind: 'sourcing', name: '综合寻源', note: '包裹少优先，兼顾费用与时效', template: 'mixed' },
  { kind: 'review', name: '备注审单', note: '要改地址的先拦下', template: 'review_note_words' },
  {
    kind: 'freight',
    name: '抖店运费（练习：有缺口）',
    note: '草稿，还不决策：点「检查」看缺口，补齐后试跑、灰度 5%。发布前抖店订单仍按「全店运费」',
    template: 'source_example',
    connectorKind: 'douyin',
    isExercise: true,
  },
]

/** As long as an empty hub takes for a dry run, many times over. */
const TRIED_MS = 30_000
const TRIED_STEP_MS = 50

/** Rule sets that decide from the first order on, and one with gaps to learn with. Once only. */
export async function seedDemoRules({ core }: Hub, more: readonly RuleSample[] = []): Promise<void> {
  const deps = rulebookDeps(core)
  for (const { model, isExercise = false, connectorKind = '*', connectionId = null, ...text } of [
    ...SETS,
    ...more,
  ]) {
    const scope = { connectorKind, connectionId, needsApproval: false, active: true }
    const setId = taken(await addSet(deps, SYSTEM, { ...text, ...scope }))
    if (isExercise) continue
    const versionId =
      model === undefined ? taken(await draftOf(deps, setId)) : await drawModel(deps, setId, model)
    await release(core, versionId)
  }
}

async function drawModel(deps: RulebookDeps, setId: bigint, model: RuleModel): Promise<bigint> {
  const versionId = taken(await addDraft(deps, SYSTEM, setId, { from: null, note: '' }))
  taken(await saveDraft(deps, SYSTEM, versionId, { model, note: '', revision: 1 }))
  return versionId
}

/** As a person does it: check, dry run (there are no orders yet, which a person accepts), live. */
async function release(core: Hub['core'], versionId: bigint): Promise<void> {
  const deps = rulebookDeps(core)
  const { version, check } = taken(await checkVersion(deps, SYSTEM, versionId))
  if (version.state !== 'checked')
    throw new Outage('demo.rules', JSON.stringify(check.findings[0]?.words), { retryable: false })
  const trial = dryRunDepsOf(core)
  const run = taken(await startDryRun(trial, SYSTEM, versionId, { days: 1, againstVersionId: null }))
  const because = '演示：还没有订单可试'
  for (let waited = 0; ; waited += TRIED_STEP_MS) {
    const passed = await passDryRun(trial, SYSTEM, run, because)
    if (passed.ok) break
    if (passed.refusal.code !== 'rulebook.dry_run_open_conflict' || waited > TRIED_MS) taken(passed)
    await sleep(TRIED_STEP_MS)
  }
  taken(await publishVersion(deps, SYSTEM, versionId, { do: 'live', bps: 500, watchMinutes: 0, because }))
}

function taken<T>(result: Result<T>): T {
  if (!result.ok) throw new Outage(result.refusal.code, result.refusal.detail, { retryable: false })
  return result.value
}
