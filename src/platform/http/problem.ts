import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Bug } from '#kernel/assert.ts'
import { Outage } from '#kernel/outage.ts'
import type { Refusal } from '#kernel/result.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export type ProblemBody = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly data?: unknown
}

/** Codes whose status the suffixes below do not say. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'http.invalid': 400,
  'http.bad_cursor': 400,
  'http.bad_json': 400,
  'http.aborted': 400,
  'http.bad_host': 421,
  'http.not_found': 404,
  'http.too_large': 413,
  'http.headers_too_large': 431,
  'http.timeout': 408,
  SKU_NOT_AVAILABLE_IN_WAREHOUSE: 409,
  INV_LOCK_TIMEOUT: 504,
  'stock.answer_late': 504,
  'stock.key_reused': 409,
  'stock.hold_ended': 409,
  'http.content_type_unsupported': 415,
  'http.encoding_unsupported': 415,
  'identity.not_signed_in': 401,
  'identity.key_invalid': 401,
  'identity.wrong_credentials': 401,
  'identity.link_invalid': 401,
  'identity.csrf': 403,
  'identity.cross_origin': 403,
  'identity.shop_denied': 403,
  'buyer_view.off': 404,
  'buyer_view.too_many': 429,
}

const STATUS_BY_REASON: Readonly<Record<string, number>> = {
  not_found: 404,
  forbidden: 403,
  conflict: 409,
  exists: 409,
  throttled: 429,
  too_large: 413,
}

/** HTTP status of a refusal: by code, then by the reason after the last dot (or its ending), else 422. */
export function statusOf(code: string): number {
  const byCode = STATUS_BY_CODE[code]
  if (byCode !== undefined) return byCode
  const reason = code.slice(code.lastIndexOf('.') + 1)
  for (const [ending, status] of Object.entries(STATUS_BY_REASON))
    if (reason === ending || reason.endsWith(`_${ending}`)) return status
  return 422
}

export function problemBody(refusal: Refusal, status = statusOf(refusal.code)): ProblemBody {
  return {
    type: `/docs/errors#${refusal.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: refusal.code,
    detail: refusal.detail,
    ...(refusal.data === undefined ? {} : { data: refusal.data }),
  }
}

/** Answers an expected "no". A throttled one says when to come back if its data holds `retryAfterSeconds`. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const seconds = retryAfterOf(refusal.data)
  if (seconds !== null) reply.header('retry-after', String(seconds))
  return sendProblem(reply, problemBody(refusal))
}

const told = new WeakMap<FastifyRequest, string>()

/** The code of the problem that a request was answered with; null where it was answered with none. */
export function problemCodeOf(request: FastifyRequest): string | null {
  return told.get(request) ?? null
}

export function sendProblem(reply: FastifyReply, body: ProblemBody): FastifyReply {
  told.set(reply.request, body.code)
  return reply
    .code(body.status)
    .type(PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(body)
}

/**
 * The one place where a throw becomes an answer: an outage is 503 with Retry-After, what Fastify refuses keeps its
 * status under a code of ours, everything else is a bug: 500 with a reference that the log carries too, and no stack.
 */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Outage) return sendOutage(error, request, reply)
  const refusal = refusalOfFramework(error)
  if (refusal !== null) return sendRefusal(reply, refusal)
  const reference = randomBytes(6).toString('hex')
  request.log.error({ err: error, reference, bug: error instanceof Bug ? error.invariant : undefined }, 'bug')
  return sendProblem(
    reply,
    problemBody(
      {
        code: 'http.bug',
        detail: `something is wrong in the hub; the log has it as ${reference}`,
        data: { reference },
      },
      500,
    ),
  )
}

function sendOutage(outage: Outage, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.log.warn({ err: outage, code: outage.code }, 'outage')
  reply.header('retry-after', String(Math.max(1, Math.ceil((outage.retryAfterMs ?? 5_000) / 1000))))
  return sendProblem(reply, problemBody({ code: outage.code, detail: outage.message }, 503))
}

const FRAMEWORK_CODES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'http.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'http.content_type_unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'http.bad_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'http.bad_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'http.invalid',
  FST_ERR_BAD_URL: 'http.invalid',
  HF_BODY_ABORTED: 'http.aborted',
}

/** What Fastify itself refuses, as a refusal of ours; null where the error is not the caller's doing. */
function refusalOfFramework(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null
  const failure = error as Partial<FastifyError> & Error
  if (failure.validation !== undefined) return invalidRefusal(failure)
  const code = FRAMEWORK_CODES[failure.code ?? '']
  if (code !== undefined) return { code, detail: failure.message }
  if (error instanceof SyntaxError && failure.statusCode === 400)
    return { code: 'http.bad_json', detail: 'the body is not JSON' }
  if (failure.statusCode !== undefined && failure.statusCode >= 400 && failure.statusCode < 500)
    return { code: failure.statusCode === 404 ? 'http.not_found' : 'http.invalid', detail: failure.message }
  return null
}

/** Where a request broke its schema: `data.where` lists path and reason, never the value (it may be a password). */
function invalidRefusal(failure: Partial<FastifyError> & Error): Refusal {
  const where = (failure.validation ?? []).map((one) => ({
    part: failure.validationContext ?? 'request',
    path: pathOf(one.instancePath, one.params),
    reason: one.message ?? one.keyword,
  }))
  const first = where[0]
  const detail = first === undefined ? 'invalid request' : `${first.part}${first.path} ${first.reason}`
  return { code: 'http.invalid', detail, data: { where } }
}

function pathOf(instancePath: string, params: Record<string, unknown>): string {
  const missing = params.missingProperty ?? params.additionalProperty
  return typeof missing === 'string' ? `${instancePath}/${missing}` : instancePath
}

function retryAfterOf(data: unknown): number | null {
  if (typeof data !== 'object' || data === null || !('retryAfterSeconds' in data)) return null
  const seconds = Number(data.retryAfterSeconds)
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : null
}
