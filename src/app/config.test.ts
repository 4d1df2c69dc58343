import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Config, describeConfig, isLoopbackHost, readConfig, SETTINGS } from './config.ts'

const read = (env: Record<string, string>): Config => {
  const config = readConfig(env)
  assert.ok(config.ok, JSON.stringify(config))
  return config.value
}
const problem = (env: Record<string, string>): string => {
  const config = readConfig(env)
  return config.ok ? 'accepted' : config.refusal.detail
}

test('without an environment everything has its documented default', () => {
  const config = read({})
  assert.equal(config.port, 8686)
  assert.equal(config.host, '127.0.0.1')
  assert.equal(config.dataDir, './data')
  assert.equal(config.databaseUrl, null)
  assert.equal(config.logLevel, 'info')
  assert.deepEqual(config.roles, ['api', 'worker', 'console'])
  assert.equal(config.hubZone, 'Asia/Shanghai')
  assert.equal(config.rawMessageDays, 30)
  assert.equal(config.ingestBatchMax, 512)
  assert.equal(config.allowLoopbackTargets, false)
  assert.deepEqual(read({ PORT: '', HOST: '  ' }), config)
})

test('a bad value is one line: which variable, what was given, what is allowed', () => {
  assert.equal(problem({ PORT: 'abc' }), 'PORT is "abc": expected a whole number from 0 to 65535')
  assert.equal(problem({ PORT: '65536' }), 'PORT is "65536": expected a whole number from 0 to 65535')
  assert.equal(
    problem({ ROLES: 'api,cook' }),
    'ROLES is "api,cook": expected one or more of api, worker, console, comma separated',
  )
  assert.match(
    problem({ HUB_ZONE: 'Mars/Olympus' }),
    /^HUB_ZONE is "Mars\/Olympus": expected an IANA time zone$/,
  )
  for (const bad of ['1e3', '-1', '80.5', '0x50', '８０８０', 'NaN'])
    assert.match(problem({ PORT: bad }), /^PORT is/, bad)
  assert.match(problem({ PUBLIC_URL: 'hub.example.com' }), /^PUBLIC_URL/)
  assert.match(problem({ PUBLIC_URL: 'javascript:alert(1)' }), /^PUBLIC_URL/)
  assert.match(problem({ ALLOW_LOOPBACK_TARGETS: 'maybe' }), /expected true or false$/)
  for (const bad of ['warehouse.local', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.1,'])
    assert.match(problem({ PRIVATE_TARGETS: bad }), /expected addresses or networks/)
})

test('all problems are told, the first in the line itself', () => {
  const config = readConfig({ PORT: 'x', WORKERS: 'y' })
  assert.ok(!config.ok)
  assert.equal(config.refusal.code, 'config.invalid')
  assert.equal((config.refusal.data as { problems: string[] }).problems.length, 2)
})

test('a bad secret is never repeated', () => {
  assert.equal(
    problem({ DATABASE_URL: 'mysql://u:hunter22@h/d' }),
    'DATABASE_URL is not valid: expected postgres://user:password@host:port/database',
  )
  assert.ok(!problem({ HOLDFAST_KEY: 'deadbeef' }).includes('deadbeef'))
})

test('the table masks secrets and says where a value comes from', () => {
  const env = {
    DATABASE_URL: 'postgres://u:hunter22@h:5/d?sslmode=x&password=hunter22',
    HOLDFAST_KEY: 'ab'.repeat(32),
    PORT: '9000',
  }
  const rows = describeConfig(env, { HOST: '0.0.0.0' })
  const row = (name: string) => rows.find((one) => one.env === name)
  assert.equal(row('DATABASE_URL')?.value, 'postgres://***@h:5/d')
  assert.equal(row('HOLDFAST_KEY')?.value, '***')
  assert.deepEqual([row('PORT')?.value, row('PORT')?.from], ['9000', 'environment'])
  assert.deepEqual([row('HOST')?.value, row('HOST')?.from], ['0.0.0.0', 'option'])
  assert.deepEqual([row('LOG_LEVEL')?.value, row('LOG_LEVEL')?.from], ['info', 'default'])
  assert.ok(!JSON.stringify(rows).includes('hunter22'))
  assert.equal(rows.length, Object.keys(SETTINGS).length)
  assert.ok(rows.every((one) => /[\u4e00-\u9fff]/.test(one.zh) && /[a-z]/.test(one.en)))
})

test('what counts as loopback', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])
    assert.ok(isLoopbackHost(host), host)
  for (const host of ['0.0.0.0', '::', '127.0.0.1.evil.example', '10.0.0.1', ''])
    assert.ok(!isLoopbackHost(host), host)
})
