import { type Command, EXIT, wrongUsage } from './command.ts'
import { parseLine, type TryAnswer, type TryLine } from './try-line.ts'

type Try = (line: TryLine) => TryAnswer | Promise<TryAnswer>

const KINDS: Readonly<Record<string, () => Promise<Try>>> = {
  time: async () => (await import('./try-time.ts')).tryTimeLine,
  signature: async () => (await import('./try-signature.ts')).trySignature,
  message: async () => (await import('./try-message.ts')).tryMessage,
}

export const tryCommand: Command = {
  help: `Usage: holdfast try time|signature|message < lines.jsonl

Reads one JSON object a line from standard input and writes one JSON object a line: what the hub would make of it. Touches no
data and needs no running hub. \`id\` is echoed. A line that makes no sense, a blank one too, is answered with
\`error {code, detail}\`, so that answers and lines keep step.

  time       {id?, carrier|system, raw, context?}                 -> {id, instant|null, provenance, zone}
  signature  {id?, channel|system, kind, inputs, expected?}       -> {id, ok, computed}; ok is null where there is nothing to
             compare or the signature is not known here (then with error)
  message    {id?, kind, headers?, body, topic?, settings?}       -> {id, kind, topic, receipt, facts, content, fetch, unknown,
             refusal}; body is text, a JSON value, or {base64}; settings hold the secrets to verify with

Examples:
  echo '{"id":1,"carrier":"dhl","raw":"2026-02-11T18:44:22+01:00"}' | holdfast try time
  jq -c '.[]' reference/channel-vectors.json | holdfast try signature
  echo '{"kind":"shopify","topic":"orders/create","body":"{...}"}' | holdfast try message

Exit codes: 0 lines were answered, also if some have an error (their count is on standard error); 1 every line had an error; 2
wrong usage.`,
  options: {},
  run: async ({ io, args }) => {
    const load = KINDS[args[0] ?? '']
    if (load === undefined || args.length !== 1)
      return wrongUsage(io, 'try', 'say what: time, signature or message')
    const answerLine = await load()
    let lines = 0
    let errors = 0
    for await (const text of linesOf(io.stdin)) {
      lines += 1
      const line = parseLine(text)
      const answer = line.ok ? await safely(answerLine, line.value) : { id: null, error: line.refusal }
      if (answer.error !== undefined) errors += 1
      io.out(JSON.stringify(answer))
    }
    if (errors > 0) io.err(`holdfast try: ${lines} lines, ${errors} with an error`)
    return lines > 0 && errors === lines ? EXIT.refused : EXIT.done
  },
}

/** One line that breaks a reader must not cost the lines behind it. */
async function safely(answerLine: Try, line: TryLine): Promise<TryAnswer> {
  try {
    return await answerLine(line)
  } catch (error) {
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
