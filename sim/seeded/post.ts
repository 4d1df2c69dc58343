import type { Random } from '#kernel/random.ts'
import type { Outgoing } from '../platforms/carrier-pusher.ts'

// Everything that platforms push, on its way on the virtual clock: late, twice, out of order, lost or forged as the seed has it.

export type PostFaults = {
  readonly duplicate: number
  readonly delay: number
  readonly delayMinutes: number
  /** This attempt never arrives; the platform sends again, as it does without an acknowledgement. */
  readonly lost: number
  /** Never told at all, by any attempt: only a question finds out. */
  readonly drop: number
  readonly forge: number
}

export type Letter = {
  readonly id: number
  readonly from: string
  readonly url: string
  readonly due: Temporal.Instant
  readonly tries: number
  readonly message: () => Outgoing
  readonly isForged: boolean
}
export type Delivered = { readonly status: number; readonly body: string } | null

export type PostOffice = {
  /** A platform hands a message in; `url` is asked when it is delivered. */
  readonly accept: (from: string, url: () => string | null, message: () => Outgoing) => void
  readonly setFaults: (faults: PostFaults) => void
  /** Those that are due by then, in the order in which they arrive. */
  readonly takeDue: (now: Temporal.Instant) => Letter[]
  /** What the hub answered; without the platform's own acknowledgement it comes again, eight times at most. */
  readonly settle: (letter: Letter, answer: Delivered, now: Temporal.Instant) => void
  readonly nextDue: () => Temporal.Instant | null
  readonly counts: () => Readonly<
    Record<
      | 'accepted'
      | 'acknowledged'
      | 'lost'
      | 'dropped'
      | 'doubled'
      | 'late'
      | 'forged'
      | 'forgedTaken'
      | 'givenUp',
      number
    >
  >
}

/** Minutes before attempts 2 to 9. */
const AGAIN_AFTER = [1, 2, 5, 10, 30, 60, 120, 240]

export function postOffice(
  clock: { now(): Temporal.Instant },
  random: Random,
  canBeAsked: (from: string) => boolean,
): PostOffice {
  const counts = {
    accepted: 0,
    acknowledged: 0,
    lost: 0,
    dropped: 0,
    doubled: 0,
    late: 0,
    forged: 0,
    forgedTaken: 0,
    givenUp: 0,
  }
  let faults: PostFaults = { duplicate: 0, delay: 0, delayMinutes: 0, lost: 0, drop: 0, forge: 0 }
  let letters: (Omit<Letter, 'url'> & { readonly to: () => string | null })[] = []
  let serial = 0
  const happens = (chance: number): boolean => chance > 0 && random.next() < chance
  const put = (letter: Omit<(typeof letters)[number], 'id'>): void => {
    serial += 1
    letters.push({ id: serial, ...letter })
  }
  return {
    setFaults: (next) => {
      faults = next
    },
    accept: (from, to, message) => {
      counts.accepted += 1
      const now = clock.now()
      const forged = happens(faults.forge) ? message().forged : undefined
      if (forged !== undefined) {
        counts.forged += 1
        const { acknowledges } = message()
        put({ from, to, due: now, tries: 0, isForged: true, message: () => ({ ...forged, acknowledges }) })
      }
      // Who cannot be asked must not be lost for good: nobody could ever know.
      if (canBeAsked(from) && happens(faults.drop)) {
        counts.dropped += 1
        return
      }
      const copies = happens(faults.duplicate) ? 2 : 1
      if (copies === 2) counts.doubled += 1
      for (let copy = 0; copy < copies; copy += 1) {
        const isLate = happens(faults.delay)
        if (isLate) counts.late += 1
        const minutes = isLate ? Math.ceil(random.next() * faults.delayMinutes) : 0
        put({ from, to, due: now.add({ minutes }), tries: 0, isForged: false, message })
      }
    },
    takeDue: (now) => {
      const due = letters.filter(
        (letter) => Temporal.Instant.compare(letter.due, now) <= 0 && letter.to() !== null,
      )
      const taken = new Set(due.map(({ id }) => id))
      letters = letters.filter(({ id }) => !taken.has(id))
      return due
        .toSorted((a, b) => Temporal.Instant.compare(a.due, b.due) || a.id - b.id)
        .flatMap((letter) => {
          if (!letter.isForged && happens(faults.lost)) {
            counts.lost += 1
            letters.push({
              ...letter,
              due: now.add({ minutes: AGAIN_AFTER[letter.tries] ?? 240 }),
              tries: letter.tries + 1,
            })
            return []
          }
          const url = letter.to()
          return url === null ? [] : [{ ...letter, url }]
        })
    },
    settle: (letter, answer, now) => {
      const isTaken = answer !== null && letter.message().acknowledges(answer.status, answer.body)
      if (letter.isForged) {
        if (isTaken) counts.forgedTaken += 1
        return
      }
      if (isTaken) {
        counts.acknowledged += 1
        return
      }
      const minutes = AGAIN_AFTER[letter.tries]
      if (minutes === undefined) counts.givenUp += 1
      else
        letters.push({ ...letter, to: () => letter.url, due: now.add({ minutes }), tries: letter.tries + 1 })
    },
    nextDue: () =>
      letters.reduce<Temporal.Instant | null>(
        (first, { due }) => (first === null || Temporal.Instant.compare(due, first) < 0 ? due : first),
        null,
      ),
    counts: () => ({ ...counts }),
  }
}
