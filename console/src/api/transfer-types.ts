export const TRANSFER_STATES = [
  'instructed',
  'locked',
  'dispatched',
  'part_received',
  'received',
  'short_closed',
  'cancelled',
  'failed',
] as const
export type TransferState = (typeof TRANSFER_STATES)[number]
export const TRANSFER_VIEWS = ['open', 'late', 'overdue'] as const

type Named = { readonly id: string; readonly name: string }
type Place = { readonly code: string; readonly name: string }
type Figures = {
  readonly quantity: number
  readonly dispatched: number
  readonly received: number
  readonly damaged: number
  readonly lost: number
  readonly returned: number
}
export type TransferHead = {
  readonly id: string
  readonly transferNo: string
  readonly kind: 'warehouse' | 'channel'
  readonly from: Place
  readonly to: Place
  readonly state: TransferState
  readonly reason: string
  readonly order: { readonly id: string; readonly orderNo: string } | null
  readonly instructedAt: string
  readonly lockDueAt: string
  readonly lockedAt: string | null
  readonly lockMs: number | null
  readonly flagged: boolean
  readonly dispatchedAt: string | null
  readonly expectedAt: string | null
  readonly overdue: boolean
  readonly endedAt: string | null
  readonly code: string | null
  readonly words: string
  readonly tries: number
  readonly nextTryAt: string | null
  readonly createdBy: string
}
export type Transfer = TransferHead & Figures & { readonly lines: number; readonly skus: string }
export type TransferLine = Figures & {
  readonly line: number
  readonly sku: string
  readonly fromChannel: Named | null
  readonly toChannel: Named | null
  readonly onTheWay: number
  readonly waiting: number
}
export type TransferAction = 'dispatch' | 'receive' | 'close' | 'cancel' | 'turn_back' | 'retry'
export type TransferEvent = {
  readonly id: string
  readonly at: string
  readonly kind: string
  readonly actor: string
  readonly detail: Readonly<Record<string, unknown>>
}
export type TransferDetail = TransferHead & {
  readonly note: string
  readonly drawSafety: boolean
  readonly destinationFigures: 'own' | 'captured'
  readonly holdId: string | null
  readonly returnOf: { readonly id: string; readonly transferNo: string } | null
  readonly returnedBy: string | null
  readonly may: readonly TransferAction[]
  readonly lines: readonly TransferLine[]
  readonly events: readonly TransferEvent[]
}
export type TransferCounts = {
  readonly instructed: number
  readonly locked: number
  readonly dispatched: number
  readonly partReceived: number
  readonly late: number
  readonly overdue: number
  readonly piecesOnTheWay: number
}
type Level = {
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  readonly available: number
  readonly free: number
}
export type TransferPreview = {
  readonly ok: boolean
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly source: Level | null
    readonly destination: Level | null
    readonly lacks: number
    readonly quotas: readonly {
      readonly channel: string
      readonly warehouse: string
      readonly granted: number
      readonly leftOver: number
    }[]
    readonly elsewhere: readonly { readonly warehouse: string; readonly available: number }[]
  }[]
}
export type TransferImport = {
  readonly transfers: readonly {
    readonly name: string
    readonly row: number
    readonly from: string
    readonly to: string
    readonly lines: number
    readonly pieces: number
    readonly lacks: number
    readonly id: string | null
    readonly isRepeat: boolean
    readonly code: string | null
    readonly detail: string
  }[]
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly detail: string
  }[]
}

export const LOCK_SPANS = ['24h', '7d', '30d'] as const
export type LockFigures = {
  readonly asked: number
  readonly locked: number
  readonly refused: number
  readonly timedOut: number
  readonly invalid: number
  readonly rate: number | null
  readonly technicalRate: number | null
  readonly tookMsMean: number | null
  readonly tookMsMost: number
}
export type LockCell = LockFigures & { readonly warehouse: string; readonly step: number }
export type LockWarehouse = LockFigures & Place
export type LockHeat = {
  readonly from: string
  readonly to: string
  readonly stepHours: number
  readonly line: number
  readonly alarmLine: number
  readonly total: LockFigures
  readonly steps: readonly string[]
  readonly warehouses: readonly LockWarehouse[]
  readonly cells: readonly LockCell[]
}
export type LockFailure = {
  readonly id: string
  readonly at: string
  readonly key: string
  readonly owner: { readonly kind: string; readonly id: string; readonly reference: string }
  readonly channel: Named | null
  readonly code: string
  readonly detail: string
  readonly warehouse: Place
  readonly sku: string
  readonly wanted: number
  readonly available: number
  readonly elsewhere: readonly { readonly warehouse: string; readonly available: number }[]
  readonly tookMs: number
  readonly hold: { readonly id: string; readonly state: string } | null
}
