import { asObject, filledAt, type JsonObject, type JsonValue, objectAt, readJson } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A frame of the message server. `id` is an int64 and stays the digits that came. */
export type Frame = {
  readonly id: string | null
  readonly commandType: string
  readonly sendTime: string | null
  readonly message: PushMessage | null
}
export type PushMessage = {
  readonly type: string
  readonly mallId: string | null
  /** The parsed content; null where it is absent or no JSON object. */
  readonly content: JsonObject | null
}

export type ApiError = {
  readonly code: string
  readonly subCode: string | null
  readonly words: string
}
export type Answer =
  | { readonly is: 'response'; readonly name: string; readonly response: JsonObject }
  | { readonly is: 'error'; readonly error: ApiError }

/** Reads a frame; refused with `pinduoduo.not_a_frame` or the reader's own code. */
export function parseFrame(body: Uint8Array | string): Result<Frame> {
  const json = readJson(body)
  if (!json.ok) return json
  return frameOf(json.value)
}

export function frameOf(value: JsonValue): Result<Frame> {
  const commandType = filledAt(value, 'commandType')
  if (commandType === null) return refuse('pinduoduo.not_a_frame', 'the frame has no commandType')
  const message = objectAt(value, 'message')
  const type = filledAt(message ?? undefined, 'type')
  return ok({
    id: filledAt(value, 'id'),
    commandType,
    sendTime: filledAt(value, 'sendTime'),
    message:
      message === null || type === null
        ? null
        : { type, mallId: filledAt(message, 'mallID'), content: contentOf(message.content) },
  })
}

/** Error and success both come with HTTP 200; the success's name is the API's tail with `_response`. */
export function answerOf(value: JsonValue): Result<Answer> {
  const error = objectAt(value, 'error_response')
  if (error !== null) {
    const words = [filledAt(error, 'error_msg'), filledAt(error, 'sub_msg')].filter((text) => text !== null)
    return ok({
      is: 'error',
      error: {
        code: filledAt(error, 'error_code') ?? '',
        subCode: filledAt(error, 'sub_code'),
        words: [...new Set(words)].join(', '),
      },
    })
  }
  for (const [name, item] of Object.entries(asObject(value) ?? {})) {
    const response = asObject(item)
    if (name.endsWith('_response') && response !== null) return ok({ is: 'response', name, response })
  }
  return refuse('pinduoduo.not_an_answer', 'neither an answer nor an error of the platform')
}

function contentOf(content: JsonValue | undefined): JsonObject | null {
  if (typeof content !== 'string') return asObject(content)
  const json = readJson(content)
  return json.ok ? asObject(json.value) : null
}
