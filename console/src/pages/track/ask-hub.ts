import { ProblemError, problemOf, readProblem } from '#/api/problem.ts'

export type BuyerEvent = {
  readonly kind: string
  readonly at: string | null
  readonly place: string
  readonly words: string
}
export type BuyerParcel = {
  readonly trackingNo: string
  readonly carrier: string | null
  readonly carrierName: string
  readonly state: string
  /** The newest first. */
  readonly events: readonly BuyerEvent[]
}
export type BuyerOrder = {
  readonly orderNo: string
  readonly status: string
  readonly parcels: readonly BuyerParcel[]
}
export type Question = { readonly orderNo: string; readonly phoneTail: string }

/** Asks without cookies: what a buyer sees is the same whoever is signed in to the console in this browser. */
export async function askHub(question: Question): Promise<readonly BuyerOrder[]> {
  const response = await fetch('/api/buyer/track', {
    method: 'POST',
    headers: { accept: 'application/json, application/problem+json', 'content-type': 'application/json' },
    credentials: 'omit',
    body: JSON.stringify(question),
  })
  if (!response.ok) throw new ProblemError(await readProblem(response))
  return ((await response.json()) as { orders: readonly BuyerOrder[] }).orders
}

const KNOWN = {
  'buyer_view.not_found': 'not_found',
  'buyer_view.too_many': 'too_many',
  'buyer_view.off': 'off',
} as const
export type Trouble = (typeof KNOWN)[keyof typeof KNOWN] | 'away'

/** Whole minutes until another try is taken. */
export function minutesToWait(error: unknown): number {
  const { data } = problemOf(error)
  const seconds =
    typeof data === 'object' && data !== null && 'retryAfterSeconds' in data
      ? Number(data.retryAfterSeconds)
      : 60
  return Math.max(1, Math.ceil(seconds / 60))
}

/** Which of the four things went wrong; what is no refusal of the hub's own is `away`. */
export function troubleOf(error: unknown): Trouble {
  const { code } = problemOf(error)
  // A number that the hub's schema does not take is one that no order has.
  if (code === 'http.invalid') return 'not_found'
  return KNOWN[code as keyof typeof KNOWN] ?? 'away'
}
