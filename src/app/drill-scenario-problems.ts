import type { DrillText, FaultName } from './drill-scenario.ts'

// What can be wrong with a scenario, in words that say what to do; English and Chinese.

type Path = readonly (string | number)[]
type Said = { readonly words: string; readonly zh: string }
type ShapeError = { readonly keyword: string; readonly params: unknown; readonly message: string }

/** A field that is missing, unknown or out of its range. */
export function shapeWords(path: Path, { keyword, params, message }: ShapeError): Said {
  const where = path.length === 0 ? '' : `${path.join('.')}: `
  const told = params as Record<string, unknown>
  const listed = (given: unknown): string => (Array.isArray(given) ? given.join(', ') : String(given ?? ''))
  const said = (words: string, zh: string): Said => ({ words: `${where}${words}`, zh: `${where}${zh}` })
  switch (keyword) {
    case 'boolean':
      return said('there is no such field', '没有这个字段')
    case 'required':
      return said(`misses ${listed(told.requiredProperties)}`, `缺少 ${listed(told.requiredProperties)}`)
    case 'enum':
      return said(`is one of ${listed(told.allowedValues)}`, `只能是 ${listed(told.allowedValues)} 之一`)
    case 'minimum':
    case 'maximum': {
      const isLeast = keyword === 'minimum'
      const limit = String(told.limit ?? '')
      return said(`is ${isLeast ? 'at least' : 'at most'} ${limit}`, `${isLeast ? '最小' : '最大'} ${limit}`)
    }
    case 'minItems':
    case 'maxItems': {
      const isLeast = keyword === 'minItems'
      const limit = String(told.limit ?? '')
      return said(
        `has ${isLeast ? 'at least' : 'at most'} ${limit} entries`,
        `${isLeast ? '至少' : '至多'} ${limit} 项`,
      )
    }
    case 'type':
      return said(`is to be ${listed(told.type)}`, `类型应为 ${listed(told.type)}`)
    case 'pattern':
      return said(`is to be like ${String(told.pattern ?? '')}`, `格式应符合 ${String(told.pattern ?? '')}`)
    default:
      return said(message, `不合要求（${message}）`)
  }
}

/** What no shape can say: names that point nowhere, faults without their argument, a cause that nobody could choose. */
export function contradictionsOf(drill: DrillText): (readonly [Path, words: string, zh: string])[] {
  return [...ofNames(drill), ...ofFaults(drill), ...ofGoalsAndSteps(drill)]
}

type Found = readonly [Path, words: string, zh: string]

function ofNames(drill: DrillText): Found[] {
  const found: Found[] = []
  if (drill.causes.filter((cause) => cause.right === true).length !== 1)
    found.push([['causes'], 'exactly one cause is right: true', '恰好一个原因写 right: true'])
  for (const name of ['causes', 'actions', 'goals'] as const) {
    const ids = drill[name].map((one) => one.id)
    for (const [i, id] of ids.entries())
      if (ids.indexOf(id) !== i) found.push([[name, i, 'id'], `${id} is there twice`, `${id} 重复了`])
  }
  return found
}

function ofFaults({ faults, minutes, world }: DrillText): Found[] {
  const found: Found[] = []
  for (const [i, fault] of faults.entries()) {
    const path = ['faults', i]
    for (const name of FAULT_NEEDS[fault.do].filter((needed) => fault[needed] === undefined))
      found.push([path, `${fault.do} needs ${name}`, `${fault.do} 需要写 ${name}`])
    if (fault.at >= minutes)
      found.push([
        [...path, 'at'],
        `the drill is over after ${minutes} minutes`,
        `演练在 ${minutes} 分钟就结束了`,
      ])
    if (fault.shop !== undefined && !world.shops.includes(fault.shop))
      found.push([
        [...path, 'shop'],
        `the world has no ${fault.shop}; add it to world.shops`,
        `world.shops 里没有 ${fault.shop}`,
      ])
    if (fault.carrier !== undefined && !world.carriers.includes(fault.carrier))
      found.push([
        [...path, 'carrier'],
        `the world has no ${fault.carrier}; add it to world.carriers`,
        `world.carriers 里没有 ${fault.carrier}`,
      ])
    if (fault.do === 'pushes.certificate_expired' && world.tls !== true)
      found.push([path, 'a certificate needs world.tls: true', '证书故障需要 world.tls: true'])
  }
  return found
}

function ofGoalsAndSteps({ goals, remedy, actions }: DrillText): Found[] {
  const found: Found[] = []
  for (const [i, goal] of goals.entries()) {
    if (goal.check === 'no_alarm' && goal.rule === undefined)
      found.push([['goals', i], 'no_alarm needs a rule', 'no_alarm 需要写 rule'])
    if (goal.check === 'none_late' && (goal.measure === undefined || goal.minutes === undefined))
      found.push([
        ['goals', i],
        'none_late needs a measure and minutes',
        'none_late 需要写 measure 和 minutes',
      ])
  }
  for (const [i, step] of remedy.entries()) {
    const path = ['remedy', i]
    if (step.do === 'act' && !actions.some((action) => action.id === step.action))
      found.push([path, 'act needs the id of an action', 'act 需要写 actions 里的 id'])
    if (step.do === 'acknowledge' && step.rule === undefined)
      found.push([path, 'acknowledge needs a rule', 'acknowledge 需要写 rule'])
    const isWhole = step.kind !== undefined && step.code !== undefined && step.fact !== undefined
    if (step.do === 'map_code' && !isWhole)
      found.push([path, 'map_code needs kind, code and fact', 'map_code 需要写 kind、code 和 fact'])
  }
  return found
}

type Argument = 'shop' | 'carrier' | 'trouble' | 'code' | 'orders' | 'minutes' | 'file'

const FAULT_NEEDS: Readonly<Record<FaultName, readonly Argument[]>> = {
  'pushes.lost': ['shop'],
  'pushes.certificate_expired': [],
  'api.failing': ['shop'],
  'api.throttled': ['shop'],
  'carrier.trouble': ['carrier', 'trouble'],
  'carrier.numbers_gone': ['carrier'],
  'carrier.silent': ['carrier'],
  'station.new_code': ['code'],
  'shop.flood': ['shop', 'orders', 'minutes'],
  'shop.poison': ['orders', 'minutes'],
  'database.stopped': [],
  'stock.rows_held': [],
  'rules.wrong_version': [],
  'dhl.time_cut': [],
  'recording.replay': ['file'],
}
