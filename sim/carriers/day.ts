import type { Database } from '#platform/postgres/database.ts'
import type { CarrierBook, DeskFaults } from './book.ts'
import type { Shares } from './course.ts'
import type { DayCarrier } from './day-carriers.ts'
import { type DayVerdict, judgeDay } from './day-check.ts'
import {
  askAbout,
  handIn,
  moveTo,
  obtainAgain,
  openStage,
  STAGE_START,
  type Stage,
  settleStage,
} from './stage.ts'

// A seeded day of the world on a virtual clock. Parcels are handed in during its first hours, live as their courses go, and carriers tell
// of them with whatever faults are switched on; at the end the hub is compared with the world's own book.

export type DayOptions = {
  readonly db: Database
  readonly seed: number
  readonly parcels: number
  readonly hours?: number
  /** The world's clock moves by so many minutes at a time. */
  readonly stepMinutes?: number
  readonly faults?: Partial<DeskFaults>
  readonly shares?: Shares
  readonly only?: readonly string[]
  readonly say?: (line: string) => void
}

export type DayReport = {
  readonly parcels: number
  readonly carriers: number
  /** Everything that truly happened until the end of the day. */
  readonly events: number
  readonly pushes: ReturnType<CarrierBook['counts']>
  readonly messages: number
  readonly polled: number
  readonly refused: readonly string[]
  /** Tracking numbers in their true standing before anybody asked: what the pushes alone brought. */
  readonly rightByPush: number
  readonly verdict: DayVerdict
  readonly seconds: number
}

const HAND_IN_MINUTES = 480
/** Every so many waybills the carrier's answer is lost on its way, and the same is asked again. */
const LOST_ANSWER_EVERY = 50
const AT_ONCE = 16

export async function runDay(options: DayOptions): Promise<DayReport> {
  const startedAt = performance.now()
  const stage = await openStage(options)
  try {
    const refused = await live(stage, options)
    const byPush = await judgeDay(stage.db, stage.book)
    options.say?.(`pushes alone: ${byPush.right} of ${byPush.numbers} numbers are right; now it is asked`)
    const polled = await askAll(stage, byPush)
    await settleStage(stage)
    const verdict = await judgeDay(stage.db, stage.book)
    const [count] = await stage.db<{ messages: bigint }>`select count(*) as messages from inbox_message`
    return {
      parcels: stage.book.parcels().length,
      carriers: stage.carriers.length,
      events: stage.book.parcels().reduce((sum, one) => sum + stage.book.lifeOf(one.trackingNo).length, 0),
      pushes: stage.book.counts(),
      messages: Number(count?.messages ?? 0n),
      polled,
      refused,
      rightByPush: byPush.right,
      verdict,
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    }
  } finally {
    await stage.close()
  }
}

async function live(stage: Stage, options: DayOptions): Promise<string[]> {
  const { hours = 24, stepMinutes = 10, say = () => undefined } = options
  const refused: string[] = []
  const plan = planHandIns(stage, options)
  let next = 0
  for (let minute = 0; minute < hours * 60; minute += stepMinutes) {
    stage.clock.set(STAGE_START.add({ minutes: minute }))
    const due: Planned[] = []
    for (; (plan[next]?.minute ?? Number.POSITIVE_INFINITY) <= minute; next += 1)
      due.push(plan[next] as Planned)
    await inTurns(due, async (one) => void refused.push(...(await handInOne(stage, one))))
    await moveTo(stage, stage.clock.now())
    const { issued, pushed } = stage.book.counts()
    if (minute % 120 === 0) say(`${stage.clock.now()}: ${issued} parcels, ${pushed} pushes`)
  }
  await moveTo(stage, STAGE_START.add({ hours }))
  // What is on its way when the day ends arrives, though late.
  stage.book.tellRest()
  await settleStage(stage)
  return refused
}

type Planned = { readonly nth: number; readonly minute: number; readonly carrier: DayCarrier }

function planHandIns({ carriers, book }: Stage, { parcels }: DayOptions): Planned[] {
  const plan = Array.from({ length: parcels }, (_, nth) => ({
    nth,
    minute: Math.floor(book.random.next() * HAND_IN_MINUTES),
    carrier: carriers[nth % carriers.length] as DayCarrier,
  }))
  return plan.toSorted((one, other) => one.minute - other.minute || one.nth - other.nth)
}

async function handInOne(stage: Stage, { nth, carrier }: Planned): Promise<string[]> {
  const orderNo = `W${String(nth).padStart(6, '0')}`
  const number = await handIn(stage, { orderNo, carrier })
  if (!number.ok) return [`${carrier.id}: ${number.refusal.code} ${number.refusal.detail}`]
  if (nth % LOST_ANSWER_EVERY !== 0) return []
  const again = await obtainAgain(stage, carrier, orderNo)
  if (again.ok && again.value === number.value) return []
  return [
    `${carrier.id}: ${orderNo} asked again got ${again.ok ? again.value : again.refusal.code}, not ${number.value}`,
  ]
}

/** Everything, since a delivery may have been taken back and an ended parcel may have moved again. */
async function askAll(stage: Stage, { asked }: DayVerdict): Promise<number> {
  let polled = 0
  await inTurns(asked, async ({ trackingNo, kind }) => {
    const carrier = stage.carriers.find(({ issuer }) => issuer.kind === kind)
    if (carrier !== undefined && (await askAbout(stage, carrier, trackingNo))) polled += 1
  })
  return polled
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const run = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next] as T
      next += 1
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, run))
}
