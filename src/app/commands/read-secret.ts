import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import type { CommandContext } from './command.ts'

/** One line from standard input; typed at a terminal it is not shown. Never taken from the command line, where `ps` shows it. */
export async function readSecret({ io }: CommandContext, prompt: string): Promise<string> {
  const typed = 'isTTY' in io.stdin && io.stdin.isTTY === true
  if (typed && prompt !== '') process.stderr.write(prompt)
  // Readline echoes into this stream, which nobody reads.
  const reader = createInterface({ input: io.stdin, output: new PassThrough().resume(), terminal: typed })
  try {
    for await (const line of reader) return line
    return ''
  } finally {
    reader.close()
    if (typed) process.stderr.write('\n')
  }
}
