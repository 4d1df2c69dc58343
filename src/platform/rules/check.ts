import type { Words } from '#domain/notice.ts'
import type {
  RuleCheck,
  RuleFinding,
  RuleInput,
  RuleKind,
  RuleModel,
  RuleNode,
  RuleValue,
} from '#domain/rulebook.ts'
import { formatMoney } from '#kernel/money.ts'
import { type Domain, type Domains, domainsOf } from './domains.ts'
import { explore, inputOf, type Leaf, sample } from './explore.ts'
import { waysOf } from './graph.ts'
import { buildProgram } from './program.ts'
import type { ModelFault, Program } from './program-types.ts'

/** Runs of the model that one check may take, and how long; it stands in the way of nothing else for longer than that. */
const RUNS_MOST = 200_000
const FOR_MS = 1_000
/** Inputs picked from everywhere, where not all could be tried. */
const SAMPLES = { most: 4_000, forMs: 400 }
const OFFERED_MOST = 500
const FINDINGS_MOST = 300

/**
 * Looks a model over before anybody relies on it: expressions, names and values as `compileModel` reads them, then every class of inputs that
 * its conditions tell apart (both sides of each number, each text and another one). Errors: what keeps it from running, and inputs that
 * nobody decides, with an example. Warnings: what is never reached or used. Takes about a second at most; `complete` says whether all was tried.
 */
export function checkModel(kind: RuleKind, model: RuleModel): RuleCheck {
  const { program, faults } = buildProgram(kind, model)
  if (program === null)
    return {
      findings: faults.slice(0, FINDINGS_MOST).map(faultFinding),
      boundaries: [],
      tried: 0,
      complete: false,
    }
  const domains = domainsOf(program)
  const seen = newSeen()
  const offers = newOffers(program, domains)
  const onLeaf = (leaf: Leaf): void => {
    notePath(seen, leaf)
    if (leaf.ended) offers.take(leaf)
    else if (leaf.decision.reason?.code !== 'rulebook.unknown_value') noteGap(seen, program, domains, leaf)
  }
  const explored = explore(program, domains, { most: RUNS_MOST, forMs: FOR_MS }, onLeaf)
  const sampled = explored.complete ? 0 : sample(program, domains, SAMPLES, onLeaf)
  const tried = explored.tried + sampled
  const findings = [
    ...[...seen.gaps.values()].map((gap) => gapFinding(program, gap)),
    ...unreached(program, seen, explored.complete ? null : tried),
    ...unused(program),
    ...unknownValues(program, domains),
  ]
  return {
    findings: findings.slice(0, FINDINGS_MOST),
    boundaries: offers.all(),
    tried,
    complete: explored.complete,
  }
}

/** What keeps a model from running, without looking for gaps: a few milliseconds, for every save. */
export function quickCheck(kind: RuleKind, model: RuleModel): readonly RuleFinding[] {
  return buildProgram(kind, model).faults.slice(0, FINDINGS_MOST).map(faultFinding)
}

function faultFinding({ code, node, part, words }: ModelFault): RuleFinding {
  return { level: 'error', code, node, part, words, example: null }
}

type Gap = { readonly leaf: Pick<Leaf, 'decision'>; readonly asked: Leaf['asked']; readonly input: RuleInput }
type Seen = {
  /** `node`, `node way`, `node row 3`: what some input came by. */
  readonly places: Set<string>
  readonly gaps: Map<string, Gap>
}

function newSeen(): Seen {
  return { places: new Set(), gaps: new Map() }
}

function notePath({ places }: Seen, { decision }: Leaf): void {
  for (const { node, way, row } of decision.path) {
    places.add(node)
    if (way !== null) places.add(`${node} ${way}`)
    if (row !== undefined) places.add(`${node} row ${row}`)
  }
}

function noteGap({ gaps }: Seen, program: Program, domains: Domains, { decision, asked }: Leaf): void {
  const last = decision.path.at(-1)
  // Of a pair of rows each is a fault of its own; else one example a node and reason is enough.
  const words = decision.reason?.code === 'rulebook.two_rows' ? decision.reason.words.zh : ''
  const key = `${decision.reason?.code} ${decision.reason?.node} ${last?.way} ${words}`
  if (gaps.has(key) || gaps.size >= FINDINGS_MOST) return
  gaps.set(key, { leaf: { decision }, asked: [...asked], input: inputOf(program, domains, asked) })
}

function gapFinding({ model }: Program, { leaf, asked, input }: Gap): RuleFinding {
  const { reason, path } = leaf.decision
  const shown = describe(asked, model.currency)
  const [zh, en] = [reason?.words.zh ?? '', reason?.words.en ?? '']
  return {
    level: 'error',
    code: reason?.code ?? 'rulebook.no_way',
    node: reason?.node ?? null,
    part: path.at(-1)?.way ?? null,
    words: {
      zh: `没人决定：${zh}。例如 ${shown.zh || '任何订单'}`,
      en: `nobody decides: ${en}. For example ${shown.en || 'any order'}`,
    },
    example: input,
  }
}

/** `tried`: of how many cases that is said, where not all were tried; then nobody may say never. */
function unreached({ model }: Program, { places }: Seen, tried: number | null): RuleFinding[] {
  const some = { zh: `试过的 ${tried} 种情况`, en: `of ${tried} cases that were tried none` }
  return model.nodes.flatMap((node) => {
    if (!places.has(node.id))
      return [
        unreachedFinding(
          'rulebook.unreachable_node',
          node,
          null,
          tried === null ? '没有订单会走到这里' : `${some.zh}都没有走到这里`,
          tried === null ? 'no order comes here' : `${some.en} comes here`,
        ),
      ]
    if (node.type === 'branch')
      return waysOf(node)
        .filter(({ way }) => way !== 'otherwise' && !places.has(`${node.id} ${way}`))
        .map(({ way }) => {
          const label = node.branches.find((one) => one.id === way)?.label || way
          const zh =
            tried === null
              ? `分支「${label}」永远轮不到，前面的分支已经接走或条件不可能成立`
              : `${some.zh}都没有走分支「${label}」`
          const en =
            tried === null ? `branch "${label}" is never taken` : `${some.en} takes branch "${label}"`
          return unreachedFinding('rulebook.unreachable_branch', node, way, zh, en)
        })
    if (node.type !== 'table') return []
    return node.rows.flatMap(({ id }, row) =>
      places.has(`${node.id} row ${row}`)
        ? []
        : [
            unreachedFinding(
              'rulebook.unreachable_row',
              node,
              `rows.${id}`,
              tried === null
                ? `第 ${row + 1} 行永远不会命中，前面的行已经接走`
                : `${some.zh}都没有命中第 ${row + 1} 行`,
              tried === null
                ? `row ${row + 1} never holds: rows before it take its orders`
                : `${some.en} is one for row ${row + 1}`,
            ),
          ],
    )
  })
}

function unreachedFinding(
  code: string,
  node: RuleNode,
  part: string | null,
  zh: string,
  en: string,
): RuleFinding {
  const label = node.label || node.id
  const words: Words = { zh: `「${label}」${zh}`, en: `"${label}": ${en}` }
  return { level: 'warning', code, node: node.id, part, words, example: null }
}

function unused({ model, kind, definitions, reads, lookups }: Program): RuleFinding[] {
  const tables = model.tables
    .filter((table) => !lookups.some((use) => use.node.table === table.id))
    .map((table) =>
      warning(
        'rulebook.unused_table',
        `tables.${table.id}`,
        `对照表「${table.name}」没有被用到`,
        `table "${table.name}" is not used`,
      ),
    )
  const values = new Set(kind.values.map((one) => one.name))
  const names = [...definitions.keys()]
    .filter((name) => !reads.has(name) && !values.has(name))
    .map((name) =>
      warning(
        'rulebook.unused_name',
        name,
        `${name} 赋了值，但没有被用到`,
        `"${name}" is set and never used`,
      ),
    )
  return [...tables, ...names]
}

function warning(code: string, part: string, zh: string, en: string): RuleFinding {
  return { level: 'warning', code, node: null, part, words: { zh, en }, example: null }
}

/** Which orders go to a person because something is not known of them: no fault, but good to know before. */
function unknownValues(program: Program, domains: Domains): RuleFinding[] {
  const found: { domain: Domain; input: RuleInput }[] = []
  for (const domain of domains.bySlot.values()) {
    if (domain.variable.maybeUnknown !== true && !domain.values.includes(null)) continue
    let input: RuleInput | null = null
    const held = new Map([[domain.slot, null]])
    explore(program, domains, { most: 2_000, forMs: 100, held }, (leaf) => {
      if (input === null && !leaf.ended && leaf.decision.reason?.code === 'rulebook.unknown_value')
        input = inputOf(program, domains, [...leaf.asked, { domain, value: null }])
    })
    if (input !== null) found.push({ domain, input })
  }
  const [first] = found
  if (first === undefined) return []
  const zh = found.map(({ domain }) => domain.variable.label.zh).join('、')
  const en = found.map(({ domain }) => domain.variable.label.en).join(', ')
  const words = {
    zh: `不知道${zh}的订单会转人工；要自动处理，用 known(...) 或 orElse(...) 写明怎么办`,
    en: `orders of which ${en} is not known go to a person; known(...) or orElse(...) can say what to do`,
  }
  return [
    {
      level: 'warning',
      code: 'rulebook.unknown_goes_to_review',
      node: null,
      part: null,
      words,
      example: first.input,
    },
  ]
}

/** Keeps an input for each way through the model and for each side of each boundary. */
function newOffers(program: Program, domains: Domains) {
  const ways = new Set<string>()
  const sides = new Set<string>()
  const kept = new Map<string, RuleCheck['boundaries'][number]>()
  const take = ({ decision, asked }: Leaf): void => {
    if (kept.size >= OFFERED_MOST) return
    const way = decision.path.map((step) => `${step.node} ${step.way} ${step.row}`).join('>')
    const fresh = asked.filter(({ domain, value }) => !sides.has(`${domain.slot} ${String(value)}`))
    if (ways.has(way) && fresh.length === 0) return
    ways.add(way)
    for (const { domain, value } of fresh) sides.add(`${domain.slot} ${String(value)}`)
    const name = describe(asked, program.model.currency).zh.slice(0, 190) || '任何订单'
    kept.set(name, { name, input: inputOf(program, domains, asked), decision })
  }
  return { take, all: () => [...kept.values()] }
}

function describe(asked: Leaf['asked'], currency: string): Words {
  const of = (language: 'zh' | 'en', between: string): string =>
    asked
      .map(
        ({ domain, value }) =>
          `${domain.variable.label[language]}=${textOfValue(value, domain, currency, language)}`,
      )
      .join(between)
  return { zh: of('zh', '，'), en: of('en', ', ') }
}

function textOfValue(
  value: RuleValue,
  { variable }: Domain,
  currency: string,
  language: 'zh' | 'en',
): string {
  if (value === null) return language === 'zh' ? '不知道' : 'unknown'
  if (typeof value === 'boolean') return language === 'zh' ? (value ? '是' : '否') : value ? 'yes' : 'no'
  if (typeof value === 'bigint')
    return variable.type === 'money' ? formatMoney({ currency, minor: value }) : value.toString()
  if (typeof value === 'string') return value === '' ? '""' : value
  return `[${value.join(', ')}]`
}
