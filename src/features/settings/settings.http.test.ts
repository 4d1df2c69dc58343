import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#kernel/clock.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { mergeSettings } from './core/rules.ts'
import { openSettings, type SettingsDirectory, settingsRoutes } from './index.ts'

const FALLBACK = { zone: 'Asia/Shanghai', rawMessageDays: 30, locale: 'zh-CN' } as const
let server: TestServer
let here: SettingsDirectory
let elsewhere: SettingsDirectory

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    const deps = {
      sql,
      clock: systemClock,
      fallback: FALLBACK,
      onProblem: (error: unknown) => assert.fail(String(error)),
    }
    here = await openSettings(deps)
    elsewhere = await openSettings(deps)
    settingsRoutes(app, { settings: here })
  })
})
after(async () => {
  await here.stop()
  await elsewhere.stop()
  await server.close()
})

test('S2: nothing set is the environment; a stored value that makes no sense is passed over', () => {
  assert.deepEqual(here.current(), FALLBACK)
  assert.deepEqual(
    mergeSettings(FALLBACK, { zone: 'Mars/Olympus', rawMessageDays: -1, locale: 'tlh' }),
    FALLBACK,
  )
})

test('a change is answered, kept, audited, and heard by another process within a second', async () => {
  const changed = await server.call('PATCH', '/api/settings', {
    zone: 'America/Sao_Paulo',
    rawMessageDays: 7,
  })
  assert.deepEqual(
    [changed.status, changed.body],
    [200, { zone: 'America/Sao_Paulo', rawMessageDays: 7, locale: 'zh-CN' }],
  )
  assert.equal(here.current().zone, 'America/Sao_Paulo')
  for (let i = 0; i < 100 && elsewhere.current().rawMessageDays !== 7; i += 1) await sleep(10)
  assert.deepEqual(elsewhere.current(), here.current())
  const audit = await server.sql`select detail from audit_entry where action = 'settings.changed'`
  assert.deepEqual(audit, [{ detail: { zone: 'America/Sao_Paulo', rawMessageDays: 7 } }])
})

test('S1: what cannot be used is refused and nothing changes', async () => {
  const before = here.current()
  const zone = await server.call('PATCH', '/api/settings', { zone: 'Mars/Olympus', rawMessageDays: 9 })
  assert.deepEqual([zone.status, (zone.body as { code: string }).code], [422, 'settings.zone_unknown'])
  for (const bad of [
    { rawMessageDays: 0 },
    { rawMessageDays: 1.5 },
    { rawMessageDays: '9' },
    {},
    { port: 1 },
  ])
    assert.equal((await server.call('PATCH', '/api/settings', bad)).status, 400, JSON.stringify(bad))
  assert.deepEqual(here.current(), before)
})

test('everybody who is signed in reads, only administrators change', async () => {
  const viewer = await server.asUser('viewer')
  assert.equal((await server.app.inject({ url: '/api/settings', headers: viewer })).statusCode, 200)
  const change = { method: 'PATCH', url: '/api/settings', payload: { locale: 'en' } } as const
  assert.equal(
    (await server.app.inject({ ...change, headers: await server.asUser('operator') })).statusCode,
    403,
  )
  assert.equal(
    (await server.app.inject({ ...change, headers: await server.asUser('admin') })).statusCode,
    200,
  )
})

test('a fresh process reads what was set', async () => {
  const database = await freshDatabase()
  try {
    await database.sql`insert into setting (name, value) values ('zone', '"Europe/Rome"')`
    const deps = { sql: database.sql, clock: systemClock, fallback: FALLBACK, onProblem: () => undefined }
    const fresh = await openSettings(deps)
    assert.equal(fresh.current().zone, 'Europe/Rome')
    await fresh.stop()
  } finally {
    await database.close()
  }
})
