export type CredentialState = 'refused' | 'expired' | 'critical' | 'expiring' | 'failing' | 'fine' | 'unknown'

export type CredentialTerm = {
  readonly field: string
  readonly what: { readonly zh: string; readonly en: string }
  readonly expiresAt: string
  readonly daysLeft: number
  readonly state: 'fine' | 'expiring' | 'critical' | 'expired'
  readonly renewable: boolean
  readonly source: 'connector' | 'certificate' | 'token' | 'hand'
  readonly note: string
}

export type CredentialRefusal = {
  readonly side: 'outward' | 'inward'
  readonly trouble: 'ip_refused' | 'signature_refused' | 'expired' | 'refused' | 'no_permission'
  readonly call: string
  readonly code: string
  readonly detail: string
  readonly firstAt: string
  readonly lastAt: string
  readonly times: number
  readonly stands: boolean
}

export type Credential = {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly role: 'channel' | 'carrier' | 'warehouse' | 'notifier'
  readonly paused: boolean
  readonly state: CredentialState
  readonly terms: readonly CredentialTerm[]
  readonly refusals: readonly CredentialRefusal[]
  readonly fields: readonly { readonly name: string; readonly zh: string; readonly en: string }[]
  readonly refresh: {
    readonly at: string | null
    readonly triedAt: string | null
    readonly failures: number
    readonly code: string | null
    readonly detail: string | null
  } | null
  readonly canRefresh: boolean
  readonly canTest: boolean
}

export type Credentials = {
  readonly items: readonly Credential[]
  readonly outwardAddresses: string | null
  readonly steps: readonly number[]
}
