import { Outage } from '#kernel/outage.ts'

/** The database's answer, or an outage after `ms`: a database that hangs must not hold up a call any more than one that is gone. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Outage('database.unreachable', `the database did not answer within ${ms} ms`)),
      ms,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
