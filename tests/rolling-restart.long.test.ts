import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HubProcess as ShownProcess } from '#app/http/system-routes.ts'
import { freePort } from '#test-support/free-port.ts'
import { until } from '#test-support/hub.ts'
import { deliver, type HubProcess } from '#test-support/hub-process.ts'
import { openLoadBalancer } from '#test-support/load-balancer.ts'
import { openLoadHubs } from '#test-support/load-hubs.ts'
import { assertEachOnce, settled } from '#test-support/trade.ts'

// Two whole hubs behind a load balancer are restarted one after the other while messages and people go on. Nobody gets an error.

const SENDERS = 3
/** As long as the balancer takes to see a 503, and a request on top. */
const DRAIN_SECONDS = 2

test('a rolling restart under load: no sender and no person sees an error, and no message is lost or doubled', async (t) => {
  const world = await openLoadHubs({ DRAIN_SECONDS: String(DRAIN_SECONDS) })
  const { database, callback, key } = world
  const ports = [await freePort(), await freePort()]
  const start = (port: number): Promise<HubProcess> => world.start({ PORT: String(port) })
  const hubs = await Promise.all(ports.map(start))
  const balancer = await openLoadBalancer(hubs.map(({ url }) => url))
  let cookie = ''
  const acknowledged = new Set<number>()
  const errors: string[] = []
  const endedAfter: number[] = []
  let open = true
  let next = 0
  let slowestMs = 0
  const sender = async (): Promise<void> => {
    while (open) {
      next += 1
      const n = next
      const begun = performance.now()
      const answer = await deliver(`${balancer.url}${callback}`, n)
      if (answer?.status === 200) acknowledged.add(n)
      else errors.push(`delivery ${n}: ${answer?.status} ${await answer?.text()}`)
      await answer?.arrayBuffer().catch(() => undefined)
      slowestMs = Math.max(slowestMs, performance.now() - begun)
      await sleep(25)
    }
  }
  let looks = 0
  const person = async (): Promise<void> => {
    while (open) {
      const answer = await fetch(`${balancer.url}/api/session`, { headers: { cookie } })
      const text = await answer.text()
      looks += 1
      if (answer.status !== 200) errors.push(`session: ${answer.status} ${text}`)
      await sleep(25)
    }
  }
  let load: Promise<unknown> = Promise.resolve()
  try {
    cookie = await signInOverAll(hubs, balancer.url)
    load = Promise.all([...Array.from({ length: SENDERS }, sender), person()])
    await sleep(500)
    const before = await processesAt(balancer.url, key)
    assert.deepEqual(
      before.map(({ state }) => state),
      ['running', 'running'],
    )
    for (const [i, hub] of hubs.entries()) {
      const ended = hub.end('SIGTERM')
      await until(
        async () => !balancer.ready().includes(hub.url),
        () => 'the balancer still sends to it',
      )
      const { code, ms } = await ended
      assert.equal(code, 0, hub.said().slice(-2_000))
      assert.ok(ms >= DRAIN_SECONDS * 1_000, `it was gone after ${Math.round(ms)} ms`)
      endedAfter.push(Math.round(ms) / 1_000)
      hubs[i] = await start(ports[i] ?? 0)
      await until(
        async () => balancer.ready().length === 2,
        () => 'not ready again',
      )
    }
    await sleep(300)
    const after = await processesAt(balancer.url, key)
    assert.equal(after.length, 2, 'who left said goodbye')
    assert.ok(after.every(({ id }) => before.every((one) => one.id !== id)))
    open = false
    await load
    t.diagnostic(
      `${acknowledged.size} messages and ${looks} looks, ${errors.length} errors, the slowest answer ${Math.round(slowestMs)} ms; ` +
        `ended after (s): ${endedAfter}, draining ${DRAIN_SECONDS} s of it`,
    )
    assert.deepEqual(errors, [])
    assert.ok(acknowledged.size > 150, `only ${acknowledged.size} messages`)
    assert.ok(looks > 50, `only ${looks} looks`)
    await settled(database, () => hubs.map((hub) => hub.said()).join('\n'))
    await assertEachOnce(database.sql, 'load', acknowledged)
    const shares = Object.values(balancer.given())
    assert.ok(shares.length === 2 && shares.every((share) => share > 50), JSON.stringify(shares))
  } finally {
    open = false
    await load.catch(() => undefined)
    await balancer.close()
    await world.close()
  }
})

async function processesAt(url: string, key: string): Promise<readonly ShownProcess[]> {
  const answer = await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${key}` } })
  return ((await answer.json()) as { processes: readonly ShownProcess[] }).processes
}

/** Signs in by a link that one of them printed, at whichever the balancer chooses; answers the cookie. Each start voids the links before. */
async function signInOverAll(hubs: readonly HubProcess[], url: string): Promise<string> {
  const tokens = hubs.flatMap((hub) => /one-time link: \S+#([A-Za-z0-9_-]{20,})/.exec(hub.said())?.[1] ?? [])
  for (const token of tokens) {
    const answer = await fetch(`${url}/api/session/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, password: 'four plain words here' }),
    })
    await answer.arrayBuffer()
    if (answer.status === 200)
      return answer.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
  }
  throw new Error(`none of ${tokens.length} links lets anybody in`)
}
