import type { Found } from '../doctor.ts'
import { type Command, EXIT, refused } from './command.ts'
import { withHub } from './local-hub.ts'

const MARKS = { ok: 'ok', warning: 'warn', failed: 'FAIL' } as const

export const doctorCommand: Command = {
  help: `Usage: holdfast doctor [--json] [--url <address>]

Runs every check of the running hub: what is so, what is wrong, and what to do first.

Asks the hub at HOST and PORT, or at --url (or HOLDFAST_URL). With HOLDFAST_API_KEY by that key; without one this machine's
own database vouches for you.

Examples:
  holdfast doctor
  holdfast doctor --json

Exit codes: 0 all is well, or only warnings; 1 a check failed; 3 no hub answers.`,
  options: { url: { type: 'string' } },
  run: async (context) =>
    await withHub(context, ['stock:read'], async (hub) => {
      const answer = await hub.call('GET', '/api/doctor')
      if (!answer.ok) return refused(context.io, answer.refusal)
      const { checks } = answer.value as { checks: readonly Found[] }
      if (context.json) context.io.out(JSON.stringify(checks))
      else for (const check of checks) for (const line of linesOf(check)) context.io.out(line)
      return checks.some((check) => check.outcome === 'failed') ? EXIT.refused : EXIT.done
    }),
}

function linesOf({ outcome, title, words, remedy }: Found): string[] {
  const line = `${MARKS[outcome].padEnd(5)} ${title.en}: ${words.en}`
  return remedy === null ? [line] : [line, `      ${remedy.en}`]
}
