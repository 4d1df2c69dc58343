import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'

/** One line of input: its `id` as it was written, its fields with numbers beyond 2^53 as text. */
export type TryLine = {
  readonly id: unknown
  readonly fields: Readonly<Record<string, unknown>>
  /** A field as JSON text with every digit of every number that was given. */
  readonly textOf: (name: string) => string
}
export type TryAnswer = { readonly id: unknown; readonly error?: Refusal; readonly [field: string]: unknown }

/** Refuses with `try.bad_json` what is no JSON object. */
export function parseLine(text: string): Result<TryLine> {
  if (text.trim() === '') return refuse('try.bad_json', 'this line is blank')
  let exact: unknown
  try {
    exact = exactJson.parse(text, keepDigits)
  } catch {
    return refuse('try.bad_json', `this line is not JSON: ${text.slice(0, 60)}`)
  }
  if (!isRecord(exact)) return refuse('try.bad_json', 'a line holds one JSON object')
  const fields = plain(exact)
  return ok({
    id: exact.id ?? null,
    fields: isRecord(fields) ? fields : {},
    textOf: (name) => JSON.stringify(exact[name]) ?? '',
  })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
/** What the runtime has and TypeScript's library does not describe yet (ES2026 source text access). */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

/** Platform ids are often numbers of 64 bits; a double would change their last digits. */
function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  const source = context.source ?? ''
  return typeof value === 'number' && String(value) !== source ? exactJson.rawJSON(source) : value
}

/** JSON text as a value whose integers beyond 2^53 keep their digits when it is written as JSON again. */
export function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_key, value, { source = '' }) => {
    const rounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    return rounded && /^-?\d+$/.test(source) ? exactJson.rawJSON(source) : value
  })
}

function plain(value: unknown): unknown {
  if (exactJson.isRawJSON(value)) {
    const text = JSON.stringify(value)
    return Number.isSafeInteger(Number(text)) || !/^-?\d+$/.test(text) ? Number(text) : text
  }
  if (Array.isArray(value)) return value.map(plain)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}
