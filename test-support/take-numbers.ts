import { takeNumber } from '#features/number-pools/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { openDatabase } from '#platform/postgres/database.ts'

// A process that takes numbers for references that others ask for as well, and says each one after its commit: `reference number`.
// Arguments: database URL, account id, seed, references in all. It ends when every reference has been asked for; a test may kill it.

const [url = '', account = '0', seed = '1', all = '0'] = process.argv.slice(2)
const sql = openDatabase({ url, connections: 3, applicationName: 'holdfast test taker' })
const random = seededRandom(Number(seed))
const order = Array.from({ length: Number(all) }, (_, at) => ({ at, key: random.next() })).sort(
  (a, b) => a.key - b.key,
)

async function takeOne(reference: string): Promise<void> {
  const fails = random.next() < 0.2
  try {
    const taken = await sql.begin(async (tx) => {
      const number = await takeNumber(tx, { accountId: BigInt(account), reference, now: systemClock.now() })
      if (fails) throw new Error('rolled back')
      return number
    })
    process.stdout.write(`${reference} ${taken.ok ? taken.value : taken.refusal.code}\n`)
  } catch (error) {
    if (!(error instanceof Error && error.message === 'rolled back')) throw error
  }
}

for (let from = 0; from < order.length; from += 3)
  await Promise.all(order.slice(from, from + 3).map(({ at }) => takeOne(`R-${at}`)))
await sql.end()
