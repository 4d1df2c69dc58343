import { readdirSync, readFileSync } from 'node:fs'

/** Lets processes stand still, as on a machine that has no time for them; answers what wakes them again. */
export function freeze(pids: readonly number[]): () => void {
  const stopped = pids.filter((pid) => signal(pid, 'SIGSTOP'))
  return () => {
    for (const pid of stopped) signal(pid, 'SIGCONT')
  }
}

/** Wakes whatever stands still of this process and its children, so that it can hear that it shall end. */
export function wakeFamily(pid: number): void {
  if (pid > 0) for (const one of familyOf(pid)) signal(one, 'SIGCONT')
}

/** A process and its children, itself first: once it stands still it starts no other. */
export function familyOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number)
  return [pid, ...children]
}

function parentOf(pid: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}
