import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Command, type CommandContext, EXIT, refused, wrongUsage } from './command.ts'
import { parseLine, type TryAnswer, type TryLine } from './try-line.ts'

type Try = (line: TryLine) => TryAnswer | Promise<TryAnswer>

const KINDS: Readonly<Record<string, () => Promise<Try>>> = {
  time: async () => (await import('./try-time.ts')).tryTimeLine,
  signature: async () => (await import('./try-signature.ts')).trySignature,
  message: async () => (await import('./try-message.ts')).tryMessage,
  track: async () => (await import('./try-track.ts')).tryTrack,
  label: async () => (await import('./try-label.ts')).tryLabelLine,
}

export const tryCommand: Command = {
  help: `Usage: holdfast try time|signature|message|track|label|freight|split|sourcing|review [FILE] < lines.jsonl

Reads one JSON object a line from FILE or standard input and writes one JSON object a line: what the hub would make of it.
Touches no data and needs no running hub, except where a line asks for \`live\` rules or an order of the hub. \`id\` is echoed. A
line that makes no sense, a blank one too, is answered with \`error {code, detail}\`, so that answers and lines keep step.

  time       {id?, carrier|system, raw, context?}                 -> {id, instant|null, provenance, zone}
  signature  {id?, channel|system, kind, inputs, expected?}       -> {id, ok, computed}; ok is null where there is nothing to
             compare or the signature is not known here (then with error)
  message    {id?, kind, headers?, body, topic?, settings?}       -> {id, kind, topic, receipt, facts, content, fetch, unknown,
             refusal}; body is text, a JSON value, or {base64}; settings hold the secrets to verify with
  track      {id?, kind, body, headers?, topic?, settings?}        -> {id, kind, events, unknown, refusal}: each event of a parcel
             with its code, its fact and the four parts of its time. Of one raw push: holdfast try track KIND [FILE]
  label      {id?, size?, template?, carrier?, label?, substitutes?, want?} -> {id, template, problems, pdf, svg}: one label,
             what is left out taken from a sample; label: {"trackingNo":"SF1","to":{"name":"王五"}}; want: "pdf" (base64) or "svg"
  freight, split, sourcing, review
             {id?, order|orderNo, ruleset?, connection?, gifts?}  -> {id, orderNo, rules, outcome, reason, values, actions,
             path, words}, and of split the parcels. ruleset: "live" (the default), the id of a rule set, or the path of a model
             file (also of what GET /api/rules/versions/:id answers). order: {"currency":"CNY","values":{"province":"浙江",
             "order_amount":{"int":"9900"}},"lines":[{"id":"1","values":{"sku":"A-1","quantity":{"int":"2"}}}]}, amounts in the
             minor unit; gifts: [{"gift":"G","main":"A-1"}]

Examples:
  echo '{"id":1,"carrier":"dhl","raw":"2026-02-11T18:44:22+01:00"}' | holdfast try time
  jq -c '.[]' reference/channel-vectors.json | holdfast try signature
  echo '{"kind":"shopify","topic":"orders/create","body":"{...}"}' | holdfast try message
  holdfast try track dhl push.json
  echo '{"orderNo":"E20260211-1"}' | holdfast try freight
  holdfast try split cases.jsonl

Exit codes: 0 lines were answered, also if some have an error (their count is on standard error); 1 every line had an error, or,
of rules, any line (each with its line number); 2 wrong usage.`,
  options: {},
  run: async (context) => {
    const { io, args } = context
    const [kind = '', file] = args
    if (kind === 'track' && file !== undefined && args.length <= 3) {
      const raw = await tryRaw(context, file, args[2])
      if (raw !== null) return raw
    }
    const isRules = RULE_KINDS.some((one) => one === kind)
    const load = KINDS[kind]
    if ((load === undefined && !isRules) || args.length > 2)
      return wrongUsage(io, 'try', `say what: ${[...Object.keys(KINDS), ...RULE_KINDS].join(', ')}`)
    const input = file === undefined ? ok(io.stdin) : await openFile(file)
    if (!input.ok) return refused(io, input.refusal)
    if (load !== undefined) return await tryLines(context, input.value, await load(), false)
    const { tryRules } = await import('./try-rules.ts')
    const trial = tryRules(kind as (typeof RULE_KINDS)[number], io.env)
    try {
      return await tryLines(context, input.value, trial.answer, true)
    } finally {
      await trial.close()
    }
  },
}

/** Kinds of rules that can be tried on orders. Their module is large, so that only a trial of rules loads it. */
const RULE_KINDS = ['freight', 'split', 'sourcing', 'review'] as const

/** One raw push under the kind of its connector; null where the word after `track` is no kind, but a file of lines. */
async function tryRaw(
  { io }: CommandContext,
  kind: string,
  file: string | undefined,
): Promise<number | null> {
  const { connectorOf } = await import('./try-message.ts')
  if (!connectorOf(kind.toLowerCase()).ok) return null
  const input = file === undefined ? ok(io.stdin) : await openFile(file)
  if (!input.ok) return refused(io, input.refusal)
  const chunks: Buffer[] = []
  for await (const chunk of input.value) chunks.push(Buffer.from(chunk as Uint8Array | string))
  const { tryRawTrack } = await import('./try-track.ts')
  const answer = tryRawTrack(kind.toLowerCase(), Buffer.concat(chunks))
  io.out(JSON.stringify(answer))
  return answer.error === undefined ? EXIT.done : EXIT.refused
}

async function openFile(path: string): Promise<Result<Readable>> {
  const stream = createReadStream(path)
  try {
    await once(stream, 'open')
    return ok(stream)
  } catch (error) {
    return refuse('try.file_unreadable', error instanceof Error ? error.message.slice(0, 200) : String(error))
  }
}

async function tryLines(
  { io }: CommandContext,
  input: Readable,
  answerLine: Try,
  strict: boolean,
): Promise<number> {
  let lines = 0
  let errors = 0
  for await (const text of linesOf(input)) {
    lines += 1
    const line = parseLine(text)
    const answer = line.ok ? await safely(answerLine, line.value) : { id: null, error: line.refusal }
    if (answer.error !== undefined) errors += 1
    io.out(JSON.stringify(strict && answer.error !== undefined ? { ...answer, line: lines } : answer))
  }
  if (errors > 0) io.err(`holdfast try: ${lines} lines, ${errors} with an error`)
  return errors > 0 && (strict || errors === lines) ? EXIT.refused : EXIT.done
}

/** One line that breaks a reader must not cost the lines behind it. */
async function safely(answerLine: Try, line: TryLine): Promise<TryAnswer> {
  try {
    return await answerLine(line)
  } catch (error) {
    // Without its database no line has an answer.
    if (error instanceof Outage) throw error
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { id: line.id, error: { code: 'try.reader_failed', detail: detail.slice(0, 300) } }
  }
}

/**
 * The lines of a stream, each ended by LF or CRLF; only an end of the last line makes no line after it. A byte order mark is
 * dropped. Other separators of Unicode stay: JSON may hold them inside a text.
 */
async function* linesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let first = true
  for await (const chunk of stream) {
    const lines = (
      rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    ).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      yield bare(line, first)
      first = false
    }
  }
  rest += decoder.decode()
  if (bare(rest, first) !== '') yield bare(rest, first)
}

function bare(line: string, first: boolean): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  return first && text.startsWith('\ufeff') ? text.slice(1) : text
}
