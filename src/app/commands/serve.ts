import { type Config, type Environment, readConfig, refusalLines } from '../config.ts'
import { type Command, type CommandContext, EXIT, option, wrongUsage } from './command.ts'

const OPTIONS = {
  port: { type: 'string', short: 'p' },
  host: { type: 'string' },
  'data-dir': { type: 'string' },
  'database-url': { type: 'string' },
  roles: { type: 'string' },
  'log-level': { type: 'string' },
} as const

const VARIABLES: Readonly<Record<keyof typeof OPTIONS, string>> = {
  port: 'PORT',
  host: 'HOST',
  'data-dir': 'DATA_DIR',
  'database-url': 'DATABASE_URL',
  roles: 'ROLES',
  'log-level': 'LOG_LEVEL',
}

const OPTIONS_HELP = `Options (each also by its environment variable; see holdfast config):
  -p, --port <number>    PORT, 8686; 0 takes any free one
  --host <address>       HOST, 127.0.0.1
  --data-dir <folder>    DATA_DIR, ./data
  --database-url <url>   DATABASE_URL; without it the hub starts its own PostgreSQL
  --roles <list>         ROLES, api,worker,console
  --log-level <level>    LOG_LEVEL, info`

export const serveCommand: Command = {
  help: `Usage: holdfast serve [options]

Starts the hub and runs until it is stopped (Ctrl-C or SIGTERM: finishes what it holds, then ends).
On the first start it prints a one-time link to sign in.

${OPTIONS_HELP}

Examples:
  holdfast serve
  holdfast serve --port 0 --data-dir /var/lib/holdfast
  DATABASE_URL=postgres://holdfast@db/holdfast holdfast serve --roles worker

Exit codes: 0 stopped as asked; 1 a setting is wrong, or the port or data folder cannot be used; 3 no database.`,
  options: OPTIONS,
  run: async (context) => {
    const config = configOf(context)
    if (config === null) return EXIT.refused
    const { runHub } = await import('../main.ts')
    return await runHub({ config, demo: null, out: context.io.out, err: context.io.err })
  },
}

export const demoCommand: Command = {
  help: `Usage: holdfast demo [--rate <orders per minute>] [options]

Starts the hub together with simulated shops, warehouses and carriers: real servers on this machine with real signatures
and made-up orders. Everything shown is simulated and says so. Uses a fresh folder that is removed afterwards, unless
--data-dir is given.

  --rate <number>  orders per minute over all simulated shops, 1 to 60000; 30 by default
${OPTIONS_HELP}

Examples:
  holdfast demo
  holdfast demo --rate 600 --port 9000

Exit codes: 0 stopped as asked; 1 a setting is wrong, or the port or data folder cannot be used; 3 no database.`,
  options: { ...OPTIONS, rate: { type: 'string' } },
  run: async (context) => {
    const rate = Number(option(context, 'rate') ?? '30')
    if (!Number.isInteger(rate) || rate < 1 || rate > 60_000)
      return wrongUsage(context.io, 'demo', '--rate is a whole number from 1 to 60000')
    const { startWorld } = context.io
    if (startWorld === undefined)
      return wrongUsage(
        context.io,
        'demo',
        'the simulated world is started by `npm run demo` or `npx holdfast demo`',
      )
    const config = configOf(context)
    if (config === null) return EXIT.refused
    const chosen = option(context, 'data-dir') !== null || (context.io.env.DATA_DIR ?? '') !== ''
    const { mkdtempSync, rmSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const { join } = await import('node:path')
    const dataDir = chosen ? config.dataDir : mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
    const { runHub } = await import('../main.ts')
    try {
      return await runHub({
        config: { ...config, dataDir, allowLoopbackTargets: true },
        demo: { rate, startWorld },
        out: context.io.out,
        err: context.io.err,
      })
    } finally {
      if (!chosen) rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

/** Options go before the environment. Prints what is wrong and answers null. */
function configOf(context: CommandContext): Config | null {
  const given: Record<string, string> = {}
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = option(context, name)
    if (value !== null) given[variable] = value
  }
  const env: Environment = { ...context.io.env, ...given }
  const read = readConfig(env)
  if (read.ok) return read.value
  for (const line of refusalLines(read.refusal)) context.io.err(`holdfast: ${line}`)
  return null
}
