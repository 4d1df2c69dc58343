import type { NextPromise, OrderPromise } from './promise-types.ts'

/** Shapes of the hub's HTTP contract, by hand until `npm run types` can read them from openapi.json. */
export type Page<Row> = { readonly items: readonly Row[]; readonly next: string | null }
export type Bilingual = { readonly zh: string; readonly en: string }
/** Decimal text with exactly the currency's places; never a float. */
export type Money = { readonly currency: string; readonly amount: string }

export type Provenance = 'explicit_offset' | 'carrier_zone' | 'place_zone' | 'ambiguous'
export type SourceTime = {
  readonly raw: string
  readonly instant: string | null
  readonly zone: string | null
  readonly provenance: Provenance
}

export type Role = 'admin' | 'operator' | 'warehouse' | 'finance' | 'viewer'
export const ROLES: readonly Role[] = ['admin', 'operator', 'warehouse', 'finance', 'viewer']

export type Session = {
  readonly user: {
    readonly id: string
    readonly name: string
    readonly role: Role
    readonly locale: string | null
  }
  readonly csrf: string
  readonly scopes: readonly string[]
  /** The ids of the connections that this person may see; null: all. */
  readonly shops: readonly string[] | null
  readonly hub: { readonly version: string; readonly zone: string; readonly simulated: boolean }
}

export type ConnectionRef = { readonly id: string; readonly kind: string; readonly name: string }
export type ReportState = 'none' | 'due' | 'accepted' | 'refused' | 'unknown'

export type OrderRow = {
  readonly id: string
  readonly orderNo: string
  readonly connection: ConnectionRef
  readonly status: string
  readonly afterSale: string
  readonly placedAt: string | null
  readonly paidAt: string | null
  readonly shippedAt: string | null
  readonly deliveredAt: string | null
  readonly shipBy: string | null
  readonly payable: Money | null
  readonly itemCount: number
  readonly parcelCount: number
  readonly unmatchedLines: number
  readonly driftCount: number
  readonly report: ReportState
  readonly region: string | null
  readonly recipientMasked: string | null
  readonly buyerNote: string | null
  readonly sellerNote: string | null
  readonly firstTitle: string | null
  readonly trackingNos: readonly string[]
  readonly promise: NextPromise | null
  /** How its stock stands; null where the hub never looked at it. */
  readonly stock: { readonly state: string; readonly code: string | null } | null
  readonly updatedAt: string
}

export type OrderLine = {
  readonly lineId: string
  readonly shopSku: string
  readonly stockSku: string | null
  readonly title: string
  readonly spec: string | null
  readonly quantity: number
  readonly unitPrice: Money
  readonly paid: Money | null
  readonly gift: boolean
}

export type Recipient = {
  readonly name: string
  readonly phone: string
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly address: string
  readonly postalCode: string
  readonly ciphertext: boolean
}

export type OrderTotals = {
  readonly goods: Money
  readonly shipping: Money
  readonly discount: Money
  readonly payable: Money
  readonly discounts?: readonly { readonly bearer: string; readonly label: string; readonly amount: Money }[]
}

export type Parcel = {
  readonly trackingNo: string
  readonly carrier: string | null
  readonly carrierName: string | null
  /** A stage, or `void` after a cancelled waybill. */
  readonly status: string
  /** The latest word was an exception or a failed delivery. */
  readonly trouble: boolean
  readonly waybillId: string | null
  readonly batchNo: string | null
  readonly deviceId: string | null
  readonly issuedAt: string | null
  readonly dispatchedAt: string | null
  readonly pickedUpAt: string | null
  readonly deliveredAt: string | null
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
  readonly facts: number
}

export type TimelineFact = {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly at: SourceTime
  readonly receivedAt: string
  readonly source: ConnectionRef
  readonly code: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly messageId: string
}

export type DriftClaim = { readonly source: string; readonly says: string; readonly at: string | null }

export type Drift = {
  readonly field: string
  readonly cause: string
  readonly since: string | null
  readonly until: string | null
  readonly claims: readonly DriftClaim[]
}

export type IntentState = 'pending' | 'sending' | 'unknown' | 'done' | 'refused' | 'moot' | 'dead'
export type OrderIntent = {
  readonly id: string
  readonly effect: string
  readonly state: IntentState
  readonly attempts: number
  readonly lastCode: string | null
  readonly lastDetail: string | null
  readonly updatedAt: string
}

export type OrderDetail = OrderRow & {
  readonly lines: readonly OrderLine[]
  readonly totals: OrderTotals | null
  /** Masked, in one line. */
  readonly recipient: string | null
  readonly notes: { readonly buyer: string; readonly seller: string; readonly flag: string | null } | null
  readonly parcels: readonly Parcel[]
  readonly timeline: readonly TimelineFact[]
  readonly drift: readonly Drift[]
  readonly intents: readonly OrderIntent[]
  readonly explain: readonly Bilingual[]
  readonly promises: readonly OrderPromise[]
}

/** Filters of the order list, exactly the query string's names. */
export type OrderFilter = {
  readonly view?: string
  readonly status?: readonly string[]
  readonly connection?: readonly string[]
  readonly q?: string
  readonly from?: string
  readonly to?: string
  readonly report?: string
  readonly drift?: string
  readonly unmatched?: string
  readonly afterSale?: string
  readonly overdue?: string
  readonly sort?: string
}

export type View = {
  readonly id: string
  readonly group: 'normal' | 'abnormal' | 'mine'
  readonly zh: string
  readonly en: string
  readonly filter: Readonly<Record<string, unknown>>
  readonly count: number
  /** True when the hub stopped counting: the figure is a floor. */
  readonly capped: boolean
}
export type Views = { readonly presets: readonly View[]; readonly saved: readonly View[] }

export type BulkAction = 'report_shipment' | 'refetch' | 'recompute'
export type BulkTarget = { readonly ids: readonly string[] } | { readonly filter: OrderFilter }
export type BulkPreview = {
  readonly willChange: number
  /** The first 200 of `skippedTotal`. */
  readonly skipped: readonly {
    readonly id: string
    readonly orderNo: string
    readonly code: string
    readonly detail: string
  }[]
  readonly skippedTotal: number
  readonly sample: readonly { readonly id: string; readonly orderNo: string }[]
}
export type BulkOutcome = { readonly jobId?: string; readonly done?: number }

export type Message = {
  readonly id: string
  readonly receivedAt: string
  readonly connection: ConnectionRef
  readonly transport: string
  readonly topic: string
  readonly orderNo: string | null
  readonly verdict: 'accepted' | 'duplicate' | 'challenge' | 'rejected'
  readonly refusalCode: string | null
  readonly refusalDetail: string | null
  readonly state: 'pending' | 'parked' | 'interpreted' | null
  readonly parkCode: string | null
  readonly parkDetail: string | null
  readonly responseStatus: number
  readonly latencyMs: number
  readonly bytes: number
}
export type MessageDetail = Message & {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
  readonly responseBody: string
  readonly subjects: readonly string[]
  readonly facts: readonly {
    readonly id: string
    readonly kind: string
    readonly subject: string
    readonly at: string | null
    readonly raw: string
  }[]
}

export type DriftRow = Drift & {
  readonly orderId: string
  readonly orderNo: string
  readonly connection: { readonly id: string; readonly name: string }
  readonly durationSeconds: number
}
/** The orders whose sources disagreed longest within a period. */
export type DriftTop = { readonly from: string; readonly to: string; readonly items: readonly DriftRow[] }
export type DriftSummary = {
  readonly open: number
  readonly closed: number
  readonly groups: readonly {
    readonly field: string
    readonly cause: string
    readonly open: number
    readonly closed: number
    readonly longestSeconds: number
  }[]
}

export type Connection = {
  readonly id: string
  readonly kind: string
  readonly role: 'channel' | 'carrier' | 'warehouse'
  readonly name: string
  readonly paused: boolean
  /** The connection's own zone; null: its connector's. */
  readonly zone: string | null
  readonly settings: Readonly<Record<string, string>>
  readonly secretsSet: readonly string[]
  readonly callbackUrl: string | null
  readonly stream: { readonly state: string; readonly words: string } | null
  readonly lastTest: { readonly ok: boolean; readonly words: string; readonly at: string } | null
  readonly lastMessageAt: string | null
  readonly accepted24h: number
  readonly rejected24h: number
}

export type User = {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly disabled: boolean
  readonly shops: readonly string[] | null
  readonly locale: string
  readonly hasPassword: boolean
  readonly createdAt: string
  readonly seenAt: string | null
}
export type ApiKey = {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly shops: readonly string[] | null
  readonly createdBy: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
}
/** The only answer that holds the key's text. */
export type NewApiKey = { readonly key: ApiKey; readonly text: string }
export type AuditRow = {
  readonly id: string
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string }
  readonly action: string
  readonly subject: string | null
  readonly detail?: unknown
}
export type HubSettings = {
  readonly zone: string
  readonly rawMessageDays: number
  readonly locale: 'zh-CN' | 'en'
}
export type HubProcess = {
  readonly id: string
  readonly roles: readonly string[]
  readonly version: string
  readonly host: string
  readonly pid: number
  readonly url: string
  readonly state: 'running' | 'draining' | 'silent' | 'gone'
  readonly isThis: boolean
  readonly startedAt: string
  readonly seenSecondsAgo: number
  readonly cpuPercent: number
  readonly memoryBytes: number
  readonly loopDelayMs: number
  readonly acceptedPerSecond: number
  readonly interpretedPerSecond: number
  readonly effectsPerSecond: number
}

export type HubStatus = {
  readonly version: string
  readonly uptimeSeconds: number
  readonly database: { readonly kind: string; readonly version: string; readonly sizeBytes: number | null }
  /** Null, like the outbox, while the database does not answer. */
  readonly inbox: {
    readonly pending: number
    readonly parked: number
    readonly oldestSeconds: number | null
  } | null
  readonly outbox: Readonly<Record<string, number>> | null
  readonly processes: readonly HubProcess[] | null
  readonly stock: {
    readonly engine: string
    readonly state: string | null
    readonly reason: string | null
    readonly seconds: number
    readonly cluster: boolean
  }
  readonly throughput: { readonly acceptedPerSecond: number; readonly interpretedPerSecond: number }
}

export const SCOPES = [
  'orders:read',
  'orders:write',
  'messages:read',
  'messages:replay',
  'connections:read',
  'connections:write',
  'mapping:read',
  'mapping:write',
  'outbox:read',
  'outbox:write',
  'jobs:read',
  'jobs:write',
  'imports:write',
  'gateway:write',
  'review:read',
  'review:write',
  'promises:write',
  'stock:read',
  'stock:write',
  'stock:lock',
  'stock:approve',
  'rules:read',
  'rules:write',
  'rules:publish',
  'freight:quote',
  'fulfilment:write',
  'parcels:read',
  'parcels:write',
  'parcels:approve',
  'labels:print',
  'webhooks:write',
  'alarms:read',
  'alarms:write',
  'drills:read',
  'drills:run',
  'admin',
] as const
