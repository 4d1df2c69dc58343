// Writes into a spool until it is killed; says on standard output which messages were acknowledged.
import { systemClock } from '#kernel/clock.ts'
import { openSpool } from '#platform/spool/spool.ts'
import { spoolArrival } from '#platform/spool/testing.ts'

const [root = '', from = '0'] = process.argv.slice(2)
const spool = await openSpool({
  roots: [root],
  clock: systemClock,
  vault: null,
  quotaBytes: 1e9,
  reserveBytes: 0,
  allowVolatile: true,
  maxQueue: 10_000,
  onTrouble: () => undefined,
  segmentBytes: 40_000,
})
let next = Number(from)
const write = async (): Promise<void> => {
  for (;;) {
    const n = next
    next += 1
    await spool.keep(spoolArrival(n))
    process.stdout.write(`${n}\n`)
  }
}
await Promise.all(Array.from({ length: 16 }, write))
