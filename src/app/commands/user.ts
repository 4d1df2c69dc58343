import {
  addUser,
  changeUser,
  type IdentityDeps,
  isRoleName,
  listAccounts,
  makeSignInLink,
  ROLE_NAMES,
  readAccountByName,
  SYSTEM,
} from '#features/identity/index.ts'
import { type Result, refuse } from '#kernel/result.ts'
import type { Config } from '../config.ts'
import { type Command, type CommandContext, EXIT, option, refused, table, wrongUsage } from './command.ts'
import { hubUrl, withIdentity } from './local-hub.ts'
import { readSecret } from './read-secret.ts'

export const userCommand: Command = {
  help: `Usage: holdfast user list [--json]
       holdfast user add <name> --role <role> [--password-stdin]
       holdfast user passwd <name> [--password-stdin]
       holdfast user role <name> <role>
       holdfast user link <name>
       holdfast user disable|enable <name>

Works on the hub's database, whether the hub runs or not. Roles: ${ROLE_NAMES.join(', ')}.
\`add\` without a password and \`link\` print a one-time sign-in link, good for 24 hours.

Examples:
  holdfast user add 小王 --role warehouse
  holdfast user link admin
  printf %s "$SECRET" | holdfast user passwd admin --password-stdin

Exit codes: 0 done; 1 refused; 2 wrong usage; 3 no database.`,
  options: { role: { type: 'string' }, 'password-stdin': { type: 'boolean' }, url: { type: 'string' } },
  run: async (context) => {
    const [verb = '', name = ''] = context.args
    const act = VERBS[verb]
    if (act === undefined)
      return wrongUsage(context.io, 'user', 'say list, add, passwd, role, link, disable or enable')
    if (verb !== 'list' && name === '') return wrongUsage(context.io, 'user', `${verb} needs a name`)
    return await withIdentity(
      context,
      async (identity, config) => await act({ context, identity, config, name }),
    )
  },
}

type Call = { context: CommandContext; identity: IdentityDeps; config: Config; name: string }

const VERBS: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  list,
  add,
  link: async (call) => await printLink(call, call.name),
  passwd: async (call) => {
    const password = await readSecret(call.context, `New password for ${call.name}: `)
    return await change(call, { password })
  },
  role: async (call) => {
    const role = call.context.args[2] ?? option(call.context, 'role') ?? ''
    return isRoleName(role) ? await change(call, { role }) : refused(call.context.io, unknownRole(role))
  },
  disable: async (call) => await change(call, { disabled: true }),
  enable: async (call) => await change(call, { disabled: false }),
}

async function list({ context, identity }: Call): Promise<number> {
  const accounts = (await listAccounts(identity.sql)).map((account) => ({
    name: account.name,
    role: account.role,
    disabled: account.disabled,
    hasPassword: account.password !== null,
    seenAt: account.seenAt?.toString({ smallestUnit: 'second' }) ?? null,
  }))
  if (context.json) context.io.out(JSON.stringify(accounts))
  else {
    const rows = accounts.map((one) => {
      const state = one.disabled ? 'disabled' : one.hasPassword ? '' : 'no password yet'
      return [one.name, one.role, one.seenAt ?? 'never', state]
    })
    context.io.out(table(['name', 'role', 'last seen', ''], rows))
  }
  return EXIT.done
}

async function add(call: Call): Promise<number> {
  const { context, identity, name } = call
  const role = option(context, 'role') ?? ''
  if (!isRoleName(role)) return refused(context.io, unknownRole(role))
  const password = context.values['password-stdin'] === true ? await readSecret(context, '') : null
  const added = await addUser(identity, SYSTEM, { name, role, password })
  if (!added.ok) return refused(context.io, added.refusal)
  if (password === null) return await printLink(call, added.value.name)
  context.io.out(
    context.json ? JSON.stringify({ name: added.value.name, role }) : `added ${added.value.name} (${role})`,
  )
  return EXIT.done
}

async function printLink({ context, identity, config }: Call, name: string): Promise<number> {
  const made = await makeSignInLink(identity, name)
  if (!made.ok) return refused(context.io, made.refusal)
  const url = `${config.publicUrl?.replace(/\/$/, '') ?? hubUrl(context, config)}${made.value.path}`
  context.io.out(
    context.json ? JSON.stringify({ name, url }) : `${url}\nSigns in as ${name}, once, within 24 hours.`,
  )
  return EXIT.done
}

async function change(
  { context, identity, name }: Call,
  change: Parameters<typeof changeUser>[3],
): Promise<number> {
  const account = await readAccountByName(identity.sql, name)
  const changed: Result<unknown> =
    account === null
      ? refuse('identity.user_not_found', `there is no user "${name}"`)
      : await changeUser(identity, SYSTEM, account.id, change)
  if (!changed.ok) return refused(context.io, changed.refusal)
  context.io.out(context.json ? JSON.stringify({ name, changed: Object.keys(change) }) : `changed ${name}`)
  return EXIT.done
}

function unknownRole(role: string) {
  return refuse('identity.role_unknown', `"${role}" is no role; one of ${ROLE_NAMES.join(', ')}`).refusal
}
