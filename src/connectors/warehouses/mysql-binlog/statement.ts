import type { TableName } from './settings.ts'

/**
 * What a statement of the binlog means for the table that is followed. In row format only table definitions and transaction
 * marks are written as statements; a change of rows that comes as one (`written`) cannot be followed.
 */
export type StatementMeaning = 'nothing' | 'commit' | 'definition' | 'emptied' | 'written'

export function meaningOf(statement: string, schema: string, table: TableName): StatementMeaning {
  const text = withoutComments(statement.slice(0, 20_000))
  const verb = /^[a-z]+/i.exec(text)?.[0]?.toUpperCase() ?? ''
  if (verb === 'COMMIT' || verb === 'ROLLBACK') return /^ROLLBACK\s+TO\b/i.test(text) ? 'nothing' : 'commit'
  if (verb === 'XA') return /^XA\s+(COMMIT|ROLLBACK)\b/i.test(text) ? 'commit' : 'nothing'
  if (verb === 'DROP' && /^DROP\s+(DATABASE|SCHEMA)\b/i.test(text))
    return names(text, table.schema) ? 'definition' : 'nothing'
  if (!names(text, table.name)) return 'nothing'
  // A table of the same name elsewhere.
  if (schema !== table.schema && !names(text, table.schema)) return 'nothing'
  if (verb === 'TRUNCATE') return 'emptied'
  if (DEFINES.has(verb)) return 'definition'
  return WRITES.has(verb) ? 'written' : 'nothing'
}

const DEFINES = new Set(['ALTER', 'CREATE', 'DROP', 'RENAME'])
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'WITH', 'CALL'])

function withoutComments(text: string): string {
  // An executable comment (/*!40000 ALTER ... */) is a statement; its mark goes, its words stay.
  return text
    .replace(/\/\*M?!\d*/g, ' ')
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/^(\s*(--|#)[^\n]*\n)+/g, ' ')
    .trim()
}

/** Whether the identifier stands in it as a word. */
function names(text: string, identifier: string): boolean {
  const escaped = identifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${escaped}(?![\\p{L}\\p{N}_$])`, 'iu').test(text)
}
