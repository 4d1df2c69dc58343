import { describeConfig, readConfig } from '../config.ts'
import { type Command, EXIT, printRefusal, table } from './command.ts'

export const configCommand: Command = {
  help: `Usage: holdfast config [--json] [--long]

Prints every setting: its environment variable, value, and where the value comes from. Secrets are masked.

Options:
  --long  with meaning and allowed values
  --json  as one JSON array

Examples:
  holdfast config
  PORT=9000 holdfast config --json

Exit codes: 0 all settings can be read; 1 one of them cannot (the hub would not start).`,
  options: { long: { type: 'boolean' } },
  run: async ({ io, json, values }) => {
    const rows = describeConfig(io.env)
    if (json) io.out(JSON.stringify(rows))
    else if (values.long === true)
      io.out(
        rows
          .map(
            (row) =>
              `${row.env}=${row.value}  (${row.from})\n  ${row.zh}\n  ${row.en}\n  ${row.allowed}; default ${row.standard || 'none'}`,
          )
          .join('\n'),
      )
    else
      io.out(
        table(
          ['variable', 'value', 'from', 'default'],
          rows.map((row) => [row.env, row.value, row.from, row.standard]),
        ),
      )
    const read = readConfig(io.env)
    if (read.ok) return EXIT.done
    for (const problem of (read.refusal.data as { problems: string[] }).problems)
      printRefusal(io, read.refusal.code, problem)
    return EXIT.refused
  },
}
