import { buy, line, type Stage, shopOf, wish } from './morning-stage.ts'

// What the first morning does with readers of the journal.

const READER = 'follow order-stock'
/** Deep in what the reader does with the rows, and before it is through. */
const POINTS = [14, 22, 30]

/** The hub dies while a reader has rows in hand: opened anew it has them again. */
export async function dying(stage: Stage): Promise<void> {
  const youzan = shopOf(stage, 'youzan')
  for (const points of POINTS) {
    const { orderNo } = await buy(youzan, wish(line('SIM-PLAIN')))
    await youzan.pay(orderNo)
    await stage.deliver()
    await stage.work((piece) => piece === 'interpret')
    stage.arm(points)
    await stage.once(READER)
    await stage.work((piece) => piece === READER)
    const { db } = stage.hub().core.database
    const plans = await db`select from order_plan where order_no = ${orderNo}`
    if (plans.length === 0) stage.fail(`${orderNo} is paid, its reader has read all, and nobody planned it`)
  }
  await stage.work()
}
