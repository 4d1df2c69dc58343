import { anyItem, below, type Deed, onOne } from './deeds.ts'

// Who tries a version of the rules on some orders, makes it the rule for all, or goes back to the one before; and who asks for goods to be
// sent once more, or says that a parcel never came.

const SETS = '/api/rules/sets'

export const RULES_DEEDS: readonly Deed[] = [
  {
    words: 'a version of rules is tried on some',
    weight: 2,
    do: async (hub, random) => {
      const set = await anyItem(hub, random, SETS)
      if (set?.id === undefined) return null
      const live = (set['live'] as { id?: string } | null)?.id ?? null
      const draft = await hub.call('POST', `${SETS}/${set.id}/drafts`, {
        from: live,
        note: 'as it is, tried anew',
      })
      const id = (draft.body as { id?: string } | null)?.id
      if (draft.status >= 300 || id === undefined) return draft
      return await hub.call('POST', `/api/rules/versions/${id}/publish`, {
        do: 'gray',
        bps: 1 + below(10_000, random),
        because: 'tried on some',
      })
    },
  },
  {
    words: 'the share of a trial changes',
    do: async (hub, random) => {
      const set = await anyItem(hub, random, SETS)
      return set?.id === undefined
        ? null
        : await hub.call('POST', `${SETS}/${set.id}/share`, { bps: 1 + below(10_000, random) })
    },
  },
  {
    words: 'a trial becomes the rule',
    do: onOne(SETS, (id) => `${SETS}/${id}/promote`, { because: 'it did well' }),
  },
  {
    words: 'rules go back to the version before',
    do: onOne(SETS, (id) => `${SETS}/${id}/rollback`, { because: 'it did badly' }),
  },
  {
    words: 'goods are to be sent once more',
    weight: 2,
    do: async (hub, random) => {
      const order = await anyItem(hub, random, '/api/orders?limit=50')
      if (order?.id === undefined) return null
      const detail = (await hub.call('GET', `/api/orders/${order.id}`)).body as {
        lines?: { lineId: string }[]
        trackingNos?: string[]
      } | null
      const [line] = detail?.lines ?? []
      if (line === undefined) return null
      return await hub.call('POST', '/api/reshipments', {
        orderId: order.id,
        reason: 'missing',
        words: 'the buyer says that one is missing',
        pieces: [{ lineId: line.lineId, quantity: 1 }],
        trackingNos: detail?.trackingNos?.slice(0, 1) ?? [],
      })
    },
  },
  {
    words: 'a parcel is said never to have come',
    do: async (hub, random) => {
      const order = await anyItem(hub, random, '/api/orders?limit=50')
      const [trackingNo] = (order?.['trackingNos'] ?? []) as string[]
      return order?.id === undefined || trackingNo === undefined
        ? null
        : await hub.call('POST', '/api/reshipments/disputes', {
            orderId: order.id,
            trackingNo,
            words: 'it is not here',
          })
    },
  },
]
