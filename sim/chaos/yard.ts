import { seededRandom } from '#kernel/random.ts'
import { type CarrierBook, carrierBook } from '../carriers/book.ts'
import type { SimFaults, SimPlatform } from '../platform.ts'
import { NO_FAULTS } from '../platform.ts'
import { simDouyinWaybill } from '../platforms/douyin-waybill.ts'
import { simSf } from '../platforms/sf.ts'
import { openBook } from './book.ts'
import { type ApiFault, type Gate, openGate } from './gate.ts'
import { demanded } from './goods.ts'
import { ledgerOf, readPast } from './ledger.ts'
import type { Stage } from './stage.ts'

// Where parcels get their numbers: carriers with a book of their own, behind gates that can fail, in the harness's own process. What
// they issued, cancelled and scanned is the truth that the hub's waybills are compared with.

/** As messages and calls of theirs stand in the book; 顺丰 is in the world too, for the parcels of the print station's shop. */
export const YARD = ['yard-sf', 'yard-douyin-waybill'] as const
export type YardName = (typeof YARD)[number]

export type Yard = {
  readonly book: CarrierBook
  readonly settings: Readonly<Record<YardName, Readonly<Record<string, string>>>>
  readonly behave: (api: Readonly<Record<string, ApiFault>>) => void
  readonly setFaults: (faults: SimFaults) => void
  readonly pushTo: (callbacks: Readonly<Record<string, string>>) => void
  /** Calls of the hub that are under way at a carrier. */
  readonly underWay: () => number
  /** Every call takes so much longer. */
  readonly dawdle: (ms: number) => void
  /** Nothing happens to any parcel after this; what happened is told. */
  readonly freeze: () => void
  readonly waitingMessages: () => number
  readonly close: () => Promise<void>
}

/** A parcel's day takes a second or so: picked up some seconds after its number. */
const PACE = 3_600
const PUMP_MS = 250
const PATIENT = [100, 200, 400, ...Array.from({ length: 3_000 }, () => 700)]
const SHARES = { failed_once: 0.05, no_first_scan: 0.1, returned: 0.05 }
/** Numbers of an own segment, as the hub was given them. */
export const SEGMENT = { prefix: 'CX', from: '20000001', to: '20009999' } as const

export async function openYard(options: {
  readonly path: string
  readonly seed: number
  readonly ports: Readonly<Record<YardName, number>>
}): Promise<Yard> {
  const random = seededRandom(options.seed ^ 0x7a7d)
  const written = openBook(options.path)
  let frozenAt: Temporal.Instant | null = null
  const clock = { now: () => frozenAt ?? Temporal.Now.instant() }
  const book = carrierBook({ clock, random, pace: PACE })
  const faults: { -readonly [Name in keyof SimFaults]: SimFaults[Name] } = { ...NO_FAULTS }
  const waiting = new Set<string>()
  const depsOf = (kind: YardName) => {
    const ledger = ledgerOf(written, readPast([]), {
      kind,
      onAcknowledged: (sent) => void waiting.delete(sent.id),
    })
    const queued = (message: Parameters<typeof ledger.queued>[0]): string => {
      const id = ledger.queued(message)
      waiting.add(id)
      return id
    }
    return { clock, random, faults, ledger: { ...ledger, queued } }
  }
  const platforms: Readonly<Record<YardName, SimPlatform>> = {
    'yard-sf': await simSf(depsOf('yard-sf'), { book, retryMs: PATIENT }),
    'yard-douyin-waybill': await simDouyinWaybill(depsOf('yard-douyin-waybill'), book),
  }
  for (const kind of ['sf', 'douyin-waybill']) {
    book.desk(kind)?.setShares(SHARES)
    // An empty pool is a drill of its own.
    for (const account of book.desk(kind)?.accounts() ?? [])
      account.left = account.left === null ? null : 1_000_000
  }
  const gates = new Map<YardName, Gate>()
  const settings = {} as Record<YardName, Record<string, string>>
  for (const name of YARD) {
    const texts = Object.fromEntries(
      Object.entries(platforms[name].settings).map(([field, value]) => [field, String(value)]),
    )
    const target = /^https?:\/\/127\.0\.0\.1:\d+/.exec(texts.api_url ?? '')?.[0] ?? ''
    const onCall = (fault: ApiFault, reached: boolean): void =>
      written.write({ t: 'call', kind: name, fault, reached })
    const gate = await openGate({ port: options.ports[name], target, onCall })
    gates.set(name, gate)
    settings[name] = Object.fromEntries(
      Object.entries(texts).map(([field, text]) => [field, text.replace(target, gate.origin)]),
    )
  }
  const pump = setInterval(() => void book.pump(), PUMP_MS)
  return {
    book,
    settings,
    behave: (api) => {
      for (const [name, gate] of gates) gate.behave(api[name] ?? 'none')
    },
    setFaults: (next) => void Object.assign(faults, next),
    pushTo: (callbacks) => {
      for (const name of YARD) if (callbacks[name] !== undefined) platforms[name].pushTo(callbacks[name])
    },
    underWay: () => [...gates.values()].reduce((sum, gate) => sum + gate.underWay(), 0),
    dawdle: (ms) => {
      for (const gate of gates.values()) gate.dawdle(ms)
    },
    freeze: () => {
      frozenAt ??= clock.now()
      book.tellRest()
    },
    waitingMessages: () => waiting.size,
    close: async () => {
      clearInterval(pump)
      await Promise.all([...gates.values()].map((gate) => gate.close()))
      await Promise.all(YARD.map((name) => platforms[name].close()))
      written.close()
    },
  }
}

type Setup = Pick<Stage, 'call'> & { readonly connections: Readonly<Record<string, string>> }

/** Accounts at both carriers, and a segment of own numbers that goes first where goods lie in the west. */
export async function setUpAccounts({ call, connections }: Setup): Promise<void> {
  const account = async (name: string, more: object): Promise<string> => {
    const body = {
      name,
      service: null,
      settings: {},
      warehouses: [],
      priority: 50,
      mode: 'auto',
      active: true,
      ...more,
    }
    return ((await demanded(call, 'POST', '/api/carrier-accounts', body)) as { id: string }).id
  }
  await account('顺丰月结', {
    connectionId: connections['yard-sf'],
    carrier: 'SF',
    settings: { monthly_card: '7551234567', pay_method: '1', express_type: '1' },
  })
  await account('抖音电子面单', {
    connectionId: connections['yard-douyin-waybill'],
    carrier: 'ZTO',
    settings: { template_url: 'https://sf6-ttcdn-tos.pstatp.com/std/101.xml' },
  })
  const own = await account('自有号段', {
    connectionId: connections['own-numbers'],
    carrier: 'EMS',
    warehouses: ['WEST'],
    priority: 10,
  })
  await demanded(call, 'POST', `/api/number-pools/${own}/segments`, {
    csv: `prefix,from,to,count,suffix,check\n${SEGMENT.prefix},${SEGMENT.from},${SEGMENT.to},,,`,
  })
}

/** Numbers with the moment in which their carrier issued them, for how long a fault kept everybody waiting. */
export function issuedAt(yard: Yard): readonly number[] {
  return yard.book.parcels().map((one) => one.issuedAt.epochMilliseconds)
}
