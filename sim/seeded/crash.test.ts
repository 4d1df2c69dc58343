import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpCall } from '#domain/connector.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { NO_OUTSIDE_FAULTS, openGate } from './crash.ts'

function openStage() {
  const did: string[] = []
  const gate = openGate(seededRandom(3), {
    listen: async () => async () => undefined,
    pass: async (seconds) => {
      did.push(`${seconds} s begin`)
      await new Promise((resolve) => setTimeout(resolve, 10))
      did.push(`${seconds} s end`)
    },
  })
  const statement = (async (text: TemplateStringsArray) => {
    did.push(text.join('?'))
    return []
  }) as unknown as Sql
  const db = gate.aroundDatabase(
    Object.assign(statement, {
      begin: async <T>(work: (tx: Sql) => Promise<T>): Promise<T> => {
        did.push('begin')
        const result = await work(statement)
        did.push('commit')
        return result
      },
    }) as unknown as Database,
  )
  return { did, gate, db }
}

test('a slow database: time goes by before a transaction begins or commits, and nothing else is begun meanwhile', async () => {
  const { did, gate, db } = openStage()
  gate.dawdle(1, 90)
  await gate.within(async () => {
    await Promise.all([
      db.begin(async (tx) => {
        await tx`select 1`
      }),
      (async () => {
        while (!did.includes('90 s begin')) await new Promise((resolve) => setImmediate(resolve))
        await db`select 2`
      })(),
    ])
  })
  assert.deepEqual(did, ['begin', 'select 1', '90 s begin', '90 s end', ...did.slice(4)])
  assert.deepEqual(did.slice(4).toSorted(), ['commit', 'select 2'])
  assert.equal(gate.counts().dawdles, 1)
})

test('outside of what is let work no time goes by', async () => {
  const { did, gate, db } = openStage()
  gate.dawdle(0, 90)
  await db.begin(async () => undefined)
  assert.deepEqual(did, ['begin', 'commit'])
})

test('a garbled answer says 200, and is a page of somebody in between or half of what was said', async () => {
  const { gate } = openStage()
  let calls = 0
  const http = gate.aroundHttp((async () => {
    calls += 1
    return { status: 200, headers: {}, body: Buffer.from('{"success":true}') }
  }) satisfies HttpCall)
  gate.setOutside({ ...NO_OUTSIDE_FAULTS, garbled: 1 })
  const bodies = new Set<string>()
  await gate.within(async () => {
    for (let i = 0; i < 12; i += 1) {
      const answer = await http({ method: 'POST', url: 'http://shop.sim/ship' })
      assert.equal(answer.status, 200)
      bodies.add(Buffer.from(answer.body).toString())
    }
  })
  assert.equal(calls, 12, 'what was asked was done each time')
  assert.deepEqual([...bodies].toSorted(), ['<html>welcome</html>', '{"succes'])
})
