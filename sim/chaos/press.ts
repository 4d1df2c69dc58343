import { setTimeout as sleep } from 'node:timers/promises'
import { demanded } from './goods.ts'
import type { Stage } from './stage.ts'

// Whoever prints: a person who asks for the labels of everything that has a number, and a printer's program that fetches and prints
// them. A program that was not answered asks again, as it would in life, so that a label can come out twice; never without being told.

export type Printed = {
  readonly task: string
  readonly delivery: number
  readonly labels: number
  readonly repeated: boolean
}
export type PressBook = { readonly given: Printed[]; readonly printed: Set<string>; labels: number }
export const emptyPressBook = (): PressBook => ({ given: [], printed: new Set(), labels: 0 })

export type Printer = { readonly id: string; readonly key: string }
type Press = {
  readonly call: Stage['call']
  /** A call with another key than the administrator's. */
  readonly callAs: (key: string, method: string, path: string, body?: unknown) => ReturnType<Stage['call']>
  readonly isOpen: () => boolean
  readonly book: PressBook
}

const DEVICE = 'CHAOS-1'
const EVERY_MS = 400
const AT_ONCE = 40
const FINISHES_WITHIN_MS = 90_000

export async function setUpPrinter({ call }: Pick<Press, 'call'>): Promise<Printer> {
  const takes = ['pdf', 'zpl', 'cainiao', 'pinduoduo', 'douyin']
  const body = { code: DEVICE, name: 'chaos', warehouse: null, takes }
  return (await demanded(call, 'POST', '/api/print/devices', body)) as Printer
}

/** Until the run is over, and then until everything with a number is on paper. */
export async function printLabels(press: Press, printer: Printer): Promise<void> {
  for (let over = Number.POSITIVE_INFINITY; performance.now() < over; ) {
    const left = await order(press, printer).catch(() => null)
    if (!press.isOpen() && left === 0) return
    await fetchAndPrint(press, printer).catch(() => undefined)
    await sleep(EVERY_MS)
    if (!press.isOpen()) over = Math.min(over, performance.now() + FINISHES_WITHIN_MS)
  }
}

/** Answers how many wait for their label. */
async function order({ call }: Press, printer: Printer): Promise<number> {
  const { items } = (await demanded(call, 'GET', `/api/labels/pending?limit=${AT_ONCE}`)) as {
    items: readonly { readonly waybillId: string; readonly batches: number }[]
  }
  const waybillIds = items.filter(({ batches }) => batches === 0).map((one) => one.waybillId)
  if (waybillIds.length > 0)
    await demanded(call, 'POST', '/api/labels/batches', { waybillIds, size: '100x150', deviceId: printer.id })
  return items.length
}

type Task = {
  readonly id: string
  readonly labels: number
  readonly delivery: number
  readonly repeated: boolean
  readonly lease: string
  readonly document: string
}

async function fetchAndPrint({ callAs, book }: Press, { key }: Printer): Promise<void> {
  for (;;) {
    const claimed = await callAs(key, 'POST', '/api/print/claim', { device: DEVICE })
    const { task } = claimed.body as { task: Task | null }
    if (claimed.status !== 200 || task === null) return
    const { id: taskId, delivery, labels, repeated, lease } = task
    book.given.push({ task: taskId, delivery, labels, repeated })
    const document = await callAs(key, 'GET', task.document)
    if (document.status !== 200) return
    book.labels += labels
    const said = await callAs(key, 'POST', `/api/print/tasks/${taskId}/ack`, { lease, outcome: 'printed' })
    if (said.status === 200) book.printed.add(taskId)
  }
}
