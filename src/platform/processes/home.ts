import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessRow } from './store.ts'

/**
 * Names the machine, its boot and the room of process numbers that we live in: two containers of one machine may both have a process 1.
 * Empty where the system does not say; then nobody looks for another's number.
 */
export function readHome(): string {
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  const room = textOf(() => readlinkSync('/proc/self/ns/pid'))
  return boot === '' || room === '' ? '' : `${hostname()} ${boot} ${room}`
}

/** When the process began, in ticks since the boot: tells it from a later one with the same number. Empty: there is none. */
export function pidMark(pid: number): string {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name of the program stands in brackets and may hold anything, brackets too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = 'X'] = fields
  // What has ended and was not yet collected by its parent runs no more.
  return state === 'Z' || state === 'X' ? '' : (fields[19] ?? '')
}

/** Whether it runs on this machine; null where that cannot be seen from here. */
export function isRunningAt(
  home: string,
): (row: Pick<ProcessRow, 'home' | 'pid' | 'pidMark'>) => boolean | null {
  return (row) => {
    if (home === '' || row.home !== home || row.pidMark === '') return null
    return pidMark(row.pid) === row.pidMark
  }
}

function textOf(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}
