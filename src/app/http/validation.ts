import { Ajv, type Options, type ValidateFunction } from 'ajv'
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify'
import { assert } from '#kernel/assert.ts'
import type { HttpApp } from '#platform/http/scopes.ts'

const COMMON: Options = { useDefaults: true, removeAdditional: false, allErrors: false, strict: false }

const FORMATS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  'date-time': /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
}

function newAjv(options: Options): Ajv {
  const ajv = new Ajv({ ...COMMON, ...options })
  for (const [name, format] of Object.entries(FORMATS)) ajv.addFormat(name, format)
  return ajv
}

/**
 * Query, parameters and headers are text and are read as the type they should have (`limit=20`, `status=a&status=b`).
 * A JSON body has types of its own: there `"1"` is not 1, and null is not an empty string.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const ofText = newAjv({ coerceTypes: 'array' })
  const ofJson = newAjv({ coerceTypes: false })
  return ({ schema, httpPart }) => whenAsked(() => (httpPart === 'body' ? ofJson : ofText).compile(schema))
}

/** Some hundred routes have schemas, and most are never called: compiling each before its first call kept a start waiting for a second. */
function whenAsked(compile: () => ValidateFunction): ValidateFunction {
  let validate: ValidateFunction | null = null
  const ask = ((data: unknown) => {
    validate ??= compile()
    const isValid = validate(data)
    ask.errors = validate.errors ?? null
    return isValid
  }) as ValidateFunction
  return ask
}

/** For tests: an answer that its route's schema does not describe is a bug, because clients are made from that schema. */
export function checkResponses(app: HttpApp): void {
  const ajv = newAjv({ coerceTypes: false, useDefaults: false })
  const compiled = new WeakMap<object, ReturnType<Ajv['compile']>>()
  app.addHook('preSerialization', async (request, reply, payload) => {
    const schema = responseSchema(request, reply.statusCode)
    if (schema === null || payload === undefined) return payload
    const validate = compiled.get(schema) ?? ajv.compile(schema)
    compiled.set(schema, validate)
    // What goes over the wire is what JSON makes of it.
    const described = validate(JSON.parse(JSON.stringify(payload)))
    assert(
      described,
      'H4',
      `${request.method} ${request.routeOptions.url} ${reply.statusCode}: ${ajv.errorsText(validate.errors)}`,
    )
    return payload
  })
}

function responseSchema(request: FastifyRequest, status: number): object | null {
  const responses = request.routeOptions.schema?.response
  if (typeof responses !== 'object' || responses === null) return null
  const byStatus = responses as Record<string, unknown>
  const schema = byStatus[String(status)] ?? byStatus[`${String(status)[0]}xx`]
  return typeof schema === 'object' && schema !== null && 'type' in schema ? schema : null
}
