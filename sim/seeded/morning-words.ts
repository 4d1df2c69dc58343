import { decideAll, takeFor } from './mapping-desk.ts'
import { buy, type Stage, shopOf } from './morning-stage.ts'

// What the first morning does with words that nobody has heard of.

const isReading = (piece: string): boolean => piece === 'interpret'

/** A shop says one: its message waits. Somebody takes it for a hold, and it says nothing: what was read of it goes again. */
export async function unheardOf(stage: Stage): Promise<void> {
  const { world } = stage
  world.setFaults({ unknownCode: 1 })
  const { orderNo } = await buy(shopOf(stage, 'youzan'))
  world.setFaults({ unknownCode: 0 })
  await stage.deliver()
  await stage.work(isReading)
  await mustStand(stage, orderNo, 0)
  await takeFor(stage.hub(), 'youzan', 'held')
  await stage.work()
  await mustStand(stage, orderNo, 1)
  await decideAll(stage.hub())
  await stage.work()
  await mustStand(stage, orderNo, 0)
}

/** So many holds are known of the order: otherwise this scene showed nothing. */
async function mustStand(stage: Stage, orderNo: string, holds: number): Promise<void> {
  const { db } = stage.hub().core.database
  const found = await db`select from fact where subject = ${`order:demo-youzan:${orderNo}`} and kind = 'held'`
  if (found.length !== holds) stage.fail(`${orderNo} has ${found.length} holds, not ${holds}`)
}
