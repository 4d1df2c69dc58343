import type { Readable } from 'node:stream'
import type { Refusal } from '#kernel/result.ts'
import type { Environment } from '../config.ts'
import type { StartWorld } from '../main.ts'

/** What a command may touch of its process. */
export type Io = {
  readonly env: Environment
  readonly stdin: Readable
  /** One line (or several) of result. */
  readonly out: (text: string) => void
  /** Progress and complaints; never results. */
  readonly err: (text: string) => void
  readonly isTerminal: boolean
  /** The simulated world, where the program was started from beside it (`sim/cli.ts`). */
  readonly startWorld?: StartWorld
}

export type CommandContext = {
  readonly io: Io
  readonly args: readonly string[]
  readonly values: Readonly<Record<string, unknown>>
  readonly json: boolean
}

export type Command = {
  readonly help: string
  readonly options: Readonly<Record<string, { type: 'string' | 'boolean'; short?: string }>>
  /** Answers the exit code. */
  readonly run: (context: CommandContext) => Promise<number>
}

export const EXIT = { done: 0, refused: 1, usage: 2, outage: 3, interrupted: 130 } as const

export function printRefusal(io: Io, code: string, detail: string): void {
  io.err(`holdfast: ${code}: ${detail}`)
}

export function refused(io: Io, refusal: Refusal): number {
  printRefusal(io, refusal.code, refusal.detail)
  return EXIT.refused
}

export function wrongUsage(io: Io, command: string, words: string): number {
  io.err(`holdfast ${command}: ${words}`)
  io.err(`see holdfast ${command} --help`)
  return EXIT.usage
}

/** The text of an option; null where it was not given. */
export function option(context: CommandContext, name: string): string | null {
  const value = context.values[name]
  return typeof value === 'string' ? value : null
}

/** Columns padded to their widest cell; wide (CJK) characters count as two. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(...[title, ...rows.map((row) => row[i] ?? '')].map(columns)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - columns(cell))))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}

function columns(text: string): number {
  return [...text].reduce(
    (sum, char) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        char,
      )
        ? 2
        : 1),
    0,
  )
}

/** A progress bar on standard error, where that is a terminal; elsewhere a line every ten seconds. */
export function progressBar(io: Io, title: string, nowMs: () => number) {
  let last = Number.NEGATIVE_INFINITY
  return (done: number, total: number | null): void => {
    const now = nowMs()
    const finished = total !== null && done >= total
    if (!finished && now - last < (io.isTerminal ? 100 : 10_000)) return
    last = now
    const share = total === null || total === 0 ? null : Math.min(1, done / total)
    const percent = share === null ? `${done}` : `${Math.floor(share * 100)}% (${done}/${total})`
    if (!io.isTerminal) {
      io.err(`${title}: ${percent}`)
      return
    }
    const filled = share === null ? 0 : Math.round(share * 30)
    process.stderr.write(
      `\r\u001b[K${title} [${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${percent}${finished ? '\n' : ''}`,
    )
  }
}
