import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'

export type WebhookEndpoint = {
  readonly id: string
  readonly name: string
  readonly url: string
  /** Empty: all. */
  readonly types: readonly string[]
  /** Connections; empty: all. */
  readonly shops: readonly string[]
  readonly active: boolean
  readonly hasFormerSecret: boolean
  readonly stoppedCode: string | null
  readonly stoppedAt: string | null
  /** In a row. */
  readonly failures: number
  readonly failingSince: string | null
  readonly lastOkAt: string | null
  readonly day: { readonly pending: number; readonly failed: number; readonly done: number }
  readonly updatedAt: string
}

export const DELIVERY_STATES = ['pending', 'failed', 'done'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export type WebhookDelivery = {
  readonly id: string
  readonly endpointId: string
  readonly endpoint: string
  readonly messageId: string
  readonly type: string
  readonly orderId: string | null
  readonly orderNo: string | null
  readonly trackingNo: string | null
  readonly state: DeliveryState
  readonly attempts: number
  readonly replays: number
  readonly status: number | null
  readonly words: string
  readonly ms: number | null
  readonly at: string
  readonly lastAt: string | null
  readonly body: string
}

export type Webhooks = { readonly items: readonly WebhookEndpoint[]; readonly types: readonly string[] }

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => get<Webhooks>('/api/webhooks', {}, signal),
})
