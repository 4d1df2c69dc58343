import type { Command, Io } from './commands/command.ts'
import { EXIT, printRefusal } from './commands/command.ts'
import { commands } from './commands/index.ts'
import { processEnvironment } from './config.ts'

// The command line. A command's module is loaded only when it is called, so that `--help` and `try` start at once.

/** Runs one command and answers its exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const [first = '--help', ...rest] = args
  if (first === '--version' || first === '-v') {
    const { readVersion } = await import('./version.ts')
    io.out(readVersion())
    return EXIT.done
  }
  if (first === '--help' || first === '-h' || first === 'help') return await help(rest, io)
  const entry = commands.find((one) => one.name === first)
  if (entry === undefined) {
    io.err(`holdfast: there is no command "${first.slice(0, 40)}"; see holdfast --help`)
    return EXIT.usage
  }
  const command = await entry.load()
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(command.help)
    return EXIT.done
  }
  return await runCommand(entry.name, command, rest, io)
}

async function runCommand(name: string, command: Command, args: readonly string[], io: Io): Promise<number> {
  const { parseArgs } = await import('node:util')
  let parsed: ReturnType<typeof parseArgs>
  try {
    const options = { ...command.options, json: { type: 'boolean' } } as const
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    io.err(`holdfast ${name}: ${error instanceof Error ? error.message.split('. ')[0] : String(error)}`)
    io.err(`see holdfast ${name} --help`)
    return EXIT.usage
  }
  try {
    const { values, positionals } = parsed
    return await command.run({ io, values, args: positionals, json: values.json === true })
  } catch (error) {
    const { Outage } = await import('#kernel/outage.ts')
    if (!(error instanceof Outage)) throw error
    printRefusal(io, error.code, error.message)
    return EXIT.outage
  }
}

async function help(args: readonly string[], io: Io): Promise<number> {
  const [wanted] = args
  const entry = commands.find((one) => one.name === wanted)
  if (entry !== undefined) io.out((await entry.load()).help)
  else {
    const width = Math.max(...commands.map((one) => one.name.length))
    io.out(
      [
        'Holdfast 订单韧性中枢: a self-hosted order resilience hub',
        '',
        'Usage: holdfast <command> [options]',
        '',
        ...commands.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`),
        '',
        'Every command takes --help, and --json where it prints something. Settings come from the environment;',
        '`holdfast config` lists them.',
        '',
        'Exit codes: 0 done; 1 refused or failed (the line says `code: reason`, codes in docs/errors.md); 2 wrong usage;',
        '3 hub or database cannot be reached; 130 interrupted.',
      ].join('\n'),
    )
  }
  return wanted === undefined || entry !== undefined ? EXIT.done : EXIT.usage
}

/** The process's own command line. `more` is what a caller outside `src/` adds to it. */
export async function main(more: Pick<Io, 'startWorld'> = {}): Promise<void> {
  // `holdfast ... | head` closes the pipe early; that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  process.exitCode = await runCli(process.argv.slice(2), {
    env: processEnvironment(),
    stdin: process.stdin,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    isTerminal: process.stderr.isTTY === true,
    ...more,
  })
  // What was left behind when it hung must not keep the process; nothing is at work any more that anybody waits for.
  setTimeout(() => process.exit(), LEFT_BEHIND_MS).unref()
}

const LEFT_BEHIND_MS = 2_000

if (import.meta.main) await main()
