import type { SimChannel, SimOrder, SimWish } from '../platform.ts'
import { isToBeAsked } from '../platforms/channel-goods.ts'
import type { OutsideFaults } from './crash.ts'
import type { Answer, SimHub } from './hub.ts'
import type { SimWorld } from './world.ts'

// What the acts of the first morning stand on.

export type Stage = {
  readonly world: SimWorld
  /** As it is opened now. */
  readonly hub: () => SimHub
  readonly pass: (minutes: number) => Promise<void>
  /** Letters that are due arrive; answers when each was answered. */
  readonly deliver: () => Promise<void>
  /** The hub works until it finds nothing more; `only`: these pieces alone, each until it finds nothing. Then the promises are looked at. */
  readonly work: (only?: (piece: string) => boolean) => Promise<void>
  /** One piece, once. */
  readonly once: (piece: string) => Promise<void>
  readonly outside: (faults: OutsideFaults) => void
  /** It dies after so many more statements, commits and calls. */
  readonly arm: (points: number) => void
  /** What did not go as it must, besides what the promises show. */
  readonly fail: (words: string) => void
  readonly isOver: () => boolean
}

/** Where the morning's shelf is. */
export const HERE = 'EAST'

export const line = (sku: string, quantity = 1, priceMinor = 1_000n) => ({
  sku,
  title: sku,
  quantity,
  priceMinor,
})
export const wish = (...lines: ReturnType<typeof line>[]): SimWish => ({
  lines,
  province: '浙江省',
  isPlain: true,
})

/** Somebody buys who asks for nothing: one in twenty-five wants another address and is asked back, and the scene would not come about. */
export async function buy(shop: SimChannel, wanted?: SimWish): Promise<SimOrder> {
  let order = await shop.place(wanted)
  while (isToBeAsked(order.orderNo)) order = await shop.place(wanted)
  return order
}

/** No waybill is wanted and nobody is told of anything. */
export const notCarriers = (piece: string): boolean => piece !== 'follow waybills' && !isCall(piece)
export const notCalls = (piece: string): boolean => !isCall(piece)
const isCall = (piece: string): boolean => /^(dispatch|poll|ask|sweep)/.test(piece)

export async function call(
  stage: Stage,
  method: Parameters<SimHub['call']>[0],
  path: string,
  body?: unknown,
): Promise<Answer> {
  return await stage.hub().call(method, path, body)
}

/** A call that must be answered so; anything else is told. */
export async function must(
  stage: Stage,
  status: number,
  method: Parameters<SimHub['call']>[0],
  path: string,
  body?: unknown,
): Promise<Answer> {
  const answer = await call(stage, method, path, body)
  if (answer.status !== status)
    stage.fail(`${method} ${path} was answered ${answer.status}, not ${status}: ${answer.text.slice(0, 200)}`)
  return answer
}

async function recordOf(stage: Stage, { orderNo }: Pick<SimOrder, 'orderNo'>): Promise<string> {
  const [row] = await stage.hub().core.database.db<{
    id: bigint
  }>`select id from order_key where order_no = ${orderNo}`
  if (row === undefined) stage.fail(`nobody knows of ${orderNo}`)
  return String(row?.id ?? 0)
}

type Numbered = Pick<SimOrder, 'orderNo'>

export async function change(
  stage: Stage,
  order: Numbered,
  what: Readonly<Record<string, unknown>>,
): Promise<void> {
  await must(stage, 200, 'POST', await changing(stage, order), { change: what, reason: REASON })
}

/** What a rule may hold is released; a buyer's note, for one, is drawn. */
export async function releaseIfHeld(stage: Stage, order: Numbered): Promise<void> {
  await call(stage, 'POST', await changing(stage, order), { change: { do: 'release' }, reason: REASON })
  await stage.work()
}

async function changing(stage: Stage, order: Numbered): Promise<string> {
  return `/api/fulfilment/orders/${await recordOf(stage, order)}/change`
}

const REASON = 'the first morning'

export function shopOf({ world }: Stage, kind: string): SimChannel {
  const shop = world.shops.find((one) => one.kind === kind)
  if (shop === undefined) throw new Error(`this world has no ${kind}`)
  return shop
}

export const idOf = (answer: Answer): string => String((answer.body as { id?: unknown } | null)?.id ?? '')
