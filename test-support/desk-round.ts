import assert from 'node:assert/strict'
import type { Claim } from '#domain/claim.ts'
import type { Calls, Connector, Settings } from '#domain/connector.ts'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { type CarrierDesk, carrierBook, type SimIssued } from '#sim/carriers/book.ts'
import { NO_FAULTS, type SimDeps, type SimFaults } from '#sim/platform.ts'
import type { DeskOptions, DeskPlatform } from '#sim/platforms/desk-server.ts'
import { fetchCall } from './http-call.ts'
import { noTcp } from './no-tcp.ts'
import { receivingEnd } from './receiving-end.ts'
import { subscriptionTo } from './waybill-asks.ts'

export type DeskRound = {
  /** Everything that the hub read from pushes, as `number fact instant`, sorted; what makes no fact is left out. */
  readonly pushed: readonly string[]
  /** The same by a query of every parcel; null where nothing can be asked. */
  readonly asked: readonly string[] | null
  /** What the world's book says, in the same words. */
  readonly happened: readonly string[]
  /** Facts whose instant nobody knows, among the pushed ones. */
  readonly ambiguous: number
  readonly refusals: readonly string[]
  readonly platform: DeskPlatform
}

export const ROUND_START = Temporal.Instant.from('2026-02-09T00:00:00Z')

/**
 * A carrier and the hub's connector over real sockets: `parcels` are issued, subscribed where the carrier wants it, travel on a clock that
 * is moved hour by hour, are pushed with faults and asked for in the end. The connector's facts stand beside the book's truth.
 */
export async function deskRound(
  connector: Connector,
  open: (deps: SimDeps, options: DeskOptions) => Promise<DeskPlatform>,
  given: { readonly parcels: number; readonly issuedBy?: string; readonly faults?: Partial<SimFaults> },
): Promise<DeskRound> {
  const clock = manualClock(ROUND_START)
  const book = carrierBook({ clock, random: seededRandom(7) })
  const faults = { ...NO_FAULTS, ...given.faults }
  const deps: SimDeps = { clock: systemClock, random: seededRandom(11), faults }
  const platform = await open(deps, { book, retryMs: Array.from({ length: 12 }, () => 5) })
  const hub = await receivingEnd(connector, platform.settings)
  platform.pushTo(hub.url)
  const calls: Calls | undefined = connector.calls?.(settingsOf(connector, platform.settings), {
    http: fetchCall,
    openTcp: noTcp,
    clock: systemClock,
    random: systemRandom,
  })
  try {
    const issuer = book.desk(given.issuedBy ?? connector.kind)
    assert.ok(issuer !== null)
    const carrier = issuer.accounts()[0]?.carrier ?? ''
    const numbers = await issueAll({ issuer, calls, callbackUrl: hub.url }, given.parcels)
    for (let hour = 0; hour < 24 * 14 && book.nextAt() !== null; hour += 1) {
      clock.advance({ hours: 1 })
      book.pump()
    }
    await platform.settled()
    const claims = hub.claims().filter(({ subject }) => subject.by === 'parcel')
    const pushed = claims.flatMap((claim) => lineOf(connector, claim))
    const asked = await askAll({ connector, platform, calls }, numbers, carrier)
    const happened = numbers.flatMap((number) =>
      book.lifeOf(number).map(({ event, standing }) => `${number} ${standing} ${event.at.toString()}`),
    )
    return {
      pushed: sorted(pushed),
      asked: asked === null ? null : sorted(asked),
      happened: sorted(happened),
      ambiguous: claims.filter(({ at }) => at.instant === null).length,
      refusals: hub.refusals,
      platform,
    }
  } finally {
    await platform.close()
    await hub.close()
  }
}

/** Numbers of that many new parcels, each subscribed where the carrier can be asked to. */
async function issueAll(
  at: { readonly issuer: CarrierDesk; readonly calls: Calls | undefined; readonly callbackUrl: string },
  parcels: number,
): Promise<string[]> {
  const account = at.issuer.accounts()[0]
  assert.ok(account !== undefined)
  const numbers: string[] = []
  for (let i = 0; i < parcels; i += 1) {
    const ask = { reference: `R-${i}`, carrier: account.carrier, account: account.account }
    const issued: SimIssued = at.issuer.issue(ask)
    assert.ok(issued.ok)
    const number: string = issued.parcel.trackingNo
    numbers.push(number)
    const answer = await at.calls?.subscribeTracking?.(
      subscriptionTo(number, account.carrier, at.callbackUrl),
    )
    assert.notEqual(answer?.outcome, 'refused', JSON.stringify(answer))
  }
  return numbers
}

/** What a query of every parcel says; a parcel of which nothing happened is not asked for. Null: nothing can be asked. */
async function askAll(
  { connector, platform, calls }: { connector: Connector; platform: DeskPlatform; calls: Calls | undefined },
  numbers: readonly string[],
  carrier: string,
): Promise<string[] | null> {
  const fetchTracking = calls?.fetchTracking
  if (fetchTracking === undefined) return null
  const asked: string[] = []
  for (const number of numbers) {
    if (platform.book.lifeOf(number).length === 0) continue
    const found = await fetchTracking({ trackingNo: trackingNo(number), carrier, phoneTail: null })
    assert.ok(found.ok, JSON.stringify(found))
    const message = {
      ...found.value,
      connection: connectionId('round'),
      receivedAt: platform.book.clock.now(),
    }
    const reading = connector.read(message, platform.settings)
    assert.ok(reading.ok, JSON.stringify(reading))
    asked.push(...reading.value.claims.flatMap((claim) => lineOf(connector, claim)))
  }
  return asked
}

function lineOf({ codes }: Connector, { subject, code, at }: Claim): string[] {
  if (subject.by !== 'parcel') return []
  const entry = codes.find((one) => one.code === code)
  assert.ok(entry !== undefined, `${code} is not in the table`)
  if (entry.fact === 'none') return []
  return [`${subject.trackingNo} ${entry.fact} ${at.instant?.toString() ?? 'ambiguous'}`]
}

/** With the defaults that the hub fills in. */
function settingsOf(connector: Connector, settings: Settings): Settings {
  const defaults = connector.fields.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value]],
  )
  return { ...Object.fromEntries(defaults), ...settings }
}

function sorted(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort()
}
