// Locks three pieces and ends itself, as by SIGKILL, at the step it is told to.
// Arguments: JSON of { databaseUrl, redisUrl, dieAt, key, sku }.
import { lock } from './asks.ts'
import { openEngine } from './world.ts'

type Told = {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly dieAt: string
  readonly key: string
  readonly sku: string
}

const told = JSON.parse(process.argv[2] ?? '{}') as Told
let isArmed = false
const dieAt = async (name: string): Promise<void> => {
  if (isArmed && name === told.dieAt) process.kill(process.pid, 'SIGKILL')
}
const { engine } = await openEngine({
  databaseUrl: told.databaseUrl,
  redisUrl: told.redisUrl,
  clock: { now: () => Temporal.Instant.from('2026-11-11T00:00:00Z') },
  engineStep: (name) => dieAt(`engine:${name}`),
  gateStep: (name) => dieAt(`gate:${name}`),
})
isArmed = true
const answer = await engine.ask(lock(told.key, [[told.sku, 'SH', 3]]))
process.stdout.write(answer.ok ? 'locked' : answer.refusal.code)
// Alive this long means that the step never came.
setTimeout(() => process.exit(7), 3_000)
