import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { basics } from './basics.ts'
import { clocks } from './clocks.ts'
import { crashes } from './crashes.ts'
import { histories } from './histories.ts'
import { races } from './races.ts'
import { openWorld, type World } from './world.ts'

/** Enough to find what is wrong most of the time, in a few seconds; more by hand. */
const HISTORIES = 60

/** All that an engine of stock promises. `open` answers the address of Redis, or null for PostgreSQL alone. */
export function conformance(
  name: string,
  open: () => Promise<{ readonly redisUrl: string | null; readonly close: () => Promise<void> }>,
): void {
  describe(name, () => {
    let world: World
    let closeRedis: () => Promise<void>
    before(async () => {
      const { redisUrl, close } = await open()
      closeRedis = close
      world = await openWorld(redisUrl)
    })
    after(async () => {
      await world?.close()
      await closeRedis?.()
    })
    const current = (): World => world
    describe('single commands', () => basics(current))
    describe('many at once', () => races(current))
    describe('random histories', () => histories(current, HISTORIES))
    describe('clocks', () => clocks(current))
    describe('crashes', () => crashes(current))
    test('Redis, where there is one, took part', () => {
      if (world.first.gate === null) return
      const { admitted, refused } = world.first.gate.status().locks
      assert.ok(admitted > 100 && refused > 20, `${admitted} admitted, ${refused} refused`)
    })
  })
}
