import { type DestinationStream, type Logger, pino } from 'pino'
import { systemClock } from '#kernel/clock.ts'

export type Log = Logger
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export type LogOptions = {
  readonly level: LogLevel
  /** Lines for a person instead of JSON. */
  readonly pretty: boolean
  /** Where lines go; standard output by default. */
  readonly write?: (line: string) => void
}

/**
 * Structured log. Two nets against secrets: fields are dropped by name wherever they stand, and every finished line is
 * searched for the shapes of our own secrets. Bodies are never logged at all.
 */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stdout.write(line))
  const stream: DestinationStream = {
    write: (line) => write(options.pretty ? prettyLine(scrubText(line)) : scrubText(line)),
  }
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${systemClock.now().toString({ fractionalSecondDigits: 3 })}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => scrubFields(fields) as Record<string, unknown>,
      },
      // Errors are already fields here; pino's own serialiser would only see that they are no Error.
      serializers: { err: (fields: unknown) => fields },
    },
    stream,
  )
}

/** A log that says nothing; for tests and one-shot commands. */
export function silentLog(): Log {
  return pino({ level: 'silent' })
}

const SECRET_NAME =
  /pass(word|wd)?|secret|token|cookie|authorization|credential|api_?key|private_?key|checkword|app_?key|session|signature|csrf|database_?url/i
const BODY_NAME = /^(body|raw_?body|payload|recipient|phone|address)$/i
const MASK = '[hidden]'
const DEPTH = 6

/** Masks fields by name, to a depth of 6; what lies deeper is not logged. */
export function scrubFields(value: unknown, depth = DEPTH): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return errorFields(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Temporal.Instant) return value.toString()
  if (depth === 0 || ArrayBuffer.isView(value)) return '[not logged]'
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => scrubFields(item, depth - 1))
  const scrubbed: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value))
    scrubbed[name] = SECRET_NAME.test(name) || BODY_NAME.test(name) ? MASK : scrubFields(field, depth - 1)
  return scrubbed
}

/** Masks our keys, link and callback tokens, bearer headers and passwords inside URLs, wherever they stand in a text. */
export function scrubText(text: string): string {
  return text
    .replace(/\bhf_[A-Za-z0-9]+_[A-Za-z0-9_-]+/g, `hf_${MASK}`)
    .replace(/(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`)
    .replace(/(\/(?:callback|link)[/#])[A-Za-z0-9_-]{8,}/g, `$1${MASK}`)
    .replace(/(holdfast_session=)[^;\s"\\]+/g, `$1${MASK}`)
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s@/"]+@/gi, `$1:${MASK}@`)
}

type ErrorFields = { type: string; message: string; code?: string; stack?: string; cause?: ErrorFields }

function errorFields(error: unknown, depth = 3): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 500) }
  const code = 'code' in error ? String(error.code) : undefined
  return {
    type: error.name,
    message: error.message.slice(0, 2_000),
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth === 0 ? {} : { cause: errorFields(error.cause, depth - 1) }),
  }
}

const COLOUR: Readonly<Record<string, string>> = {
  warn: '33',
  error: '31',
  fatal: '31',
  debug: '90',
  trace: '90',
}

/** `09:07:33 info  listening  port=8686`: one line, errors with their stack below. */
function prettyLine(line: string): string {
  const { level, time, msg, pid: _pid, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const clock = String(time).slice(11, 19)
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`)
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : ''
  const colour = COLOUR[String(level)] ?? '0'
  return `\u001b[90m${clock}\u001b[0m \u001b[${colour}m${String(level).padEnd(5)}\u001b[0m ${[msg ?? '', ...fields].join('  ')}${stack}\n`
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
