import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { openActorCache } from './actor-cache.ts'
import { hashToken, parseKey } from './tokens.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')

test('a key that was known goes on without the database, until its own end or a day; a revoked or strange one does not', async () => {
  const clock = manualClock(START)
  const key = 'hf_abcdefghijkl_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ'
  const parts = parseKey(key)
  assert.ok(parts, 'the test writes keys as the hub does')
  let answers: 'row' | 'none' | 'away' = 'row'
  const row = {
    id: parts.id,
    name: 'gateway',
    secretHash: hashToken(parts.secret),
    scopes: ['gateway:write'],
    shops: null,
    createdBy: 'x',
    createdAt: START,
    expiresAt: START.add({ hours: 12 }),
    lastUsedAt: null,
  }
  const sql = (async () => {
    if (answers === 'away') throw new Outage('database.unreachable', 'gone')
    return answers === 'row' ? [row] : []
  }) as Sql
  const cache = openActorCache({ sql, clock, policy: { idleHours: 1, maxDays: 1 } })
  answers = 'away'
  await assert.rejects(cache.byKey(key), Outage, 'never seen: nobody can vouch for it')
  answers = 'row'
  assert.equal((await cache.byKey(key))?.name, 'gateway')
  answers = 'away'
  clock.advance({ hours: 2 })
  assert.equal((await cache.byKey(key))?.name, 'gateway')
  clock.advance({ hours: 11 })
  assert.equal(await cache.byKey(key), null, 'its own end is kept')
  answers = 'none'
  clock.advance({ minutes: 1 })
  assert.equal(await cache.byKey(key), null)
  answers = 'away'
  clock.advance({ minutes: 1 })
  await assert.rejects(cache.byKey(key), Outage, 'revoked while the database answered: forgotten')
})
