import type { Sql, SqlValue } from './database.ts'

/** A piece of SQL with its bound values, for statements whose conditions depend on what was asked. Text never comes from outside. */
export type Fragment = { readonly text: readonly string[]; readonly values: readonly SqlValue[] }

/** Builds a piece; other pieces may be put in, everything else is a bound value. */
export function fragment(text: TemplateStringsArray, ...inserts: readonly (SqlValue | Fragment)[]): Fragment {
  const parts: string[] = [text[0] ?? '']
  const values: SqlValue[] = []
  const extend = (words: string): void => {
    parts[parts.length - 1] += words
  }
  for (const [i, insert] of inserts.entries()) {
    if (isFragment(insert)) {
      extend(insert.text[0] ?? '')
      parts.push(...insert.text.slice(1))
      values.push(...insert.values)
      extend(text[i + 1] ?? '')
    } else {
      values.push(insert)
      parts.push(text[i + 1] ?? '')
    }
  }
  return { text: parts, values }
}

/** Puts pieces one after another with ` and `, ` union all ` or the like between them. */
export function joinFragments(
  pieces: readonly Fragment[],
  between: ' and ' | ' union all ' | ', ',
): Fragment {
  const [first = NOTHING, ...rest] = pieces
  return rest.reduce((joined, piece) => fragment`${joined}${{ text: [between], values: [] }}${piece}`, first)
}

export const NOTHING: Fragment = { text: [''], values: [] }

export async function runFragment<Row>(sql: Sql, { text, values }: Fragment): Promise<Row[]> {
  return await sql<Row>(Object.assign([...text], { raw: text }), ...values)
}

function isFragment(insert: SqlValue | Fragment): insert is Fragment {
  return typeof insert === 'object' && insert !== null && 'text' in insert
}
