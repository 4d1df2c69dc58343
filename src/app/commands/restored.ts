import { skipNumbers } from '#features/number-pools/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { doubtPending } from '#platform/outbox/store.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { countHubConnections, leapSequences } from '#platform/postgres/store.ts'
import { readConfig } from '../config.ts'
import { type Command, type CommandContext, EXIT, option, refused, wrongUsage } from './command.ts'

const OWN_NAME = 'holdfast restored'
const LEAP = '1000000'
const NUMBERS = '1000'

export const restoredCommand: Command = {
  help: `Usage: holdfast restored [--leap <n>] [--numbers <n>]

Call it once, after the database was restored from a backup or to a point in time and before the first hub starts on it. The
database knows nothing of what the hub did after that point; the world does. In one transaction:

  - everything that waits to be sent is doubtful: the platform or carrier is asked whether it has it before it is sent
  - every id goes on far behind those that were given before, so that no reference of a parcel comes a second time
  - numbers of waybill segments are left out, since some of the next ones are on parcels already

  --leap <n>     by how much ids go on, 1 to 1000000000; ${LEAP} by default
  --numbers <n>  numbers left out of every active segment, 0 to 10000000; ${NUMBERS} by default: more than were used since that point

Needs DATABASE_URL. What to do before and after: docs/operations/backup.md.

Examples:
  holdfast restored
  holdfast restored --leap 5000000 --numbers 20000

Exit codes: 0 done; 1 refused, for a hub is running; 2 wrong usage; 3 no database.`,
  options: { leap: { type: 'string' }, numbers: { type: 'string' } },
  run: async (context) => {
    const leap = Number(option(context, 'leap') ?? LEAP)
    const numbers = Number(option(context, 'numbers') ?? NUMBERS)
    if (!Number.isInteger(leap) || leap < 1 || leap > 1_000_000_000)
      return wrongUsage(context.io, 'restored', '--leap is a whole number from 1 to 1000000000')
    if (!Number.isInteger(numbers) || numbers < 0 || numbers > 10_000_000)
      return wrongUsage(context.io, 'restored', '--numbers is a whole number from 0 to 10000000')
    const read = readConfig(context.io.env)
    if (!read.ok) return refused(context.io, read.refusal)
    const { databaseUrl } = read.value
    if (databaseUrl === null)
      return refused(context.io, {
        code: 'cli.no_database_url',
        detail: 'this is for a database of its own: set DATABASE_URL to the restored one',
      })
    return await setForward(context, databaseUrl, { leap, numbers })
  },
}

async function setForward(
  context: CommandContext,
  url: string,
  { leap, numbers }: { readonly leap: number; readonly numbers: number },
): Promise<number> {
  const db = openDatabase({ url, connections: 1, applicationName: OWN_NAME })
  try {
    const running = await countHubConnections(db, OWN_NAME)
    if (running > 0)
      return refused(context.io, {
        code: 'cli.hub_running',
        detail: `a hub is connected to this database (${running} connections); stop it first`,
      })
    const done = await db.begin(async (tx) => ({
      doubtful: await doubtPending(tx, systemClock.now()),
      sequences: await leapSequences(tx, leap),
      skipped: await skipNumbers(tx, numbers),
    }))
    if (context.json) context.io.out(JSON.stringify({ ...done, leap }))
    else
      context.io.out(
        [
          `${done.doubtful} intents are asked for before they are sent`,
          `${done.sequences} kinds of ids go on ${leap} further`,
          `${done.skipped} numbers of waybill segments are left out`,
        ].join('\n'),
      )
    return EXIT.done
  } finally {
    await db.end()
  }
}
