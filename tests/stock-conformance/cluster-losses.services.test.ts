import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { groupOf } from '#features/stock-gate/core/bid.ts'
import { readGate } from '#features/stock-gate/index.ts'
import { type RedisCluster, redisCluster } from '#test-support/redis.ts'
import { codeOf, contradictions, fill, free, type Line, lock } from './asks.ts'
import { eventually, openWorld, pendingIn, type World } from './world.ts'

// What only a Cluster can do: put an order's SKUs on several servers, lose one of them, and promote a copy that is behind.

let cluster: RedisCluster
let world: World
before(async () => {
  cluster = await redisCluster()
  world = await openWorld(cluster.url)
})
after(async () => {
  await world?.close()
  await cluster?.close()
})

const engine = () => world.first.engine
const GROUPS = 64
/** A failover takes the nodes' own time-out and an election. */
const FAILOVER_SECONDS = 30

const epochKey = async (sku: string): Promise<string> =>
  `hf:${(await readGate(world.db)).namespace}:{g${groupOf(sku, GROUPS)}}:epoch`

/** SKUs of which no two are in one slot group. */
function scattered(mark: string, count: number): string[] {
  const found = new Map<number, string>()
  for (let i = 0; found.size < count; i += 1) {
    const sku = `${mark}-${i}`
    if (!found.has(groupOf(sku, GROUPS))) found.set(groupOf(sku, GROUPS), sku)
  }
  return [...found.values()]
}

test('an order over several slots has all or nothing, and what is refused leaves nothing pending', async () => {
  const skus = scattered('wide', 6)
  for (const sku of skus) await fill(engine(), sku, 'SH', 5)
  const short = skus.at(-1) ?? ''
  const basket = (pieces: number): Line[] =>
    skus.map((sku) => [sku, 'SH', sku === short ? pieces : 1] as const)
  const before = world.first.gate?.status().locks
  assert.equal(codeOf(await engine().ask(lock('wide-no', basket(6)))), 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  assert.equal(world.first.gate?.status().locks.refused, (before?.refused ?? 0) + 1)
  assert.equal(await pendingIn(world), 0)
  assert.equal(codeOf(await engine().ask(lock('wide-yes', basket(5)))), 'ok')
  assert.equal(world.first.gate?.status().locks.admitted, (before?.admitted ?? 0) + 1)
  for (const sku of skus) assert.equal(await free(engine(), sku, 'SH'), sku === short ? 0 : 4)
  assert.deepEqual(await contradictions(world.db), [])
})

test('baskets over many slots by two processes at once: exactly as many as there are', async () => {
  const skus = scattered('many', 8)
  for (const sku of skus) await fill(engine(), sku, 'GZ', 60)
  const answers = await Promise.all(
    Array.from({ length: 150 }, (_, i) => {
      const lines = skus.map((sku): Line => [sku, 'GZ', 1])
      const { engine: either } = i % 2 === 0 ? world.first : world.second
      return either.ask(lock(`many-${i}`, i % 3 === 0 ? lines.toReversed() : lines), {
        deadlineMs: 20_000,
      })
    }),
  )
  assert.equal(answers.filter((one) => one.ok).length, 60)
  assert.deepEqual(await contradictions(world.db), [])
  await eventually(
    async () => (await pendingIn(world)) === 0,
    () => 'entries stay pending',
  )
})

test('a master is killed in the middle of a sale: every lock that was told stands, none too many', async () => {
  await fill(engine(), 'master', 'SH', 300)
  const master = await cluster.masterOf(await epochKey('master'))
  const told: string[] = []
  const epoch = world.first.gate?.status().epoch ?? 0n
  for (let wave = 0; wave < 10; wave += 1) {
    const asked = Array.from({ length: 60 }, async (_, i) => {
      const key = `master-${wave}-${i}`
      const { engine: either } = i % 2 === 0 ? world.first : world.second
      const answer = await either.ask(lock(key, [['master', 'SH', 1]]), { deadlineMs: 20_000 })
      if (answer.ok) told.push(key)
    })
    if (wave === 3) await master.stop('SIGKILL')
    await Promise.all(asked)
  }
  assert.equal(told.length, 300)
  const [kept] = await world.db<{ count: bigint }>`
    select count(*) as count from stock_hold where key like 'master-%' and state = 'held'`
  assert.equal(kept?.count, 300n)
  assert.deepEqual(await contradictions(world.db), [])
  await eventually(
    async () => {
      const status = world.first.gate?.status()
      return (
        status?.state === 'ready' && status.epoch > epoch && world.second.gate?.status().state === 'ready'
      )
    },
    () => `after the failover: ${JSON.stringify(world.first.gate?.status().reason)}`,
    FAILOVER_SECONDS,
  )
  assert.equal(await free(engine(), 'master', 'SH'), 0)
  await master.start('empty')
})

test('a replica that is behind is promoted: what it holds is not believed', async () => {
  await fill(engine(), 'behind', 'SH', 20)
  const key = await epochKey('behind')
  const master = await cluster.masterOf(key)
  const replicas = cluster.nodes.filter((node) => node !== master)
  const masterId = String(await master.command('cluster', 'myid'))
  const owners = await Promise.all(
    replicas.map(async (node) =>
      String(await node.command('cluster', 'nodes').catch(() => ''))
        .split('\n')
        .find((line) => line.includes('myself')),
    ),
  )
  const own = replicas.find((_, i) => owners[i]?.includes(`slave ${masterId}`))
  assert.ok(own !== undefined, 'the master has a replica')
  await eventually(
    async () =>
      String(await own.command('info', 'replication').catch(() => '')).includes('master_link_status:up'),
    () => 'the replica is not in step',
  )
  own.freeze()
  try {
    for (let i = 0; i < 15; i += 1)
      assert.equal(codeOf(await engine().ask(lock(`behind-${i}`, [['behind', 'SH', 1]]))), 'ok')
    await master.stop('SIGKILL')
  } finally {
    own.go()
  }
  const epoch = world.first.gate?.status().epoch ?? 0n
  // Whatever the promoted copy says meanwhile: five are left, and five are sold.
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      engine().ask(lock(`behind-more-${i}`, [['behind', 'SH', 1]]), { deadlineMs: 20_000 }),
    ),
  )
  assert.equal(answers.filter((one) => one.ok).length, 5)
  await eventually(
    async () => {
      const status = world.first.gate?.status()
      return status?.state === 'ready' && status.epoch > epoch
    },
    () => `still ${world.first.gate?.status().state} (${world.first.gate?.status().reason})`,
    FAILOVER_SECONDS,
  )
  assert.equal(await free(engine(), 'behind', 'SH'), 0)
  assert.deepEqual(await contradictions(world.db), [])
})
