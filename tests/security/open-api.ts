import { Ajv, type ValidateFunction } from 'ajv'
import { generateSync, type JsonSchema } from 'json-schema-faker'
import type { Random } from '#kernel/random.ts'

// What openapi.json says of every operation, made ready to ask it: schemas with their references put in, and values that fit them.

export type Json = Readonly<Record<string, unknown>>
export type Operation = {
  /** `GET /api/orders/{id}`. */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly scope: string | null
  readonly params: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Json
  }[]
  readonly body: Json | null
  readonly fits: ValidateFunction | null
  /** By status: the schema's check, or null where the answer is no JSON or has none. */
  readonly answers: ReadonlyMap<string, ValidateFunction | null>
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  'date-time': /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
}

export function readOperations(document: Json): Operation[] {
  const ajv = new Ajv({ strict: false, allErrors: false })
  for (const [name, format] of Object.entries(FORMATS)) ajv.addFormat(name, format)
  ajv.addFormat('binary', true)
  const shared = at(document, 'components', 'schemas')
  const whole = (schema: unknown): Json => inlined(schema, shared, 0) as Json
  return Object.entries(at(document, 'paths')).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Json>).map(([method, route]) => {
      const body = at(route, 'requestBody', 'content', 'application/json').schema
      const schema = body === undefined ? null : whole(body)
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        scope: (route['x-scope'] as string | undefined) ?? null,
        params: ((route.parameters ?? []) as Operation['params']).map((one) => ({
          ...one,
          required: one.required === true,
          schema: whole(one.schema),
        })),
        body: schema,
        fits: schema === null ? null : ajv.compile(schema),
        answers: new Map(
          Object.entries(at(route, 'responses')).map(([status, answer]) => {
            const of = at(answer as Json, 'content', 'application/json').schema
            return [status, of === undefined ? null : ajv.compile(whole(of))]
          }),
        ),
      }
    }),
  )
}

function at(from: Json, ...names: readonly string[]): Json {
  let found: unknown = from
  for (const name of names) found = (found as Json | undefined)?.[name]
  return (found ?? {}) as Json
}

function inlined(schema: unknown, shared: Json, depth: number): unknown {
  if (Array.isArray(schema)) return schema.map((one) => inlined(one, shared, depth))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref } = schema as { $ref?: string }
  if ($ref !== undefined) {
    if (depth > 6) return {}
    return inlined(shared[$ref.replace('#/components/schemas/', '')], shared, depth + 1)
  }
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, inlined(value, shared, depth)]),
  )
}

/** A value that the schema lets in, as far as the library knows its keywords; the same random source makes the same ones. */
export function valueFor(schema: Json, random: Random): unknown {
  const seed = Math.floor(random.next() * 2 ** 31)
  const options = { seed, optionalsProbability: random.next(), maxItems: 3, maxLength: 40 }
  try {
    return generateSync(schema as JsonSchema, options)
  } catch {
    return null
  }
}

/** The value with some of its texts replaced by `text()`, where `fits` still lets it in. */
export function withTexts(
  value: unknown,
  text: () => string,
  random: Random,
  fits: (whole: unknown) => boolean,
): unknown {
  const whole = structuredClone({ value })
  const places: { holder: Record<string, unknown>; name: string }[] = []
  const look = (holder: Record<string, unknown>): void => {
    for (const [name, inner] of Object.entries(holder)) {
      if (typeof inner === 'string') places.push({ holder, name })
      else if (typeof inner === 'object' && inner !== null) look(inner as Record<string, unknown>)
    }
  }
  look(whole)
  for (const { holder, name } of places) {
    if (random.next() < 0.3) continue
    const before = holder[name]
    holder[name] = text()
    if (!fits(whole.value)) holder[name] = before
  }
  return whole.value
}

const ODD: readonly unknown[] = [
  null,
  '',
  'a\u0000b',
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  '9'.repeat(400),
  [],
  {},
  [[[[]]]],
  true,
  '\ud800',
  { __proto__: null, constructor: { prototype: { polluted: 1 } } },
  'x'.repeat(70_000),
]

/** The value broken in one place: a field gone, of another kind, or one that nobody asked for. */
export function broken(value: unknown, random: Random): unknown {
  const whole = structuredClone({ value }) as Record<string, unknown>
  const places: { holder: Record<string, unknown>; name: string }[] = []
  const look = (holder: Record<string, unknown>): void => {
    for (const [name, inner] of Object.entries(holder)) {
      places.push({ holder, name })
      if (typeof inner === 'object' && inner !== null) look(inner as Record<string, unknown>)
    }
  }
  look(whole)
  const { holder, name } = places[Math.floor(random.next() * places.length)] as (typeof places)[number]
  const way = random.next()
  if (way < 0.25) delete holder[name]
  else if (way < 0.4) holder[`${name}x`] = 1
  else holder[name] = ODD[Math.floor(random.next() * ODD.length)]
  return whole.value
}
