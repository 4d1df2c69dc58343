import type { HubProcess, HubStatus } from '../http/system-routes.ts'
import { type Command, EXIT, refused } from './command.ts'
import { withHub } from './local-hub.ts'

export const statusCommand: Command = {
  help: `Usage: holdfast status [--json] [--url <address>]

Shows how the running hub is: database, waiting and parked messages, outbox, processes, throughput.

Asks the hub at HOST and PORT, or at --url (or HOLDFAST_URL). With HOLDFAST_API_KEY by that key; without one this machine's
own database vouches for you.

Examples:
  holdfast status
  HOLDFAST_API_KEY=hf_... holdfast status --url https://hub.example.com --json

Exit codes: 0 the hub answered; 1 it refused; 3 no hub answers.`,
  options: { url: { type: 'string' } },
  run: async (context) =>
    await withHub(context, ['orders:read'], async (hub) => {
      const answer = await hub.call('GET', '/api/status')
      if (!answer.ok) return refused(context.io, answer.refusal)
      const status = answer.value as HubStatus
      context.io.out(context.json ? JSON.stringify(status) : statusText(hub.url, status))
      return EXIT.done
    }),
}

function statusText(url: string, status: HubStatus): string {
  const { database, inbox, throughput } = status
  const outbox = Object.entries(status.outbox ?? {}).map(([state, count]) => `${state} ${count}`)
  return [
    `hub         ${url}, version ${status.version}, up ${uptime(status.uptimeSeconds)}`,
    ...levelLines(status),
    database.sizeBytes === null
      ? `database    ${database.kind} PostgreSQL ${database.version} does not answer`
      : `database    ${database.kind} PostgreSQL ${database.version}, ${Math.ceil(database.sizeBytes / 1_048_576)} MiB`,
    inbox === null
      ? 'inbox       not known'
      : `inbox       ${inbox.pending} waiting (oldest ${Math.round(inbox.oldestSeconds)} s), ${inbox.parked} parked`,
    `outbox      ${status.outbox === null ? 'not known' : outbox.length === 0 ? 'empty' : outbox.join(', ')}`,
    `stock       ${stockLine(status.stock)}`,
    ...processLines(status),
    `throughput  ${throughput.acceptedPerSecond}/s accepted, ${throughput.interpretedPerSecond}/s interpreted in the last minute (this process)`,
  ].join('\n')
}

function levelLines({ level, reason, spool }: HubStatus): string[] {
  const waiting = `${spool.records} messages (${Math.ceil(spool.bytes / 1_048_576)} MiB) on the local disk`
  if (level === 1)
    return [`level       1: the database takes no commit (${reason ?? 'no answer'}); ${waiting}`]
  return spool.records > 0 ? [`level       0; ${waiting} wait to be merged`] : []
}

const ROLES_OF_A_WHOLE = ['api', 'worker', 'console'] as const

/** One line a process, and a word about a role that nobody has. */
function processLines({ processes }: HubStatus): string[] {
  if (processes === null) return ['processes   not known']
  const alive = processes.filter(({ state }) => state !== 'gone')
  const missing = ROLES_OF_A_WHOLE.filter((role) => !alive.some(({ roles }) => roles.includes(role)))
  return [
    ...processes.map((one, i) => `${i === 0 ? 'processes   ' : '            '}${processLine(one)}`),
    ...(missing.length === 0 ? [] : [`            no process has the role ${missing.join(', ')}`]),
  ]
}

function processLine(one: HubProcess): string {
  const where = `${one.host}:${one.pid}${one.isThis ? ' (this one)' : ''}`
  const what = `${one.roles.join(',')} ${one.version}, since ${one.startedAt}`
  if (one.state === 'gone' || one.state === 'silent')
    return `${where}  ${what}, ${one.state === 'gone' ? 'gone, its work was taken over' : 'silent'}: last seen ${uptime(one.seenSecondsAgo)} ago`
  const load = `cpu ${Math.round(one.cpuPercent)}%, ${Math.ceil(one.memoryBytes / 1_048_576)} MiB, ${one.acceptedPerSecond}/s accepted, ${one.interpretedPerSecond}/s interpreted, ${one.effectsPerSecond}/s calls`
  return `${where}  ${what}${one.state === 'draining' ? ', draining' : ''}; ${load}`
}

function stockLine({ engine, state, reason, seconds, cluster }: HubStatus['stock']): string {
  if (engine === 'postgresql') return 'PostgreSQL'
  const name = cluster ? 'Redis Cluster' : 'Redis'
  if (state === 'ready') return `${name} in front of PostgreSQL`
  const why = state === 'away' ? `away (${reason ?? 'no answer'})` : 'being built'
  return `PostgreSQL alone: ${name} is ${why} for ${uptime(seconds)}`
}

function uptime(seconds: number): string {
  const whole = Math.floor(seconds)
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const
  const from = parts.findIndex(([count]) => count > 0)
  return (from < 0 ? parts.slice(-1) : parts.slice(from, from + 2))
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}
