import { connectors } from '#connectors/index.ts'
import type { Calls, Connector, HttpCall, Settings } from '#domain/connector.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import type { PostalContact, WaybillAsk } from '#domain/waybill.ts'
import { acceptFetched, type Connected, type InterpretDeps, receive } from '#features/intake/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openVault } from '#platform/vault.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { interpretAny, testConnector } from '#test-support/pipeline.ts'
import { type CarrierBook, carrierBook, type DeskFaults } from './book.ts'
import { type CallbackFront, callbackFront } from './callback-front.ts'
import type { Course, Shares } from './course.ts'
import { type DayCarrier, openDayCarriers } from './day-carriers.ts'

// The hub's way in, from the bytes of a push to the order, beside the simulated carriers and on a clock that stands until it is moved:
// carriers are real servers that verify and sign, their pushes come over real sockets, the hub's own connectors read the bytes,
// PostgreSQL keeps them. Only the hours are not real.

/** The shop's test connector counts its minutes from here. */
export const STAGE_START = Temporal.Instant.from('2026-11-11T00:00:00Z')

export type StageOptions = {
  readonly db: Database
  readonly seed: number
  readonly faults?: Partial<DeskFaults>
  readonly shares?: Shares
  /** Only these connector kinds; all unless given. */
  readonly only?: readonly string[]
  /** Readers that take the place of the hub's own: an old reading of a kind. */
  readonly readers?: Readonly<Record<string, (connector: Connector) => Connector>>
}

export type Stage = {
  readonly db: Database
  readonly clock: ReturnType<typeof manualClock>
  readonly book: CarrierBook
  readonly carriers: readonly DayCarrier[]
  readonly intake: Intake
  readonly interpret: InterpretDeps
  readonly calls: ReadonlyMap<string, Calls>
  readonly front: CallbackFront
  readonly close: () => Promise<void>
}

export async function openStage({
  db,
  seed,
  faults,
  shares,
  only,
  readers = {},
}: StageOptions): Promise<Stage> {
  const clock = manualClock(STAGE_START)
  const book = carrierBook({ clock, random: seededRandom(seed) })
  const carriers = await openDayCarriers({ clock, random: seededRandom(seed + 1) }, book, only)
  await ensurePartitions(db, STAGE_START.toZonedDateTimeISO('UTC').toPlainDate(), 1)
  const connectorOf = (kind: string): Connector => (readers[kind] ?? same)(realConnector(kind))
  const connected = new Map<string, Connected>([['shop', asConnected('shop', SHOP, {})]])
  for (const { id, platform } of carriers)
    connected.set(id, asConnected(id, connectorOf(platform.kind), platform.settings))
  const intake = openIntake({ db, maxBatch: 512, maxQueue: 50_000 })
  const front = await callbackFront(async (id, request) => {
    const to = connected.get(id)
    if (to === undefined) throw new Error(`nobody is called ${id}`)
    return (await receive({ intake, clock }, to, request)).reply
  })
  for (const { id, platform } of carriers) platform.pushTo(front.addressOf(id))
  const calls = new Map<string, Calls>()
  for (const { id, platform } of carriers) {
    const deps = { http: patient, openTcp: noTcp, clock, random: seededRandom(seed + 2) }
    const made = connectorOf(platform.kind).calls?.(platform.settings, deps)
    if (made !== undefined) calls.set(id, made)
  }
  for (const { id, desk, issuer } of carriers) {
    // What nobody can be asked about must not be lost on its way.
    const canBeAsked = calls.get(id)?.fetchTracking !== undefined
    desk.setFaults(canBeAsked ? { ...faults } : { ...faults, drop: 0 })
    issuer.setFaults({ silent: canBeAsked ? (faults?.silent ?? 0) : 0 })
    if (shares !== undefined) issuer.setShares(shares)
  }
  return {
    db,
    clock,
    book,
    carriers,
    intake,
    front,
    calls,
    interpret: interpretDeps(db, clock, connected),
    close: async () => {
      await Promise.allSettled(carriers.map(({ platform }) => platform.close()))
      await front.close()
    },
  }
}

/** Moves the world on to an instant: what is due is pushed and taken in, all of it. */
export async function moveTo(stage: Stage, to: Temporal.Instant): Promise<void> {
  stage.clock.set(to)
  stage.book.pump()
  await settleStage(stage)
}

export async function settleStage(stage: Stage): Promise<void> {
  await Promise.all(stage.carriers.map(({ platform }) => platform.settled()))
  while ((await interpretAny(stage.interpret, 500)) > 0);
}

export type HandIn = { readonly orderNo: string; readonly carrier: DayCarrier; readonly course?: Course }

/**
 * An order is placed and paid, gets its number from the carrier (by the hub's own connector where the carrier's interface is known), the
 * hub tells itself, and the number is subscribed where that is how the carrier tells. Answers the number, or the carrier's refusal.
 */
export async function handIn(stage: Stage, { orderNo, carrier, course }: HandIn): Promise<Result<string>> {
  const minute = Math.round(stage.clock.now().since(STAGE_START).total('minutes'))
  await placed(stage, orderNo, minute)
  if (course !== undefined) carrier.issuer.nextCourse(orderNo, course)
  const number = await obtain(stage, carrier, orderNo)
  if (!number.ok) return number
  await tellHub(stage, carrier, orderNo, number.value)
  const subscribed = await stage.calls.get(carrier.id)?.subscribeTracking?.({
    trackingNo: trackingNo(number.value),
    carrier: carrier.carrier,
    phoneTail: PHONE_TAIL,
    callbackUrl: stage.front.addressOf(carrier.id),
  })
  return subscribed?.outcome === 'refused' ? { ok: false, refusal: subscribed.refusal } : number
}

/** By the carrier's own interface where it has one; where the reference knows none, the number comes from the counter itself. */
export async function obtain(stage: Stage, carrier: DayCarrier, reference: string): Promise<Result<string>> {
  const create = stage.calls.get(carrier.id)?.createWaybill
  if (create === undefined) {
    const done = carrier.issuer.issue({ reference, carrier: carrier.carrier, account: carrier.deskAccount })
    return done.ok ? ok(done.parcel.trackingNo) : refuse(`carrier.${done.trouble}`, 'at the counter')
  }
  const made = await create(askOf(carrier, reference))
  return made.ok ? ok(made.value.trackingNo) : made
}

/** The same once more, as after a lost answer: found, or asked for again. */
export async function obtainAgain(
  stage: Stage,
  carrier: DayCarrier,
  reference: string,
): Promise<Result<string>> {
  const name = {
    reference,
    trackingNo: null,
    waybillId: null,
    carrier: carrier.carrier,
    account: carrier.account,
  }
  const found = await stage.calls.get(carrier.id)?.findWaybill?.(name)
  if (found?.ok === true && found.value !== null) return ok(found.value.trackingNo)
  return await obtain(stage, carrier, reference)
}

/** Asks a carrier what it knows of a number; false where it cannot be asked or has nothing. */
export async function askAbout(stage: Stage, carrier: DayCarrier, number: string): Promise<boolean> {
  const ask = stage.calls.get(carrier.id)?.fetchTracking
  if (ask === undefined) return false
  const query = { trackingNo: trackingNo(number), carrier: carrier.carrier, phoneTail: PHONE_TAIL }
  const answer = await ask(query)
  if (!answer.ok) return false
  await acceptFetched(stage, connectionId(carrier.id), 'api', answer.value)
  return true
}

async function placed(stage: Stage, orderNo: string, minute: number): Promise<void> {
  const claims = ['placed', 'paid'].map((code) => ({ by: 'order', no: orderNo, code, minute }))
  const content = [{ no: orderNo, version: 1, lines: [{ lineId: '1', quantity: 1 }] }]
  const body = Buffer.from(JSON.stringify({ key: orderNo, claims, content }))
  const message = { topic: 'test', dedupKey: orderNo, orderNo, headers: {}, body }
  await acceptFetched(stage, connectionId('shop'), 'api', message)
}

async function tellHub(stage: Stage, carrier: DayCarrier, orderNo: string, number: string): Promise<void> {
  const event = hubEventMessage(`waybill:${orderNo}`, {
    event: 'waybill_issued',
    orders: [{ connection: 'shop', orderNo, lines: [] }],
    trackingNo: number,
    carrier: carrier.carrier,
    waybillId: null,
    at: stage.clock.now().toString(),
    batchNo: null,
    deviceId: null,
    words: '',
  })
  await acceptFetched(stage, connectionId(carrier.id), 'api', event)
}

function interpretDeps(
  db: Database,
  clock: { now(): Temporal.Instant },
  connected: ReadonlyMap<string, Connected>,
): InterpretDeps {
  const rules = new Map(
    [...connected.values()].map(({ kind, connector }) => [
      kind,
      new Map(connector.codes.map((entry) => [entry.code, entry.fact])),
    ]),
  )
  return {
    db,
    vault: openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) }),
    canReport: () => false,
    now: () => clock.now(),
    slot: 0,
    find: (id) => connected.get(id) ?? null,
    rulesFor: (kind) => rules.get(kind) ?? new Map(),
  }
}

const PHONE_TAIL = '8888'
const SHOP = testConnector('shop', 'channel', { placed: 'placed', paid: 'paid' })
/** A machine that is busy with ten thousand parcels may answer late; an unknown outcome here would only be our own slowness. */
const patient: HttpCall = (request) => fetchCall({ ...request, timeoutMs: 30_000 })
const noTcp = (): never => {
  throw new Outage('http.unreachable', 'no carrier speaks plain TCP', { retryable: false })
}
const same = (connector: Connector): Connector => connector

function asConnected(id: string, connector: Connector, settings: Settings): Connected {
  return { id: connectionId(id), kind: connector.kind, name: id, paused: false, settings, connector }
}

function realConnector(kind: string): Connector {
  const found = connectors.find((connector) => connector.kind === kind)
  if (found === undefined) throw new Error(`no connector is called ${kind}`)
  return found
}

function contactIn(province: string, city: string, country: string): PostalContact {
  return {
    name: '张三',
    phone: `1380000${PHONE_TAIL}`,
    company: '晨光家居',
    country,
    province,
    city,
    district: '西湖区',
    address: '文三路 1 号',
    postalCode: '310000',
  }
}

function askOf(carrier: DayCarrier, reference: string): WaybillAsk {
  return {
    reference,
    orderNo: reference,
    channel: 'shop',
    carrier: carrier.carrier,
    service: null,
    account: carrier.account,
    from: contactIn('广东省', '深圳市', 'CN'),
    to: contactIn('浙江省', '杭州市', 'CN'),
    sealedTo: null,
    goods: [{ name: '白色马克杯', sku: 'CUP-3001', quantity: 1 }],
    weightG: 500,
    volumeCm3: 2_000,
    pieces: 1,
    remark: '',
    declared: null,
    number: null,
  }
}
