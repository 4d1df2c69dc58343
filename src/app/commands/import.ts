import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { ok, type Result, refuse } from '#kernel/result.ts'
import {
  type Command,
  type CommandContext,
  EXIT,
  option,
  progressBar,
  refused,
  wrongUsage,
} from './command.ts'
import { type HubClient, withHub } from './local-hub.ts'

const UPLOAD_MOST = 104_857_600
const POLL_MS = 500

export const importCommand: Command = {
  help: `Usage: holdfast import <file.csv|file.xlsx> --connection <id> [--template <file.json|name>] [--dry-run] [--json]

Imports orders from a file into a running hub. Without a template the hub's own suggestion for the columns is used.
The same file twice changes nothing. \`--template -\` reads the template from standard input.

Options:
  --connection <id>   the file connection (see the console, or GET /api/connections)
  --template <...>    a JSON file, or the name of a template saved in the hub
  --dry-run           only say what would happen
  --errors <file>     write rows that could not be read to this CSV file
  --url <address>     the hub; HOLDFAST_URL, or HOST and PORT

Examples:
  holdfast import orders.csv --connection olist --template olist --dry-run
  holdfast import orders.xlsx --connection shop-a --errors rows.csv

Exit codes: 0 imported (rows with errors are counted in the result); 1 refused or failed; 2 wrong usage; 3 no hub answers.`,
  options: {
    connection: { type: 'string' },
    template: { type: 'string' },
    'dry-run': { type: 'boolean' },
    errors: { type: 'string' },
    url: { type: 'string' },
  },
  run: async (context) => {
    const [file] = context.args
    const connectionId = option(context, 'connection')
    if (file === undefined || connectionId === null)
      return wrongUsage(context.io, 'import', 'a file and --connection are needed')
    if (!existsSync(file)) return refused(context.io, refuse('cli.no_file', `${file} is not there`).refusal)
    if (statSync(file).size > UPLOAD_MOST)
      return refused(context.io, refuse('cli.file_too_large', `${file} is larger than 100 MB`).refusal)
    const scopes = ['imports:write', 'jobs:read', 'connections:read'] as const
    return await withHub(context, scopes, async (hub) => await runImport(context, hub, file, connectionId))
  },
}

async function runImport(
  context: CommandContext,
  hub: HubClient,
  file: string,
  connectionId: string,
): Promise<number> {
  const { io } = context
  const uploaded = await hub.call(
    'POST',
    `/api/imports/upload?name=${encodeURIComponent(basename(file))}`,
    readFileSync(file),
  )
  if (!uploaded.ok) return refused(io, uploaded.refusal)
  const { fileId, suggestion } = uploaded.value as { fileId: string; suggestion: unknown }
  const template = await readTemplate(context, hub, suggestion)
  if (!template.ok) return refused(io, template.refusal)
  const path = context.values['dry-run'] === true ? '/api/imports/dry-run' : '/api/imports'
  const started = await hub.call('POST', path, { fileId, connectionId, template: template.value })
  if (!started.ok) return refused(io, started.refusal)
  const { jobId } = started.value as { jobId: string }
  const ended = await followJob(context, hub, jobId)
  if (!ended.ok) return refused(io, ended.refusal)
  const errorsFile = option(context, 'errors')
  if (errorsFile !== null) {
    const errors = await hub.call('GET', `/api/imports/${jobId}/errors.csv`)
    if (!errors.ok) return refused(io, errors.refusal)
    const { writeFileSync } = await import('node:fs')
    writeFileSync(errorsFile, String(errors.value))
  }
  io.out(context.json ? JSON.stringify(ended.value) : resultText(ended.value))
  return EXIT.done
}

async function readTemplate(
  context: CommandContext,
  hub: HubClient,
  suggestion: unknown,
): Promise<Result<unknown>> {
  const given = option(context, 'template')
  if (given === null) return ok(suggestion)
  if (given === '-' || existsSync(given)) {
    const content = given === '-' ? await text(context.io.stdin) : await text(createReadStream(given))
    try {
      return ok(JSON.parse(content))
    } catch {
      return refuse('cli.bad_template', `${given} is not JSON`)
    }
  }
  const listed = await hub.call('GET', '/api/imports/templates')
  if (!listed.ok) return listed
  const { items } = listed.value as { items: { name: string }[] }
  const found = items.find((one) => one.name === given)
  return found === undefined
    ? refuse('cli.bad_template', `there is neither a file nor a saved template "${given}"`)
    : ok(found)
}

type Job = { state: string; progress: number; total: number | null; result: unknown; error: string | null }

async function followJob(context: CommandContext, hub: HubClient, jobId: string): Promise<Result<unknown>> {
  const show = progressBar(context.io, 'import', () => performance.now())
  for (;;) {
    const answer = await hub.call('GET', `/api/jobs/${jobId}`)
    if (!answer.ok) return answer
    const job = answer.value as Job
    show(Number(job.progress), job.total === null ? null : Number(job.total))
    if (job.state === 'done') return ok(job.result)
    if (job.state === 'failed') return refuse('cli.import_failed', job.error ?? 'the import failed')
    if (job.state === 'cancelled') return refuse('cli.import_cancelled', 'the import was cancelled')
    await sleep(POLL_MS)
  }
}

function resultText(result: unknown): string {
  if (typeof result !== 'object' || result === null) return 'done'
  return Object.entries(result)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .map(([name, value]) => `${name.padEnd(10)} ${value}`)
    .join('\n')
}
