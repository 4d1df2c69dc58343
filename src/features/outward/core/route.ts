import type { CallName } from '#domain/connector.ts'

/** Calls that another connection can make as well: a parcel can be asked of an aggregator, people told by another robot. */
export const BACKUP_CAPABILITIES = ['fetchTracking', 'notify'] as const satisfies readonly CallName[]
export type BackupCapability = (typeof BACKUP_CAPABILITIES)[number]

export type Candidate = {
  readonly id: string
  readonly exists: boolean
  readonly paused: boolean
  readonly open: boolean
  /** Its connector has the call. */
  readonly can: boolean
}
export type RouteReason =
  | 'usual'
  | 'breaker_open'
  | 'held_back'
  | 'no_backup'
  | 'backup_gone'
  | 'backup_paused'
  | 'backup_open'
  | 'backup_cannot'
export type Route = { readonly taken: string; readonly reason: RouteReason }

/**
 * The usual way while it is open to calls; else the backup where it is fit; else the usual one, whose call then waits. `isHeld`: a
 * call of the usual way was held back by its budget although its breaker is not open.
 */
export function decideRoute(wanted: Candidate, backup: Candidate | null, isHeld = false): Route {
  if (!wanted.open && !isHeld) return { taken: wanted.id, reason: 'usual' }
  const stay = (reason: RouteReason): Route => ({ taken: wanted.id, reason })
  if (backup === null) return stay('no_backup')
  if (!backup.exists) return stay('backup_gone')
  if (!backup.can) return stay('backup_cannot')
  if (backup.paused) return stay('backup_paused')
  if (backup.open) return stay('backup_open')
  return { taken: backup.id, reason: wanted.open ? 'breaker_open' : 'held_back' }
}
