import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '#kernel/assert.ts'
import type { Random } from '#kernel/random.ts'
import type { Stage } from './stage.ts'

// What lies on the shelves of a run, set up and counted in through the API, as an operator would.

/** Shops whose parcels the hub sends itself; those of the others are printed at the print station. */
export const SENT_BY_HUB = ['shopify', 'douyin'] as const

const GOODS: Readonly<Record<(typeof SENT_BY_HUB)[number], readonly string[]>> = {
  shopify: ['CUP-BLUE', 'LID-CORK', 'TRAY-OAK', 'FILTER-100'],
  douyin: [
    'CAT-LITTER-6L',
    'CAT-FOOD-2KG',
    'TEA-LJ-250',
    'MUG-WHITE-350',
    'SOCK-M-5',
    'LAMP-USB-01',
    'CAKE-FROZEN-6',
    'POWER-20K',
    'TEA-SET-3',
    'TEA-CLIP',
  ],
}
export const SKUS: readonly string[] = Object.values(GOODS).flat()
export const WAREHOUSES = ['EAST', 'WEST'] as const
/** So scarce at first that some orders wait for goods. */
const OPENING = { EAST: 12, WEST: 8 } as const
const RECEIPT_MOST = 20
const RECEIPT_EVERY_MS = 700
/** More than a run ever sells: nothing is short once all is calm. */
const AT_THE_END = 20_000
/** Longer than any process takes to come back, on a machine that has other work too. */
const TRIES_FOR_MS = 900_000
const MATES: Readonly<Record<string, object>> = {
  EAST: { province: '上海市', city: '上海市', district: '青浦区' },
  WEST: { province: '四川省', city: '成都市', district: '双流区' },
}

type Setup = Pick<Stage, 'call'> & { readonly connections: Readonly<Record<string, string>> }

export async function setUpGoods({ call, connections }: Setup): Promise<void> {
  for (const [place, code] of WAREHOUSES.entries()) {
    const { province, city } = MATES[code] as { province: string; city: string }
    await demanded(call, 'POST', '/api/warehouses', {
      code,
      name: code,
      province,
      city,
      priority: (place + 1) * 10,
    })
    await demanded(call, 'PUT', `/api/ship-from/${code}`, {
      name: '发货组',
      phone: '02155550100',
      company: '混沌演练',
      country: 'CN',
      address: '物流园 8 号库',
      postalCode: '',
      ...MATES[code],
    })
  }
  for (const kind of SENT_BY_HUB)
    for (const sku of GOODS[kind])
      await demanded(call, 'PUT', '/api/skus/mapping', {
        connectionId: connections[kind],
        shopSku: sku,
        stockSku: sku,
      })
  await Promise.all(
    SKUS.map(async (sku) => {
      for (const warehouse of WAREHOUSES)
        await demanded(call, 'POST', '/api/stock/adjust', {
          sku,
          warehouse,
          setPhysical: OPENING[warehouse],
          reason: 'opening',
        })
    }),
  )
}

export async function demanded(
  call: Stage['call'],
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await call(method, path, body)
  assert(answer.status < 300, 'CH7', `${method} ${path}: ${JSON.stringify(answer.body).slice(0, 600)}`)
  return answer.body
}

/** What a door counted in. Every one is asked for until it is answered, so that each of them counts in the end. */
export type DoorBook = { readonly receipts: Map<string, Received> }
export type Received = { readonly sku: string; readonly warehouse: string; readonly pieces: number }

/** The figure of a place before anything came in. */
export function openingOf(warehouse: string): number {
  return OPENING[warehouse as keyof typeof OPENING] ?? 0
}

/** Goods come in, here a few and there a few, until the run is over. */
export async function receiveGoods(
  deps: { readonly call: Stage['call']; readonly random: Random; readonly isOpen: () => boolean },
  door: DoorBook,
): Promise<void> {
  const { random, isOpen } = deps
  for (let n = 1; isOpen(); n += 1) {
    const sku = SKUS[Math.floor(random.next() * SKUS.length)] ?? ''
    const warehouse = WAREHOUSES[Math.floor(random.next() * WAREHOUSES.length)] ?? 'EAST'
    const pieces = 1 + Math.floor(random.next() * RECEIPT_MOST)
    await receive(deps, door, `receipt ${n}`, { sku, warehouse, pieces })
    await sleep(RECEIPT_EVERY_MS * (0.5 + random.next()))
  }
}

/** So much of everything that whoever still waits for goods gets them. */
export async function fillShelves(
  deps: { readonly call: Stage['call']; readonly random: Random },
  door: DoorBook,
): Promise<void> {
  await Promise.all(
    SKUS.map((sku) =>
      receive(deps, door, `receipt last ${sku}`, { sku, warehouse: 'EAST', pieces: AT_THE_END }),
    ),
  )
}

async function receive(
  { call, random }: { readonly call: Stage['call']; readonly random: Random },
  door: DoorBook,
  key: string,
  one: Received,
): Promise<void> {
  const { sku, warehouse, pieces } = one
  door.receipts.set(key, one)
  for (const from = performance.now(); performance.now() - from < TRIES_FOR_MS; ) {
    const heard = await call('POST', '/api/stock/adjust', {
      sku,
      warehouse,
      physical: pieces,
      reason: key,
      key,
    }).catch(() => null)
    if (heard !== null && heard.status === 200) return
    await sleep(200 + random.next() * 500)
  }
  throw new Error(`${key} was never answered`)
}
