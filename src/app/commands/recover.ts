import { closeSync, openSync, writeSync } from 'node:fs'
import { connectors, isRedelivery } from '#connectors/index.ts'
import { readConnections } from '#features/connections/index.ts'
import {
  type FolderDeps,
  type MergedFolder,
  mergeFolder,
  type Preview,
  previewFolder,
  type ReceiptRow,
  readFolder,
  readReceipts,
  type SpoolFolder,
  type Tally,
} from '#features/recovery/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { systemRandom } from '#kernel/random.ts'
import { sheetText } from '#kernel/sheet-text.ts'
import { silentLog } from '#platform/log.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { type Config, readConfig, refusalLines } from '../config.ts'
import { openHubDatabase } from '../database.ts'
import { orderNoReader } from '../order-no-of.ts'
import {
  type Command,
  type CommandContext,
  EXIT,
  option,
  printRefusal,
  progressBar,
  refused,
  wrongUsage,
} from './command.ts'
import { spoolVaults } from './spool-keys.ts'

export const recoverCommand: Command = {
  help: `Usage: holdfast recover --path <folder> [--mode merge] [--report <file>] [--dry-run] [--key-file <file>]

Brings a spool folder of this or another machine into the database: segments (*.hfs) and documents (*.json), folders in it
too. A message that is there already is a duplicate, the same key with another body a conflict that waits in the emergency
centre; nothing is ever written twice. Works while the hub runs and while it is stopped. Ctrl-C or a kill loses nothing: call
it again, it goes on. The folder itself is left as it is.

  --path <folder>     the folder, or one file
  --mode merge        the one mode there is
  --report <file>     a receipt for every message: .csv, or .jsonl
  --dry-run           only count what would happen
  --key-file <file>   the other machine's vault.key; without it HOLDFAST_KEY and the data folder's own key are tried

Examples:
  holdfast recover --path ./data/spool --mode merge
  holdfast recover --path /mnt/hub2/spool --key-file /mnt/hub2/vault.key --report receipts.csv

Exit codes: 0 merged; 1 refused, or some files could not be merged (each is named); 2 wrong usage; 3 no database; 130 stopped.`,
  options: {
    path: { type: 'string' },
    mode: { type: 'string' },
    report: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'key-file': { type: 'string' },
  },
  run: async (context) => {
    const path = option(context, 'path') ?? context.args[0] ?? null
    if (path === null) return wrongUsage(context.io, 'recover', '--path is needed')
    if ((option(context, 'mode') ?? 'merge') !== 'merge')
      return wrongUsage(context.io, 'recover', '--mode is merge')
    const report = option(context, 'report')
    if (report !== null && !/\.(csv|jsonl)$/i.test(report))
      return wrongUsage(context.io, 'recover', '--report ends in .csv or .jsonl')
    const read = readConfig(context.io.env)
    if (!read.ok) {
      for (const line of refusalLines(read.refusal)) context.io.err(`holdfast: ${line}`)
      return EXIT.refused
    }
    const folder = readFolder(path)
    if (!folder.ok) return refused(context.io, folder.refusal)
    const vaults = spoolVaults(read.value, option(context, 'key-file'))
    if (!vaults.ok) return refused(context.io, vaults.refusal)
    return await withSpoolDatabase(read.value, (db) =>
      context.values['dry-run'] === true
        ? preview(context, db, folder.value, vaults.value)
        : merge(context, read.value, db, { path, report, folder: folder.value, vaults: vaults.value }),
    )
  },
}

async function withSpoolDatabase(config: Config, run: (db: Database) => Promise<number>): Promise<number> {
  const database = await openHubDatabase(
    { ...config, databaseConnections: 2, workers: 0 },
    silentLog(),
    systemClock,
  )
  try {
    return await run(database.spoolDb)
  } finally {
    await database.close()
  }
}

async function preview(
  context: CommandContext,
  db: Database,
  folder: SpoolFolder,
  vaults: readonly Vault[],
): Promise<number> {
  const found = await previewFolder(
    { db, vaults, isRedelivery, onProgress: progressOf(context, 'reading', folder) },
    folder,
  )
  tellProblems(context, found)
  if (context.json) context.io.out(JSON.stringify({ dryRun: true, ...summaryOf(found) }))
  else context.io.out(`nothing was changed; a merge would bring\n${tallyText(found)}`)
  return found.problems.length > 0 ? EXIT.refused : EXIT.done
}

async function merge(
  context: CommandContext,
  config: Config,
  db: Database,
  given: { path: string; report: string | null; folder: SpoolFolder; vaults: readonly Vault[] },
): Promise<number> {
  let stopping = false
  const onSignal = (): void => {
    if (!stopping) context.io.err('holdfast: stopping after this batch; the same command goes on from here')
    stopping = true
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const deps: FolderDeps = {
      db,
      clock: systemClock,
      keepDays: config.rawMessageDays,
      vaults: given.vaults,
      isRedelivery,
      orderNoOf: await orderNosIn(db),
      onProgress: progressOf(context, 'merging', given.folder),
      isStopping: () => stopping,
    }
    const run = newUuid(systemClock, systemRandom)
    const merged = await mergeFolder(deps, { run, source: given.path, folder: given.folder })
    tellProblems(context, merged)
    const receipts = given.report === null ? 0 : await writeReport(db, merged, given.report)
    if (context.json) context.io.out(JSON.stringify({ run, end: merged.end, ...summaryOf(merged) }))
    else {
      context.io.out(tallyText(merged))
      if (given.report !== null) context.io.out(`${given.report}: ${receipts} receipts`)
      if (merged.tally.conflict > 0)
        context.io.out('conflicts wait for a decision: console, emergency centre (/emergency)')
    }
    if (merged.end === 'stopped') return EXIT.interrupted
    return merged.problems.length > 0 ? EXIT.refused : EXIT.done
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

/** Without their settings, which are sealed: what a platform's message says of its order depends on none. */
async function orderNosIn(db: Database): Promise<NonNullable<FolderDeps['orderNoOf']>> {
  const kinds = new Map((await readConnections(db)).map(({ id, kind }) => [id, kind]))
  return orderNoReader((id) => {
    const connector = connectors.find(({ kind }) => kind === kinds.get(id))
    return connector === undefined ? null : { connector, settings: {} }
  })
}

function progressOf({ io }: CommandContext, title: string, { bytes }: SpoolFolder): (done: number) => void {
  const bar = progressBar(io, title, () => performance.now())
  return (done) => bar(Math.min(done, bytes), bytes)
}

function tellProblems({ io }: CommandContext, { problems }: Pick<Preview, 'problems'>): void {
  for (const { path, code, detail } of problems.slice(0, 50))
    printRefusal(io, code, detail.startsWith(path) ? detail : `${path}: ${detail}`)
  if (problems.length > 50) io.err(`holdfast: and ${problems.length - 50} more files`)
}

type Outcomes = Pick<Preview, 'tally' | 'damaged' | 'problems'>

function summaryOf({ tally, damaged, problems }: Outcomes): Tally & { damaged: number; problems: number } {
  return { ...tally, damaged, problems: problems.length }
}

function tallyText({ tally, damaged, problems }: Outcomes): string {
  const lines: [number, string][] = [
    [tally.accepted, 'accepted'],
    [tally.duplicate, 'duplicates of messages that are there'],
    [tally.conflict, 'conflicts: the same key with another body, both kept'],
    [tally.rejected, 'refused when they came, or not storable'],
    [damaged, 'damaged places in files'],
    [problems.length, 'files that could not be merged'],
  ]
  return lines.map(([count, words]) => `${String(count).padStart(9)}  ${words}`).join('\n')
}

const FILES_AT_ONCE = 500
const RECEIPTS_AT_ONCE = 5_000
const COLUMNS = [
  'outcome',
  'order_no',
  'connection_id',
  'topic',
  'received_at',
  'message_id',
  'file',
  'offset',
  'detail',
  'merged_at',
] as const

/** One line for every message of these files, those merged by an earlier, interrupted call too. Answers how many. */
async function writeReport(db: Database, { files }: MergedFolder, path: string): Promise<number> {
  const csv = /\.csv$/i.test(path)
  let count = 0
  const out = openReport(path)
  try {
    if (csv) writeSync(out, `${COLUMNS.join(',')}\n`)
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      const some = files.slice(at, at + FILES_AT_ONCE)
      for (let after = 0n; ; ) {
        const rows = await readReceipts(db, { files: some }, { after, limit: RECEIPTS_AT_ONCE })
        if (rows.length > 0) writeSync(out, `${rows.map(csv ? csvLine : jsonLine).join('\n')}\n`)
        count += rows.length
        if (rows.length < RECEIPTS_AT_ONCE) break
        after = rows.at(-1)?.id ?? after
      }
    }
  } finally {
    closeSync(out)
  }
  return count
}

function openReport(path: string): number {
  try {
    return openSync(path, 'w', 0o600)
  } catch (cause) {
    throw new Outage('recovery.report_unwritable', `${path} cannot be written; the merge itself is done`, {
      retryable: false,
      cause,
    })
  }
}

function cells(row: ReceiptRow): Record<(typeof COLUMNS)[number], string | null> {
  return {
    outcome: row.outcome,
    order_no: row.order_no,
    connection_id: row.connection_id,
    topic: row.topic,
    received_at: row.received_at.toString(),
    message_id: row.message_id,
    file: row.file,
    offset: String(row.offset),
    detail: row.detail,
    merged_at: row.merged_at.toString(),
  }
}

function jsonLine(row: ReceiptRow): string {
  return JSON.stringify(cells(row))
}

function csvLine(row: ReceiptRow): string {
  const values = cells(row)
  return COLUMNS.map((name) => csvCell(values[name] ?? '')).join(',')
}

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function csvCell(text: string): string {
  const safe = sheetText(text)
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
