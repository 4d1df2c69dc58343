import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { arrivalToDocument, readFolder, type SpoolFolder } from '#features/recovery/index.ts'
import { refuse } from '#kernel/result.ts'
import { isLive, openSegment, type SegmentReader } from '#platform/spool/read-segment.ts'
import type { Vault } from '#platform/vault.ts'
import { readConfig } from '../config.ts'
import {
  type Command,
  type CommandContext,
  EXIT,
  option,
  printRefusal,
  progressBar,
  refused,
  table,
  wrongUsage,
} from './command.ts'
import { spoolVaults } from './spool-keys.ts'

export const spoolCommand: Command = {
  help: `Usage: holdfast spool status [--path <folder>] [--json]
       holdfast spool export --path <folder> --out <folder> [--key-file <file>]

What the hub keeps on its disk while the database is away. Needs no database and no running hub.

  status   the segments of a folder: whose, since when, how many messages, damage
  export   one JSON document for each message (time, channel, raw message), which holdfast recover reads back

  --path <folder>     by default the spool of DATA_DIR
  --out <folder>      empty or not there yet
  --key-file <file>   another machine's vault.key

Examples:
  holdfast spool status
  holdfast spool export --path /mnt/hub2/spool --key-file /mnt/hub2/vault.key --out orders

Exit codes: 0 done; 1 refused, or some files could not be read (each is named); 2 wrong usage.`,
  options: { path: { type: 'string' }, out: { type: 'string' }, 'key-file': { type: 'string' } },
  run: async (context) => {
    const [what = 'status'] = context.args
    if (what !== 'status' && what !== 'export') return wrongUsage(context.io, 'spool', 'say status or export')
    const read = readConfig(context.io.env)
    if (!read.ok) return refused(context.io, read.refusal)
    const given = option(context, 'path')
    const path = given ?? join(read.value.dataDir, 'spool')
    const folder = readFolder(path)
    // A hub whose database was never away has kept nothing: that is good news and no fault.
    const isEmpty =
      !folder.ok && (folder.refusal.code === 'recovery.not_a_spool' || (given === null && !existsSync(path)))
    if (what === 'status' && isEmpty) return saysEmpty(context, path)
    if (!folder.ok) return refused(context.io, folder.refusal)
    const vaults = spoolVaults(read.value, option(context, 'key-file'))
    if (!vaults.ok) return refused(context.io, vaults.refusal)
    return what === 'status'
      ? await status(context, folder.value, vaults.value)
      : await exportTo(context, folder.value, vaults.value)
  },
}

type SegmentState = {
  readonly file: string
  readonly node: string
  readonly createdAt: string
  readonly records: number
  readonly bytes: number
  readonly damaged: number
  readonly live: boolean
}

const AT_ONCE = 2_000

function saysEmpty({ io, json }: CommandContext, path: string): number {
  io.out(
    json
      ? JSON.stringify({ segments: [], documents: 0, unreadable: 0 })
      : `the spool is empty: nothing waits in ${path}`,
  )
  return EXIT.done
}

async function status(
  context: CommandContext,
  folder: SpoolFolder,
  vaults: readonly Vault[],
): Promise<number> {
  const segments: SegmentState[] = []
  let failed = 0
  for (const path of folder.segments) {
    const opened = await openSegment(path, vaults)
    if (opened.ok) segments.push(stateOf(path, opened.value))
    else {
      failed += 1
      printRefusal(context.io, opened.refusal.code, opened.refusal.detail)
    }
  }
  const documents = folder.documents.length
  if (context.json) context.io.out(JSON.stringify({ segments, documents, unreadable: failed }))
  else {
    const rows = segments.map((one) => [
      basename(one.file),
      one.node,
      one.createdAt,
      String(one.records),
      String(one.bytes),
      String(one.damaged),
      one.live ? 'written now' : '',
    ])
    context.io.out(table(['segment', 'node', 'since', 'messages', 'bytes', 'damaged', ''], rows))
    const messages = segments.reduce((sum, one) => sum + one.records, 0)
    context.io.out(`${messages} messages in ${segments.length} segments, ${documents} documents`)
  }
  return failed > 0 ? EXIT.refused : EXIT.done
}

function stateOf(path: string, reader: SegmentReader): SegmentState {
  let records = 0
  let damaged = 0
  for (let offset = 0, end = false; !end; ) {
    const batch = reader.batch(offset, AT_ONCE)
    records += batch.records.length
    damaged += batch.damaged.length
    offset = batch.next
    end = batch.end
  }
  const { header, bytes } = reader
  const dir = path.slice(0, path.length - basename(path).length)
  return {
    file: path,
    node: header?.node ?? 'unknown',
    createdAt: header?.createdAt ?? '',
    records,
    bytes,
    damaged,
    live: readdirSync(dir).includes('lock') && isLive(dir),
  }
}

async function exportTo(
  context: CommandContext,
  folder: SpoolFolder,
  vaults: readonly Vault[],
): Promise<number> {
  const out = option(context, 'out')
  if (out === null) return wrongUsage(context.io, 'spool', 'export needs --out')
  mkdirSync(out, { recursive: true, mode: 0o700 })
  if (readdirSync(out).length > 0)
    return refused(context.io, refuse('recovery.out_not_empty', `${out} is not empty`).refusal)
  const bar = progressBar(context.io, 'exporting', () => performance.now())
  let written = 0
  let failed = 0
  for (const [i, path] of folder.segments.entries()) {
    const opened = await openSegment(path, vaults)
    if (opened.ok) written += writeDocuments(out, opened.value)
    else {
      failed += 1
      printRefusal(context.io, opened.refusal.code, opened.refusal.detail)
    }
    bar(i + 1, folder.segments.length)
  }
  context.io.out(
    context.json
      ? JSON.stringify({ documents: written, unreadable: failed })
      : `${written} documents in ${out}`,
  )
  return failed > 0 ? EXIT.refused : EXIT.done
}

function writeDocuments(out: string, reader: SegmentReader): number {
  let written = 0
  for (let offset = 0, end = false; !end; ) {
    const batch = reader.batch(offset, AT_ONCE)
    for (const record of batch.records) {
      const name = `${record.arrival.receivedAt.epochMilliseconds}-${reader.id.slice(0, 8)}-${record.offset}.json`
      const text = `${JSON.stringify(arrivalToDocument(record.arrival), null, 2)}\n`
      writeFileSync(join(out, name), text, { mode: 0o600 })
      written += 1
    }
    offset = batch.next
    end = batch.end
  }
  return written
}
