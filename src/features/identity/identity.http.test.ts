import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { makeSignInLink, SYSTEM } from './index.ts'
import { addUser } from './users.ts'

const PASSWORD = 'a long enough password'
let server: TestServer
before(async () => {
  server = await openTestServer(() => undefined, {
    config: { publicUrl: 'https://hub.example.com', trustProxy: '127.0.0.1' },
  })
  await addUser(server.identity, SYSTEM, { name: 'ann', role: 'operator', password: PASSWORD })
})
after(async () => await server.close())

const post = async (url: string, payload: object, headers: Record<string, string> = {}) =>
  await server.app.inject({ method: 'POST', url, payload, headers })
const cookieOf = (answer: { headers: Record<string, unknown> }): string =>
  String(answer.headers['set-cookie'])

test('the session cookie cannot be read by scripts or sent by other sites', async () => {
  const answer = await post('/api/session', { name: 'ann', password: PASSWORD })
  assert.equal(answer.statusCode, 200)
  assert.match(
    cookieOf(answer),
    /^holdfast_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/,
  )
  const { user, csrf, scopes, hub } = answer.json()
  assert.deepEqual([user.name, user.role, user.locale], ['ann', 'operator', 'zh-CN'])
  assert.ok(csrf.length === 43 && scopes.includes('orders:write') && !scopes.includes('admin'))
  assert.deepEqual(hub, { version: '0.0.0-test', zone: 'Asia/Shanghai', simulated: false })
  const secure = await post(
    '/api/session',
    { name: 'ann', password: PASSWORD },
    { 'x-forwarded-proto': 'https' },
  )
  assert.match(cookieOf(secure), /; Secure$/)
})

test('sign-in, who am I, sign-out; the cookie is dead afterwards', async () => {
  const headers = await server.asUser('viewer')
  assert.equal((await server.app.inject({ url: '/api/session', headers })).statusCode, 200)
  const out = await server.app.inject({ method: 'DELETE', url: '/api/session', headers })
  assert.equal(out.statusCode, 204)
  assert.match(cookieOf(out), /^holdfast_session=; .*Max-Age=0/)
  const after = await server.app.inject({ url: '/api/session', headers })
  assert.deepEqual([after.statusCode, after.json().code], [401, 'identity.not_signed_in'])
})

test('a write needs the CSRF token of its own session', async () => {
  const { cookie = '', 'x-csrf-token': csrf = '' } = await server.asUser('admin')
  const { 'x-csrf-token': foreign = '' } = await server.asUser('admin')
  const user = () => ({
    name: `csrf-${Math.floor(performance.now() * 1_000)}`,
    role: 'viewer',
    password: PASSWORD,
  })
  const withToken = async (headers: Record<string, string>) => {
    const answer = await post('/api/users', user(), headers)
    return [answer.statusCode, answer.json().code]
  }
  assert.deepEqual(await withToken({ cookie }), [403, 'identity.csrf'])
  assert.deepEqual(await withToken({ cookie, 'x-csrf-token': '' }), [403, 'identity.csrf'])
  assert.deepEqual(await withToken({ cookie, 'x-csrf-token': foreign }), [403, 'identity.csrf'])
  assert.deepEqual(await withToken({ cookie, 'x-csrf-token': csrf }), [201, undefined])
})

test('no write is taken from a page of another site, sign-in included', async () => {
  const headers = await server.asUser('admin')
  const ask = async (origin: Record<string, string>) => {
    const answer = await post('/api/session', { name: 'ann', password: PASSWORD }, origin)
    return answer.statusCode
  }
  assert.equal(await ask({ origin: 'https://evil.example', host: 'localhost:8686' }), 403)
  assert.equal(await ask({ origin: 'null' }), 403)
  assert.equal(await ask({ 'sec-fetch-site': 'cross-site' }), 403)
  assert.equal(await ask({ origin: 'http://localhost:8686', host: 'localhost:8686' }), 200)
  assert.equal(await ask({ origin: 'https://hub.example.com', host: 'localhost:8686' }), 200)
  const write = await server.app.inject({
    method: 'DELETE',
    url: '/api/session',
    headers: { ...headers, origin: 'https://evil.example' },
  })
  assert.deepEqual([write.statusCode, write.json().code], [403, 'identity.cross_origin'])
})

test('a session planted in the browser before sign-in is not the one after it', async () => {
  const planted = `holdfast_session=${'A'.repeat(43)}`
  const answer = await post('/api/session', { name: 'ann', password: PASSWORD }, { cookie: planted })
  assert.ok(!cookieOf(answer).includes('AAAAAAAAAA'))
  assert.equal(
    (await server.app.inject({ url: '/api/session', headers: { cookie: planted } })).statusCode,
    401,
  )
})

test('throttling says when to come back', async () => {
  const headers = { 'x-forwarded-for': '192.0.2.55' }
  for (let i = 0; i < 5; i += 1)
    assert.equal(
      (await post('/api/session', { name: 'bob', password: 'x'.repeat(12) }, headers)).statusCode,
      401,
    )
  const answer = await post('/api/session', { name: 'bob', password: 'x'.repeat(12) }, headers)
  assert.deepEqual([answer.statusCode, answer.json().code], [429, 'identity.throttled'])
  const seconds = Number(answer.headers['retry-after'])
  assert.ok(seconds >= 28 && seconds <= 30, String(seconds))
})

test('everybody changes their own password, and their other sessions end', async () => {
  await addUser(server.identity, SYSTEM, { name: 'eve', role: 'viewer', password: PASSWORD })
  const from = { 'x-forwarded-for': '192.0.2.77' }
  const enter = async (password: string) => {
    const answer = await post('/api/session', { name: 'eve', password }, from)
    const cookie = cookieOf(answer).split(';')[0] ?? ''
    return {
      status: answer.statusCode,
      headers: { ...from, cookie, 'x-csrf-token': answer.json().csrf ?? '' },
    }
  }
  const change = async (headers: Record<string, string>, body: object) => {
    const answer = await post('/api/session/password', body, headers)
    return answer.statusCode === 204 ? 204 : [answer.statusCode, answer.json().code]
  }
  const signedIn = async (headers: Record<string, string>) =>
    (await server.app.inject({ url: '/api/session', headers })).statusCode
  const [here, there] = [await enter(PASSWORD), await enter(PASSWORD)]
  const next = 'another long password'
  assert.deepEqual(await change(here.headers, { next }), [422, 'identity.wrong_password'])
  assert.deepEqual(await change(here.headers, { current: next, next }), [422, 'identity.wrong_password'])
  assert.deepEqual(await change(here.headers, { current: PASSWORD, next: 'short' }), [
    422,
    'identity.password_too_short',
  ])
  assert.deepEqual([await signedIn(here.headers), await signedIn(there.headers)], [200, 200])
  assert.equal(await change(here.headers, { current: PASSWORD, next }), 204)
  assert.deepEqual([await signedIn(here.headers), await signedIn(there.headers)], [200, 401])
  assert.deepEqual([(await enter(PASSWORD)).status, (await enter(next)).status], [401, 200])
  const { 'x-csrf-token': _, ...noToken } = here.headers
  assert.deepEqual(await change(noToken, { current: next, next: PASSWORD }), [403, 'identity.csrf'])
  const key = await server.asKey('orders:read')
  assert.deepEqual(await change(key, { next: PASSWORD }), [403, 'identity.forbidden'])
})

test('guessing the present password from an open session is throttled like a sign-in', async () => {
  await addUser(server.identity, SYSTEM, { name: 'fay', role: 'viewer', password: PASSWORD })
  const from = { 'x-forwarded-for': '192.0.2.78' }
  const answer = await post('/api/session', { name: 'fay', password: PASSWORD }, from)
  const headers = {
    ...from,
    cookie: cookieOf(answer).split(';')[0] ?? '',
    'x-csrf-token': answer.json().csrf,
  }
  const guess = async (current: string) =>
    (await post('/api/session/password', { current, next: 'another long password' }, headers)).statusCode
  for (let i = 0; i < 5; i += 1) assert.equal(await guess(`wrong password ${i}`), 422)
  assert.equal(await guess(PASSWORD), 429)
})

test('who came by link and has no password sets one without the present one', async () => {
  await addUser(server.identity, SYSTEM, { name: 'gil', role: 'viewer', password: null })
  const made = await makeSignInLink(server.identity, 'gil')
  assert.ok(made.ok)
  const answer = await post('/api/session/link', { token: made.value.path.split('#')[1], password: PASSWORD })
  const headers = { cookie: cookieOf(answer).split(';')[0] ?? '', 'x-csrf-token': answer.json().csrf }
  await server.sql`update account set password = null where name = 'gil'`
  const changed = await post('/api/session/password', { next: 'another long password' }, headers)
  assert.equal(changed.statusCode, 204)
})

test('a one-time link signs in once', async () => {
  const made = await makeSignInLink(server.identity, 'ann')
  assert.ok(made.ok)
  const token = made.value.path.split('#')[1]
  const first = await post('/api/session/link', { token })
  assert.deepEqual([first.statusCode, first.json().user.name], [200, 'ann'])
  const second = await post('/api/session/link', { token })
  assert.deepEqual([second.statusCode, second.json().code], [401, 'identity.link_invalid'])
})

test('every route: nobody is let in without a key or with the wrong scope', async () => {
  const document = (await server.app.inject('/api/openapi.json')).json()
  const none = await server.asKey('jobs:write')
  const stranger = { authorization: `Bearer hf_${'a'.repeat(12)}_${'b'.repeat(43)}` }
  let checked = 0
  for (const [path, methods] of Object.entries<Record<string, { 'x-scope'?: string }>>(document.paths)) {
    for (const [method, { 'x-scope': scope }] of Object.entries(methods)) {
      if (scope === undefined) continue
      const url = path.replaceAll(/\{\w+\}/g, '1')
      const ask = async (headers: Record<string, string>) => {
        const answer = await server.app.inject({ method: method.toUpperCase() as 'GET', url, headers })
        return `${answer.statusCode} ${answer.json().code ?? ''}`
      }
      assert.equal(await ask({}), '401 identity.not_signed_in', `${method} ${path}`)
      assert.equal(await ask(stranger), '401 identity.key_invalid', `${method} ${path}`)
      if (scope !== 'signed_in') assert.equal(await ask(none), '403 identity.forbidden', `${method} ${path}`)
      checked += 1
    }
  }
  assert.ok(checked >= 10, String(checked))
})

test('keys: made once, listed without their secret, never with more than their maker holds', async () => {
  const admin = await server.asUser('admin')
  const made = await post('/api/keys', { name: 'shop', scopes: ['orders:read'], expiresInDays: 30 }, admin)
  assert.equal(made.statusCode, 201)
  const { key, text } = made.json()
  const headers = { authorization: `Bearer ${text}` }
  assert.equal((await server.app.inject({ url: '/api/session', headers })).json().csrf, null)
  assert.equal((await server.app.inject({ url: '/api/users', headers })).statusCode, 403)
  const listed = await server.app.inject({ url: '/api/keys', headers: admin })
  assert.ok(listed.json().items.some((one: { id: string }) => one.id === key.id))
  assert.ok(!listed.body.includes(text.slice(16)) && !/hash/i.test(listed.body))
  const dropped = await server.app.inject({ method: 'DELETE', url: `/api/keys/${key.id}`, headers: admin })
  assert.equal(dropped.statusCode, 204)
  assert.equal((await server.app.inject({ url: '/api/session', headers })).statusCode, 401)
  const unknown = await post('/api/keys', { name: 'x', scopes: ['everything'] }, admin)
  assert.deepEqual([unknown.statusCode, unknown.json().code], [400, 'http.invalid'])
})

test('users: added with a link, listed without hashes, the last administrator stays', async () => {
  const admin = await server.asUser('admin')
  const added = await post('/api/users', { name: '小王', role: 'warehouse' }, admin)
  assert.equal(added.statusCode, 201)
  assert.match(added.json().linkPath, /^\/link#[\w-]{43}$/)
  const twice = await post('/api/users', { name: '小王', role: 'viewer' }, admin)
  assert.deepEqual([twice.statusCode, twice.json().code], [409, 'identity.user_exists'])
  const listed = await server.app.inject({ url: '/api/users', headers: admin })
  assert.ok(!/scrypt|password"/.test(listed.body))
  const url = `/api/users/${added.json().id}`
  const change = async (payload: object) =>
    (await server.app.inject({ method: 'PATCH', url, payload, headers: admin })).statusCode
  assert.equal(await change({ role: 'viewer' }), 200)
  assert.equal(await change({}), 400)
  assert.equal(await change({ name: 'other' }), 400)
})

test('the audit log says who did it, pages by cursor and refuses a foreign one', async () => {
  const headers = await server.asKey('admin')
  const first = (await server.app.inject({ url: '/api/audit?limit=2', headers })).json()
  assert.equal(first.items.length, 2)
  const second = (await server.app.inject({ url: `/api/audit?limit=2&cursor=${first.next}`, headers })).json()
  assert.ok(BigInt(second.items[0].id) < BigInt(first.items[1].id))
  const bad = await server.app.inject({ url: '/api/audit?cursor=AAAA', headers })
  assert.deepEqual([bad.statusCode, bad.json().code], [400, 'http.bad_cursor'])
  const added = (
    await server.app.inject({ url: '/api/audit?action=identity.user_added&limit=1', headers })
  ).json()
  assert.match(added.items[0].actor.name, /^admin-/)
})

test('no secret reaches the log', async () => {
  server.logged.length = 0
  const made = await makeSignInLink(server.identity, 'ann')
  assert.ok(made.ok)
  const token = made.value.path.split('#')[1] ?? ''
  const key = (await server.asKey('orders:read')).authorization?.slice('Bearer '.length + 16) ?? ''
  const signed = await post('/api/session', { name: 'ann', password: PASSWORD })
  const session = /holdfast_session=([\w-]+)/.exec(cookieOf(signed))?.[1] ?? ''
  await post('/api/session/link', { token })
  await server.app.inject({
    url: '/api/users',
    headers: { authorization: `Bearer hf_${'a'.repeat(12)}_${key}` },
  })
  server.app.log.warn(
    { password: PASSWORD, nested: { headers: { cookie: `holdfast_session=${session}` } } },
    `Bearer hf_${'a'.repeat(12)}_${key} and /link#${token} and /callback/${token}`,
  )
  const log = server.logged.join('')
  assert.ok(log.includes('"route":"/api/session"'))
  for (const secret of [PASSWORD, token, key, session]) assert.ok(secret.length > 10 && !log.includes(secret))
})
