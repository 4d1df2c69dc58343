import { Outage } from '#kernel/outage.ts'

/** The work's answer, or an `Outage` (`database.unreachable`) after `ms`: a connection into a hole says nothing for minutes. */
export async function answersWithin<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Outage('database.unreachable', `the database did not answer within ${ms} ms`)),
      ms,
    )
  })
  // Whatever it says later, nobody listens any more.
  work.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
