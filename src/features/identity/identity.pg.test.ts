import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import {
  createIdentity,
  firstSignInLink,
  type IdentityDeps,
  makeKey,
  makeSignInLink,
  recordAudit,
  SYSTEM,
} from './index.ts'
import { signIn } from './sign-in.ts'
import { signInByLink } from './sign-in-link.ts'
import { addUser, changeUser } from './users.ts'

const CALLER = { address: '198.51.100.7', agent: 'test' }
const PASSWORD = 'a long enough password'
const clock = manualClock(Temporal.Instant.from('2026-03-01T00:00:00Z'))
let database: FreshDatabase
let identity: IdentityDeps

const open = (): IdentityDeps =>
  createIdentity({
    sql: database.sql,
    clock,
    random: systemRandom,
    policy: { idleHours: 12, maxDays: 7 },
    cost: { n: 1_024, r: 8, p: 1 },
  })
before(async () => {
  database = await freshDatabase({ connections: 12 })
  identity = open()
})
after(async () => await database.close())

const codeOf = (result: { ok: true } | { ok: false; refusal: { code: string } }): string =>
  result.ok ? 'ok' : result.refusal.code
const tokenOf = (path: string): string => path.slice('/link#'.length)
let counter = 0
/** An address of its own per test, so that one test's failures do not throttle another's. */
const caller = () => {
  counter += 1
  return { ...CALLER, address: `198.51.100.${counter}` }
}

test('a new hub prints a link for its administrator until somebody has a password', async () => {
  const first = await firstSignInLink(identity)
  assert.equal(first?.name, 'admin')
  const again = await firstSignInLink(identity)
  assert.ok(first && again && first.path !== again.path)
  const from = caller()
  const voided = await signInByLink(identity, { token: tokenOf(first.path), password: PASSWORD }, from, null)
  assert.equal(codeOf(voided), 'identity.link_invalid')
  const bare = await signInByLink(identity, { token: tokenOf(again.path), password: null }, from, null)
  assert.equal(codeOf(bare), 'identity.password_needed')
  const short = await signInByLink(identity, { token: tokenOf(again.path), password: 'short' }, from, null)
  assert.equal(codeOf(short), 'identity.password_too_short')
  const entered = await signInByLink(identity, { token: tokenOf(again.path), password: PASSWORD }, from, null)
  assert.equal(codeOf(entered), 'ok')
  const reused = await signInByLink(identity, { token: tokenOf(again.path), password: PASSWORD }, from, null)
  assert.equal(codeOf(reused), 'identity.link_invalid')
  assert.equal(await firstSignInLink(identity), null)
  assert.equal(codeOf(await signIn(identity, { name: 'ADMIN', password: PASSWORD }, from, null)), 'ok')
})

test('two processes that start at once make one administrator', async () => {
  const other = await freshDatabase()
  try {
    const deps = { sql: other.sql, clock, random: systemRandom }
    await Promise.all([firstSignInLink(deps), firstSignInLink(deps), firstSignInLink(deps)])
    assert.equal((await other.sql`select 1 from account`).length, 1)
  } finally {
    await other.close()
  }
})

test('a link used by ten at once lets one in, and expires after 24 hours', async () => {
  await addUser(identity, SYSTEM, { name: 'racer', role: 'viewer', password: PASSWORD })
  const made = await makeSignInLink(identity, 'racer')
  assert.ok(made.ok)
  const token = tokenOf(made.value.path)
  const from = caller()
  const all = await Promise.all(
    Array.from({ length: 10 }, () => signInByLink(identity, { token, password: null }, from, null)),
  )
  assert.equal(all.filter((one) => one.ok).length, 1)
  const late = await makeSignInLink(identity, 'racer')
  assert.ok(late.ok)
  clock.advance({ hours: 24 })
  const expired = await signInByLink(
    identity,
    { token: tokenOf(late.value.path), password: null },
    caller(),
    null,
  )
  assert.equal(codeOf(expired), 'identity.link_invalid')
})

test('a new password by link ends the other sessions and is in the audit log; a link alone does neither', async () => {
  await addUser(identity, SYSTEM, { name: 'regained', role: 'viewer', password: PASSWORD })
  const stolen = await signIn(identity, { name: 'regained', password: PASSWORD }, caller(), null)
  assert.ok(stolen.ok)
  const { id } = stolen.value.account
  const enter = async (password: string | null) => {
    const link = await makeSignInLink(identity, 'regained')
    assert.ok(link.ok)
    const from = caller()
    const entered = await signInByLink(identity, { token: tokenOf(link.value.path), password }, from, null)
    assert.ok(entered.ok)
    const sessions = await database.sql`select 1 from account_session where account_id = ${id}`
    const audit = await database.sql<{ detail: unknown; address: string; actor_name: string }>`
      select detail, address, actor_name from audit_entry
      where action = 'identity.user_changed' and subject = 'regained'`
    return { sessions: sessions.length, audit, address: from.address }
  }
  const bare = await enter(null)
  assert.deepEqual([bare.sessions, bare.audit.length], [2, 0])
  const changed = await enter('quite another password')
  assert.equal(changed.sessions, 1)
  assert.deepEqual(
    changed.audit.map((row) => ({ ...row })),
    [{ detail: { passwordChanged: true }, address: changed.address, actor_name: 'regained' }],
  )
})

test('nothing readable is stored: no token, no password, no key', async () => {
  await addUser(identity, SYSTEM, { name: 'stored', role: 'viewer', password: PASSWORD })
  const signed = await signIn(identity, { name: 'stored', password: PASSWORD }, caller(), null)
  const key = await makeKey(identity, SYSTEM, { name: 'k', scopes: ['orders:read'], expiresAt: null })
  const link = await makeSignInLink(identity, 'stored')
  assert.ok(signed.ok && key.ok && link.ok)
  const tables = ['account', 'account_session', 'sign_in_link', 'sign_in_failure', 'api_key', 'audit_entry']
  let dump = ''
  for (const table of tables)
    dump += JSON.stringify(await database.sql.raw(`select t::text as line from ${table} t`))
  const secrets = [PASSWORD, signed.value.token, key.value.text.slice(16), tokenOf(link.value.path)]
  for (const secret of secrets) {
    assert.ok(secret.length > 10)
    assert.ok(!dump.includes(secret))
    assert.ok(!dump.includes(Buffer.from(secret).toString('hex')))
  }
  assert.match(dump, /scrypt\$n=1024,r=8,p=1\$/)
})

test('wrong name, wrong password and disabled answer alike', async () => {
  const added = await addUser(identity, SYSTEM, { name: 'gone', role: 'viewer', password: PASSWORD })
  assert.ok(added.ok)
  await changeUser(identity, SYSTEM, added.value.id, { disabled: true })
  const answers = [
    await signIn(identity, { name: 'nobody-here', password: PASSWORD }, caller(), null),
    await signIn(identity, { name: 'racer', password: 'not this one at all' }, caller(), null),
    await signIn(identity, { name: 'gone', password: PASSWORD }, caller(), null),
  ]
  const [first] = answers
  assert.equal(codeOf(answers[0] ?? { ok: true }), 'identity.wrong_credentials')
  for (const answer of answers) assert.deepEqual(answer, first)
})

test('a hundred guesses at once are five guesses, in every process', async () => {
  await addUser(identity, SYSTEM, { name: 'target', role: 'viewer', password: PASSWORD })
  const processes = [identity, open()]
  const guesses = await Promise.all(
    Array.from({ length: 20 }, (_, i) => {
      const one = processes[i % 2] ?? identity
      return signIn(
        one,
        { name: i % 3 === 0 ? 'TARGET' : 'target', password: `wrong guess ${i}` },
        caller(),
        null,
      )
    }),
  )
  const codes = guesses.map(codeOf)
  assert.equal(codes.filter((code) => code === 'identity.wrong_credentials').length, 5)
  assert.equal(codes.filter((code) => code === 'identity.throttled').length, 15)
  assert.equal(
    codeOf(await signIn(identity, { name: 'target', password: PASSWORD }, caller(), null)),
    'identity.throttled',
  )
  clock.advance({ seconds: 30 })
  assert.equal(codeOf(await signIn(identity, { name: 'target', password: PASSWORD }, caller(), null)), 'ok')
})

test('a clock finer than the database does not block the first attempt', async () => {
  const fine = { ...identity, clock: { now: () => clock.now().add({ nanoseconds: 999_999_600 }) } }
  for (let i = 0; i < 3; i += 1) {
    const tried = await signIn(fine, { name: `fine-${i}`, password: 'x'.repeat(12) }, caller(), null)
    assert.equal(codeOf(tried), 'identity.wrong_credentials')
  }
})

test('one address gets twenty failures over all names, and good sign-ins cost it nothing', async () => {
  const from = caller()
  for (let i = 0; i < 25; i += 1)
    assert.equal(codeOf(await signIn(identity, { name: 'racer', password: PASSWORD }, from, null)), 'ok')
  const codes: string[] = []
  for (let i = 0; i < 22; i += 1)
    codes.push(codeOf(await signIn(identity, { name: `guess-${i}`, password: 'x'.repeat(12) }, from, null)))
  assert.equal(codes.filter((code) => code === 'identity.wrong_credentials').length, 20)
  assert.equal(codes.at(-1), 'identity.throttled')
})

test('the table of failures does not grow without bound', async () => {
  clock.advance({ hours: 2 })
  for (let i = 0; i < 3; i += 1)
    await signIn(identity, { name: `late-${i}`, password: 'x'.repeat(12) }, caller(), null)
  const rows = await database.sql`select 1 from sign_in_failure`
  assert.ok(rows.length <= 6, String(rows.length))
})

test('signing in ends the session it came with; a planted token opens nothing', async () => {
  const first = await signIn(identity, { name: 'racer', password: PASSWORD }, caller(), null)
  assert.ok(first.ok)
  const planted = 'A'.repeat(43)
  const second = await signIn(identity, { name: 'racer', password: PASSWORD }, caller(), first.value.token)
  assert.ok(second.ok)
  assert.notEqual(second.value.token, first.value.token)
  assert.equal(await identity.cache.bySession(first.value.token), null)
  assert.equal((await identity.cache.bySession(second.value.token))?.name, 'racer')
  const third = await signIn(identity, { name: 'racer', password: PASSWORD }, caller(), planted)
  assert.ok(third.ok && third.value.token !== planted)
  assert.equal(await identity.cache.bySession(planted), null)
})

test('a session ends when idle for 12 hours, and after 7 days in any case', async () => {
  const signed = await signIn(identity, { name: 'racer', password: PASSWORD }, caller(), null)
  assert.ok(signed.ok)
  const { token } = signed.value
  for (let hour = 0; hour < 7 * 24; hour += 11) {
    assert.ok(await identity.cache.bySession(token), `hour ${hour}`)
    clock.advance({ hours: 11 })
  }
  assert.equal(await identity.cache.bySession(token), null)
  const idle = await signIn(identity, { name: 'racer', password: PASSWORD }, caller(), null)
  assert.ok(idle.ok)
  clock.advance({ hours: 12 })
  assert.equal(await identity.cache.bySession(idle.value.token), null)
})

test('a new password, role or disabling ends the sessions; another process notices within 5 s', async () => {
  const elsewhere = open()
  const added = await addUser(identity, SYSTEM, { name: 'moved', role: 'operator', password: PASSWORD })
  assert.ok(added.ok)
  for (const change of [
    { password: 'another fine password' },
    { role: 'viewer' as const },
    { disabled: true },
  ]) {
    const password = 'password' in change ? PASSWORD : 'another fine password'
    const signed = await signIn(identity, { name: 'moved', password }, caller(), null)
    assert.ok(signed.ok)
    assert.ok(await identity.cache.bySession(signed.value.token))
    assert.ok(await elsewhere.cache.bySession(signed.value.token))
    assert.equal(codeOf(await changeUser(identity, SYSTEM, added.value.id, change)), 'ok')
    assert.equal(await identity.cache.bySession(signed.value.token), null)
    clock.advance({ seconds: 5 })
    assert.equal(await elsewhere.cache.bySession(signed.value.token), null)
  }
})

test('of two administrators who demote each other at once, one stays', async () => {
  const other = await freshDatabase()
  try {
    const own = createIdentity({ sql: other.sql, clock, random: systemRandom, policy: identity.policy })
    const a = await addUser(own, SYSTEM, { name: 'a', role: 'admin', password: null })
    const b = await addUser(own, SYSTEM, { name: 'b', role: 'admin', password: null })
    assert.ok(a.ok && b.ok)
    const both = await Promise.all([
      changeUser(own, SYSTEM, a.value.id, { role: 'viewer' }),
      changeUser(own, SYSTEM, b.value.id, { disabled: true }),
    ])
    assert.deepEqual(both.map(codeOf).sort(), ['identity.last_admin', 'ok'])
  } finally {
    await other.close()
  }
})

test('the audit log takes inserts only', async () => {
  await recordAudit(identity, { actor: SYSTEM, action: 'test.done' })
  for (const change of [
    'update audit_entry set action = $$x$$',
    'delete from audit_entry',
    'truncate audit_entry',
  ])
    await assert.rejects(database.sql.raw(change), /append-only/, change)
})

test('keys: unknown, wrong secret, expired and revoked open nothing; use is noted', async () => {
  const expiresAt = clock.now().add({ hours: 1 })
  const made = await makeKey(identity, SYSTEM, { name: 'k', scopes: ['orders:read'], expiresAt })
  assert.ok(made.ok)
  const { text, key } = made.value
  assert.match(text, /^hf_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/)
  assert.deepEqual((await identity.cache.byKey(text))?.scopes, ['orders:read'])
  const [row] = await database.sql`select last_used_at from api_key where id = ${key.id}`
  assert.equal(String(row?.last_used_at), clock.now().toString())
  const wrong = `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`
  assert.equal(await identity.cache.byKey(wrong), null)
  assert.equal(await identity.cache.byKey('hf_nonsense'), null)
  clock.advance({ hours: 1 })
  assert.equal(await identity.cache.byKey(text), null)
})
