import type { Random } from '#kernel/random.ts'
import type { Answer, SimHub } from './hub.ts'

// What people at the console do in the middle of it all, by the API that the console uses. A refusal is an answer like another; an error
// of the server is a fault of the product.

type Deed = { readonly words: string; readonly do: (hub: SimHub, random: Random) => Promise<Answer | null> }

const SKUS = ['PET-1001', 'CUP-3001', 'TEX-4001', 'CUP-3101', 'TEA-2001']
const WAREHOUSES = ['EAST', 'SOUTH', 'NORTH']

const change =
  (words: string, what: Readonly<Record<string, unknown>>): Deed['do'] =>
  async (hub, random) => {
    const id = await anyOf(hub, random, '/api/orders?limit=50')
    return id === null
      ? null
      : await hub.call('POST', `/api/fulfilment/orders/${id}/change`, { change: what, reason: words })
  }
const onWaybill =
  (verb: string): Deed['do'] =>
  async (hub, random) => {
    const id = await anyOf(hub, random, '/api/waybills?limit=50')
    return id === null
      ? null
      : await hub.call('POST', `/api/waybills/${id}/${verb}`, { reason: 'the buyer called' })
  }

const DEEDS: readonly Deed[] = [
  {
    words: 'all messages are read again',
    do: (hub) => hub.call('POST', '/api/messages/replay', { filter: {} }),
  },
  {
    words: 'an order is looked at',
    do: async (hub, random) => {
      const id = await anyOf(hub, random, '/api/orders?limit=50')
      return id === null ? null : await hub.call('GET', `/api/orders/${id}`)
    },
  },
  {
    words: 'a shop is asked about an order',
    do: async (hub, random) => {
      const id = await anyOf(hub, random, '/api/orders?limit=50')
      return id === null ? null : await hub.call('POST', `/api/orders/${id}/ask`, {})
    },
  },
  { words: 'an order is held', do: change('address is being asked for', { do: 'hold' }) },
  { words: 'an order is released', do: change('address is settled', { do: 'release' }) },
  { words: 'an order is planned anew', do: change('shelf was found', { do: 'replan' }) },
  { words: 'an order goes back to the rules', do: change('by the rules again', { do: 'automatic' }) },
  { words: 'a waybill is cancelled', do: onWaybill('cancel') },
  { words: 'a waybill gets another number', do: onWaybill('renew') },
  { words: 'waybills in review are tried again', do: (hub) => hub.call('POST', '/api/waybills/retry', {}) },
  {
    words: 'dead intents are tried again',
    do: (hub) => hub.call('POST', '/api/outbox/retry', { filter: { state: 'dead' } }),
  },
  {
    words: 'a shelf is counted',
    do: (hub, random) =>
      hub.call('POST', '/api/stock/adjust', {
        sku: pick(SKUS, random),
        warehouse: pick(WAREHOUSES, random),
        physical: Math.floor(random.next() * 21) - 10,
        reason: 'counted on the shelf',
        key: `count-${Math.floor(random.next() * 1e9)}`,
      }),
  },
  {
    words: 'locks are looked at and one is asked to be freed',
    do: async (hub, random) => {
      const id = await anyOf(hub, random, '/api/stock/holds?limit=50')
      return id === null
        ? null
        : await hub.call('POST', `/api/stock/holds/${id}/release`, { reason: 'it stands for nothing' })
    },
  },
]

/** Does one thing that an operator might do now; answers it in words, or throws where the server had no answer. */
export async function operate(hub: SimHub, random: Random): Promise<string> {
  const deed = pick(DEEDS, random)
  const answer = await deed.do(hub, random)
  if (answer === null) return `${deed.words}: nothing there`
  const code = (answer.body as { code?: string } | null)?.code
  // A dead hub or a database that is away is told as such by the gate; 500 is an error of ours.
  if (answer.status === 500) throw new Error(`${deed.words}: ${answer.text.slice(0, 300)}`)
  return `${deed.words}: ${answer.status}${code === undefined ? '' : ` ${code}`}`
}

async function anyOf(hub: SimHub, random: Random, path: string): Promise<string | null> {
  const { body } = await hub.call('GET', path)
  const rows = Object.values((body ?? {}) as Record<string, unknown>).find(Array.isArray) as
    | { id?: string }[]
    | undefined
  const ids = (rows ?? []).flatMap(({ id }) => (id === undefined ? [] : [id])).sort()
  return ids[Math.floor(random.next() * ids.length)] ?? null
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random.next() * list.length)] as T
}
