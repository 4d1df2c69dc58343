import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { isRoleName, ROLE_NAMES, type RoleName, SCOPES_OF_ROLE } from '#features/identity/index.ts'
import type { Scope } from '#platform/http/scopes.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'

// What a browser and a stranger could be made to do, at every route: each role with its session, no CSRF token, another site's page,
// a session that ended, a user who was disabled, guessed passwords, frames, other origins, other hosts, slow and deep requests.

const PASSWORD = 'a long enough one 9'
type Session = {
  readonly cookie: string
  readonly csrf: string
  readonly id: string
  readonly setCookie: string
}
type Route = { readonly name: string; readonly method: string; readonly path: string; readonly scope: string }

let running: RunningHub
let routes: Route[] = []
const people = new Map<RoleName, Session>()

before(async () => {
  running = await runningHub()
  const document = (await running.call('GET', '/api/openapi.json')).body as {
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, route]) =>
      typeof route['x-scope'] === 'string' && !path.endsWith('/stream')
        ? [
            {
              ...{ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase() },
              ...{ path: path.replaceAll(/\{[^}]+\}/g, '1'), scope: route['x-scope'] },
            },
          ]
        : [],
    ),
  )
  for (const role of ROLE_NAMES) people.set(role, await person(role))
})
after(async () => await running.close())

async function person(role: RoleName, name = `of-${role}`): Promise<Session> {
  const made = await running.call('POST', '/api/users', { name, role, password: PASSWORD })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { ...(await signIn(name)), id: (made.body as { id: string }).id }
}

async function signIn(name: string, before?: string): Promise<Session> {
  const answer = await ask('POST', '/api/session', {
    headers: { 'content-type': 'application/json', ...(before === undefined ? {} : { cookie: before }) },
    body: JSON.stringify({ name, password: PASSWORD }),
  })
  assert.equal(answer.status, 200, answer.text)
  const setCookie = answer.headers.get('set-cookie') ?? ''
  return {
    ...{ cookie: setCookie.split(';')[0] ?? '', setCookie, id: '' },
    csrf: (JSON.parse(answer.text) as { csrf: string }).csrf,
  }
}

type Answer = {
  readonly status: number
  readonly code: string
  readonly text: string
  readonly headers: Headers
}
async function ask(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(`${running.hub.url}${path}`, { method, redirect: 'manual', ...init })
  const text = await answer.text()
  return {
    ...{ status: answer.status, text, headers: answer.headers },
    code: /"code":"([^"]+)"/.exec(text)?.[1] ?? '',
  }
}
const as = ({ cookie, csrf }: Session) => ({ headers: { cookie, 'x-csrf-token': csrf } })
const isWrite = ({ method }: Route): boolean => method !== 'GET'

test('each role at every route: let in exactly where it holds the scope', async () => {
  for (const role of ROLE_NAMES) {
    assert.ok(isRoleName(role))
    const session = people.get(role) as Session
    const holds = (scope: string): boolean =>
      scope === 'signed_in' || SCOPES_OF_ROLE[role].includes(scope as Scope) || role === 'admin'
    let refused = 0
    for (const route of routes) {
      // What it may do is tried only where it changes nothing; the rest has its own tests.
      const isQuiet = role === 'viewer' && !isWrite(route) && !route.path.includes('/session')
      if (holds(route.scope) && !isQuiet) continue
      const { status, code } = await ask(route.method, route.path, as(session))
      const denied = status === 403 && code === 'identity.forbidden'
      assert.equal(denied, !holds(route.scope), `${role} ${route.name}: ${status} ${code}`)
      if (denied) refused += 1
    }
    assert.equal(refused === 0, role === 'admin', `${role}: refused ${refused}`)
  }
})

test('no write of a session without its CSRF token, with another one, or from a page of another site', async () => {
  const mine = people.get('admin') as Session
  const other = people.get('viewer') as Session
  for (const route of routes.filter(isWrite)) {
    const at = (headers: Record<string, string>) =>
      ask(route.method, route.path, { headers: { cookie: mine.cookie, ...headers } })
    assert.equal((await at({})).code, 'identity.csrf', route.name)
    assert.equal((await at({ 'x-csrf-token': other.csrf })).code, 'identity.csrf', route.name)
    const foreign = { 'x-csrf-token': mine.csrf, origin: 'https://evil.example' }
    assert.equal((await at(foreign)).code, 'identity.cross_origin', route.name)
  }
  for (const origin of ['null', 'http://127.0.0.1.evil.example', 'http://localhost:1', 'file://']) {
    const { code } = await ask('POST', '/api/session', {
      headers: { origin, 'content-type': 'application/json' },
      body: '{}',
    })
    assert.equal(code, 'identity.cross_origin', origin)
  }
})

test('a session that was ended and a user who was disabled open no route', async () => {
  const gone = await person('operator', 'leaver')
  assert.equal((await ask('DELETE', '/api/session', as(gone))).status, 204)
  const disabled = await person('operator', 'disabled')
  const change = await running.call('PATCH', `/api/users/${disabled.id}`, { disabled: true })
  assert.equal(change.status, 200)
  for (const route of routes)
    for (const session of [gone, disabled]) {
      const { status, code } = await ask(route.method, route.path, as(session))
      assert.deepEqual([status, code], [401, 'identity.not_signed_in'], route.name)
    }
})

test('the cookie: no script reads it, no other site sends it; a planted one is worth nothing', async () => {
  const planted = `holdfast_session=${'A'.repeat(43)}`
  const { setCookie, cookie } = await signIn('of-viewer', planted)
  assert.match(setCookie, /; HttpOnly/)
  assert.match(setCookie, /; SameSite=Lax/)
  assert.match(setCookie, /; Path=\//)
  assert.doesNotMatch(setCookie, /Domain=/i)
  assert.notEqual(cookie, planted)
  assert.equal((await ask('GET', '/api/session', { headers: { cookie: planted } })).status, 401)
  const again = await signIn('of-viewer', cookie)
  assert.equal(
    (await ask('GET', '/api/session', { headers: { cookie } })).status,
    401,
    'the one before has ended',
  )
  assert.equal((await ask('GET', '/api/session', { headers: { cookie: again.cookie } })).status, 200)
})

test('guessed passwords: the sixth is not even looked at, nor is the right one then; a name that is not there tells nothing', async () => {
  const guess = (name: string, password: string) =>
    ask('POST', '/api/session', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })
  await person('viewer', 'guessed')
  for (let i = 0; i < 5; i += 1)
    assert.equal((await guess('guessed', `wrong one ${i} 9`)).code, 'identity.wrong_credentials')
  const sixth = await guess('guessed', PASSWORD)
  assert.deepEqual([sixth.status, sixth.code], [429, 'identity.throttled'])
  assert.ok(Number(sixth.headers.get('retry-after')) >= 1)
  const [unknown, wrong] = [
    await guess('nobody-here', 'wrong one 9'),
    await guess('of-finance', 'wrong one 9'),
  ]
  assert.deepEqual([unknown.status, unknown.text], [wrong.status, wrong.text])
})

test('headers: not in a frame, no script but its own, nothing for other origins, nothing kept', async () => {
  for (const [method, path] of [
    ['GET', '/api/orders'],
    ['GET', '/'],
    ['GET', '/nothing-here'],
    ['GET', '/api/docs/'],
  ] as const) {
    const { headers } = await ask(method, path, { headers: { origin: 'https://evil.example' } })
    const csp = headers.get('content-security-policy') ?? ''
    assert.match(csp, /frame-ancestors 'none'/, path)
    assert.doesNotMatch(
      /script-src[^;]*/.exec(csp)?.[0] ?? 'unsafe-inline',
      /unsafe-inline|unsafe-eval|\*|https?:/,
      path,
    )
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('access-control-allow-origin'), null, path)
    assert.equal(headers.get('server'), null)
    assert.equal(headers.get('x-powered-by'), null)
  }
  const asked = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  const { headers } = await ask('OPTIONS', '/api/orders/search', { headers: asked })
  assert.deepEqual(
    [...headers.keys()].filter((name) => name.startsWith('access-control')),
    [],
  )
  assert.match(
    (await ask('GET', '/api/orders', as(people.get('viewer') as Session))).headers.get('cache-control') ?? '',
    /no-store/,
  )
})

function wire(text: string, ms = 3_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(running.hub.url).port), '127.0.0.1')
    let seen = ''
    const timer = setTimeout(() => socket.destroy(), ms)
    socket.on('data', (part) => {
      seen += part.toString('latin1')
      if (/\r\n\r\n./s.test(seen)) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(seen)
    })
    socket.write(text)
  })
}

test('a Host of another name, header tricks and smuggled requests', async () => {
  const statusOf = async (head: string): Promise<number> =>
    Number(/^HTTP\/1\.1 (\d+)/.exec(await wire(`${head}\r\n\r\n`))?.[1] ?? 0)
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '169.254.169.254'])
    assert.equal(await statusOf(`GET /api/session HTTP/1.1\r\nHost: ${host}`), 421, host)
  assert.equal(
    await statusOf('GET /api/session HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example'),
    401,
  )
  const start = 'POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  for (const trick of [
    'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/users HTTP/1.1\r\nHost: localhost',
    'Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}',
    'Content-Length: +2\r\n\r\n{}',
    'Transfer-Encoding: chunked, identity\r\n\r\n0',
    'Transfer-Encoding : chunked\r\n\r\n0',
    'Transfer-Encoding: xchunked\r\n\r\n0',
    'X-A: b\r\n folded: c\r\n\r\n',
    'X-A: b\0c\r\n\r\n',
  ]) {
    const answer = await wire(start + trick)
    assert.match(answer, /^HTTP\/1\.1 (400|501)/, trick)
    assert.equal(answer.split('HTTP/1.1 ').length, 2, `one answer only: ${trick}`)
  }
})

test('JSON that is deep, wide, twice-named or poisoned is refused or harmless', async () => {
  const session = people.get('admin') as Session
  const post = (body: string) =>
    ask('POST', '/api/orders/search', {
      headers: { cookie: session.cookie, 'x-csrf-token': session.csrf, 'content-type': 'application/json' },
      body,
    })
  for (const body of [
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `{"q":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
    '{"q":1e999}',
    `{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join()}}`,
    '{"__proto__":{"limit":1},"constructor":{"prototype":{"q":"x"}}}',
    '{"q":"\\ud800"}',
  ]) {
    const { status, code } = await post(body)
    assert.ok(status === 200 || (status === 400 && code !== ''), `${body.slice(0, 40)}: ${status} ${code}`)
  }
  assert.equal(({} as { limit?: number }).limit, undefined)
  assert.deepEqual(
    running.complaints.filter((line) => line.includes('"bug"')),
    [],
  )
})
