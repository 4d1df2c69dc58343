import type { Check, CheckResult } from '#domain/check.ts'
import { modelOf } from './change-set.ts'
import type { RulebookDeps } from './deps.ts'
import { countDecisionPartitions, readOverdueWatches } from './history/store.ts'
import { readInForce } from './live/store.ts'

const OVERDUE_MINUTES = 5

/** What the doctor looks at. */
export function rulebookChecks(deps: RulebookDeps): readonly Check[] {
  return [
    {
      name: 'rules.live',
      title: { zh: '规则：生效版本都能加载', en: 'Rules: every version that decides can be loaded' },
      run: () => checkLive(deps),
    },
    {
      name: 'rules.watch',
      title: { zh: '规则：灰度观察按时结束', en: 'Rules: gray watches end in time' },
      run: () => checkWatches(deps),
    },
    {
      name: 'rules.partitions',
      title: { zh: '规则：决策记录的分区', en: 'Rules: partitions of the decisions' },
      run: () => checkPartitions(deps),
    },
  ]
}

async function checkLive(deps: RulebookDeps): Promise<CheckResult> {
  const rows = await readInForce(deps.db)
  const broken: string[] = []
  let versions = 0
  for (const row of rows)
    for (const id of [row.live_version, row.gray_version]) {
      if (id === null) continue
      versions += 1
      const kind = deps.parts.get(row.kind)?.kind
      const model = await modelOf(deps.db, deps, id)
      const rules = kind === undefined || !model.ok ? null : deps.engine.compile(kind, model.value)
      if (rules?.ok !== true) broken.push(`${row.kind} #${row.id}`)
    }
  if (broken.length === 0)
    return fine(`${rows.length} 个规则集、${versions} 个版本`, `${rows.length} sets, ${versions} versions`)
  return {
    outcome: 'failed',
    words: { zh: `无法加载：${broken.join('、')}`, en: `cannot be loaded: ${broken.join(', ')}` },
    remedy: { zh: '在「规则库」一键回滚这些规则集', en: 'roll these sets back in the rulebook' },
  }
}

async function checkWatches({ db, clock }: RulebookDeps): Promise<CheckResult> {
  const overdue = await readOverdueWatches(db, clock.now().subtract({ minutes: OVERDUE_MINUTES }))
  if (overdue.length === 0) return fine('没有超时的观察', 'none is overdue')
  const names = overdue.map(({ name }) => name)
  return {
    outcome: 'warning',
    words: {
      zh: `${overdue.length} 个灰度观察到期未处理：${names.join('、')}`,
      en: `${overdue.length} watches are over and nobody ended them: ${names.join(', ')}`,
    },
    remedy: {
      zh: '确认有 worker 角色的进程在运行；或在「规则库」人工全量或回滚',
      en: 'see that a process with the role worker runs, or promote or roll back in the rulebook',
    },
  }
}

/** Today and two days ahead. */
const DAYS_WANTED = 3

async function checkPartitions({ db }: RulebookDeps): Promise<CheckResult> {
  const days = await countDecisionPartitions(db)
  if (days >= DAYS_WANTED) return fine(`今天起 ${days} 天`, `${days} days from today on`)
  return {
    outcome: days === 0 ? 'failed' : 'warning',
    words: { zh: `今天起只有 ${days} 天的分区`, en: `only ${days} days from today on have a partition` },
    remedy: {
      zh: '每分钟会自动补建；仍缺时查看日志 partitions could not be made',
      en: 'made anew every minute; if it stays so, look for "partitions could not be made" in the log',
    },
  }
}

function fine(zh: string, en: string): CheckResult {
  return { outcome: 'ok', words: { zh, en }, remedy: null }
}
