import { readFileSync } from 'node:fs'
import {
  type Command,
  type CommandContext,
  EXIT,
  option,
  printRefusal,
  refused,
  table,
  wrongUsage,
} from './command.ts'
import { type HubClient, withHub } from './local-hub.ts'

type Pool = {
  readonly accountId: string
  readonly account: string
  readonly carrier: string
  readonly kind: string
  readonly standing: string
  readonly left: number | null
  readonly perHour: number
  readonly hoursLeft: number | null
}

export const numbersCommand: Command = {
  help: `Usage: holdfast numbers list
       holdfast numbers add --account <name or id> (--file <segments.csv> | --from <number> (--to <number> | --count <n>))
                            [--prefix <text>] [--suffix <text>] [--check none|s10|mod7|gs1] [--note <text>]

Stocks of waybill numbers of the running hub. Segments are used by all its processes at once;
a list is put in as a whole or not at all.
The file has the titles prefix,from,to,count,suffix,check, or the columns from and to alone.

Examples:
  holdfast numbers list
  holdfast numbers add --account "圆通 义乌网点" --from YT8800000001 --count 5000
  holdfast numbers add --account 3 --file segments.csv

Exit codes: 0 done; 1 refused; 2 wrong usage; 3 the hub cannot be reached.`,
  options: {
    account: { type: 'string' },
    file: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    count: { type: 'string' },
    prefix: { type: 'string' },
    suffix: { type: 'string' },
    check: { type: 'string' },
    note: { type: 'string' },
    url: { type: 'string' },
  },
  run: async (context) => {
    const [what = 'list'] = context.args
    if (what === 'list') return await withHub(context, ['parcels:read'], (hub) => list(context, hub))
    if (what !== 'add') return wrongUsage(context.io, 'numbers', `there is no "${what.slice(0, 40)}"`)
    const account = option(context, 'account')
    if (account === null) return wrongUsage(context.io, 'numbers', '--account is needed')
    const body = bodyOf(context)
    if (typeof body === 'string') return wrongUsage(context.io, 'numbers', body)
    return await withHub(context, ['parcels:read', 'parcels:write'], (hub) =>
      add(context, hub, account, body),
    )
  },
}

/** The request's body, or what is wrong with the options. */
function bodyOf(context: CommandContext): Record<string, unknown> | string {
  const note = option(context, 'note') ?? 'command line'
  const file = option(context, 'file')
  const from = option(context, 'from')
  if ((file === null) === (from === null)) return 'give --file or --from'
  if (file !== null) {
    try {
      return { csv: readFileSync(file, 'utf8'), note }
    } catch {
      return `${file} cannot be read`
    }
  }
  const count = option(context, 'count')
  if (count !== null && !/^\d{1,8}$/.test(count)) return '--count is a whole number'
  const texts = Object.fromEntries(
    ['prefix', 'to', 'suffix', 'check'].flatMap((name) => {
      const value = option(context, name)
      return value === null ? [] : [[name, value]]
    }),
  )
  return { segments: [{ from, ...texts, ...(count === null ? {} : { count: Number(count) }) }], note }
}

async function poolsOf(hub: HubClient) {
  const answer = await hub.call('GET', '/api/number-pools')
  return answer.ok ? { ok: true as const, value: (answer.value as { items: Pool[] }).items } : answer
}

async function list({ io, json }: CommandContext, hub: HubClient): Promise<number> {
  const pools = await poolsOf(hub)
  if (!pools.ok) return refused(io, pools.refusal)
  if (json) io.out(JSON.stringify(pools.value))
  else
    io.out(
      table(
        ['id', 'account', 'carrier', 'kind', 'left', 'an hour', 'hours left', 'standing'],
        pools.value.map((one) => [
          one.accountId,
          one.account,
          one.carrier,
          one.kind,
          one.left === null ? '-' : String(one.left),
          one.perHour.toFixed(1),
          one.hoursLeft === null ? '-' : one.hoursLeft.toFixed(1),
          one.standing,
        ]),
      ),
    )
  return EXIT.done
}

async function add(
  { io, json }: CommandContext,
  hub: HubClient,
  account: string,
  body: Record<string, unknown>,
): Promise<number> {
  const pools = await poolsOf(hub)
  if (!pools.ok) return refused(io, pools.refusal)
  const named = pools.value.find((one) => one.account === account || one.accountId === account)
  if (named === undefined) {
    printRefusal(io, 'pools.account_not_found', `no account "${account.slice(0, 60)}" has a pool`)
    return EXIT.refused
  }
  const added = await hub.call('POST', `/api/number-pools/${named.accountId}/segments`, body)
  if (!added.ok) return refused(io, added.refusal)
  const { numbers } = added.value as { numbers: string }
  io.out(json ? JSON.stringify(added.value) : `${numbers} numbers added to ${named.account}`)
  return EXIT.done
}
