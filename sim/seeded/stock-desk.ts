import { anyItem, anyOf, below, type Deed, keyOf, onOne, pick, SKUS, WAREHOUSES } from './deeds.ts'

// Who counts shelves, buys in, moves goods between warehouses, keeps some back for a channel or a customer, and closes a warehouse for a day.

const PAIRS = [
  ['EAST', 'SOUTH'],
  ['EAST', 'NORTH'],
  ['SOUTH', 'EAST'],
  ['NORTH', 'EAST'],
] as const

export const STOCK_DEEDS: readonly Deed[] = [
  {
    words: 'a shelf is counted',
    weight: 2,
    do: (hub, random) =>
      hub.call('POST', '/api/stock/adjust', {
        sku: pick(SKUS, random),
        warehouse: pick(WAREHOUSES, random),
        physical: below(9, random) - 4,
        reason: 'counted on the shelf',
        key: keyOf('count', random),
      }),
  },
  {
    words: 'goods come in',
    weight: 3,
    do: (hub, random) =>
      hub.call('POST', '/api/stock/adjust', {
        sku: pick(SKUS, random),
        warehouse: pick(WAREHOUSES, random),
        physical: 4 + below(20, random),
        reason: 'a delivery came in',
        key: keyOf('in', random),
      }),
  },
  {
    words: 'more is kept back',
    do: (hub, random) =>
      hub.call('POST', '/api/stock/adjust', {
        sku: pick(SKUS, random),
        warehouse: pick(WAREHOUSES, random),
        setSafety: below(3, random),
        reason: 'for a rainy day',
        key: keyOf('safety', random),
      }),
  },
  {
    words: 'locks are looked at and one is asked to be freed',
    do: onOne('/api/stock/holds?limit=50', (id) => `/api/stock/holds/${id}/release`, {
      reason: 'it stands for nothing',
    }),
  },
  {
    words: 'goods are reserved',
    weight: 7,
    do: (hub, random) =>
      hub.call('POST', '/api/stock/reservations', {
        key: keyOf('reserved', random),
        lines: [
          { sku: pick(SKUS, random), warehouse: pick(WAREHOUSES, random), quantity: 1 + below(8, random) },
        ],
        reason: 'for a customer who calls back',
        minutes: 10 + below(240, random),
        onDeadline: pick(['ask', 'release'], random),
      }),
  },
  {
    words: 'holds are renewed',
    weight: 4,
    do: async (hub, random) => {
      const one = await anyItem(hub, random, '/api/stock/holds?state=held&kind=reservation&limit=50')
      return one?.id === undefined
        ? null
        : await hub.call('POST', '/api/stock/holds/renew', {
            holds: [one.id],
            minutes: 1 + below(120, random),
            reason: 'the customer is on the way',
          })
    },
  },
  {
    words: 'a channel is granted some',
    weight: 4,
    do: (hub, random) =>
      hub.call('PUT', '/api/stock/quotas', {
        sku: pick(SKUS, random),
        warehouse: pick(WAREHOUSES, random),
        channel: pick(['demo-youzan', 'demo-douyin'], random),
        granted: below(6, random),
        reason: 'for the festival',
      }),
  },
  {
    words: 'a transfer is ordered',
    weight: 4,
    do: (hub, random) => {
      const [from, to] = pick(PAIRS, random)
      return hub.call('POST', '/api/transfers', {
        key: keyOf('move', random),
        from,
        to,
        lines: [{ sku: pick(SKUS, random), quantity: 1 + below(4, random) }],
        reason: 'rebalance',
      })
    },
  },
  {
    words: 'a transfer leaves',
    weight: 3,
    do: onOne('/api/transfers?state=locked&limit=50', (id) => `/api/transfers/${id}/dispatch`, {}),
  },
  {
    words: 'a transfer arrives',
    weight: 5,
    do: async (hub, random) => {
      const id = await anyOf(hub, random, '/api/transfers?state=dispatched&limit=50')
      if (id === null) return null
      const detail = (await hub.call('GET', `/api/transfers/${id}`)).body as {
        lines?: readonly { line: number; onTheWay: number }[]
      } | null
      const lines = (detail?.lines ?? []).filter(({ onTheWay }) => onTheWay > 0)
      if (lines.length === 0) return null
      const isDamaged = random.next() < 0.4
      return await hub.call('POST', `/api/transfers/${id}/receive`, {
        lines: lines.map(({ line, onTheWay }) => ({
          line,
          good: onTheWay - (isDamaged ? 1 : 0),
          damaged: isDamaged ? 1 : 0,
          lost: 0,
        })),
      })
    },
  },
  {
    words: 'a transfer is called off',
    do: onOne('/api/transfers?limit=50', (id) => `/api/transfers/${id}/cancel`, {
      reason: 'order_cancelled',
    }),
  },
  {
    words: 'a warehouse opens or closes',
    weight: 2,
    do: (hub, random) =>
      hub.call('PATCH', `/api/warehouses/${pick(WAREHOUSES, random)}`, { active: random.next() < 0.6 }),
  },
]
