import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { type SimRobot, simDingtalk, simWebhook } from '#sim/platforms/robots.ts'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'

// The running hub: its dispatcher leaves intents of open breakers alone, and yet a notice must find its backup.

let running: RunningHub
let robot: SimRobot
let hook: SimRobot

before(async () => {
  robot = await simDingtalk({ clock: systemClock })
  hook = await simWebhook({ clock: systemClock })
  running = await runningHub()
})
after(async () => {
  await running.close()
  await robot.close()
  await hook.close()
})

async function connect({ kind, settings }: SimRobot, name: string): Promise<string> {
  const { status, body } = await running.call('POST', '/api/connections', { kind, name, settings })
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { id: string }).id
}

test('while a notifier is stopped, its backup tells people, and why is written down', async () => {
  const { call, database } = running
  const duty = await connect(robot, 'duty')
  const spare = await connect(hook, 'spare')
  const chosen = await call('PUT', `/api/outward/${duty}/backup`, { capability: 'notify', backup: spare })
  assert.ok(chosen.status < 300, JSON.stringify(chosen.body))
  const route = {
    name: 'all',
    rules: ['spool.*'],
    leastSeverity: 'critical',
    targets: [duty],
    groupSeconds: 0,
  }
  const made = await call('POST', '/api/alarm-routes', route)
  assert.ok(made.status < 300, JSON.stringify(made.body))
  await call('POST', `/api/outward/${duty}/force`, { state: 'open', minutes: 10, reason: 'robot removed' })
  await running.hub.core.alarms.raise({
    // Raised and cleared by hand only: a sweep would find at its next look that nothing of the kind is wrong.
    rule: 'spool.stuck',
    subject: 'shop',
    severity: 'critical',
    words: { zh: '坏了', en: 'broken' },
    evidence: {},
    link: null,
  })
  await until(
    async () => hook.texts.length > 0,
    () => 'nobody was told',
    15,
  )
  assert.deepEqual([robot.texts.length, hook.texts.length], [0, 1])
  const decisions = await database.sql<{ wanted: string; taken: string; reason: string }>`
    select wanted, taken, reason from route_decision where capability = 'notify'`
  assert.deepEqual(decisions, [{ wanted: duty, taken: spare, reason: 'breaker_open' }])
})
