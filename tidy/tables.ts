import { type Finding, findingAt, isTest, type Source } from './sources.ts'
import { UPKEEP } from './table-owners.ts'

const TAGGED = /\b(?:sql|tx|db|database|admin)\s*(?:<[^`;(){}]*(?:\{[^`;(){}]*\}[^`;(){}]*)?>)?`/g

/** SQL stands in `store.ts` and in src/platform, in full view; the rest of the product asks those. */
export function findStraySql(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ path }) => path.startsWith('src/') && !isTest(path))
    .filter(({ path }) => !path.startsWith('src/platform/') && !path.endsWith('/store.ts'))
    .flatMap((source) =>
      [...source.code.matchAll(TAGGED)].map((match) =>
        findingAt(source, match.index, 'SQL belongs in store.ts or src/platform'),
      ),
    )
}

/** Tables of the migrations, without partitions, which belong to whom their parent belongs. */
export function tablesOf(migrations: readonly string[]): string[] {
  const made = new Set<string>()
  for (const text of migrations) {
    const statements = text.replace(/--.*$/gm, '')
    const words =
      /\b(create|drop)\s+(?:unlogged\s+)?table\s+(?:if\s+(?:not\s+)?exists\s+)?(\w+)(\s+partition\s+of)?/gi
    for (const [, verb = '', table = '', partition] of statements.matchAll(words)) {
      if (verb.toLowerCase() === 'drop') made.delete(table)
      else if (partition === undefined) made.add(table)
    }
  }
  return [...made].sort()
}

/** Who writes which table, against who owns it. Reading is free; writing is the owner's. */
export function findForeignWrites(
  sources: readonly Source[],
  tables: readonly string[],
  owners: Readonly<Record<string, string>>,
): Finding[] {
  const listed = Object.keys(owners)
  const missing = tables.filter((table) => !listed.includes(table))
  const gone = listed.filter((table) => !tables.includes(table))
  return [
    ...missing.map((table) => `tidy/table-owners.ts:1: the table ${table} has no owner`),
    ...gone.map((table) => `tidy/table-owners.ts:1: no migration makes the table ${table}`),
    ...sources
      .filter(({ path }) => path.startsWith('src/') && !isTest(path))
      .flatMap((source) => writesOf(source, owners)),
  ]
}

function writesOf(source: Source, owners: Readonly<Record<string, string>>): Finding[] {
  const words = /\b(?:insert\s+into|update|delete\s+from|truncate(?:\s+table)?|merge\s+into)\s+(\w+)\b/gi
  return [...source.said.matchAll(words)].flatMap((match) => {
    const owner = owners[match[1] ?? '']
    // Words outside quotes are code, not SQL.
    if (owner === undefined || source.code.charAt(match.index) !== ' ') return []
    if (source.path.startsWith(`${owner}/`)) return []
    if (source.path.startsWith(UPKEEP) && /^delete/i.test(match[0])) return []
    return [findingAt(source, match.index, `writes ${match[1]}, which belongs to ${owner}`)]
  })
}
