import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '#kernel/random.ts'
import { type DoorBook, fillShelves, receiveGoods } from './goods.ts'
import { emptyPressBook, type PressBook, printLabels, setUpPrinter } from './press.ts'
import { emptyRuleBook, publishRules, type RuleBook, setUpRules } from './rule-desk.ts'
import type { Stage } from './stage.ts'

/** The people who work while everything goes wrong, and what each of them wrote down. */
export type Crew = {
  readonly door: DoorBook
  readonly rules: RuleBook
  readonly press: PressBook
  /** Parcels that somebody asked to be brought back, by number. */
  readonly intercepted: Set<string>
  /** Everybody stops where he is; what was begun is asked for until it is answered. */
  readonly stop: () => Promise<void>
  /** Whoever still waits for goods gets them. */
  readonly fill: () => Promise<void>
}

const INTERCEPT_EVERY_MS = 2_500

export async function openCrew(stage: Stage, seed: number): Promise<Crew> {
  const { call, outfit } = stage
  const { parts } = outfit
  const run = { isOpen: true }
  const isOpen = (): boolean => run.isOpen
  const books = {
    door: { receipts: new Map() } as DoorBook,
    rules: emptyRuleBook(),
    press: emptyPressBook(),
    intercepted: new Set<string>(),
  }
  const own = (nth: number): Random => seededRandom(seed * 100 + nth)
  const work: Promise<void>[] = []
  const failures: unknown[] = []
  // Heard of when everybody stops: nothing of this may end the run before it is compared.
  const begin = (one: Promise<void>): void => void work.push(one.catch((error) => void failures.push(error)))
  if (parts.has('rules')) {
    const desk = { call, isOpen, book: books.rules }
    const sets = await setUpRules(desk)
    for (const [nth, set] of sets.entries()) begin(publishRules({ ...desk, random: own(nth) }, set))
  }
  if (parts.has('stock')) begin(receiveGoods({ call, random: own(10), isOpen }, books.door))
  if (parts.has('parcels')) {
    const printer = await setUpPrinter({ call })
    begin(printLabels({ call, callAs: stage.callAs, isOpen, book: books.press }, printer))
    begin(interceptSome(stage, own(11), isOpen, books.intercepted))
  }
  if (outfit.queue !== null) begin(outfit.queue.trade(isOpen, own(12)))
  return {
    ...books,
    stop: async () => {
      run.isOpen = false
      await Promise.all(work)
      if (failures.length > 0) throw failures[0]
    },
    fill: async () => {
      if (parts.has('stock')) await fillShelves({ call, random: own(13) }, books.door)
    },
  }
}

/** Somebody at the desk wants a parcel back that is on its way. */
async function interceptSome(
  { outfit, database, call }: Stage,
  random: Random,
  isOpen: () => boolean,
  asked: Set<string>,
): Promise<void> {
  while (isOpen()) {
    await sleep(INTERCEPT_EVERY_MS * (0.5 + random.next()))
    const { yard } = outfit
    const moving =
      yard?.book
        .parcels()
        .filter(({ trackingNo, kind, cancelledAt }) => {
          const isOn = cancelledAt === null && yard.book.lifeOf(trackingNo).length === 1
          return kind === 'sf' && isOn && !asked.has(trackingNo)
        })
        .slice(-10) ?? []
    const chosen = moving[Math.floor(random.next() * moving.length)]
    if (chosen === undefined) continue
    const { trackingNo } = chosen
    try {
      const [row] = await database.sql<{ id: string }>`
        select order_ids[1]::text as id from waybill where tracking_no = ${trackingNo} and state = 'issued'`
      if (row === undefined) continue
      const body = { orderId: row.id, trackingNo, reason: '买家不要了' }
      asked.add(trackingNo)
      await call('POST', '/api/intercepts', body)
    } catch {
      // The hub or its database is away; he tries another one later.
    }
  }
}
