import { ok, type Result, refuse } from '#kernel/result.ts'

/** Deeper than any order; a limit, because the engine's own parser and every walk over its answer recurse. */
export const DEEPEST = 64

/**
 * Reads JSON that a stranger sends, as the engine's parser does, and refuses what two readers could read differently or what
 * could harm one: `http.bad_json`, `gateway.too_deep` (more than 64 levels), `gateway.duplicate_key` (a key twice in one object, also
 * where one of them is written with escapes). The refusal names the position, never the content.
 */
export function readStrictJson(body: Uint8Array): Result<unknown> {
  const text = decode(body)
  if (text === null) return refuse('http.bad_json', 'the body is not UTF-8')
  const deep = tooDeepAt(text)
  if (deep !== null)
    return refuse('gateway.too_deep', `nested deeper than ${DEEPEST} levels at position ${deep}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('http.bad_json', 'the body is not JSON')
  }
  const twice = duplicateKeyAt(text)
  if (twice !== null)
    return refuse('gateway.duplicate_key', `a key stands twice in one object, at position ${twice}`)
  return ok(value)
}

function decode(body: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return null
  }
}

/** Strings, brackets, commas and colons; all that is needed to know where one stands. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

function tooDeepAt(text: string): number | null {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth > DEEPEST) return index
  }
  return null
}

/** For text that is known to be JSON: a string before a colon is a key of the innermost object. */
function duplicateKeyAt(text: string): number | null {
  const open: Set<string>[] = []
  let last: { readonly token: string; readonly at: number } | null = null
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && last !== null) {
      const keys = open.at(-1)
      const key = JSON.parse(last.token) as string
      if (keys?.has(key) === true) return last.at
      keys?.add(key)
    }
    last = { token, at: index }
  }
  return null
}
