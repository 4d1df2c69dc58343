import type { Instant } from '#kernel/clock.ts'
import { type AddressMatch, compareOrigin, judgeRegistered } from './core/address.ts'
import { hourOfWeek } from './core/rhythm.ts'
import { canBeWatched, judgeFixedSilence, judgeSilence, type Silence } from './core/silence.ts'
import {
  decideVerdict,
  EMPTY_WINDOW,
  findTroubles,
  type Trouble,
  type Verdict,
  type Watch,
  type Window,
} from './core/verdict.ts'
import { type CallbackHealthDeps, isHeard, type WatchedConnection } from './deps.ts'
import {
  type Heard,
  type Name,
  type Place,
  type RhythmRow,
  readHeard,
  readNames,
  readPlaces,
  readRhythms,
  readTotals,
  readWatches,
  type Totals,
  type WatchRow,
} from './store.ts'

export const WINDOW_MINUTES = 10
/** What was sent while the hub was away comes within this time, or does not come. */
const AFTER_START_MINUTES = 5
/** One stray request under an odd name is a scanner's; a platform calls again. */
const LEAST_SEEN = 3

export type AddressHealth = {
  /** Where this connection is to be called; null for streams and polls. */
  readonly ours: string | null
  readonly registered: readonly string[]
  readonly readAt: Instant | null
  readonly readBy: string | null
  readonly readProblem: string | null
  /** How the address on record differs from ours; null: none is on record. */
  readonly match: AddressMatch | null
  /** The address on record that `match` speaks of. */
  readonly worst: string | null
  /** Under which scheme and host requests came in the last hour. */
  readonly observed: readonly {
    readonly origin: string
    readonly count: number
    readonly match: 'same' | 'scheme' | 'host' | null
  }[]
}

export type Health = {
  readonly connection: WatchedConnection
  readonly verdict: Verdict
  readonly troubles: readonly Trouble[]
  readonly watch: Watch
  readonly firstAt: Instant | null
  readonly lastAt: Instant | null
  readonly silence: Silence | null
  /** Messages that the rhythm leads to expect in the present hour; null: no rhythm. */
  readonly expectedPerHour: number | null
  readonly rhythm: RhythmRow | null
  readonly set: WatchRow | null
  readonly window: Window
  readonly hour: Totals | null
  readonly day: Totals | null
  readonly statuses: Readonly<Record<string, number>>
  readonly codes: Readonly<Record<string, number>>
  readonly address: AddressHealth
}

type Read = {
  readonly now: Instant
  readonly window: ReadonlyMap<string, Totals>
  readonly hour: ReadonlyMap<string, Totals>
  readonly day: ReadonlyMap<string, Totals>
  readonly names: ReadonlyMap<string, readonly Name[]>
  readonly heard: ReadonlyMap<string, Heard>
  readonly rhythms: ReadonlyMap<string, RhythmRow>
  readonly watches: ReadonlyMap<string, WatchRow>
  readonly places: ReadonlyMap<string, Place>
}

/** The health of every connection from which messages come by themselves, as it is at this moment. */
export async function readHealth(deps: CallbackHealthDeps): Promise<Health[]> {
  const connections = deps.connections().filter(isHeard)
  const now = deps.clock.now()
  const ids = connections.map(({ id }) => id)
  const ago = (minutes: number): Instant => now.subtract({ minutes })
  const [window, hour, day, names, heard, rhythms, watches, places] = await Promise.all([
    readTotals(deps.db, ago(WINDOW_MINUTES)),
    readTotals(deps.db, ago(60)),
    readTotals(deps.db, ago(24 * 60)),
    readNames(deps.db, ago(60)),
    readHeard(deps.db, ids),
    readRhythms(deps.db),
    readWatches(deps.db),
    readPlaces(deps.db),
  ])
  const read: Read = {
    now,
    window: byConnection(window),
    hour: byConnection(hour),
    day: byConnection(day),
    names: Map.groupBy(names, (one) => one.connection_id),
    heard: byConnection(heard),
    rhythms: byConnection(rhythms),
    watches: byConnection(watches),
    places: new Map(places.map((place) => [place.id, place])),
  }
  return connections.map((connection) => healthOf(deps, connection, read))
}

function healthOf(deps: CallbackHealthDeps, connection: WatchedConnection, read: Read): Health {
  const { id, paused } = connection
  const totals = read.window.get(id)
  const window = totals === undefined ? EMPTY_WINDOW : windowOf(totals)
  const heard = read.heard.get(id) ?? null
  const rhythm = read.rhythms.get(id) ?? null
  const set = read.watches.get(id) ?? null
  const watch = decideWatch(deps, rhythm, set)
  const silence = silenceOf(deps, read, { connection, heard, rhythm, set, watch })
  const address = addressOf(deps, connection, read, set)
  const wrongAddress =
    (address.match !== null && address.match !== 'same') ||
    address.observed.some(({ match, count }) => match !== null && match !== 'same' && count >= LEAST_SEEN)
  const troubles =
    paused || watch === 'off' ? [] : findTroubles(window, deps.rules, { silence, wrongAddress })
  return {
    connection,
    verdict: decideVerdict({ paused, watch, everHeard: heard !== null, troubles }),
    troubles,
    watch,
    firstAt: heard?.first_minute ?? null,
    lastAt: heard?.last_at ?? null,
    silence,
    expectedPerHour: rhythm === null ? null : (rhythm.per_hour[hourOfWeek(read.now, deps.zone())] ?? 0),
    rhythm,
    set,
    window,
    hour: read.hour.get(id) ?? null,
    day: read.day.get(id) ?? null,
    statuses: countsOf(read.names.get(id) ?? [], 'status'),
    codes: countsOf(read.names.get(id) ?? [], 'code'),
    address,
  }
}

function decideWatch({ rules }: CallbackHealthDeps, rhythm: RhythmRow | null, set: WatchRow | null): Watch {
  if (set?.watched === false) return 'off'
  if (set?.silence_minutes != null) return 'fixed'
  if (rhythm !== null && canBeWatched(rhythm.per_hour, rules.silence)) return 'rhythm'
  if (rules.fixedSilenceMinutes > 0) return 'fixed'
  return rhythm === null ? 'too_young' : 'too_quiet'
}

function silenceOf(
  { rules, zone, startedAt }: CallbackHealthDeps,
  { now, places }: Read,
  state: {
    readonly connection: WatchedConnection
    readonly heard: Heard | null
    readonly rhythm: RhythmRow | null
    readonly set: WatchRow | null
    readonly watch: Watch
  },
): Silence | null {
  const last = state.heard?.last_at ?? null
  if (last === null) return null
  // Whoever has just changed or resumed the connection starts its clock anew.
  const changed = places.get(state.connection.id)?.updated_at ?? last
  const since = Temporal.Instant.compare(changed, last) > 0 ? changed : last
  const judged =
    state.watch === 'rhythm' && state.rhythm !== null
      ? judgeSilence(state.rhythm.per_hour, since, now, { zone: zone(), rules: rules.silence })
      : judgeFixedSilence(since, now, state.set?.silence_minutes ?? rules.fixedSilenceMinutes)
  const counts = state.watch === 'rhythm' || state.watch === 'fixed'
  const justStarted = now.since(startedAt).total('minutes') < AFTER_START_MINUTES
  return { ...judged, silent: judged.silent && counts && !justStarted }
}

function addressOf(
  { publicUrl }: CallbackHealthDeps,
  { id, connector }: WatchedConnection,
  { places, names }: Read,
  set: WatchRow | null,
): AddressHealth {
  const token = places.get(id)?.callback_token
  const ours =
    connector.receive === undefined || token === undefined ? null : `${publicUrl ?? ''}/callback/${token}`
  const registered = ours === null ? [] : (set?.registered_urls ?? [])
  const worst = ours === null ? null : worstRegistered(publicUrl, ours, registered)
  const observed = (names.get(id) ?? [])
    .filter(({ family }) => family === 'origin')
    .map(({ name, count }) => ({
      origin: name,
      count: Number(count),
      match: publicUrl === null ? null : compareOrigin(publicUrl, name),
    }))
  return {
    ours,
    registered,
    readAt: set?.registered_read_at ?? null,
    readBy: set?.registered_by ?? null,
    readProblem: set?.read_problem ?? null,
    match: worst?.match ?? null,
    worst: worst?.url ?? null,
    observed,
  }
}

/** Where nobody told our public address, only the path with its token can be compared. */
function worstRegistered(publicUrl: string | null, ours: string, registered: readonly string[]) {
  if (publicUrl !== null) return judgeRegistered(ours, registered)
  const judged = registered.map((url) => judgeRegistered(`${URL.parse(url)?.origin ?? ''}${ours}`, [url]))
  return judged.find((one) => one !== null && one.match !== 'same') ?? judged[0] ?? null
}

function windowOf(totals: Totals): Window {
  return {
    accepted: Number(totals.accepted),
    duplicate: Number(totals.duplicate),
    challenge: Number(totals.challenge),
    rejected: Number(totals.rejected),
    forged: Number(totals.forged),
    unavailable: Number(totals.unavailable),
    late: Number(totals.late),
  }
}

function countsOf(names: readonly Name[], family: Name['family']): Record<string, number> {
  return Object.fromEntries(
    names.filter((one) => one.family === family).map((one) => [one.name, Number(one.count)]),
  )
}

function byConnection<T extends { readonly connection_id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.connection_id, row]))
}
