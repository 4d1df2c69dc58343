import type { Bilingual, ConnectionRef, Message } from './types.ts'

/** Shapes of the pages that look after what comes in and goes out: messages, mapping, connections, outbox, jobs. */
export type MessageFilter = {
  readonly orderNo?: string
  readonly topic?: string
  readonly connection?: string
  readonly verdict?: string
  readonly state?: string
  readonly parkCode?: string
  readonly from?: string
  readonly to?: string
}
export type MessageRow = Message
export type ParkedGroup = {
  readonly code: string
  readonly kind: string
  readonly count: number
  readonly oldest: string
  readonly sample: string
}
export type ReplayChoice = { readonly ids: readonly string[] } | { readonly filter: MessageFilter }
export type ReplayPreview = {
  readonly messages: number
  /** Messages of the whole selection; `messages` is how many of them the preview read. */
  readonly matching: number
  readonly matchingCapped: boolean
  readonly factsAdded: number
  readonly factsRemoved: number
  readonly ordersChanged: readonly {
    readonly orderNo: string
    readonly from: string | null
    readonly to: string
  }[]
  readonly stillParked: number
  readonly stillParkedBy: readonly { readonly code: string; readonly count: number }[]
}
export type ReplayStarted = { readonly jobId: string | null; readonly queued: number }

export type Fact = string
export type Rules = Readonly<Record<string, Fact>>
export type CodeEntry = Bilingual & { readonly code: string; readonly fact: Fact }
export type MappingVersion = {
  readonly id: string
  readonly version: number
  readonly state: 'draft' | 'live' | 'retired'
  readonly rules: Rules
  readonly note: string
  readonly author: string
  readonly createdAt: string
  readonly publishedAt: string | null
}
export type UnknownCode = {
  readonly connection: string
  readonly code: string
  readonly seen: number
  readonly firstAt: string
  readonly lastAt: string
  readonly sampleMessage: string
}
export type Mapping = {
  readonly defaults: readonly CodeEntry[]
  readonly live: MappingVersion | null
  readonly drafts: readonly MappingVersion[]
  readonly history: readonly MappingVersion[]
  readonly unknown: readonly UnknownCode[]
}
export type MappingPreview = {
  readonly messages: number
  readonly factsAdded: number
  readonly factsRemoved: number
  readonly total: number
  readonly orders: readonly {
    readonly id: string
    readonly orderNo: string
    readonly from: string | null
    readonly to: string
    readonly factsAdded: number
    readonly factsRemoved: number
  }[]
  readonly unknownLeft: readonly string[]
}
export type Published = { readonly version: number; readonly replayed: number }

export type SettingField = Bilingual & {
  readonly name: string
  readonly secret: boolean
  readonly required: boolean
  readonly default?: string
  readonly hint?: Bilingual
  readonly options?: readonly string[]
}
export const ROLES_OF_SYSTEMS = ['channel', 'carrier', 'warehouse', 'notifier'] as const
export type Capability = 'push' | 'stream' | 'poll' | 'fetch' | 'report' | 'notify'
export const CAPABILITIES: readonly Capability[] = ['push', 'stream', 'poll', 'fetch', 'report', 'notify']
export type Connector = Bilingual & {
  readonly kind: string
  readonly role: (typeof ROLES_OF_SYSTEMS)[number]
  readonly zone: string
  readonly fields: readonly SettingField[]
  readonly codes: readonly CodeEntry[]
  readonly capabilities: Readonly<Record<Capability, boolean>>
}
export type TestOutcome = {
  readonly ok: boolean
  readonly words: string
  readonly code?: string
  readonly at: string
}

export const INTENT_STATES = ['pending', 'sending', 'unknown', 'refused', 'dead', 'done', 'moot'] as const
export type OutboxIntent = {
  readonly id: string
  readonly key: string
  readonly effect: string
  readonly connection: ConnectionRef
  readonly orderNo: string | null
  readonly orderId: string | null
  readonly state: (typeof INTENT_STATES)[number]
  readonly attempts: number
  readonly notBefore: string
  readonly lastCode: string | null
  readonly lastDetail: string | null
  readonly createdAt: string
  readonly updatedAt: string
}
export type OutboxSummary = {
  readonly states: Readonly<Record<string, number>>
  readonly items: readonly {
    readonly state: string
    readonly effect: string
    readonly code: string | null
    readonly count: number
  }[]
}

export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
export type Job = {
  readonly id: string
  readonly kind: string
  readonly state: (typeof JOB_STATES)[number]
  readonly progress: number
  readonly total: number | null
  readonly result: unknown
  readonly error: string | null
  readonly attempts: number
  readonly createdBy: string
  readonly createdAt: string
  readonly updatedAt: string
}
