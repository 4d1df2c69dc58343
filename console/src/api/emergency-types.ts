export type EmergencyLevel = {
  readonly level: 0 | 1
  readonly since: string
  readonly reason: string | null
  readonly spool: {
    readonly usable: boolean
    readonly records: number
    readonly bytes: number
    readonly quotaBytes: number
    readonly oldestSeconds: number
  }
  readonly merging: boolean
}

export type SpoolRun = {
  readonly id: string
  readonly source: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly files: number
  readonly accepted: number
  readonly duplicate: number
  readonly conflict: number
  readonly rejected: number
  readonly damaged: number
}

export type EmergencyState = {
  readonly now: EmergencyLevel
  readonly folders: readonly {
    readonly dir: string
    readonly trouble: string | null
    readonly files: number
    readonly bytes: number
  }[]
  /** Null while the database is away. */
  readonly runs: readonly SpoolRun[] | null
  readonly openConflicts: number | null
}

export type SpoolReceipt = {
  readonly id: string
  readonly run: string
  readonly connection: { readonly id: string; readonly name: string }
  readonly orderNo: string | null
  readonly topic: string
  readonly receivedAt: string
  readonly outcome: 'accepted' | 'duplicate' | 'conflict' | 'rejected'
  readonly messageId: string | null
  readonly ownMessageId: string | null
  readonly detail: string | null
  readonly mergedAt: string
  readonly decision: 'ours' | 'theirs' | null
  readonly decidedAt: string | null
  readonly decidedBy: string | null
}

export type ConflictSide = {
  readonly topic: string
  readonly receivedAt: string
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
}
export type SpoolConflict = {
  readonly receipt: SpoolReceipt
  readonly ours: ConflictSide | null
  readonly theirs: ConflictSide | null
}
