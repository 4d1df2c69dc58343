import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { openVault } from '../vault.ts'
import { openSegment } from './read-segment.ts'
import { encodeArrival } from './record.ts'
import { encodeFrame, markOf } from './segment.ts'
import { openSpool, type SpoolOptions, type SpoolTrouble } from './spool.ts'
import { failingDisk, spoolArrival } from './testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const vaultOf = (byte: string) =>
  openVault({ current: 'env', keys: new Map([['env', Buffer.from(byte.repeat(32), 'hex')]]) })
const VAULT = vaultOf('07')

let folders = 0
function optionsOf(more: Partial<SpoolOptions> = {}): SpoolOptions & { troubles: SpoolTrouble[] } {
  const troubles: SpoolTrouble[] = []
  folders += 1
  return {
    roots: [join(scratch, `root${folders}`)],
    clock: systemClock,
    vault: VAULT,
    quotaBytes: 10_000_000,
    reserveBytes: 0,
    allowVolatile: true,
    maxQueue: 10_000,
    onTrouble: (trouble) => void troubles.push(trouble),
    ...more,
    troubles,
  }
}

async function keysIn(paths: readonly string[]): Promise<string[]> {
  const keys: string[] = []
  for (const path of paths) {
    const opened = await openSegment(path, [VAULT])
    assert.ok(opened.ok, path)
    keys.push(...opened.value.batch(0, 1e6).records.map((record) => record.arrival.dedupKey))
  }
  return keys.sort()
}

const codeOf = (code: string) => (error: unknown) => error instanceof Outage && error.code === code

test('what was kept is in closed segments, sealed, for the owner only; a process later finds and counts it', async () => {
  const options = optionsOf({ segmentBytes: 2_000 })
  const spool = await openSpool(options)
  const kept = await Promise.all(Array.from({ length: 40 }, (_, n) => spool.keep(spoolArrival(n))))
  assert.ok(kept.every((one) => one.verdict === 'accepted'))
  assert.equal(new Set(kept.map((one) => one.id)).size, 40)
  await spool.keep(spoolArrival(40))
  assert.equal(spool.status().records, 41)
  const paths = await spool.closeSegments()
  assert.ok(paths.length >= 2, 'rotated by size')
  assert.deepEqual(await keysIn(paths), Array.from({ length: 41 }, (_, n) => `delivery-${n}`).sort())
  assert.equal(readFileSync(paths[0] ?? '').includes('delivery'), false, 'nothing readable on the disk')
  assert.equal(statSync(paths[0] ?? '').mode & 0o777, 0o600)
  assert.equal(statSync(options.roots[0] ?? '').mode & 0o777, 0o700)
  await spool.close()
  const again = await openSpool({ ...options })
  assert.equal(again.status().records, 41)
  for (const path of await again.closeSegments()) await again.merged(path)
  assert.deepEqual([again.status().records, again.status().oldestAt], [0, null])
  const young = await again.prune(60_000, async (all) => all)
  const unproven = await again.prune(-1, async () => [])
  assert.deepEqual(
    [young, unproven],
    [0, 0],
    'neither too young ones nor what the database does not vouch for',
  )
  assert.equal(await again.prune(-1, async (all) => all), paths.length)
  await again.close()
})

test('two processes never write one folder', async () => {
  const options = optionsOf()
  const [one, two] = [await openSpool(options), await openSpool(options)]
  assert.notEqual(one.status().folders[0]?.dir, two.status().folders[0]?.dir)
  await one.close()
  const three = await openSpool(options)
  assert.equal(
    three.status().folders[0]?.dir.endsWith('p0'),
    true,
    'the place of a process that is gone is free',
  )
  await two.close()
  await three.close()
})

test('a torn tail is cut at the last whole record and told; damage in the middle costs its own record only', async () => {
  const options = optionsOf()
  const spool = await openSpool(options)
  for (const n of [1, 2, 3]) await spool.keep(spoolArrival(n))
  const [path = ''] = await spool.closeSegments()
  await spool.close()
  const whole = statSync(path).size
  appendFileSync(path, Buffer.concat([Buffer.from('HFRM'), Buffer.alloc(50, 1)]))
  const again = await openSpool(options)
  assert.equal(statSync(path).size, whole)
  assert.deepEqual(
    options.troubles.map((one) => one.code),
    ['spool.tail_cut'],
  )
  await again.close()
  const bytes = readFileSync(path)
  bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1
  const middle = bytes.indexOf('HFRM') + 20
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  writeFileSync(path, bytes)
  const opened = await openSegment(path, [VAULT])
  assert.ok(opened.ok)
  const batch = opened.value.batch(0, 100)
  assert.deepEqual(
    batch.records.map((record) => record.arrival.dedupKey),
    ['delivery-2'],
  )
  assert.deepEqual(
    batch.damaged.map((one) => one.torn),
    [false, true],
  )
})

test('messages behind a damaged header count as waiting, since the merge reads them', async () => {
  const options = optionsOf()
  const spool = await openSpool(options)
  for (const n of [1, 2, 3]) await spool.keep(spoolArrival(n))
  const [path = ''] = await spool.closeSegments()
  await spool.close()
  const bytes = readFileSync(path)
  bytes[30] = (bytes[30] ?? 0) ^ 1
  writeFileSync(path, bytes)
  const again = await openSpool(options)
  assert.equal(again.status().records, 3)
  assert.equal(statSync(path).size, bytes.length, 'nothing of it is cut')
  assert.deepEqual(
    options.troubles.map((one) => one.code),
    ['spool.frame_damaged'],
  )
  assert.deepEqual(await keysIn([path]), ['delivery-1', 'delivery-2', 'delivery-3'])
  await again.close()
})

test('an unsealed spool never reads a message out of a refused body, however the record around it is damaged', async () => {
  const spool = await openSpool(optionsOf({ vault: null }))
  const forged = encodeFrame(encodeArrival(spoolArrival(666)), markOf({}))
  const refused = { verdict: 'rejected', body: Buffer.concat([forged, forged]) } as const
  const { id } = await spool.keep(spoolArrival(1, refused))
  await spool.keep(spoolArrival(2))
  const [path = ''] = await spool.closeSegments()
  await spool.close()
  const bytes = readFileSync(path)
  const own = bytes.subarray(bytes.indexOf('HFRM') + 4, bytes.indexOf('HFRM') + 12)
  assert.equal(id.includes(own.toString('hex')), false, 'what a sender may be told does not give it away')
  const inside = bytes.indexOf('orders/create')
  bytes[inside] = (bytes[inside] ?? 0) ^ 1
  writeFileSync(path, bytes)
  assert.deepEqual(await keysIn([path]), ['delivery-2'])
})

test('a failed folder is tried again after its pause, also when the clock is set back', async () => {
  const disk = failingDisk()
  let uptime = 1_000
  const now = Temporal.Instant.from('2026-11-11T00:00:00Z')
  let clock = now
  const options = optionsOf({ disk, uptimeMs: () => uptime, clock: { now: () => clock } })
  const spool = await openSpool(options)
  disk.failWith('EIO', 'sync')
  await assert.rejects(spool.keep(spoolArrival(1)), codeOf('spool.unwritable'))
  disk.failWith(null, 'sync')
  clock = now.subtract({ hours: 24 })
  assert.equal(spool.usable(), false)
  uptime += 31_000
  assert.equal(spool.usable(), true)
  assert.equal((await spool.keep(spoolArrival(2))).verdict, 'accepted')
  await spool.close()
})

test('a folder that failed once is found well again without another outage', async () => {
  const disk = failingDisk()
  let uptime = 1_000
  const spool = await openSpool(optionsOf({ disk, uptimeMs: () => uptime }))
  disk.failWith('EIO', 'sync')
  await assert.rejects(spool.keep(spoolArrival(1)), codeOf('spool.unwritable'))
  disk.failWith(null, 'sync')
  const troubles = () => spool.status().folders.filter((folder) => folder.trouble !== null).length
  await spool.tryFailed()
  assert.equal(troubles(), 1, 'not before its pause is over')
  uptime += 31_000
  await spool.tryFailed()
  assert.equal(troubles(), 0)
  assert.equal((await spool.keep(spoolArrival(2))).verdict, 'accepted')
  await spool.close()
})

test('a failed sync is never answered with an acknowledgement, and its file is never written again', async () => {
  const disk = failingDisk()
  const options = optionsOf({ disk })
  const spool = await openSpool(options)
  await spool.keep(spoolArrival(1))
  disk.failWith('EIO', 'sync')
  await assert.rejects(spool.keep(spoolArrival(2)), codeOf('spool.unwritable'))
  assert.equal(spool.status().usable, false)
  await assert.rejects(spool.keep(spoolArrival(3)), codeOf('spool.unwritable'))
  await spool.close()
  const after = await openSpool(optionsOf({ roots: options.roots }))
  await after.keep(spoolArrival(4))
  const paths = await after.closeSegments()
  assert.equal(paths.length, 2)
  const keys = await keysIn(paths)
  assert.ok(keys.includes('delivery-1') && keys.includes('delivery-4'))
  await after.close()
})

test('a failed disk is left for the second one; a full one gives its reserve first', async () => {
  const disk = failingDisk()
  const roots = [join(scratch, 'first'), join(scratch, 'second')]
  const options = optionsOf({ disk, roots })
  const spool = await openSpool(options)
  await spool.keep(spoolArrival(1))
  disk.failWith('EIO', 'sync', (path) => path.startsWith(roots[0] ?? ''))
  assert.equal((await spool.keep(spoolArrival(2))).verdict, 'accepted')
  assert.equal((await spool.keep(spoolArrival(3))).verdict, 'accepted')
  const second = spool.status().folders[1]
  assert.equal(second?.files, 1)
  assert.ok((await keysIn(await spool.closeSegments())).length >= 3)
  await spool.close()

  const full = failingDisk()
  const reserved = optionsOf({ disk: full, reserveBytes: 1_048_576 })
  const small = await openSpool(reserved)
  const reserve = join(small.status().folders[0]?.dir ?? '', 'reserve')
  for (
    let tries = 0;
    tries < 100 && (statSync(reserve, { throwIfNoEntry: false })?.size ?? 0) < 1_048_576;
    tries += 1
  )
    await new Promise((resolve) => setTimeout(resolve, 20))
  await small.keep(spoolArrival(1))
  // Full until the reserve is given back.
  full.failWith('ENOSPC', 'append', () => statSync(reserve, { throwIfNoEntry: false }) !== undefined)
  assert.equal((await small.keep(spoolArrival(2))).verdict, 'accepted')
  assert.equal(statSync(reserve, { throwIfNoEntry: false }), undefined)
  assert.deepEqual(
    reserved.troubles.map((one) => one.code),
    ['spool.disk_full'],
  )
  full.failWith('ENOSPC', 'append')
  await assert.rejects(small.keep(spoolArrival(3)), codeOf('spool.disk_full'))
  await small.close()
})

test('the quota refuses, a wrong key is told apart from damage, memory is no disk', async () => {
  const options = optionsOf({ quotaBytes: 3_000 })
  const spool = await openSpool(options)
  await spool.keep(spoolArrival(0))
  await assert.rejects(
    Promise.all(Array.from({ length: 30 }, (_, n) => spool.keep(spoolArrival(n)))),
    codeOf('spool.full'),
  )
  const [path = ''] = await spool.closeSegments()
  await spool.close()
  const opened = await openSegment(path, [vaultOf('08')])
  assert.equal(opened.ok ? 'ok' : opened.refusal.code, 'spool.wrong_key')
  const volatile = optionsOf({ roots: ['/dev/shm/holdfast-spool-test'], allowVolatile: false })
  const refused = await openSpool(volatile)
  assert.equal(refused.status().usable, false)
  assert.deepEqual(
    volatile.troubles.map((one) => one.code),
    ['spool.volatile'],
  )
  await assert.rejects(refused.keep(spoolArrival(1)), codeOf('spool.unwritable'))
  rmSync('/dev/shm/holdfast-spool-test', { recursive: true, force: true })
})
