import { alarmRule } from '#domain/alarm-rules.ts'
import type { DrillText, FaultName, MeasureName } from './drill-scenario.ts'

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
      return said(
        'there is no such field; a text with a comma inside { } needs quotes',
        '没有这个字段；{ } 里的文字含逗号要加引号',
      )
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
      if (path.length === 0)
        return said(
          'a scenario begins with fields such as id: and title:; copy one of sim/drills/scenarios',
          '场景由 id:、title: 等字段组成，可以从 sim/drills/scenarios 抄一个',
        )
      return typeWords(listed(told.type), said)
    case 'pattern':
      return patternWords(String(told.pattern ?? ''), said)
    default:
      return said(message, `不合要求（${message}）`)
  }
}

/** What a person writes for each type; a reader of YAML takes `yes` for a word. */
const TYPES: Readonly<Record<string, Said>> = {
  boolean: { words: 'true or false', zh: ' true 或 false' },
  integer: { words: 'a whole number', zh: '整数' },
  number: { words: 'a number', zh: '数字' },
  string: { words: 'a text', zh: '文字' },
  array: { words: 'a list, each entry after a -', zh: '列表，每项以 - 开头' },
  object: { words: 'fields with their values', zh: '一组“字段: 值”' },
}

function typeWords(type: string, said: (words: string, zh: string) => Said): Said {
  const { words, zh } = TYPES[type] ?? { words: type, zh: type }
  return said(`is to be ${words}`, `应为${zh}`)
}

function patternWords(pattern: string, said: (words: string, zh: string) => Said): Said {
  if (pattern.startsWith('^/api/'))
    return said(
      'is the address that the page asks the hub for, such as /api/callbacks',
      '写页面向中枢请求的地址，例如 /api/callbacks',
    )
  if (pattern.startsWith('^[a-z]+\\.'))
    return said('is an alarm rule such as callback.silent', '写告警规则，例如 callback.silent')
  if (pattern.startsWith('^[a-z][a-z0-9-]'))
    return said(
      'has 2 to 60 characters of a-z, 0-9 and -, a letter first',
      '由小写字母、数字和 - 组成，2 至 60 个字符，字母开头',
    )
  return said(`is to be like ${pattern}`, `格式应符合 ${pattern}`)
}

const YAML_ADVICE: Readonly<Record<string, Said>> = {
  TAB_AS_INDENT: { words: 'indent by spaces', zh: '请用空格缩进' },
  DUPLICATE_KEY: { words: 'a field is there twice; remove one', zh: '同一个字段写了两次，请删掉一个' },
  MULTIPLE_DOCS: {
    words: 'one scenario a file; remove what begins with ---',
    zh: '一个文件一个场景，请删掉 --- 以后的部分',
  },
  MISSING_CHAR: { words: 'a quote or bracket is not closed', zh: '引号或括号没有闭合' },
}
const YAML_USUAL: Said = {
  words: 'look at indentation, quotes and brackets here and in the line above',
  zh: '请检查这一行和上一行的缩进、引号和括号',
}

/** What a parser of YAML says, and what to do about it. */
export function yamlWords({ code, message }: { readonly code: string; readonly message: string }): Said {
  const advice = YAML_ADVICE[code] ?? YAML_USUAL
  const told = (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
  return { words: `${advice.words} (${told})`, zh: `不是正确的 YAML：${advice.zh}（${told}）` }
}

/** What no shape can say: names that point nowhere, faults without their argument, a cause that nobody could choose. */
export function contradictionsOf(drill: DrillText): (readonly [Path, words: string, zh: string])[] {
  return [
    ...ofNames(drill),
    ...ofRules(drill),
    ...ofFaults(drill),
    ...ofIncident(drill),
    ...ofGoalsAndSteps(drill),
  ]
}

type Found = readonly [Path, words: string, zh: string]

function ofNames(drill: DrillText): Found[] {
  const found: Found[] = []
  for (const [i, { mends }] of drill.actions.entries())
    if (mends !== undefined && !drill.faults.some((fault) => fault.do === mends))
      found.push([
        ['actions', i, 'mends'],
        `no fault of this drill is ${mends}; name one that is, or leave mends out`,
        `这个演练没有 ${mends} 故障，请改成有的，或去掉 mends`,
      ])
  if (drill.causes.filter((cause) => cause.right === true).length !== 1)
    found.push([['causes'], 'exactly one cause is right: true', '恰好一个原因写 right: true'])
  for (const name of ['causes', 'actions', 'goals'] as const) {
    const ids = drill[name].map((one) => one.id)
    for (const [i, id] of ids.entries())
      if (ids.indexOf(id) !== i) found.push([[name, i, 'id'], `${id} is there twice`, `${id} 重复了`])
  }
  return found
}

/** An alarm that is not there never rings: nobody would be told why the drill cannot be won. */
function ofRules({ trains, after_mending: late = [], noticed, goals, remedy }: DrillText): Found[] {
  const named: (readonly [Path, string | undefined])[] = [
    ...trains.map((rule, i) => [['trains', i], rule] as const),
    ...noticed.alarms.map((rule, i) => [['noticed', 'alarms', i], rule] as const),
    ...goals.map(({ rule }, i) => [['goals', i, 'rule'], rule] as const),
    ...remedy.map(({ rule }, i) => [['remedy', i, 'rule'], rule] as const),
  ]
  const strangers = late.flatMap((rule, i): Found[] =>
    trains.includes(rule)
      ? []
      : [
          [
            ['after_mending', i],
            `${rule} does not stand in trains; add it there`,
            `trains 里没有 ${rule}，请加上`,
          ],
        ],
  )
  const unknown = named.flatMap(([path, rule]): Found[] =>
    rule === undefined || alarmRule(rule) !== null
      ? []
      : [
          [
            path,
            `there is no alarm rule ${rule}; docs/runbooks/ has a card for each`,
            `没有 ${rule} 这条告警规则，docs/runbooks/ 里每条一张卡`,
          ],
        ],
  )
  return [...strangers, ...unknown]
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
        `world.shops 里没有 ${fault.shop}，请加上`,
      ])
    if (fault.carrier !== undefined && !world.carriers.includes(fault.carrier))
      found.push([
        [...path, 'carrier'],
        `the world has no ${fault.carrier}; add it to world.carriers`,
        `world.carriers 里没有 ${fault.carrier}，请加上`,
      ])
    if (fault.do === 'pushes.certificate_expired' && world.tls !== true)
      found.push([path, 'a certificate needs world.tls: true', '证书故障需要 world.tls: true'])
  }
  return found
}

/** Measures of what has no moment of its own: how long it is late cannot be said. */
const WITHOUT_AGE: readonly MeasureName[] = ['in_review', 'sent_twice', 'delivery_unknown']

function ofIncident({ incident }: DrillText): Found[] {
  if (incident === undefined) return []
  if ((incident.count === undefined) === (incident.late === undefined))
    return [
      [
        ['incident'],
        'either count (how many) or late (minutes of the latest)',
        '写 count（多少个）或 late（最晚多少分钟），二者取一',
      ],
    ]
  if (incident.late !== undefined && WITHOUT_AGE.includes(incident.measure))
    return [
      [
        ['incident', 'late'],
        `${incident.measure} has no time to be late by; use count`,
        `${incident.measure} 没有起算时间，请用 count`,
      ],
    ]
  return []
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
    if ((step.do === 'acknowledge' || step.do === 'hear') && step.rule === undefined)
      found.push([path, `${step.do} needs a rule`, `${step.do} 需要写 rule`])
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
