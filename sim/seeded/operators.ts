import type { Random } from '#kernel/random.ts'
import { anyOf, type Deed, onOne } from './deeds.ts'
import type { SimHub } from './hub.ts'
import { MAPPING_DEEDS } from './mapping-desk.ts'
import { RULES_DEEDS } from './rules-desk.ts'
import { STOCK_DEEDS } from './stock-desk.ts'

// What people at the console do in the middle of it all, by the API that the console uses. A refusal is an answer like another; an error
// of the server is a fault of the product.

const ORDERS = '/api/orders?limit=50'

const change = (words: string, what: Readonly<Record<string, unknown>>): Deed['do'] =>
  onOne(ORDERS, (id) => `/api/fulfilment/orders/${id}/change`, { change: what, reason: words })
const onWaybill = (verb: string): Deed['do'] =>
  onOne('/api/waybills?limit=50', (id) => `/api/waybills/${id}/${verb}`, { reason: 'the buyer called' })

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
  { words: 'an order is held', weight: 2, do: change('address is being asked for', { do: 'hold' }) },
  { words: 'an order is released', do: change('address is settled', { do: 'release' }) },
  { words: 'an order is planned anew', do: change('shelf was found', { do: 'replan' }) },
  { words: 'an order goes back to the rules', do: change('by the rules again', { do: 'automatic' }) },
  { words: 'a waybill is cancelled', weight: 7, do: onWaybill('cancel') },
  { words: 'a waybill gets another number', weight: 2, do: onWaybill('renew') },
  { words: 'waybills in review are tried again', do: (hub) => hub.call('POST', '/api/waybills/retry', {}) },
  {
    words: 'dead intents are tried again',
    do: (hub) => hub.call('POST', '/api/outbox/retry', { filter: { state: 'dead' } }),
  },
  ...STOCK_DEEDS,
  ...MAPPING_DEEDS,
  ...RULES_DEEDS,
]
const TOTAL = DEEDS.reduce((sum, { weight }) => sum + (weight ?? 1), 0)

/** Does one thing that an operator might do now; answers it in words, or throws where the server had no answer. */
export async function operate(hub: SimHub, random: Random): Promise<string> {
  const deed = drawn(random)
  const answer = await deed.do(hub, random)
  if (answer === null) return `${deed.words}: nothing there`
  const code = (answer.body as { code?: string } | null)?.code
  // A dead hub or a database that is away is told as such by the gate; 500 is an error of ours.
  if (answer.status === 500) throw new Error(`${deed.words}: ${answer.text.slice(0, 300)}`)
  return `${deed.words}: ${answer.status}${code === undefined ? '' : ` ${code}`}`
}

function drawn(random: Random): Deed {
  let left = random.next() * TOTAL
  for (const deed of DEEDS) {
    left -= deed.weight ?? 1
    if (left < 0) return deed
  }
  return DEEDS[0] as Deed
}
