// A seeded day of ten thousand parcels on a virtual clock; ends with 1 when the hub and the world's own book do not agree.
// Usage: npm run world [-- --parcels 10000] [--seed 20261111] [--step 10] [--only sf,zto]
import { parseArgs } from 'node:util'
import { freshDatabase } from '#test-support/postgres.ts'
import { runDay } from './day.ts'

const { values } = parseArgs({
  options: {
    parcels: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '20261111' },
    step: { type: 'string', default: '10' },
    only: { type: 'string' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const database = await freshDatabase()
try {
  const report = await runDay({
    db: database.sql,
    seed: Number(values.seed),
    parcels: Number(values.parcels),
    stepMinutes: Number(values.step),
    faults: { delay: 0.05, delayMinutes: 240, drop: 0.003, duplicate: 0.05, reorder: 0.03, silent: 0.005 },
    ...(values.only === undefined ? {} : { only: values.only.split(',') }),
    say,
  })
  const { verdict, pushes } = report
  say('')
  say(`seed ${values.seed}: ${report.parcels} parcels over ${report.carriers} carriers, ${report.seconds} s`)
  say(
    `  true events ${report.events}; pushed ${pushes.pushed}, doubled ${pushes.doubled}, late ${pushes.late}, lost ${pushes.dropped}`,
  )
  say(
    `  messages in the inbox ${report.messages}, of which asked for ${report.polled}; refused ${report.refused.length}`,
  )
  say(
    `  standings: ${Object.entries(verdict.byStanding)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  )
  say(
    `  right by pushes alone ${report.rightByPush} of ${verdict.numbers}; in the end ${verdict.right} of ${verdict.numbers}`,
  )
  say(`  orders right ${verdict.ordersRight} of ${report.parcels}; parked ${verdict.parked.length}`)
  for (const line of [
    ...report.refused.slice(0, 12),
    ...verdict.wrong,
    ...verdict.ordersWrong,
    ...verdict.parked,
  ])
    say(`  ! ${line}`)
  const isRight =
    verdict.wrongCount === 0 &&
    verdict.ordersRight === report.parcels &&
    verdict.parked.length === 0 &&
    report.refused.length === 0
  process.exitCode = isRight ? 0 : 1
} finally {
  await database.close()
}
