/** What is wrong with a certificate, the worst first. */
export const TLS_FAULTS = ['unreachable', 'expired', 'name', 'chain', 'expiring'] as const
export type TlsFault = (typeof TLS_FAULTS)[number]

/** One look at a server's certificate, as a platform that calls us sees it; times as ISO text, since it is kept as JSON. */
export type TlsOutcome = {
  /** Why there was no TLS connection at all; null: there was one. */
  readonly unreachable: string | null
  readonly protocol: string | null
  readonly subject: string | null
  readonly issuer: string | null
  readonly names: readonly string[]
  readonly nameFits: boolean
  /** Why the chain does not lead to a trusted root, in OpenSSL's word; null: it does. */
  readonly chainFault: string | null
  readonly chainLength: number
  readonly notBefore: string | null
  /** The earliest end in the chain that the server sent. */
  readonly notAfter: string | null
}

export type TlsLimits = { readonly warnDays: number; readonly criticalDays: number }

export type TlsJudgement = {
  readonly fault: TlsFault | null
  readonly severity: 'warning' | 'critical'
  /** Whole days until the end, negative once it is over; null where there was no certificate. */
  readonly daysLeft: number | null
}

/** Judges one look. Platforms refuse to call us for every fault but `expiring`, so those are critical. */
export function judgeTls(outcome: TlsOutcome, now: Temporal.Instant, limits: TlsLimits): TlsJudgement {
  const left =
    outcome.notAfter === null
      ? null
      : Math.floor(Temporal.Instant.from(outcome.notAfter).since(now).total('hours') / 24)
  const begun =
    outcome.notBefore === null || Temporal.Instant.compare(Temporal.Instant.from(outcome.notBefore), now) <= 0
  const holds: Record<TlsFault, boolean> = {
    unreachable: outcome.unreachable !== null,
    expired: left !== null && (left < 0 || !begun),
    name: !outcome.nameFits,
    chain: outcome.chainFault !== null,
    expiring: left !== null && left < limits.warnDays,
  }
  const fault = TLS_FAULTS.find((one) => holds[one]) ?? null
  const mild = fault === 'expiring' && left !== null && left >= limits.criticalDays
  return { fault, severity: mild ? 'warning' : 'critical', daysLeft: left }
}

/** Host and port of an https address; null for anything else. */
export function tlsTargetOf(url: string): { readonly host: string; readonly port: number } | null {
  const parsed = URL.parse(url.trim())
  if (parsed === null || parsed.protocol !== 'https:' || parsed.hostname === '') return null
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 443 : Number(parsed.port),
  }
}
