import { asObject, filledAt, type JsonObject, type JsonValue, readJson } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** One message of a pushed array. */
export type PushItem = {
  readonly tag: string
  readonly msgId: string | null
  /** The parsed data; null where it is absent or no JSON object (as in the check of our URL). */
  readonly data: JsonObject | null
}

export type ApiError = {
  readonly code: string
  readonly subCode: string
  readonly words: string
}
export type Answer =
  | { readonly is: 'data'; readonly data: JsonValue }
  | { readonly is: 'error'; readonly error: ApiError }

/** Reads a pushed array; refused with `douyin.not_a_push` or the reader's own code. */
export function parsePush(body: Uint8Array | string): Result<PushItem[]> {
  const json = readJson(body)
  return json.ok ? pushOf(json.value) : json
}

export function pushOf(value: JsonValue): Result<PushItem[]> {
  if (!Array.isArray(value) || value.length === 0)
    return refuse('douyin.not_a_push', 'the body is no list of messages')
  const items: PushItem[] = []
  for (const item of value as readonly JsonValue[]) {
    const tag = filledAt(item, 'tag')
    if (tag === null) return refuse('douyin.not_a_push', 'a message without tag')
    items.push({ tag, msgId: filledAt(item, 'msg_id'), data: dataOf(asObject(item)?.data) })
  }
  return ok(items)
}

/** Success is `code` 10000; older answers say `err_no` 0. */
export function answerOf(value: JsonValue): Result<Answer> {
  const code = filledAt(value, 'code') ?? filledAt(value, 'err_no')
  const object = asObject(value)
  if (object === null || code === null)
    return refuse('douyin.not_an_answer', 'neither data nor an error of the platform')
  if (code === '10000' || code === '0') return ok({ is: 'data', data: object.data ?? null })
  const words = ['msg', 'message', 'sub_msg']
    .map((field) => filledAt(object, field))
    .filter((text) => text !== null)
  return ok({
    is: 'error',
    error: { code, subCode: filledAt(object, 'sub_code') ?? '', words: [...new Set(words)].join(', ') },
  })
}

/** `data` comes as JSON text or as an object, by the app's setting. */
function dataOf(data: JsonValue | undefined): JsonObject | null {
  if (typeof data !== 'string') return asObject(data)
  const json = readJson(data)
  return json.ok ? asObject(json.value) : null
}
