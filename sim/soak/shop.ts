import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type SoakShop = {
  readonly url: string
  /** Where the carrier's gateway (丰桥) is asked: the same server. */
  readonly carrierUrl: string
  /** Calls of the hub that were answered, to the shop and to the carrier. */
  readonly answered: () => number
  readonly close: () => Promise<void>
}

/**
 * What the hub calls: the shop's side of a report (回传) and the carrier's of a subscription to a parcel's route, without a memory: hours of
 * orders would fill ours. Every order has the two lines that the load gives it.
 */
export async function openSoakShop(): Promise<SoakShop> {
  let answered = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8')
    })
    request.once('end', () => {
      answered += 1
      if (request.url === CARRIER_PATH) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(CARRIER_SAYS_YES)
        return
      }
      const { query, variables } = JSON.parse(body) as { query: string; variables: Variables }
      const data = answerTo(query, variables, answered)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data, extensions: { cost: COST } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    carrierUrl: `${url}${CARRIER_PATH}`,
    answered: () => answered,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const CARRIER_PATH = '/std/service'
const CARRIER_SAYS_YES = JSON.stringify({
  apiResultCode: 'A1000',
  apiErrorMsg: '',
  apiResultData: JSON.stringify({ success: true, errorCode: 'S0000', errorMsg: null }),
})
/** More than the hub can ever spend: what it is told here counts before any budget of ours, and its own limit is not what is looked at. */
const COST = {
  requestedQueryCost: 10,
  actualQueryCost: 10,
  throttleStatus: { maximumAvailable: 2_000_000, currentlyAvailable: 1_999_950, restoreRate: 100_000 },
}
/** The load's order B1 has the next one. */
const FIRST_ID = 6_700_000_000_000n
const gid = (type: string, id: string): string => `gid://shopify/${type}/${id}`

type Variables = { readonly id?: string; readonly query?: string }

function answerTo(
  query: string,
  { id: orderGid = '', query: search = '' }: Variables,
  serial: number,
): unknown {
  if (query.includes('fulfillmentCreate('))
    return {
      fulfillmentCreate: {
        fulfillment: { id: gid('Fulfillment', `5${serial}`), status: 'SUCCESS' },
        userErrors: [],
      },
    }
  if (query.includes('order(id:')) {
    const id = orderGid.split('/').at(-1) ?? ''
    return { order: orderNode(id) }
  }
  if (query.includes('orders(')) {
    const name = /^name:"B(\d+)"$/.exec(search)?.[1]
    const nodes =
      name === undefined ? [] : [{ id: gid('Order', String(FIRST_ID + BigInt(name))), name: `#B${name}` }]
    return { orders: { pageInfo: { hasNextPage: false, endCursor: null }, nodes } }
  }
  if (query.includes('webhookSubscriptions('))
    return { webhookSubscriptions: { pageInfo: { hasNextPage: false }, nodes: [] } }
  return { shop: { name: 'Soak', currencyCode: 'CNY' } }
}

function orderNode(id: string): unknown {
  const line = (i: number): unknown => ({
    id: gid('FulfillmentOrderLineItem', `${id}${i}`),
    remaining_quantity: i,
    line_item: { id: gid('LineItem', `${id}${i}`) },
  })
  return {
    id: gid('Order', id),
    name: `#B${BigInt(id === '' ? 0 : id) - FIRST_ID}`,
    cancelled_at: null,
    fulfillments: [],
    fulfillment_orders: {
      nodes: [{ id: gid('FulfillmentOrder', id), status: 'OPEN', line_items: { nodes: [line(1), line(2)] } }],
    },
  }
}
