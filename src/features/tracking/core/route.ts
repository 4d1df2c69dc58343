import { ok, type Result, refuse } from '#kernel/result.ts'

/** A rule that says whose numbers of a certain look are. */
export type TrackingRoute = {
  readonly pattern: string
  readonly carrier: string | null
  readonly connection: string | null
}

/** A connection as far as the choice needs it. */
export type Pusher = {
  readonly id: string
  readonly kind: string
  /** Carriers that it speaks for; null: not told, any. */
  readonly carriers: readonly string[] | null
  /** It takes subscriptions. */
  readonly subscribes: boolean
  /** It pushes at all; one that does without subscriptions does so by account. */
  readonly pushes: boolean
}

export type Choice = {
  readonly connection: string
  readonly how: 'subscribe' | 'account'
  readonly because: 'route' | 'waybill' | 'own' | 'aggregator'
} | null

/** `#` one digit, `@` one letter, `?` one of either, `*` at the end anything. Refused: `tracking.bad_pattern`. */
export function checkPattern(pattern: string): Result<string> {
  const plain = pattern.trim().toUpperCase()
  return /^[A-Z0-9#@?-]{1,40}\*?$/.test(plain) && !/^[?*]+$/.test(plain)
    ? ok(plain)
    : refuse(
        'tracking.bad_pattern',
        'a pattern is 1 to 40 of letters, digits, - and # (digit), @ (letter), ? (either), with * at the end for whatever follows; not of ? alone',
      )
}

/** Whether a whole number fits; a pattern is compared sign by sign, so that it takes no longer than the number is. */
export function fits(pattern: string, number: string): boolean {
  const upper = number.toUpperCase()
  const open = pattern.endsWith('*')
  const signs = open ? pattern.slice(0, -1) : pattern
  if (open ? upper.length < signs.length : upper.length !== signs.length) return false
  for (let i = 0; i < signs.length; i += 1) {
    const [sign, char] = [signs[i] ?? '', upper[i] ?? '']
    const isDigit = char >= '0' && char <= '9'
    const isLetter = char >= 'A' && char <= 'Z'
    if (
      sign === '#'
        ? !isDigit
        : sign === '@'
          ? !isLetter
          : sign === '?'
            ? !isDigit && !isLetter
            : sign !== char
    )
      return false
  }
  return true
}

export function routeOf(number: string, routes: readonly TrackingRoute[]): TrackingRoute | null {
  return routes.find((route) => fits(route.pattern, number)) ?? null
}

/**
 * Who is asked to push a parcel's events, best first: what a route says; the connection that made our waybill, which pushes by
 * account where it takes no subscriptions; the carrier's own; aggregators in the order set, the others by id. Those tried already are
 * left out. Null: nobody.
 */
export function choosePusher(
  given: {
    readonly number: string
    readonly carrier: string
    /** The connection that made the waybill; null: it was not ours. */
    readonly madeBy: string | null
    readonly tried: readonly string[]
  },
  routes: readonly TrackingRoute[],
  pushers: readonly Pusher[],
  aggregators: readonly string[],
): Choice {
  const able = pushers.filter(
    (one) => !given.tried.includes(one.id) && (one.carriers === null || one.carriers.includes(given.carrier)),
  )
  const wished = routeOf(given.number, routes)?.connection ?? null
  const routed = pushers.find((one) => one.id === wished && one.subscribes && !given.tried.includes(one.id))
  if (routed !== undefined) return { connection: routed.id, how: 'subscribe', because: 'route' }
  const maker = able.find((one) => one.id === given.madeBy)
  if (maker?.subscribes) return { connection: maker.id, how: 'subscribe', because: 'waybill' }
  if (maker?.pushes) return { connection: maker.id, how: 'account', because: 'waybill' }
  const own = able.filter((one) => isOwn(one, given.carrier)).toSorted(byId)
  const asked = own.find((one) => one.subscribes)
  if (asked !== undefined) return { connection: asked.id, how: 'subscribe', because: 'own' }
  const place = (one: Pusher): number => {
    const at = aggregators.indexOf(one.id)
    return at === -1 ? aggregators.length : at
  }
  const [first] = able
    .filter((one) => one.subscribes && !isOwn(one, given.carrier))
    .toSorted((a, b) => place(a) - place(b) || byId(a, b))
  if (first !== undefined) return { connection: first.id, how: 'subscribe', because: 'aggregator' }
  const [quiet] = own.filter((one) => one.pushes)
  return quiet === undefined ? null : { connection: quiet.id, how: 'account', because: 'own' }
}

function isOwn(one: Pusher, carrier: string): boolean {
  return one.kind.toUpperCase() === carrier || (one.carriers?.length === 1 && one.carriers[0] === carrier)
}

function byId(a: Pusher, b: Pusher): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
