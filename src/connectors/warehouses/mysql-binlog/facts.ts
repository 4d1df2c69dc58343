import { createHash } from 'node:crypto'
import { GtidSet, MariadbGtidPosition } from '@vlasky/zongji'
import type { Server, TextRow } from './open-server.ts'
import { oneOf } from './open-server.ts'
import type { LogFacts, Position } from './position.ts'
import type { Column } from './rows.ts'
import type { TableName } from './settings.ts'

export type Flavour = 'mariadb' | 'mysql'
export type ServerFacts = {
  readonly flavour: Flavour
  readonly version: string
  /** Stays over restarts, differs between servers: MySQL's uuid, MariaDB's uid, for older ones the server id. */
  readonly identity: string
  readonly serverId: string
  /** Milliseconds by which the server's clock is ahead of the given one. */
  readonly aheadMs: number
}

export async function readServer({ query }: Server, nowMs: () => number): Promise<ServerFacts> {
  const before = nowMs()
  const [row] = await query('select version() as version, @@server_id as id, unix_timestamp(now(6)) as time')
  const middle = (before + nowMs()) / 2
  const version = textAt(row, 'version')
  const flavour: Flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const named = await query(`show global variables where variable_name in ('server_uuid', 'server_uid')`)
  const uid = named.map((one) => textAt(one, 'Value')).find((text) => text !== '')
  return {
    flavour,
    version,
    identity: uid ?? `id:${textAt(row, 'id')}`,
    serverId: textAt(row, 'id'),
    aheadMs: Math.round(Number(textAt(row, 'time')) * 1_000 - middle),
  }
}

export async function variablesOf({ query }: Server, names: readonly string[]): Promise<Map<string, string>> {
  const list = names.map((name) => `'${name}'`).join(', ')
  const rows = await query(`show global variables where variable_name in (${list})`)
  return new Map(rows.map((row) => [textAt(row, 'Variable_name').toLowerCase(), textAt(row, 'Value')]))
}

/** Null where the table is not there, or the account may not see it. */
export async function readColumns(server: Server, { schema, name }: TableName): Promise<Column[] | null> {
  const rows = await server.query(
    `select column_name as name, column_type as type, character_set_name as charset, column_key as k
     from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position`,
    [schema, name],
  )
  if (rows.length === 0) return null
  return rows.map((row) => ({
    name: textAt(row, 'name'),
    type: textAt(row, 'type').toLowerCase(),
    charset: textAt(row, 'charset') || null,
    key: textAt(row, 'k') === 'PRI',
  }))
}

/** Names, types and order of the columns, in 16 letters. */
export function shapeOf(columns: readonly Pick<Column, 'name' | 'type' | 'charset'>[]): string {
  const text = columns
    .map(({ name, type, charset }) => `${name}\t${type.toLowerCase()}\t${charset ?? ''}`)
    .join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

export type LogEnd = { readonly file: string; readonly offset: number; readonly gtid: string | null }

/** Where the log ends now; null where the server writes none. Needs REPLICATION CLIENT. */
export async function readLogEnd(server: Server, { flavour, version }: ServerFacts): Promise<LogEnd | null> {
  // MySQL 8.4 knows the old word no more.
  const words =
    flavour === 'mysql' && atLeast(version, 8, 2) ? 'show binary log status' : 'show master status'
  const [row] = await server.query(words)
  if (row === undefined) return null
  const end = { file: textAt(row, 'File'), offset: Number(textAt(row, 'Position')) }
  return { ...end, gtid: await gtidAt(server, flavour, end, textAt(row, 'Executed_Gtid_Set')) }
}

async function gtidAt(
  server: Server,
  flavour: Flavour,
  { file, offset }: { readonly file: string; readonly offset: number },
  executed: string,
): Promise<string | null> {
  if (flavour === 'mysql') return executed.replace(/\s+/g, '') || null
  return oneOf(await server.query('select binlog_gtid_pos(?, ?) as gtid', [file, offset])) || null
}

/** What `decideStart` needs of the server. */
export async function readLogFacts(
  server: Server,
  facts: ServerFacts,
  position: Position,
): Promise<LogFacts> {
  const rows = await server.query('show binary logs')
  const files = rows.map((row) => ({ name: textAt(row, 'Log_name'), size: Number(textAt(row, 'File_size')) }))
  const mariadb = facts.flavour === 'mariadb'
  const there = files.some(({ name }) => name === position.file)
  const gtidThere = mariadb && there ? await gtidAt(server, 'mariadb', position, '') : null
  return {
    server: facts.identity,
    files,
    gtidThere,
    tellsGtid: mariadb,
    hasGtids: position.gtid !== null && (await knowsGtids(server, facts, position, position.gtid)),
  }
}

/**
 * Whether the server has executed what we have seen. MySQL's ids name the server that made them. MariaDB's hold but a number, which
 * two unrelated servers may share: another server is believed only where our ids were made by one with another number, whose
 * transactions it could have by replication alone. What it no longer has, it says itself when asked for it.
 */
async function knowsGtids(
  server: Server,
  { flavour, identity, serverId }: ServerFacts,
  position: Position,
  gtid: string,
): Promise<boolean> {
  if (gtid === '') return false
  if (flavour === 'mysql') {
    const rows = await server.query(
      `select gtid_subset(?, @@global.gtid_executed) as has, gtid_subset(@@global.gtid_purged, ?) as kept`,
      [gtid, gtid],
    )
    return textAt(rows[0], 'has') === '1' && textAt(rows[0], 'kept') === '1'
  }
  const current = oneOf(await server.query('select @@global.gtid_current_pos as gtid'))
  if (current === '') return false
  if (identity !== position.server && gtid.split(',').some((one) => one.trim().split('-')[1] === serverId))
    return false
  const sequenceByDomain = new Map(current.split(',').map((one) => domainOf(one)))
  return gtid.split(',').every((one) => {
    const [domain, sequence] = domainOf(one)
    return (sequenceByDomain.get(domain) ?? -1n) >= sequence
  })
}

function domainOf(gtid: string): [string, bigint] {
  const [domain = '', , sequence = '0'] = gtid.trim().split('-')
  return [domain, /^\d+$/.test(sequence) ? BigInt(sequence) : 0n]
}

/** Adds the ids of committed transactions to those of the position where following began. */
export function gtidTrack(start: string | null): {
  readonly add: (gtid: string) => void
  readonly text: () => string | null
} {
  const mariadb = (text: string): boolean => /^\d+-\d+-\d+/.test(text)
  let seen: GtidSet | MariadbGtidPosition | null = null
  if (start !== null && start !== '')
    seen = mariadb(start) ? MariadbGtidPosition.parse(start) : GtidSet.parse(start)
  // Parsing and printing long sets for every transaction would cost more than the transaction.
  let text: string | null = start === '' ? null : start
  return {
    add: (gtid) => {
      if (mariadb(gtid)) {
        const [domainId = 0, serverId = 0] = gtid.split('-').map(Number)
        const seqNo = Number(gtid.split('-')[2])
        if (!(seen instanceof MariadbGtidPosition)) seen = new MariadbGtidPosition()
        seen.add({ domainId, serverId, seqNo })
      } else {
        // A MySQL set that begins nowhere would claim that nothing else was ever executed.
        if (!(seen instanceof GtidSet)) return
        seen.add(gtid)
      }
      text = null
    },
    text: () => {
      text ??= seen === null ? null : seen.toString()
      return text
    },
  }
}

export function textAt(row: TextRow | undefined, column: string): string {
  const value = row?.[column]
  return typeof value === 'string' ? value : ''
}

export function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(/[.-]/).map(Number)
  return a > major || (a === major && b >= minor)
}
