import { openBudgets } from '#features/outward/budgets.ts'
import { seededRandom } from '#kernel/random.ts'
import { openDatabase } from '#platform/postgres/database.ts'

// A process of its own that makes calls as fast as its account's budget lets it, for a while, and prints when each went out
// (epoch milliseconds) and the longest wait for an answer of the database. Arguments: url, account, rate, burst, ms.

const [url = '', account = '', perSecond = '1', burst = '1', forMs = '1000'] = process.argv.slice(2)
const db = openDatabase({ url, connections: 2 })
const now = (): number => performance.timeOrigin + performance.now()
const budgets = openBudgets({ db, random: seededRandom(process.pid), nowMs: now, processes: () => 3 })
const limit = { perSecond: Number(perSecond), burst: Number(burst) }
const uses: number[] = []
const end = now() + Number(forMs)

async function caller(urgency: 'urgent' | 'routine'): Promise<void> {
  while (now() < end) {
    const took = await budgets.take(account, limit, urgency, 2_000).then(
      () => true,
      () => false,
    )
    if (took) uses.push(now())
  }
}

await Promise.all([...Array(12).keys()].map((i) => caller(i % 3 === 0 ? 'routine' : 'urgent')))
budgets.stop()
await db.end()
process.stdout.write(JSON.stringify(uses))
