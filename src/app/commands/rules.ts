import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '#kernel/result.ts'
import type { Scope } from '#platform/http/scopes.ts'
import {
  type Command,
  type CommandContext,
  EXIT,
  option,
  progressBar,
  refused,
  table,
  wrongUsage,
} from './command.ts'
import { type HubClient, withHub } from './local-hub.ts'

export const rulesCommand: Command = {
  help: `Usage: holdfast rules list [--kind <kind>]
       holdfast rules check <version>
       holdfast rules cases <version>
       holdfast rules dry-run <version> [--days 7] [--against <version>]
       holdfast rules publish <version> --share 5 [--watch 120] | --live --because <words>
       holdfast rules rollback <set> --because <words> [--to <version>]

Rule sets (freight, split, sourcing, review, promise, status mapping) of the running hub. <version> and <set> are the ids that
\`list\` shows. \`dry-run\` tries a version on the orders of the last days and waits for what would change; \`publish --share 5\`
lets it decide 5% of the orders, \`--live\` all of them; \`rollback\` stops a share, or goes back to the version before.

Asks the hub at HOST and PORT, or at --url (or HOLDFAST_URL). With HOLDFAST_API_KEY by that key; without one this machine's
own database vouches for you.

Examples:
  holdfast rules list --kind freight
  holdfast rules dry-run 12 --days 30
  holdfast rules publish 12 --share 5
  holdfast rules rollback 3 --because "too many free parcels"

Exit codes: 0 done; 1 refused, errors found, cases failed, or a dry run wants a person; 2 wrong usage; 3 no hub answers.`,
  options: {
    url: { type: 'string' },
    kind: { type: 'string' },
    days: { type: 'string' },
    against: { type: 'string' },
    share: { type: 'string' },
    watch: { type: 'string' },
    live: { type: 'boolean' },
    because: { type: 'string' },
    to: { type: 'string' },
  },
  run: async (context) => {
    const [verb = '', id = ''] = context.args
    const act = VERBS[verb]
    if (act === undefined)
      return wrongUsage(context.io, 'rules', 'say list, check, cases, dry-run, publish or rollback')
    if (verb !== 'list' && !/^\d{1,18}$/.test(id))
      return wrongUsage(context.io, 'rules', `${verb} needs an id; see holdfast rules list`)
    const wrong = act.wrong?.(context) ?? null
    if (wrong !== null) return wrongUsage(context.io, 'rules', wrong)
    return await withHub(context, act.scopes, async (hub) => await act.run({ context, hub, id }))
  },
}

type Call = { readonly context: CommandContext; readonly hub: HubClient; readonly id: string }
type Verb = {
  readonly scopes: readonly Scope[]
  readonly wrong?: (context: CommandContext) => string | null
  readonly run: (call: Call) => Promise<number>
}

const DAYS_MOST = 90

const VERBS: Readonly<Record<string, Verb>> = {
  list: { scopes: ['rules:read'], run: list },
  check: { scopes: ['rules:read', 'rules:write'], run: check },
  cases: { scopes: ['rules:read'], run: cases },
  'dry-run': { scopes: ['rules:read', 'rules:write'], wrong: wrongDryRun, run: dryRun },
  publish: { scopes: ['rules:read', 'rules:publish'], wrong: wrongPublish, run: publish },
  rollback: {
    scopes: ['rules:read', 'rules:publish'],
    wrong: (context) =>
      (option(context, 'because') ?? '').trim() === '' ? 'rollback needs --because' : null,
    run: rollback,
  },
}

type Words = { readonly zh: string; readonly en: string }
type Brief = { readonly id: string; readonly number: number; readonly state: string } | null
type SetJson = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly live: Brief
  readonly gray: Brief
  readonly grayBps: number
  readonly draft: Brief
}

async function list({ context, hub }: Call): Promise<number> {
  const kind = option(context, 'kind')
  const sets: SetJson[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({
      ...(kind === null ? {} : { kind }),
      ...(cursor === null ? {} : { cursor }),
    })
    const answer: Result<unknown> = await hub.call('GET', `/api/rules/sets?${query.toString()}`)
    if (!answer.ok) return refused(context.io, answer.refusal)
    const page = answer.value as { items: SetJson[]; next: string | null }
    sets.push(...page.items)
    cursor = page.next
  } while (cursor !== null)
  if (context.json) context.io.out(JSON.stringify(sets))
  else {
    const head = ['set', 'kind', 'name', 'for', 'live', 'gray', 'draft']
    const rows = sets.map((set) => [
      set.id,
      set.kind,
      set.name,
      set.connectionId ?? set.connectorKind,
      versionCell(set.live),
      set.gray === null ? '-' : `${versionCell(set.gray)} ${set.grayBps / 100}%`,
      versionCell(set.draft),
    ])
    context.io.out(table(head, rows))
  }
  return EXIT.done
}

function versionCell(version: Brief): string {
  return version === null ? '-' : `v${version.number} (${version.id})`
}

type CaseJson = { readonly name: string; readonly passed: boolean; readonly difference: Words | null }

async function check({ context, hub, id }: Call): Promise<number> {
  const answer = await hub.call('POST', `/api/rules/versions/${id}/check`, {})
  if (!answer.ok) return refused(context.io, answer.refusal)
  const found = answer.value as {
    version: { number: number; state: string }
    check: {
      findings: readonly { level: string; code: string; node: string | null; words: Words }[]
      tried: number
    }
    cases: readonly CaseJson[]
  }
  const { findings, tried } = found.check
  const failed = found.cases.filter((one) => !one.passed)
  const errors = findings.filter((one) => one.level === 'error')
  if (context.json) context.io.out(JSON.stringify(found))
  else {
    for (const { level, code, node, words } of findings)
      context.io.out(`${level}  ${code}${node === null ? '' : ` at ${node}`}: ${words.en}`)
    for (const one of failed) context.io.out(caseLine(one))
    context.io.out(
      `v${found.version.number} is ${found.version.state}: ${errors.length} errors, ${findings.length - errors.length} warnings, ${tried} inputs tried, ${found.cases.length - failed.length} of ${found.cases.length} cases pass`,
    )
  }
  return errors.length + failed.length === 0 ? EXIT.done : EXIT.refused
}

async function cases({ context, hub, id }: Call): Promise<number> {
  const answer = await hub.call('POST', '/api/rules/cases/run', { versionId: id })
  if (!answer.ok) return refused(context.io, answer.refusal)
  const run = (answer.value as { cases: readonly CaseJson[] }).cases
  const failed = run.filter((one) => !one.passed)
  if (context.json) context.io.out(JSON.stringify(run))
  else {
    for (const one of run) context.io.out(caseLine(one))
    context.io.out(`${run.length - failed.length} of ${run.length} cases pass`)
  }
  return failed.length === 0 ? EXIT.done : EXIT.refused
}

function caseLine({ name, passed, difference }: CaseJson): string {
  return passed ? `pass  ${name}` : `FAIL  ${name}: ${difference?.en ?? ''}`
}

type RunJson = {
  readonly id: string
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'stopped'
  readonly done: number
  readonly total: number | null
  readonly changed: number
  readonly groups: readonly { readonly group: string; readonly count: number }[]
  readonly figures: Readonly<Record<string, { readonly before: string; readonly after: string }>>
  readonly passed: boolean | null
  readonly passWords: Words | null
  readonly error: string | null
}
const LOOK_MS = 300

function wrongDryRun(context: CommandContext): string | null {
  const days = Number(option(context, 'days') ?? '7')
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MOST) return `--days is 1 to ${DAYS_MOST}`
  return /^\d{1,18}$/.test(option(context, 'against') ?? '0') ? null : '--against is the id of a version'
}

async function dryRun({ context, hub, id }: Call): Promise<number> {
  const against = option(context, 'against')
  const ask = { days: Number(option(context, 'days') ?? '7'), againstVersionId: against }
  const started = await hub.call('POST', `/api/rules/versions/${id}/dry-runs`, ask)
  if (!started.ok) return refused(context.io, started.refusal)
  let run = (started.value as { dryRun: RunJson }).dryRun
  const show = progressBar(context.io, 'dry run', () => performance.now())
  while (run.state === 'queued' || run.state === 'running') {
    show(run.done, run.total)
    await sleep(LOOK_MS)
    const looked = await hub.call('GET', `/api/rules/dry-runs/${run.id}`)
    if (!looked.ok) return refused(context.io, looked.refusal)
    run = looked.value as RunJson
  }
  if (context.json) context.io.out(JSON.stringify(run))
  else context.io.out(runText(run))
  return run.passed === true ? EXIT.done : EXIT.refused
}

function runText(run: RunJson): string {
  const figures = Object.entries(run.figures).map(([name, { before, after }]) => [name, before, after])
  return [
    `dry run ${run.id} ${run.state}: ${run.changed} of ${run.done} orders change${run.error === null ? '' : ` (${run.error})`}`,
    ...run.groups.map(({ group, count }) => `  ${count}  ${group}`),
    ...(figures.length === 0 ? [] : [table(['sum', 'now', 'with this version'], figures)]),
    ...(run.passWords === null
      ? []
      : [`${run.passed === true ? 'passed' : 'NOT passed'}: ${run.passWords.en}`]),
  ].join('\n')
}

function wrongPublish(context: CommandContext): string | null {
  const share = option(context, 'share')
  const live = context.values.live === true
  if ((share !== null) === live) return 'publish takes either --share <percent> or --live'
  if (live) return null
  if (!/^\d{1,3}(\.\d{1,2})?%?$/.test(share ?? '') || bpsOf(share ?? '') > 10_000 || bpsOf(share ?? '') < 1)
    return '--share is a percentage above 0, at most 100'
  return /^\d{1,5}$/.test(option(context, 'watch') ?? '0') ? null : '--watch is minutes'
}

/** Parts of ten thousand. */
function bpsOf(percent: string): number {
  return Math.round(Number(percent.replace('%', '')) * 100)
}

async function publish({ context, hub, id }: Call): Promise<number> {
  const share = option(context, 'share')
  const watch = option(context, 'watch')
  const because = option(context, 'because')
  const why = because === null ? {} : { because }
  const ask =
    share === null
      ? { do: 'live', ...why }
      : { do: 'gray', bps: bpsOf(share), ...(watch === null ? {} : { watchMinutes: Number(watch) }), ...why }
  const answer = await hub.call('POST', `/api/rules/versions/${id}/publish`, ask)
  if (!answer.ok) return refused(context.io, answer.refusal)
  const waits = (answer.value as { approval?: string }).approval === 'waiting'
  if (context.json) context.io.out(JSON.stringify(answer.value))
  else if (waits) context.io.out('another person has to approve it first')
  else
    context.io.out(
      share === null ? 'it decides all orders now' : `it decides ${bpsOf(share) / 100}% of the orders now`,
    )
  return EXIT.done
}

async function rollback({ context, hub, id }: Call): Promise<number> {
  const to = option(context, 'to')
  const body = { because: option(context, 'because') ?? '', ...(to === null ? {} : { to }) }
  const answer = await hub.call('POST', `/api/rules/sets/${id}/rollback`, body)
  if (!answer.ok) return refused(context.io, answer.refusal)
  const set = answer.value as SetJson
  if (context.json) context.io.out(JSON.stringify(set))
  else
    context.io.out(
      `rolled back; ${set.live === null ? 'nothing decides' : `v${set.live.number} decides`} now`,
    )
  return EXIT.done
}
