/** Why a system, or our own check of a push, refused credentials. */
export const TROUBLES = ['ip_refused', 'signature_refused', 'expired', 'refused', 'no_permission'] as const
export type Trouble = (typeof TROUBLES)[number]
export type Side = 'outward' | 'inward'

/** Reasons after the last dot of a refusal's code, as connectors of all kinds write them. */
const BY_REASON: Readonly<Record<string, Trouble>> = {
  ip_refused: 'ip_refused',
  ip_not_allowed: 'ip_refused',
  signature_refused: 'signature_refused',
  wrong_signature: 'signature_refused',
  credential_expired: 'expired',
  token_expired: 'expired',
  credential_refused: 'refused',
  unauthorized: 'refused',
  wrong_keys: 'refused',
  no_token: 'refused',
  no_permission: 'no_permission',
  not_permitted: 'no_permission',
  forbidden: 'no_permission',
}

/** Reasons of our own check of a push: the sender's secret, or its clock, is not what the connection holds. */
const INWARD: ReadonlySet<string> = new Set([
  'signature',
  'signature_wrong',
  'signature_missing',
  'signature_refused',
  'bad_signature',
  'stale',
  'wrong_secret',
  'unauthorized',
])

/** The trouble that a refusal of one of our calls speaks of; null: it is about the matter, so our credentials were good. */
export function outwardTrouble(code: string): Trouble | null {
  return BY_REASON[code.slice(code.lastIndexOf('.') + 1)] ?? null
}

/** The trouble that a rejected push speaks of; null: its sender was who it said. */
export function inwardTrouble(code: string): Trouble | null {
  const reason = code.slice(code.lastIndexOf('.') + 1)
  if (reason === 'ip_refused') return 'ip_refused'
  return INWARD.has(reason) ? 'signature_refused' : null
}

/** After so long without another one, and without a good call either, a refusal is no longer told: nobody calls there any more. */
const OUTWARD_TELLS_MINUTES = 24 * 60
const INWARD_TELLS_MINUTES = 60
/** Strangers send rubbish to any address: one push that fails is no news. */
const INWARD_LEAST = 3

export type Refusal = {
  readonly side: Side
  readonly lastAt: Temporal.Instant
  readonly times: number
  readonly wellAt: Temporal.Instant | null
}

/** Whether this refusal stands: nothing went well after it. */
export function stands({ side, lastAt, times, wellAt }: Refusal, now: Temporal.Instant): boolean {
  if (wellAt !== null && Temporal.Instant.compare(wellAt, lastAt) >= 0) return false
  const minutes = now.since(lastAt).total('minutes')
  return side === 'outward'
    ? minutes <= OUTWARD_TELLS_MINUTES
    : times >= INWARD_LEAST && minutes <= INWARD_TELLS_MINUTES
}
