import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkScenario } from '#app/drill-scenario.ts'
import { autoMain } from './auto.ts'

// The figures of the incidents come up where nobody acts, on the drill's clock: 22 minutes, 17 hours, 237 orders, 412 transfers, 16 double
// shipments. Beside them the two alarms that ring only after a while of trouble: a spool that fills up, and a lane whose head grows old.

const FOLDER = new URL('./scenarios/', import.meta.url)
const SLOW_ALARMS = ['spool.filling', 'backlog.old']

const figures = new Map<string, number>()
const drills: string[] = []
for (const name of readdirSync(FOLDER)) {
  const checked = checkScenario(readFileSync(new URL(name, FOLDER), 'utf8'))
  if (!checked.ok) continue
  const { id, incident, trains } = checked.value
  if (incident !== undefined) figures.set(id, incident.count ?? incident.late ?? 0)
  if (incident !== undefined || trains.some((rule) => SLOW_ALARMS.includes(rule))) drills.push(id)
}

test('the incidents that left a figure have it in their drills', () => {
  assert.deepEqual(Object.fromEntries(figures), {
    'late-statuses': 22,
    'night-without-labels': 17 * 60,
    'printed-not-seen': 237,
    'sent-again': 16,
    'stuck-transfers': 412,
  })
})

for (const id of drills)
  test(`${id}: left alone it becomes as bad as its incident was, and every alarm rings that it trains`, async () => {
    assert.equal(await autoMain(['--left-alone', '--only', id]), 0)
  })
