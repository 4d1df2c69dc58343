import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type SoakShop = {
  readonly url: string
  readonly fulfilled: () => number
  readonly close: () => Promise<void>
}

/** The shop's side of a report (回传), without a memory: hours of orders would fill ours. Every order has the two lines that the load gives it. */
export async function openSoakShop(): Promise<SoakShop> {
  let fulfilled = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8')
    })
    request.once('end', () => {
      const { query, variables } = JSON.parse(body) as { query: string; variables: { id?: string } }
      if (query.includes('fulfillmentCreate(')) fulfilled += 1
      const data = answerTo(query, variables.id ?? '', fulfilled)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data, extensions: { cost: COST } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fulfilled: () => fulfilled,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const COST = {
  requestedQueryCost: 10,
  actualQueryCost: 10,
  throttleStatus: { maximumAvailable: 20_000, currentlyAvailable: 19_950, restoreRate: 1_000 },
}
const gid = (type: string, id: string): string => `gid://shopify/${type}/${id}`

function answerTo(query: string, orderGid: string, serial: number): unknown {
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
  if (query.includes('orders('))
    return { orders: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] } }
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
    name: `#B${BigInt(id === '' ? 0 : id) - 6_700_000_000_000n}`,
    cancelled_at: null,
    fulfillments: [],
    fulfillment_orders: {
      nodes: [{ id: gid('FulfillmentOrder', id), status: 'OPEN', line_items: { nodes: [line(1), line(2)] } }],
    },
  }
}
