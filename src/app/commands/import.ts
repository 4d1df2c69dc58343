import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Command, type CommandContext, EXIT, option, refused, wrongUsage } from './command.ts'
import { followImport, resultText } from './import-progress.ts'
import { type HubClient, withHub } from './local-hub.ts'

const UPLOAD_MOST = 104_857_600

export const importCommand: Command = {
  help: `Usage: holdfast import <file.csv|file.xlsx> [--template <file.json|name>] [--connection <id|name>] [--dry-run] [--json]

Imports orders from a file into a running hub. Look first with --dry-run, which changes nothing; then import with --create,
which makes the file connection (the shop that the orders belong to) where it is missing. The same file twice changes nothing.
Without a template the hub guesses the columns, and refuses to guess what could be read in two ways: --suggest writes the guess
to standard output, to be completed and given back with --template. \`--template -\` reads it from standard input.

Options:
  --template <...>    a JSON file, or the name of a template saved in the hub
  --connection <...>  id or name of the file connection; without it the template's name
  --create            make the connection if there is none of that name
  --dry-run           only say what would happen
  --suggest           only write the template that the hub would use
  --errors <file>     write rows that were not imported, and flagged times, to this CSV file
  --url <address>     the hub; HOLDFAST_URL, or HOST and PORT

Examples:
  holdfast import orders.csv --template docs/guides/olist-template.json --dry-run
  holdfast import orders.csv --template docs/guides/olist-template.json --create
  holdfast import orders.xlsx --suggest > template.json
  holdfast import orders.xlsx --connection shop-a --template template.json --errors rows.csv

Exit codes: 0 imported (rows with errors are counted in the result); 1 refused or failed; 2 wrong usage; 3 no hub answers.`,
  options: {
    connection: { type: 'string' },
    template: { type: 'string' },
    create: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    suggest: { type: 'boolean' },
    errors: { type: 'string' },
    url: { type: 'string' },
  },
  run: async (context) => {
    const [file] = context.args
    if (file === undefined) return wrongUsage(context.io, 'import', 'a file is needed')
    if (!existsSync(file)) return refused(context.io, refuse('cli.no_file', `${file} is not there`).refusal)
    if (statSync(file).size > UPLOAD_MOST)
      return refused(context.io, refuse('cli.file_too_large', `${file} is larger than 100 MB`).refusal)
    const scopes = ['imports:write', 'jobs:read', 'connections:read', 'mapping:write'] as const
    const creating = context.values.create === true ? (['connections:write'] as const) : []
    return await withHub(context, [...scopes, ...creating], async (hub) => {
      const done = await runImport(context, hub, file)
      return done.ok ? EXIT.done : refused(context.io, done.refusal)
    })
  },
}

type Question = { readonly code: string; readonly about: string; readonly en: string }
type Uploaded = {
  readonly fileId: string
  readonly suggestion: Template
  readonly questions: readonly Question[]
}
type Template = { readonly name: string; readonly zone: string }

async function runImport(context: CommandContext, hub: HubClient, file: string): Promise<Result<null>> {
  const { io } = context
  const path = `/api/imports/upload?name=${encodeURIComponent(basename(file))}`
  const uploaded = await hub.call('POST', path, readFileSync(file))
  if (!uploaded.ok) return uploaded
  const { fileId, suggestion, questions } = uploaded.value as Uploaded
  if (context.values.suggest === true) {
    for (const { about, en } of questions) io.err(`${about === '' ? '' : `${about}: `}${en}`)
    io.out(JSON.stringify(suggestion, null, 2))
    return ok(null)
  }
  const template = await readTemplate(context, hub, suggestion, questions)
  if (!template.ok) return template
  const dryRun = context.values['dry-run'] === true
  const connection = await findConnection(context, hub, template.value, dryRun)
  if (!connection.ok) return connection
  const started = await hub.call('POST', dryRun ? '/api/imports/dry-run' : '/api/imports', {
    fileId,
    connectionId: connection.value,
    template: template.value,
  })
  if (!started.ok) return started
  const { jobId, statuses } = started.value as { jobId: string; statuses: { kept: string[] } }
  for (const code of statuses.kept)
    io.err(`${code}: the status mapping of the connection decides, not the template`)
  const ended = await followImport(context, hub, jobId)
  if (!ended.ok) return ended
  const told = await writeErrors(context, hub, jobId)
  if (!told.ok) return told
  io.out(
    context.json
      ? JSON.stringify({ jobId, connectionId: connection.value, ...(ended.value as object) })
      : resultText(ended.value),
  )
  return ok(null)
}

async function readTemplate(
  context: CommandContext,
  hub: HubClient,
  suggestion: Template,
  questions: readonly Question[],
): Promise<Result<Template>> {
  const given = option(context, 'template')
  if (given === null) return useSuggestion(context, suggestion, questions)
  if (given === '-' || existsSync(given)) {
    const content = given === '-' ? await text(context.io.stdin) : await text(createReadStream(given))
    try {
      return ok(JSON.parse(content) as Template)
    } catch {
      return refuse('cli.bad_template', `${given} is not JSON`)
    }
  }
  const listed = await hub.call('GET', '/api/imports/templates')
  if (!listed.ok) return listed
  const { items } = listed.value as { items: Template[] }
  const found = items.find((one) => one.name === given)
  return found === undefined
    ? refuse('cli.bad_template', `there is neither a file nor a saved template "${given}"`)
    : ok(found)
}

/** What could be read in two ways is for a person; what is only assumed is said aloud. */
function useSuggestion(
  { io }: CommandContext,
  suggestion: Template,
  questions: readonly Question[],
): Result<Template> {
  for (const { about, en } of questions) io.err(`${about === '' ? '' : `${about}: `}${en}`)
  const open = questions.filter(
    ({ code }) => code === 'no_order_no' || code === 'day_or_month' || code === 'no_times',
  )
  if (open.length === 0) return ok(suggestion)
  return refuse(
    'cli.template_needed',
    'the columns cannot be guessed; --suggest > template.json, complete it, --template template.json',
  )
}

/** Id of the file connection by id or name; null where a dry run is about one that is still to be made. */
async function findConnection(
  context: CommandContext,
  hub: HubClient,
  template: Template,
  dryRun: boolean,
): Promise<Result<string | null>> {
  const listed = await hub.call('GET', '/api/connections')
  if (!listed.ok) return listed
  const { items } = listed.value as { items: { id: string; kind: string; name: string }[] }
  const wanted = option(context, 'connection') ?? template.name
  const found = items.find((one) => one.kind === 'file' && (one.id === wanted || one.name === wanted))
  if (found !== undefined) return ok(found.id)
  if (dryRun) return ok(null)
  if (context.values.create !== true)
    return refuse('cli.no_connection', `there is no file connection "${wanted}"; --create makes it`)
  const made = await hub.call('POST', '/api/connections', { kind: 'file', name: wanted, settings: {} })
  if (!made.ok) return made
  const { id } = made.value as { id: string }
  context.io.err(`made the file connection "${wanted}" (${id})`)
  return ok(id)
}

async function writeErrors(context: CommandContext, hub: HubClient, jobId: string): Promise<Result<null>> {
  const file = option(context, 'errors')
  if (file === null) return ok(null)
  const errors = await hub.call('GET', `/api/imports/${jobId}/errors.csv`)
  if (!errors.ok) return errors
  writeFileSync(file, String(errors.value))
  return ok(null)
}
