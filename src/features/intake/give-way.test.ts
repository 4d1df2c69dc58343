import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { openGiveWay } from './give-way.ts'

function recording(): { db: Database; said: string[] } {
  const said: string[] = []
  const sql = (async (text: TemplateStringsArray) => {
    said.push(text.join('?'))
    return []
  }) as Sql
  const begin = async <T>(run: (tx: Sql) => Promise<T>): Promise<T> => await run(sql)
  const nothing = async () => []
  return { said, db: Object.assign(sql, { begin, listen: nothing, raw: nothing, end: nothing }) as never }
}

test('statements wait while a quick batch is under way, and go on when the last one is done', async () => {
  const { db, said } = recording()
  const way = openGiveWay()
  const polite = way.polite(db)
  await polite`one`
  const leave = [way.enter(), way.enter()]
  const second = polite.begin(async (tx) => await tx`two`)
  await sleep(5)
  leave[0]?.()
  await sleep(5)
  assert.deepEqual(said, ['one'], 'one quick batch is still under way')
  leave[1]?.()
  await second
  assert.deepEqual(said, ['one', 'two'])
})

test('a batch is held back for a tenth of a second altogether and no longer', async () => {
  const { db, said } = recording()
  const way = openGiveWay()
  way.enter()
  const polite = way.polite(db)
  const begunAt = performance.now()
  for (let i = 0; i < 20; i += 1) await polite`statement`
  const took = performance.now() - begunAt
  assert.equal(said.length, 20)
  assert.ok(took >= 95 && took < 1_000, `${took} ms`)
})
