import type { Settings } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import { NO_FAULTS, type SimDeps, type SimPlatform } from '../platform.ts'
import { simCainiao } from '../platforms/cainiao.ts'
import { simDhl } from '../platforms/dhl.ts'
import { simFedex } from '../platforms/fedex.ts'
import { simJt } from '../platforms/jt.ts'
import { simKdniao } from '../platforms/kdniao.ts'
import { simKuaidi100 } from '../platforms/kuaidi100.ts'
import { simLogistics } from '../platforms/logistics.ts'
import { simSeventeentrack } from '../platforms/seventeentrack.ts'
import { simSf } from '../platforms/sf.ts'
import { simSto } from '../platforms/sto.ts'
import { simUps } from '../platforms/ups.ts'
import { simYto } from '../platforms/yto.ts'
import { simYunda } from '../platforms/yunda.ts'
import { simZto } from '../platforms/zto.ts'
import type { CarrierBook, CarrierDesk } from './book.ts'

/** A carrier or aggregator of the seeded day: its server, the counter that numbers its parcels, and the account that the hub has with it. */
export type DayCarrier = {
  /** The hub's connection. */
  readonly id: string
  readonly platform: SimPlatform
  /** What a person types for an account at it. */
  readonly account: Settings
  /** Its own push and query desk. */
  readonly desk: CarrierDesk
  /** Who numbers: itself, or somebody whose parcels it only watches. */
  readonly issuer: CarrierDesk
  readonly deskAccount: string
  /** Canonical code of the carrier that its parcels travel with. */
  readonly carrier: string
}

type Made = SimPlatform & { readonly account?: Settings }
type Line = {
  readonly kind: string
  readonly carrier: string
  readonly open: (deps: SimDeps, book: CarrierBook) => Promise<Made>
}

const LINES: readonly Line[] = [
  { kind: 'sf', carrier: 'SF', open: (deps, book) => simSf(deps, { book, batchMs: 1 }) },
  { kind: 'zto', carrier: 'ZTO', open: (deps, book) => simZto(deps, book) },
  { kind: 'yto', carrier: 'YTO', open: (deps, book) => simYto(deps, book) },
  { kind: 'yunda', carrier: 'YUNDA', open: (deps, book) => simYunda(deps, book) },
  { kind: 'sto', carrier: 'STO', open: (deps, book) => simSto(deps, book) },
  { kind: 'cainiao', carrier: 'YUNDA', open: (deps, book) => simCainiao(deps, book) },
  { kind: 'kuaidi100', carrier: 'STO', open: (deps, book) => simKuaidi100(deps, { book }) },
  { kind: 'kdniao', carrier: 'ZTO', open: (deps, book) => simKdniao(deps, { book }) },
  { kind: 'dhl', carrier: 'DHL', open: (deps, book) => simDhl(deps, { book }) },
  { kind: 'fedex', carrier: 'FEDEX', open: (deps, book) => simFedex(deps, { book }) },
  { kind: 'ups', carrier: 'UPS', open: (deps, book) => simUps(deps, { book }) },
  { kind: 'seventeentrack', carrier: 'USPS', open: (deps, book) => simSeventeentrack(deps, { book }) },
  { kind: 'jt', carrier: 'JT', open: (deps, book) => simJt(deps, { book }) },
  { kind: 'logistics', carrier: 'ANE', open: (deps, book) => simLogistics(deps, { book }) },
]

export const DAY_KINDS: readonly string[] = LINES.map(({ kind }) => kind)

/** Opens the servers of all of them (or of `only`) over one book. */
export async function openDayCarriers(
  deps: { readonly clock: Clock; readonly random: Random },
  book: CarrierBook,
  only: readonly string[] = DAY_KINDS,
): Promise<readonly DayCarrier[]> {
  const opened: DayCarrier[] = []
  for (const line of LINES.filter(({ kind }) => only.includes(kind)))
    opened.push(await openOne({ ...deps, faults: NO_FAULTS }, book, line))
  return opened
}

async function openOne(deps: SimDeps, book: CarrierBook, line: Line): Promise<DayCarrier> {
  const platform = await line.open(deps, book)
  const desk = book.desk(line.kind)
  if (desk === null) throw new Error(`${line.kind} opened no desk`)
  const own = desk.accounts().find(({ carrier }) => carrier === line.carrier)
  const issuer = own === undefined ? strangersCounter(book, line) : desk
  // A day of ten thousand parcels empties no pool; the empty pool is a scenario of its own.
  for (const account of issuer.accounts()) account.left = null
  return {
    id: line.kind,
    platform,
    account: platform.account ?? {},
    desk,
    issuer,
    deskAccount: own?.account ?? 'STRANGER',
    carrier: line.carrier,
  }
}

/** A carrier that the hub has no connection with: its parcels are known by an aggregator alone. */
function strangersCounter(book: CarrierBook, { kind, carrier }: Line): CarrierDesk {
  const counter = book.open({
    kind: `${carrier.toLowerCase()}-behind-${kind}`,
    carriers: [carrier],
    mint: (serial) => `9400${String(serial).padStart(18, '0')}`,
    says: [
      'picked_up',
      'departed',
      'arrived',
      'out_for_delivery',
      'delivery_failed',
      'ready_for_pickup',
      'delivered',
      'returning',
      'signed_back',
    ],
    tells: 'own',
    form: 'each',
    isAbroad: true,
  })
  counter.openAccount({ account: 'STRANGER', carrier, left: null })
  return counter
}
