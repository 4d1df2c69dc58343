import assert from 'node:assert/strict'
import type { Calls, Connector, FetchedMessage, Settings } from '#domain/connector.ts'
import type { FactKind } from '#domain/fact.ts'
import type { WaybillAsk } from '#domain/waybill.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, type CarrierDesk, carrierBook } from '#sim/carriers/book.ts'
import type { Course } from '#sim/carriers/course.ts'
import { NO_FAULTS, type SimDeps, type SimFaults, type SimPlatform } from '#sim/platform.ts'
import { fetchCall } from './http-call.ts'
import { noTcp } from './no-tcp.ts'
import { type ReceivingEnd, receivingEnd } from './receiving-end.ts'
import { waybillAsk } from './waybill-asks.ts'

export type FranchiseSim = SimPlatform & { readonly account: Settings; readonly desk: CarrierDesk }
export type OpenFranchise = (
  deps: SimDeps,
  book: CarrierBook,
  options: { stock?: number; retryMs?: readonly number[] },
) => Promise<FranchiseSim>

export type CarrierLife = {
  readonly calls: Calls
  readonly sim: FranchiseSim
  readonly book: CarrierBook
  readonly clock: ReturnType<typeof manualClock>
  readonly hub: ReceivingEnd
  /** The calls under other settings. */
  readonly callsWith: (settings: Settings) => Calls
  readonly ask: (given?: Partial<WaybillAsk>) => WaybillAsk
  /** Makes a waybill that travels this course, and answers its number. */
  readonly send: (reference: string, course: Course) => Promise<string>
  /** Lets so many hours pass, and waits until all that was due is with the hub. */
  readonly pass: (hours: number) => Promise<void>
  /** What the hub holds of a number, pushed and in order of time, each by its default meaning. */
  readonly pushed: (number: string) => readonly FactKind[]
  /** The same out of a query's answer. */
  readonly queried: (number: string) => Promise<readonly FactKind[]>
}

/** A carrier over real sockets beside a hub reduced to its connection, on a clock that stands still unless it is moved. */
export async function inCarrierLife(
  connector: Connector,
  open: OpenFranchise,
  options: { readonly stock?: number; readonly faults?: Partial<SimFaults> },
  work: (life: CarrierLife) => Promise<void>,
): Promise<void> {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const random = seededRandom(11)
  const book = carrierBook({ clock, random })
  const stock = options.stock === undefined ? {} : { stock: options.stock }
  const sim = await open({ clock, random, faults: { ...NO_FAULTS, ...options.faults } }, book, {
    retryMs: [5, 5, 5, 5, 5, 5, 5, 5],
    ...stock,
  })
  const hub = await receivingEnd(connector, sim.settings)
  sim.pushTo(hub.url)
  const callsWith = (settings: Settings): Calls => {
    const calls = connector.calls?.(settings, { http: fetchCall, clock, random, openTcp: noTcp })
    assert.ok(calls !== undefined)
    return calls
  }
  try {
    await work(lifeOf(connector, { sim, book, clock, hub, callsWith, calls: callsWith(sim.settings) }))
  } finally {
    await sim.close()
    await hub.close()
  }
}

type Parts = Pick<CarrierLife, 'sim' | 'book' | 'clock' | 'hub' | 'callsWith' | 'calls'>

function lifeOf(connector: Connector, parts: Parts): CarrierLife {
  const { sim, book, clock, hub, calls } = parts
  const carrier = connector.carriers?.[0] ?? ''
  const ask = (given: Partial<WaybillAsk> = {}): WaybillAsk =>
    waybillAsk({ carrier, account: sim.account, ...given })
  const meaning = (code: string): FactKind | 'none' | undefined =>
    connector.codes.find((entry) => entry.code === code)?.fact
  const meant = (claims: ReturnType<ReceivingEnd['claims']>, number: string): readonly FactKind[] =>
    claims
      .filter(({ subject }) => subject.by === 'parcel' && subject.trackingNo === number)
      .toSorted((a, b) => (a.at.instant?.epochMilliseconds ?? 0) - (b.at.instant?.epochMilliseconds ?? 0))
      .map(({ code }) => meaning(code))
      .filter((fact): fact is FactKind => fact !== undefined && fact !== 'none')
  return {
    ...parts,
    ask,
    send: async (reference, course) => {
      // Put down in the carrier's own book first, so that the waybill asked for finds its course.
      const { account } = sim.desk.accounts()[0] ?? { account: '' }
      const known = sim.desk.issue({ reference: spelled(connector, reference), carrier, account, course })
      assert.ok(known.ok)
      const made = await calls.createWaybill?.(ask({ reference }))
      assert.ok(made?.ok, made === undefined || made.ok ? '' : made.refusal.detail)
      assert.equal(made.value.trackingNo, known.parcel.trackingNo)
      return made.value.trackingNo
    },
    pass: async (hours) => {
      clock.advance({ hours })
      book.pump()
      await sim.settled()
    },
    pushed: (number) => meant(hub.claims(), number),
    queried: async (number) => {
      const answer = await calls.fetchTracking?.({ trackingNo: trackingNo(number), carrier, phoneTail: null })
      assert.ok(answer?.ok, answer === undefined || answer.ok ? '' : answer.refusal.detail)
      return meant(readBack(connector, answer), number)
    },
  }
}

function spelled(connector: Connector, reference: string): string {
  return connector.kind === 'yunda' ? reference.replaceAll('-', '_') : reference
}

function readBack(connector: Connector, answer: Result<FetchedMessage>) {
  assert.ok(answer.ok)
  const message = { ...answer.value, connection: connectionId('c'), receivedAt: Temporal.Now.instant() }
  const reading = connector.read(message, {})
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims
}
