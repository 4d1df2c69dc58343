/**
 * What lies so far ahead of the database's clock was written by a process whose clock was wrong. Backoffs and leases are shorter or
 * are told apart by the time at which their row was written.
 */
export const AHEAD = '5 minutes'
